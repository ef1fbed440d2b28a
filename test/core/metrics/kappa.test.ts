import { describe, expect, it } from 'vitest'
import { kappa } from '../../../src/core/metrics/kappa.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { confusionOf } from './tables.ts'

describe('kappa', () => {
  it('reads the textbook table of 20, 5, 10, 15 as .4', () => {
    expect(readMetric(kappa, confusionOf(20, 5, 10, 15)).value).toBeCloseTo(0.4, 12)
  })

  it('is 0 for a constant answer, and undefined where everything is of one class', () => {
    expect(readMetric(kappa, confusionOf(30, 70, 0, 0)).value).toBeCloseTo(0, 12)
    expect(readMetric(kappa, confusionOf(100, 0, 0, 0))).toEqual({ value: null, n: 100, verdict: 'insufficient' })
  })

  it("has Fleiss, Cohen and Everitt's standard error where there is much data", () => {
    const outcomes = confusionOf(20e6, 5e6, 10e6, 15e6)
    const [low, high] = readMetric(kappa, outcomes).interval!
    const [tp, fp, fn, tn] = [0.4, 0.1, 0.2, 0.3]
    const [observed, expected, k] = [0.7, 0.5, 0.4]
    const [a, b, c, d] = [tp + fp, fn + tn, tp + fn, fp + tn]
    const variance = (tp * (1 - (a + c) * (1 - k)) ** 2 + tn * (1 - (b + d) * (1 - k)) ** 2 + (1 - k) ** 2 * (fp * (b + c) ** 2 + fn * (a + d) ** 2)
      - (k - expected * (1 - k)) ** 2) / (1 - expected) ** 2 / 50e6
    expect(observed - expected).toBeCloseTo(k * (1 - expected), 12)
    expect((high - low) / 2 / 1.959964).toBeCloseTo(Math.sqrt(variance), 8)
  })
})
