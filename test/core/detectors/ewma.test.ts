import { describe, expect, it } from 'vitest'
import { ewma } from '../../../src/core/detectors/ewma.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { alarmsOf, errorsAt } from './streams.ts'

const defaults = resolveParams(ewma)

describe('ewma', () => {
  for (const rate of [0.01, 0.05, 0.2, 0.4]) {
    it(`alarms about as often as it was set to at an error rate of ${rate}, relearning included`, () => {
      const params = resolveParams(ewma, { averageRunLength: 1000 })
      const { indices } = alarmsOf(ewma, params, errorsAt(9, [rate, 400_000]))
      const runLength = 400_000 / indices.length
      expect(runLength).toBeGreaterThan(950)
      expect(runLength).toBeLessThan(1500)
    })
  }

  it('alarms twice as often as published by the published polynomial where errors are rare', () => {
    const params = resolveParams(ewma, { limit: 'ross' })
    const { indices } = alarmsOf(ewma, params, errorsAt(9, [0.01, 100_000]))
    expect(100_000 / indices.length).toBeLessThan(210)
  })

  it('alarms where the moving mean passes the bound that it states', () => {
    const values = errorsAt(3, [0.1, 500], [0.6, 200])
    for (const limit of ['calibrated', 'ross']) {
      const params = resolveParams(ewma, { limit })
      const { indices: [at] } = alarmsOf(ewma, params, values)
      const readings = [at - 1, at].map((last) => ewma.read(alarmsOf(ewma, params, values.slice(0, last + 1)).state, params))
      expect(readings.map(({ moving, bound }) => moving! > bound!)).toEqual([false, true])
      expect(readings[1]).toMatchObject({ verdict: 'alarm', alarms: 1 })
      const seen = values.slice(0, at + 1)
      expect(readings[1].mean).toBeCloseTo(seen.reduce((sum, value) => sum + value, 0) / seen.length, 12)
      expect(readings[1].moving).toBeCloseTo(seen.reduce((moving, value) => 0.8 * moving + 0.2 * value, 0), 12)
    }
  })

  it('follows the published polynomial where told to', () => {
    const values = errorsAt(4, [0.3, 40])
    const params = resolveParams(ewma, { limit: 'ross' })
    const { state } = alarmsOf(ewma, params, values)
    const { mean, bound } = ewma.read(state, params)
    const [p, deviation] = [mean!, Math.sqrt(mean! * (1 - mean!) * (0.2 / 1.8) * (1 - 0.8 ** 80))]
    expect(state.alarms).toBe(0)
    expect((bound! - p) / deviation).toBeCloseTo(3.97 - 6.56 * p + 48.73 * p ** 3 - 330.13 * p ** 5 + 848.18 * p ** 7, 9)
  })

  it('warns on the way, at half the limit', () => {
    const values = errorsAt(3, [0.1, 500], [0.6, 200])
    const [at] = alarmsOf(ewma, defaults, values).indices
    const { state } = alarmsOf(ewma, defaults, values.slice(0, at))
    expect(ewma.read(state, defaults).verdict).toBe('warning')
    const silent = resolveParams(ewma, { warningShare: 1 })
    expect(ewma.read(alarmsOf(ewma, silent, values.slice(0, at)).state, silent).verdict).toBe('ok')
  })

  it('starts afresh after an alarm', () => {
    const values = errorsAt(3, [0.1, 500], [0.6, 200])
    const [at] = alarmsOf(ewma, defaults, values).indices
    const { state } = alarmsOf(ewma, defaults, [...values.slice(0, at + 1), 1])
    expect(ewma.read(state, defaults)).toEqual({ verdict: 'insufficient', n: at + 2, alarms: 1, width: 1, mean: 1, moving: 0.2, bound: null })
  })

  it('stays silent where there are no errors, or nothing else', () => {
    for (const rate of [0, 1]) expect(alarmsOf(ewma, defaults, new Array<number>(3000).fill(rate)).indices).toEqual([])
  })

  it('leaves the state alone when read', () => {
    const { state } = alarmsOf(ewma, defaults, errorsAt(3, [0.1, 29]))
    const before = structuredClone(state)
    ewma.read(state, resolveParams(ewma, { minInstances: 1 }))
    expect(state).toEqual(before)
  })

  it('refuses a number that is none', () => {
    expect(() => ewma.update(ewma.init(defaults), NaN, defaults)).toThrow('finite')
  })
})
