import { describe, expect, it } from 'vitest'
import { balancedAccuracy } from '../../../src/core/metrics/balanced-accuracy.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { seeded } from '../../../src/core/random.ts'
import { confusionOf, coverageOf, drawConfusion } from './tables.ts'

describe('balanced-accuracy', () => {
  it('is the mean of recall and specificity', () => {
    expect(readMetric(balancedAccuracy, confusionOf(40, 10, 20, 30))).toMatchObject({ value: expect.closeTo((40 / 60 + 30 / 40) / 2, 12), n: 100, detail: { positives: 60, negatives: 40 } })
  })

  it('earns a constant answer ½, however rare the positives are', () => {
    expect(readMetric(balancedAccuracy, confusionOf(0, 0, 1, 999)).value).toBe(0.5)
  })

  it('is insufficient without both classes, with too few of the rarer, or with a count below zero', () => {
    expect(readMetric(balancedAccuracy, confusionOf(0, 5, 0, 95))).toEqual({ value: null, n: 100, verdict: 'insufficient' })
    expect(readMetric(balancedAccuracy, confusionOf(2, 5, 1, 95), { nMin: 4 }).verdict).toBe('insufficient')
    expect(readMetric(balancedAccuracy, confusionOf(5, -1, 3, 3)).verdict).toBe('insufficient')
  })

  it('has an interval as wide as the rarer class makes it, that never leaves [0, 1]', () => {
    const [low, high] = readMetric(balancedAccuracy, confusionOf(10, 0, 0, 10_000)).interval!
    expect(high).toBe(1)
    expect(low).toBeCloseTo(1 - 0.2775 / 2, 3)
    expect(readMetric(balancedAccuracy, confusionOf(10, 0, 0, 10_000), { designEffect: 5 }).interval![0]).toBeLessThan(low)
  })

  it('holds the truth about as often as it says', () => {
    const random = seeded(5)
    const coverage = coverageOf(balancedAccuracy, (0.8 + 0.9) / 2, () => drawConfusion(random, 200, [0.16, 0.08, 0.04, 0.72]), 800)
    expect(coverage).toBeGreaterThan(0.93)
    expect(coverage).toBeLessThan(0.98)
  })
})
