import { describe, expect, it } from 'vitest'
import { mcc } from '../../../src/core/metrics/mcc.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { confusionOf } from './tables.ts'

describe('mcc', () => {
  it('reads 40 tp, 10 fp, 20 fn, 30 tn by its definition', () => {
    expect(readMetric(mcc, confusionOf(40, 10, 20, 30)).value).toBeCloseTo((40 * 30 - 10 * 20) / Math.sqrt(50 * 60 * 40 * 50), 12)
  })

  it('is 1 for perfect decisions, −1 for perfectly wrong ones, and undefined, not 0, where all decisions are the same', () => {
    expect([readMetric(mcc, confusionOf(30, 0, 0, 70)).value, readMetric(mcc, confusionOf(0, 70, 30, 0)).value]).toEqual([1, -1])
    expect(readMetric(mcc, confusionOf(30, 70, 0, 0))).toEqual({ value: null, n: 100, verdict: 'insufficient' })
  })
})
