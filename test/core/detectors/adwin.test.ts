import { describe, expect, it } from 'vitest'
import { adwin } from '../../../src/core/detectors/adwin.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { alarmsOf, camelCase, casesOf } from './streams.ts'

const defaults = resolveParams(adwin)

describe('adwin', () => {
  for (const one of casesOf('drift_detectors_more', 'ADWIN')) {
    it(`alarms where River 0.26.1 does on ${one.stream} with ${JSON.stringify(one.params)}`, () => {
      const { indices, state } = alarmsOf(adwin, resolveParams(adwin, camelCase(one.params)), one.values)
      expect(indices).toEqual(one.expected)
      expect(state.width).toBe(one.final!.width)
      expect(state.total).toBeCloseTo(one.final!.total, 8)
      expect(state.m2).toBeCloseTo(one.final!.river_variance_property_is_sum_of_squared_deviations, 8)
    })
  }

  for (const one of casesOf('drift_detectors', 'ADWIN')) {
    it(`alarms at the published index on ${one.stream}`, () => {
      expect(alarmsOf(adwin, resolveParams(adwin, camelCase(one.params)), one.values).indices).toEqual(one.expected)
    })
  }

  it('says what the window holds, after the published five values', () => {
    const { state } = alarmsOf(adwin, defaults, [1, 2, 3, 4, 5])
    expect(adwin.read(state, defaults)).toMatchObject({ verdict: 'insufficient', n: 5, width: 5, mean: 3, variance: 2 })
  })

  it('stays silent over 5,000 equal values', () => {
    expect(alarmsOf(adwin, defaults, new Array<number>(5000).fill(1)).indices).toEqual([])
  })

  it('gives the verdict of the last update only', () => {
    const [one] = casesOf('drift_detectors', 'ADWIN')
    const at = (one.expected as number[])[0]
    const before = alarmsOf(adwin, defaults, one.values.slice(0, at)).state
    expect(adwin.read(before, defaults).verdict).toBe('ok')
    adwin.update(before, one.values[at], defaults)
    expect(adwin.read(before, defaults)).toMatchObject({ verdict: 'alarm', alarms: 1, detections: 1 })
    adwin.update(before, one.values[at + 1], defaults)
    expect(adwin.read(before, defaults)).toMatchObject({ verdict: 'insufficient', alarms: 1, width: 1 })
  })

  it('keeps the newer side of the cut when asked to shrink', () => {
    const params = resolveParams(adwin, { afterAlarm: 'shrink' })
    const random = seeded(7)
    const values = Array.from({ length: 4000 }, (_, i) => (Number(uniform(random) < (i < 2000 ? 0.1 : 0.5))))
    const { indices, state } = alarmsOf(adwin, params, values)
    expect(indices[0]).toBeGreaterThanOrEqual(2000)
    expect(indices[0]).toBeLessThan(2200)
    const kept = values.slice(values.length - state.width)
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length
    expect(state.width).toBeLessThanOrEqual(2100)
    expect(state.total / state.width).toBeCloseTo(mean, 12)
    expect(state.m2).toBeCloseTo(kept.reduce((sum, value) => sum + (value - mean) ** 2, 0), 6)
  })

  it('holds a long window in the memory it was born with', () => {
    const random = seeded(3)
    const state = adwin.init(defaults)
    const bytes = state.totals.byteLength
    for (let i = 0; i < 200_000; i++) adwin.update(state, normal(random), defaults)
    expect(state.totals.byteLength).toBe(bytes)
    expect(state.width).toBeGreaterThan(100_000)
    expect(state.counts.reduce((sum, count, row) => sum + count * 2 ** row, 0)).toBe(state.width)
  })

  it('refuses a number that is none', () => {
    expect(() => adwin.update(adwin.init(defaults), NaN, defaults)).toThrow('finite')
  })
})
