import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { advanceKswin, kswin, type KswinState } from '../../../src/core/detectors/kswin.ts'
import { ksPValue, ksStatistic } from '../../../src/core/math/two-sample-ks.ts'
import { normal, seeded } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { alarmsOf, camelCase, casesOf, errorsAt, streamOf } from './streams.ts'

interface Draws { name: string; stream: string; params: Record<string, unknown>; draws: [index: number, positions: number[]][] }

const defaults = resolveParams(kswin)
const recorded = JSON.parse(gunzipSync(readFileSync(new URL('../../vectors/kswin_sample_indices.json.gz', import.meta.url))).toString('utf8')) as { cases: Draws[] }

/** Index of each alarm, when River's own draws are used instead of ours; River draws at the same updates or this fails. */
function alarmsWithDraws({ stream, params: given, draws }: Draws): number[] {
  const params = resolveParams(kswin, camelCase(given))
  const state = kswin.init(params)
  const indices: number[] = []
  let used = 0
  streamOf(stream).forEach((value, index) => {
    advanceKswin(state, value, params, ({ order }: KswinState) => {
      expect(draws[used][0]).toBe(index)
      order.set(draws[used][1])
      used += 1
    })
    if (state.alarmed) indices.push(index)
  })
  expect(used).toBe(draws.length)
  return indices
}

describe('kswin', () => {
  it('alarms at the published index of River on np12345_randint2_randint8, given its draws', () => {
    const [one] = casesOf('drift_detectors', 'KSWIN')
    expect(one.stream).toBe(recorded.cases[0].stream)
    expect(alarmsWithDraws(recorded.cases[0])).toEqual(one.expected)
  })

  it('alarms at index 1016 as in the docstring of River, given its draws', () => {
    expect(recorded.cases[1].stream).toBe('py12345_choices01_choices4to8')
    expect(alarmsWithDraws(recorded.cases[1])).toEqual([1016])
  })

  it('draws different positions of the older values, all of them alike often', () => {
    const params = resolveParams(kswin, { windowSize: 50, statSize: 10, alpha: 1e-300 })
    const counts = new Array<number>(40).fill(0)
    const state = kswin.init(params)
    for (const value of errorsAt(1, [0.5, 20_049])) {
      kswin.update(state, value, params)
      if (state.width < 50) continue
      const positions = [...state.order.subarray(0, 10)]
      expect(new Set(positions).size).toBe(10)
      for (const position of positions) counts[position] += 1
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0)
    expect(chiSquare).toBeGreaterThan(10)
    expect(chiSquare).toBeLessThan(70)
  })

  it('tests the newest values against those it drew', () => {
    const random = seeded(4)
    const values = Array.from({ length: 400 }, (_, i) => Math.round(3 * normal(random)) + (i > 330 ? 2 : 0))
    const state = kswin.init(defaults)
    const seen = new Set<boolean>()
    let since = 0
    values.forEach((value, i) => {
      if (state.alarmed) since = i
      kswin.update(state, value, defaults)
      if (i - since < 99) return
      const window = values.slice(i - 99, i + 1)
      const drawn = Float64Array.from(state.order.subarray(0, 30), (position) => window[position])
      const newest = Float64Array.from(window.slice(70))
      const { distance } = kswin.read(state, defaults)
      expect(distance).toBeCloseTo(ksStatistic(drawn, newest), 12)
      expect(state.alarmed).toBe(ksPValue(distance, 30, 30) <= 0.005 && distance > 0.1)
      seen.add(state.alarmed)
    })
    expect(seen.size).toBe(2)
  })

  it('alarms now and then on 6,000 values without change, as its authors\u2019 defaults do', () => {
    const { indices } = alarmsOf(kswin, defaults, casesOf('drift_detectors_more', 'ADWIN')[0].values)
    expect(indices.length).toBeGreaterThanOrEqual(1)
    expect(indices.length).toBeLessThanOrEqual(20)
  })

  it('sees a change of spread that leaves the mean alone', () => {
    const random = seeded(2)
    const values = Array.from({ length: 1200 }, (_, i) => normal(random) * (i < 600 ? 1 : 6))
    const strict = resolveParams(kswin, { alpha: 1e-4, windowSize: 300, statSize: 100 })
    const { indices } = alarmsOf(kswin, strict, values)
    expect(indices[0]).toBeGreaterThan(600)
    expect(indices[0]).toBeLessThan(750)
  })

  it('draws by its seed', () => {
    const random = seeded(8)
    const values = Array.from({ length: 20_000 }, () => normal(random))
    const alarms = (seed: number) => alarmsOf(kswin, resolveParams(kswin, { seed }), values).indices
    expect(alarms(5)).toEqual(alarms(5))
    expect(alarms(5)).not.toEqual(alarms(6))
  })

  it('keeps the newest values after an alarm when asked to', () => {
    const values = [...errorsAt(1, [0.5, 300]), ...errorsAt(2, [0.5, 200]).map((value) => value + 5)]
    const shrink = resolveParams(kswin, { afterAlarm: 'shrink' })
    const [at] = alarmsOf(kswin, shrink, values).indices
    expect(at).toBeGreaterThan(299)
    const { state } = alarmsOf(kswin, shrink, values.slice(0, at + 2))
    expect(kswin.read(state, shrink)).toMatchObject({ verdict: 'insufficient', width: 31, alarms: 1 })
    expect(Array.from({ length: 31 }, (_, i) => state.window[(state.start + i) % 100])).toEqual(values.slice(at - 29, at + 2))
    expect(kswin.read(alarmsOf(kswin, defaults, values.slice(0, at + 2)).state, defaults)).toMatchObject({ width: 1, mean: values[at + 1] })
  })

  it('takes half the window where the newest values were to be more', () => {
    const state = kswin.init(resolveParams(kswin, { windowSize: 9, statSize: 30 }))
    expect([state.drawn.length, state.order.length]).toEqual([4, 5])
  })

  it('keeps the mean of a window of the greatest number there is', () => {
    for (const value of [Number.MAX_VALUE, -Number.MAX_VALUE]) {
      const state = kswin.init(defaults)
      for (let i = 0; i < 120; i++) {
        kswin.update(state, value, defaults)
        expect(kswin.read(state, defaults).mean! / value).toBeCloseTo(1, 12)
      }
    }
  })

  it('refuses a number that is none', () => {
    expect(() => kswin.update(kswin.init(defaults), NaN, defaults)).toThrow('finite')
  })
})
