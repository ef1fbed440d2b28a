import { describe, expect, it } from 'vitest'
import { ddm } from '../../../src/core/detectors/ddm.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { alarmsOf, camelCase, casesOf, errorsAt, warningOnsetsOf } from './streams.ts'

const defaults = resolveParams(ddm)

describe('ddm', () => {
  for (const one of casesOf('drift_detectors_more', 'DDM')) {
    it(`alarms and warns where River 0.26.1 does on ${one.stream} with ${JSON.stringify(one.params)}`, () => {
      const params = resolveParams(ddm, camelCase(one.params))
      expect(alarmsOf(ddm, params, one.values).indices).toEqual(one.expected)
      expect(warningOnsetsOf(ddm, params, one.values)).toEqual(one.expected_warning_onsets)
    })
  }

  it('alarms at the published index of River 0.7 where an error rate goes from .2 to .8', () => {
    const [one] = casesOf('drift_detectors', 'DDM')
    expect(alarmsOf(ddm, resolveParams(ddm, camelCase(one.params)), one.values).indices).toEqual(one.expected)
  })

  it('gives the published first warnings and alarms of the docstring of River', () => {
    const [, one] = casesOf('drift_detectors', 'DDM')
    const state = ddm.init(defaults)
    const events: [string, number][] = []
    let warned = false
    one.values.forEach((value, index) => {
      ddm.update(state, value, defaults)
      if (state.warned && !warned) events.push(['warning', index])
      if (state.alarmed) events.push(['drift', index])
      warned = !state.alarmed && (warned || state.warned)
    })
    expect(events).toEqual(one.expected)
  })

  it('says what it compares, then starts afresh after an alarm', () => {
    const values = [...new Array<number>(40).fill(0), 1]
    const { indices, state } = alarmsOf(ddm, defaults, values)
    expect(indices).toEqual([40])
    expect(ddm.read(state, defaults)).toEqual({
      verdict: 'alarm', n: 41, alarms: 1, width: 41, mean: 1 / 41, deviation: expect.closeTo(Math.sqrt((1 / 41) * (40 / 41) / 41), 12), rateMin: 0, deviationMin: 0,
    })
    ddm.update(state, 1, defaults)
    expect(ddm.read(state, defaults)).toEqual({ verdict: 'insufficient', n: 42, alarms: 1, width: 1, mean: 1, deviation: 0, rateMin: null, deviationMin: null })
  })

  it('warns before it alarms', () => {
    const values = errorsAt(7, [0.2, 1000], [0.5, 400])
    const at = alarmsOf(ddm, defaults, values).indices.find((index) => index >= 1000)!
    expect(at).toBeLessThan(1200)
    const { state } = alarmsOf(ddm, defaults, values.slice(0, at))
    expect(ddm.read(state, defaults).verdict).toBe('warning')
  })

  it('counts what lies outside 0..1 as the nearer end', () => {
    const values = errorsAt(6, [0.2, 300], [0.6, 300])
    const { state } = alarmsOf(ddm, defaults, values)
    expect(alarmsOf(ddm, defaults, values.map((value) => (value === 1 ? 7 : -3))).state).toEqual(state)
  })

  it('refuses a number that is none', () => {
    expect(() => ddm.update(ddm.init(defaults), NaN, defaults)).toThrow('finite')
  })
})
