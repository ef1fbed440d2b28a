import { describe, expect, it } from 'vitest'
import { eddm } from '../../../src/core/detectors/eddm.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { alarmsOf, camelCase, casesOf, errorsAt, warningOnsetsOf } from './streams.ts'

const defaults = resolveParams(eddm)

describe('eddm', () => {
  for (const one of casesOf('drift_detectors_more', 'EDDM')) {
    it(`alarms and warns where River 0.26.1 does on ${one.stream} with ${JSON.stringify(one.params)}`, () => {
      const params = resolveParams(eddm, camelCase(one.params))
      expect(alarmsOf(eddm, params, one.values).indices).toEqual(one.expected)
      expect(warningOnsetsOf(eddm, params, one.values)).toEqual(one.expected_warning_onsets)
    })
  }

  it('measures the distances between errors, the first from the start', () => {
    const values = [0, 0, 1, 0, 0, 0, 1, 1]
    const params = resolveParams(eddm, { warmStart: 0 })
    const { state } = alarmsOf(eddm, params, values.slice(0, 7))
    const [distances, mean] = [[3, 4], 3.5]
    const spacing = mean + 2 * Math.sqrt(distances.reduce((sum, distance) => sum + (distance - mean) ** 2, 0))
    expect(eddm.read(state, params)).toMatchObject({ verdict: 'ok', width: 7, errors: 2, distance: mean, level: 1, mean: 2 / 7 })
    expect(state.spacingMax).toBeCloseTo(spacing, 12)
  })

  it('lets its last judgement stand until the next error', () => {
    const values = errorsAt(2, [0.1, 1500], [0.2, 1500])
    const state = eddm.init(defaults)
    for (const value of values) {
      const before = eddm.read(state, defaults).verdict
      eddm.update(state, value, defaults)
      if (value === 0 && before !== 'alarm') expect(eddm.read(state, defaults).verdict).toBe(before)
    }
    expect(state.alarms).toBeGreaterThan(0)
  })

  it('starts afresh after an alarm', () => {
    const values = errorsAt(3, [0.05, 2000], [0.5, 500])
    const [at] = alarmsOf(eddm, defaults, values).indices
    const { state } = alarmsOf(eddm, defaults, [...values.slice(0, at + 1), 0])
    expect(eddm.read(state, defaults)).toEqual({ verdict: 'insufficient', n: at + 2, alarms: 1, width: 1, errors: 0, mean: 0, distance: null, level: null })
  })

  it('takes only whole errors for errors', () => {
    expect(alarmsOf(eddm, defaults, [0.9, -4, 1, 25]).state.errors).toBe(2)
  })

  it('refuses a number that is none', () => {
    expect(() => eddm.update(eddm.init(defaults), Infinity, defaults)).toThrow('finite')
  })
})
