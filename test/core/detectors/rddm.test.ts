import { describe, expect, it } from 'vitest'
import { ddm } from '../../../src/core/detectors/ddm.ts'
import { rddm } from '../../../src/core/detectors/rddm.ts'
import { resolveParams, type ParamsOf } from '../../../src/core/unit.ts'
import { alarmsOf, errorsAt } from './streams.ts'

const defaults = resolveParams(rddm)
const small = resolveParams(rddm, { minNumInstances: 20, maxSizeConcept: 300, minSizeStableConcept: 100, warnLimit: 60, warningLevel: 1, driftLevel: 2.5 })

/** The method as it is described, on lists and without running sums: the verdict on each value, and how often the rate was computed anew for age. */
function described(values: readonly number[], params: ParamsOf<typeof rddm.params>) {
  let [sample, warnings, alarmed, stale, prunings]: [number[], number, boolean, boolean, number] = [[], 0, false, false, 0]
  let kept: number[] = []
  let best: { rate: number; deviation: number } | null = null
  const at = (list: readonly number[]) => {
    const rate = list.reduce((a, b) => a + b, 0) / list.length
    return { rate, deviation: Math.sqrt((rate * (1 - rate)) / list.length) }
  }
  const note = (now: { rate: number; deviation: number }) => {
    if (best === null || now.rate + now.deviation < best.rate + best.deviation - 1e-12) best = now
  }
  const verdicts = values.map((value): string => {
    if (stale) {
      if (alarmed) best = null
      else prunings += 1
      sample = [...kept]
      if (alarmed) for (let n = params.minNumInstances + 1; n <= sample.length; n++) note(at(sample.slice(0, n)))
      if (alarmed) warnings = 0
      stale = alarmed = false
    }
    kept = [...kept, value].slice(-params.minSizeStableConcept)
    sample.push(value)
    if (sample.length < params.minNumInstances) return 'insufficient'
    const now = at(sample)
    note(now)
    const excess = now.rate + now.deviation - best!.rate
    if (excess > params.driftLevel * best!.deviation + 1e-12 || (excess > params.warningLevel * best!.deviation + 1e-12 && warnings >= params.warnLimit)) {
      kept = kept.slice(-(excess > params.driftLevel * best!.deviation + 1e-12 ? warnings + 1 : 1))
      alarmed = stale = true
      return 'alarm'
    }
    if (excess > params.warningLevel * best!.deviation + 1e-12) {
      warnings += 1
      return 'warning'
    }
    warnings = 0
    stale = sample.length >= params.maxSizeConcept
    return 'ok'
  })
  return { verdicts, prunings }
}

describe('rddm', () => {
  for (const seed of [1, 3, 4]) {
    it(`warns, alarms, ages and learns anew as described, value for value, seed ${seed}`, () => {
      const values = errorsAt(seed, [0.2, 900], [0.26, 400], [0.5, 200], [0.1, 900], [0.3, 600])
      const state = rddm.init(small)
      const verdicts = values.map((value) => {
        rddm.update(state, value, small)
        return rddm.read(state, small).verdict
      })
      const expected = described(values, small)
      expect(verdicts).toEqual(expected.verdicts)
      expect(new Set(verdicts).size).toBe(4)
      expect(expected.prunings).toBeGreaterThan(0)
    })
  }

  it('alarms after a warning as long as the limit', () => {
    const limit = resolveParams(rddm, { driftLevel: 1000, warnLimit: 200 })
    const values = errorsAt(5, [0.2, 1000], [0.4, 2000])
    const { indices } = alarmsOf(rddm, limit, values)
    expect(indices.length).toBeGreaterThan(0)
    const { state } = alarmsOf(rddm, limit, values.slice(0, indices[0]))
    expect(state.warnings).toBe(200)
    expect(alarmsOf(rddm, resolveParams(rddm, { driftLevel: 1000, warnLimit: 1_000_000 }), values).indices).toEqual([])
  })

  it('finds after 200,000 stable values, sooner than DDM, that the rate went from .2 to .23', () => {
    const values = errorsAt(6, [0.2, 200_000], [0.23, 30_000])
    const first = (indices: number[]) => indices.find((index) => index >= 200_000) ?? Infinity
    const delay = first(alarmsOf(rddm, defaults, values).indices) - 200_000
    expect(delay).toBeLessThan(10_000)
    expect(first(alarmsOf(ddm, resolveParams(ddm), values).indices) - 200_000).toBeGreaterThan(1.5 * delay)
  })

  it('keeps the memory it was born with', () => {
    const { state } = alarmsOf(rddm, defaults, errorsAt(7, [0.2, 100_000]))
    expect(state.recent.byteLength).toBe(28_000)
    expect(state.width).toBeLessThanOrEqual(40_000)
  })

  it('has nothing to say before the first value, and refuses a number that is none', () => {
    expect(rddm.read(rddm.init(defaults), defaults)).toEqual({
      verdict: 'insufficient', n: 0, alarms: 0, width: 0, mean: null, deviation: null, rateMin: null, deviationMin: null,
    })
    expect(() => rddm.update(rddm.init(defaults), NaN, defaults)).toThrow('finite')
  })
})
