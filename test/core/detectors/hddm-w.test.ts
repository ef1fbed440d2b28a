import { describe, expect, it } from 'vitest'
import { hddmW } from '../../../src/core/detectors/hddm-w.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { alarmsOf, camelCase, casesOf, errorsAt, warningOnsetsOf } from './streams.ts'

const defaults = resolveParams(hddmW)

describe('hddm-w', () => {
  for (const one of casesOf('drift_detectors_more', 'HDDM_W')) {
    it(`alarms and warns where River 0.26.1 does on ${one.stream} with ${JSON.stringify(one.params)}`, () => {
      const params = resolveParams(hddmW, camelCase(one.params))
      expect(alarmsOf(hddmW, params, one.values).indices).toEqual(one.expected)
      expect(warningOnsetsOf(hddmW, params, one.values)).toEqual(one.expected_warning_onsets)
    })
  }

  for (const one of casesOf('drift_detectors', 'HDDM_W')) {
    it(`alarms at the published index of River 0.7 on ${one.stream}`, () => expect(alarmsOf(hddmW, defaults, one.values).indices).toEqual(one.expected))
  }

  it('looks for a falling mean only when asked to', () => {
    const falling = errorsAt(1, [0.7, 1000], [0.1, 1000])
    expect(alarmsOf(hddmW, defaults, falling).indices.filter((index) => index >= 1000)).toEqual([])
    const both = alarmsOf(hddmW, resolveParams(hddmW, { twoSidedTest: true }), falling).indices
    expect(both.find((index) => index >= 1000)).toBeLessThan(1100)
  })

  it('weighs as its moving means say', () => {
    const values = errorsAt(9, [0.4, 60])
    const { state } = alarmsOf(hddmW, defaults, values)
    const weights = values.map((_, i) => (i === 0 ? 1 : 0.05) * 0.95 ** (values.length - 1 - i))
    expect(state.alarms).toBe(0)
    expect(state.total.mean).toBeCloseTo(values.reduce((sum, value, i) => sum + value * weights[i], 0), 12)
    expect(state.total.weights).toBeCloseTo(values.reduce((sum) => 0.05 ** 2 + 0.95 ** 2 * sum, 1), 12)
  })

  it('starts afresh after an alarm', () => {
    const values = errorsAt(4, [0.1, 800], [0.8, 800])
    const [at] = alarmsOf(hddmW, defaults, values).indices
    const { state } = alarmsOf(hddmW, defaults, [...values.slice(0, at + 1), 1])
    expect(hddmW.read(state, defaults)).toEqual({ verdict: 'insufficient', n: at + 2, alarms: 1, width: 1, mean: 1, before: 1, after: null })
  })

  it('refuses a number that is none', () => {
    expect(() => hddmW.update(hddmW.init(defaults), NaN, defaults)).toThrow('finite')
  })
})
