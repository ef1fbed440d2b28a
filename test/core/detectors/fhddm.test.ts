import { describe, expect, it } from 'vitest'
import { fhddm } from '../../../src/core/detectors/fhddm.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { alarmsOf, camelCase, casesOf, errorsAt } from './streams.ts'

const defaults = resolveParams(fhddm)

/** River says null where we say 0. */
const withoutNull = (params: Record<string, unknown>) => ({ ...params, shortWindowSize: params.shortWindowSize ?? 0 })

describe('fhddm', () => {
  for (const one of casesOf('drift_detectors_more', 'FHDDM')) {
    it(`alarms where River 0.26.1 does on ${one.stream} with ${JSON.stringify(one.params)}`, () => {
      const params = resolveParams(fhddm, withoutNull(camelCase(one.params)))
      expect(alarmsOf(fhddm, params, one.values).indices).toEqual(one.expected)
    })
  }

  it('keeps the sums of its windows, of losses too', () => {
    const params = resolveParams(fhddm, { slidingWindowSize: 50, shortWindowSize: 7 })
    const values = errorsAt(8, [0.5, 1234]).map((value, i) => (value === 1 ? ((i * 37) % 100) / 100 : 0))
    const { state } = alarmsOf(fhddm, params, values)
    const sum = (n: number) => values.slice(-n).reduce((a, b) => a + b, 0)
    expect(state.alarms).toBe(0)
    expect(state.errors).toBeCloseTo(sum(50), 12)
    expect(state.errorsShort).toBeCloseTo(sum(7), 12)
  })

  it('says nothing before the window is full, nor after an alarm until it is again', () => {
    const at = (count: number) => fhddm.read(alarmsOf(fhddm, defaults, new Array<number>(count).fill(0)).state, defaults)
    expect(at(99)).toMatchObject({ verdict: 'insufficient', rightMax: null })
    expect(at(100)).toMatchObject({ verdict: 'ok', rightMax: 1, mean: 0 })
    expect(at(100).bound).toBeCloseTo(0.262826, 6)
    const { indices, state } = alarmsOf(fhddm, defaults, [...new Array<number>(200).fill(0), ...new Array<number>(28).fill(1)])
    expect(indices).toEqual([226])
    expect(fhddm.read(state, defaults)).toMatchObject({ verdict: 'insufficient', width: 1, mean: 1, alarms: 1 })
  })

  it('takes a short window longer than the window for all of it', () => {
    const values = errorsAt(8, [0.1, 500], [0.6, 500])
    const long = alarmsOf(fhddm, resolveParams(fhddm, { shortWindowSize: 5000 }), values).indices
    expect(long).toEqual(alarmsOf(fhddm, defaults, values).indices)
    expect(long.length).toBeGreaterThan(0)
  })

  it('refuses a number that is none', () => {
    expect(() => fhddm.update(fhddm.init(defaults), NaN, defaults)).toThrow('finite')
  })
})
