import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import {
  addBinary, addRegression, createBinaryOutcomes, createRegressionOutcomes, mergeOutcomes, quantileScoreEdges, scoreBin, scoreEdges, type BinaryOutcomes,
} from '../../../src/core/metrics/outcomes.ts'

const bit = fc.constantFrom<0 | 1>(0, 1)
const outcome = fc.record({ actual: bit, decision: bit, score: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(NaN, 0, 1, 0.5)) })
type Outcome = { actual: 0 | 1; decision: 0 | 1; score: number }

const edges = scoreEdges(20)
const over = (list: readonly Outcome[], into = createBinaryOutcomes(edges), weight = 1): BinaryOutcomes => {
  for (const { actual, score, decision } of list) addBinary(into, actual, score, decision, weight)
  return into
}
const counts = ({ n, scored, confusion, positives, negatives }: BinaryOutcomes) => ({ n, scored, confusion, positives, negatives })

describe('binary outcomes', () => {
  it('counts [tp, fp, fn, tn]', () => {
    const outcomes = over([
      { actual: 1, decision: 1, score: 0.9 }, { actual: 0, decision: 1, score: 0.8 }, { actual: 0, decision: 1, score: 0.7 },
      { actual: 1, decision: 0, score: 0.1 }, { actual: 0, decision: 0, score: 0.2 },
    ])
    expect(Array.from(outcomes.confusion)).toEqual([1, 2, 1, 1])
  })

  it('counts an outcome without a score by its decision alone', () => {
    const outcomes = over([{ actual: 1, decision: 1, score: NaN }, { actual: 1, decision: 1, score: 0.5 }])
    expect(outcomes).toMatchObject({ n: 2, scored: 1, brierSum: 0.25 })
    expect(outcomes.positives.reduce((sum, count) => sum + count, 0)).toBe(1)
  })

  it('clips the log-loss of a certain and wrong score at 1e-15', () => {
    expect(over([{ actual: 1, decision: 0, score: 0 }]).logLossSum).toBeCloseTo(-Math.log(1e-15), 10)
    expect(over([{ actual: 0, decision: 1, score: 1 }]).logLossSum).toBeCloseTo(-Math.log(1 - (1 - 1e-15)), 10)
  })

  it('holds a score that is no probability at the nearer end of 0..1, and still counts it in its place', () => {
    for (const [wild, end] of [[1e308, 1], [1e160, 1], [1.5, 1], [-0.5, 0], [-1e308, 0]]) {
      const held = over([{ actual: 1, decision: 1, score: wild }, { actual: 1, decision: 1, score: wild }, { actual: 0, decision: 0, score: 0.3 }])
      expect(held).toEqual(over([{ actual: 1, decision: 1, score: end }, { actual: 1, decision: 1, score: end }, { actual: 0, decision: 0, score: 0.3 }]))
      expect(readMetric(metrics.ece, held).value).toBeLessThanOrEqual(1)
    }
    const logits = createBinaryOutcomes([-2, 2])
    for (const score of [-3, 0, 3]) addBinary(logits, 1, score, 1)
    expect(Array.from(logits.positives)).toEqual([1, 1, 1])
  })

  it('merges parts into what the whole would have been', () => fc.assert(fc.property(fc.array(outcome), fc.array(outcome), (a, b) => {
    const merged = over(a)
    const part = over(b)
    const before = structuredClone(part)
    mergeOutcomes(merged, part)
    const whole = over([...a, ...b])
    expect(counts(merged)).toEqual(counts(whole))
    expect(merged.logLossSum).toBeCloseTo(whole.logLossSum, 9)
    expect(merged.brierSquareSum).toBeCloseTo(whole.brierSquareSum, 9)
    expect(part).toEqual(before)
  })))

  it('takes outcomes back', () => fc.assert(fc.property(fc.array(outcome), fc.array(outcome), (kept, taken) => {
    const outcomes = over(taken, over([...kept, ...taken]), -1)
    const whole = over(kept)
    expect(counts(outcomes)).toEqual(counts(whole))
    expect(outcomes.logLossSum).toBeCloseTo(whole.logLossSum, 9)
    expect(outcomes.brierSum).toBeCloseTo(whole.brierSum, 9)
    outcomes.scoreSums.forEach((sum, bin) => expect(sum).toBeCloseTo(whole.scoreSums[bin], 9))
  })))

  it('refuses to merge what has other edges or is of another kind', () => {
    expect(() => mergeOutcomes(createBinaryOutcomes([0.5]), createBinaryOutcomes([0.4]))).toThrow('edges')
    expect(() => mergeOutcomes(createBinaryOutcomes([0.5]), createRegressionOutcomes())).toThrow('regression')
  })

  it('refuses edges that do not ascend', () => {
    expect(() => createBinaryOutcomes([0.5, 0.5])).toThrow('ascending')
    expect(() => createBinaryOutcomes([0.5, NaN])).toThrow('finite')
  })
})

describe('regression outcomes', () => {
  it('from which a wild value was taken back, and with it what it had swallowed, claim nothing that cannot be', () => {
    for (const typo of [1e5, 1e6, 1e8, 1e9, 1e12]) {
      const outcomes = createRegressionOutcomes()
      for (let i = 0; i < 100; i++) addRegression(outcomes, i === 50 ? typo : 10.5, 10 + (i % 3))
      addRegression(outcomes, typo, 12, -1)
      addRegression(outcomes, 10.5, 12)
      for (const name of ['rmse', 'mae', 'bias'] as const) {
        const { value, interval } = readMetric(metrics[name], outcomes)
        if (interval !== undefined) expect(interval[1] - interval[0], `${name} after ${typo}`).toBeGreaterThan(0.05)
        if (name === 'rmse' && value !== null) expect(value).toBeGreaterThanOrEqual(readMetric(metrics.mae, outcomes).value!)
      }
    }
  })

  it('stay finite whatever numbers come, when they are taken back too', () => {
    for (const wild of [1e160, Number.MAX_VALUE, -Number.MAX_VALUE]) {
      const outcomes = createRegressionOutcomes()
      for (let i = 0; i < 3; i++) addRegression(outcomes, -wild, wild)
      expect(readMetric(metrics.rmse, outcomes).value).toBeGreaterThan(1e50)
      addRegression(outcomes, -wild, wild, -1)
      for (const sum of Object.values(outcomes)) expect(typeof sum === 'string' || Number.isFinite(sum)).toBe(true)
    }
  })
})

describe('score edges', () => {
  it('put a score into the bin numbered by the edges at or below it', () => fc.assert(fc.property(fc.double({ min: -1, max: 2, noNaN: true }), (score) => {
    expect(scoreBin(edges, score)).toBe(edges.filter((edge) => edge <= score).length)
  })))

  it('cut [0, 1] into equal widths', () => expect(Array.from(scoreEdges(4))).toEqual([0.25, 0.5, 0.75]))

  it('at quantiles hold about equal counts', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i / 1000) ** 3)
    const own = quantileScoreEdges(values, 10)
    const bins = new Array<number>(10).fill(0)
    for (const value of values) bins[scoreBin(own, value)] += 1
    expect(bins).toEqual(new Array(10).fill(100))
  })

  it('at quantiles merge where one value is heavy, and need at least one finite value', () => {
    expect(Array.from(quantileScoreEdges([...new Array<number>(90).fill(0), 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1], 10))).toEqual([0.1])
    expect(Array.from(quantileScoreEdges([NaN]))).toEqual([])
  })
})

describe('regression outcomes', () => {
  it('sum errors of predicted minus actual, and take them back', () => {
    const outcomes = createRegressionOutcomes()
    addRegression(outcomes, 3, 2.5)
    addRegression(outcomes, -0.5, 0)
    addRegression(outcomes, 2, 4)
    expect(outcomes).toEqual({ kind: 'regression', n: 3, errorSum: 2, absoluteErrorSum: 3, squaredErrorSum: 4.5, fourthPowerErrorSum: 16.125 })
    addRegression(outcomes, 2, 4, -1)
    const part = createRegressionOutcomes()
    addRegression(part, 2, 4)
    mergeOutcomes(outcomes, part)
    expect(outcomes).toMatchObject({ n: 3, errorSum: 2, squaredErrorSum: 4.5 })
  })
})
