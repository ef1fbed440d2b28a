import { describe, expect, it } from 'vitest'
import { hddmA } from '../../../src/core/detectors/hddm-a.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { alarmsOf, camelCase, casesOf, errorsAt, warningOnsetsOf } from './streams.ts'

const defaults = resolveParams(hddmA)

describe('hddm-a', () => {
  for (const one of casesOf('drift_detectors_more', 'HDDM_A')) {
    it(`alarms and warns where River 0.26.1 does on ${one.stream} with ${JSON.stringify(one.params)}`, () => {
      const params = resolveParams(hddmA, camelCase(one.params))
      expect(alarmsOf(hddmA, params, one.values).indices).toEqual(one.expected)
      expect(warningOnsetsOf(hddmA, params, one.values)).toEqual(one.expected_warning_onsets)
    })
  }

  it('looks for a falling mean only when asked to', () => {
    const falling = errorsAt(1, [0.6, 1000], [0.2, 1000])
    expect(alarmsOf(hddmA, defaults, falling).indices).toEqual([])
    const [first] = alarmsOf(hddmA, resolveParams(hddmA, { twoSidedTest: true }), falling).indices
    expect(first).toBeGreaterThan(1000)
    expect(first).toBeLessThan(1200)
  })

  it('alarms where the bound that it states is reached', () => {
    const { indices: [at] } = alarmsOf(hddmA, defaults, errorsAt(4, [0.1, 800], [0.5, 800]))
    for (const [last, reached] of [[at, true], [at - 1, false]] as const) {
      const { state } = alarmsOf(hddmA, defaults, errorsAt(4, [0.1, 800], [0.5, 800]).slice(0, last + 1))
      const { mean, lowMean, lowN, width } = hddmA.read(state, defaults)
      expect(mean! - lowMean! >= Math.sqrt(((width - lowN) / (lowN * width)) * Math.log(2 / 0.001) / 2)).toBe(reached)
    }
  })

  it('starts afresh after an alarm', () => {
    const values = errorsAt(4, [0.1, 800], [0.5, 800])
    const [at] = alarmsOf(hddmA, defaults, values).indices
    const { state } = alarmsOf(hddmA, defaults, [...values.slice(0, at + 1), 1])
    expect(hddmA.read(state, defaults)).toEqual({ verdict: 'insufficient', n: at + 2, alarms: 1, width: 1, mean: 1, lowMean: 1, lowN: 1 })
  })

  it('refuses a number that is none', () => {
    expect(() => hddmA.update(hddmA.init(defaults), NaN, defaults)).toThrow('finite')
  })
})
