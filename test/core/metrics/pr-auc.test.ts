import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { addBinary, createBinaryOutcomes, scoreEdges } from '../../../src/core/metrics/outcomes.ts'
import { prAuc } from '../../../src/core/metrics/pr-auc.ts'
import { normal, seeded } from '../../../src/core/random.ts'
import { coverageOf, scoresOf } from './tables.ts'

type Row = readonly [score: number, actual: 0 | 1]

/** From the rows themselves, every distinct score a threshold. */
function exact(rows: readonly Row[], interpolation: 'step' | 'linear'): number {
  const total = rows.filter(([, y]) => y === 1).length
  const points = [...new Set(rows.map(([score]) => score))].sort((a, b) => b - a).map((threshold) => {
    const called = rows.filter(([score]) => score >= threshold)
    const hits = called.filter(([, y]) => y === 1).length
    return { recall: hits / total, precision: hits / called.length }
  })
  const bestFrom = (i: number) => Math.max(...points.slice(i).map(({ precision }) => precision))
  return points.reduce((area, { recall, precision }, i) => {
    const height = interpolation === 'step' ? precision : (bestFrom(i) + (i === 0 ? 1 : bestFrom(i - 1))) / 2
    return area + (recall - (i === 0 ? 0 : points[i - 1].recall)) * height
  }, 0)
}

describe('pr-auc', () => {
  it('reads .1, .35, .4, .8 with the second and the last positive as scikit-learn does: .8333', () => {
    const outcomes = scoresOf([[0.1, 0, 1], [0.4, 0, 1], [0.35, 1, 0], [0.8, 1, 0]])
    expect(readMetric(prAuc, outcomes)).toMatchObject({ value: expect.closeTo(5 / 6, 12), n: 4, detail: { positives: 2, negatives: 2, bound: 0, baseline: 0.5 } })
    expect(readMetric(prAuc, outcomes, { interpolation: 'linear' }).value).toBeCloseTo(0.5 + 0.5 * (2 / 3), 12)
  })

  it('is within its published bound of the exact value, either way it is joined', () => fc.assert(fc.property(
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom<0 | 1>(0, 1)), { maxLength: 60 }), fc.integer({ min: 1, max: 20 }),
    fc.constantFrom('step' as const, 'linear' as const), (rows, bins, interpolation) => {
      const outcomes = createBinaryOutcomes(scoreEdges(bins))
      for (const [score, y] of rows) addBinary(outcomes, y, score, 1)
      const { value, detail, verdict } = readMetric(prAuc, outcomes, { interpolation })
      if (verdict === 'insufficient') expect(new Set(rows.map(([, y]) => y)).size).toBeLessThan(2)
      else expect(Math.abs(value! - exact(rows, interpolation))).toBeLessThanOrEqual((detail!.bound as number) + 1e-12)
    })))

  it('has a bound that is tight where bins hold little', () => {
    const random = seeded(2)
    const outcomes = createBinaryOutcomes(scoreEdges(2_000))
    for (let i = 0; i < 4_000; i++) addBinary(outcomes, i % 10 === 0 ? 1 : 0, 1 / (1 + Math.exp(-normal(random) - (i % 10 === 0 ? 1 : -1))), 1)
    expect(readMetric(prAuc, outcomes).detail!.bound).toBeLessThan(0.05)
  })

  it('reads scores without meaning as the share of positives', () => {
    expect(readMetric(prAuc, scoresOf([[0.5, 30, 270]]))).toMatchObject({ value: 0.1, detail: { baseline: 0.1 } })
  })

  it('is insufficient without both classes, below nMin of the rarer, and where corrections drove a bin below zero', () => {
    expect(readMetric(prAuc, scoresOf([[0.5, 3, 0]]))).toMatchObject({ value: null, n: 3, verdict: 'insufficient', detail: { bound: null } })
    expect(readMetric(prAuc, scoresOf([[0.5, 3, 100]]), { nMin: 4 }).verdict).toBe('insufficient')
    expect(readMetric(prAuc, scoresOf([[0.5, 3, -1], [0.7, 3, 4]])).verdict).toBe('insufficient')
  })

  it('holds the truth about as often as it says', () => {
    const random = seeded(7)
    const bins = Float64Array.from({ length: 399 }, (_, i) => -4 + (10 * (i + 1)) / 400)
    const draw = (positives: number, negatives: number) => {
      const outcomes = createBinaryOutcomes(bins)
      for (let i = 0; i < positives + negatives; i++) addBinary(outcomes, i < positives ? 1 : 0, normal(random) + (i < positives ? 1.5 : 0), 1)
      return outcomes
    }
    const truth = readMetric(prAuc, draw(40_000, 160_000)).value!
    const coverage = coverageOf(prAuc, truth, () => draw(60, 240), 400)
    expect(coverage).toBeGreaterThan(0.92)
  })
})
