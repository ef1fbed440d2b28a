import { describe, expect, it } from 'vitest'
import { businessValue } from '../../../src/core/metrics/business-value.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { seeded } from '../../../src/core/random.ts'
import { confusionOf, coverageOf, drawConfusion } from './tables.ts'

const fraud = { tp: 40, fp: -2, fn: -40, tn: 0 }

describe('business-value', () => {
  it('is the mean worth of a decision, with the sum beside it', () => {
    expect(readMetric(businessValue, confusionOf(40, 10, 20, 30), fraud)).toMatchObject({ value: 7.8, n: 100, detail: { total: 780 } })
  })

  it('is the net benefit at even odds unless told otherwise', () => {
    expect(readMetric(businessValue, confusionOf(40, 10, 20, 30)).value).toBeCloseTo(0.3, 12)
  })

  it('has the interval of a mean from 30 effective outcomes up, and none below', () => {
    const { value, interval } = readMetric(businessValue, confusionOf(40, 10, 20, 30), fraud)
    const variance = (40 * (40 - 7.8) ** 2 + 10 * (-2 - 7.8) ** 2 + 20 * (-40 - 7.8) ** 2 + 30 * 7.8 ** 2) / 100
    expect(interval![1] - value!).toBeCloseTo(1.959964 * Math.sqrt(variance / 99), 5)
    expect(readMetric(businessValue, confusionOf(40, 10, 20, 30), { ...fraud, designEffect: 4 })).not.toHaveProperty('interval')
  })

  it('holds the truth about as often as it says', () => {
    const random = seeded(4)
    const coverage = coverageOf(businessValue, 0.1 * 40 - 0.1 * 2 - 0.05 * 40, () => drawConfusion(random, 400, [0.1, 0.1, 0.05, 0.75]), 600, fraud)
    expect(coverage).toBeGreaterThan(0.92)
    expect(coverage).toBeLessThan(0.98)
  })

  it('is insufficient before the first outcome and where corrections drove a count below zero', () => {
    expect(readMetric(businessValue, confusionOf(0, 0, 0, 0)).verdict).toBe('insufficient')
    expect(readMetric(businessValue, confusionOf(5, -1, 3, 3)).verdict).toBe('insufficient')
  })
})
