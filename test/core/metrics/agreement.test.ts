import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Shares } from '../../../src/core/metrics/agreement.ts'
import { kappa } from '../../../src/core/metrics/kappa.ts'
import { mcc } from '../../../src/core/metrics/mcc.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { seeded } from '../../../src/core/random.ts'
import { confusionOf, coverageOf, drawConfusion } from './tables.ts'

describe('agreement', () => {
  const metrics = [mcc, kappa]
  const worlds: Shares[] = [[0.4, 0.1, 0.2, 0.3], [0.08, 0.04, 0.03, 0.85], [0.495, 0.005, 0.005, 0.495], [0.05, 0.15, 0.1, 0.7]]

  it('has an interval that holds the truth about as often as it says', () => {
    for (const metric of metrics) {
      for (const shares of worlds) {
        const random = seeded(3)
        const truth = readMetric(metric, confusionOf(...shares.map((share) => share * 1e6) as [number, number, number, number])).value!
        const coverage = coverageOf(metric, truth, () => drawConfusion(random, 150, shares), 500)
        expect(coverage, `${metric.name} ${shares}`).toBeGreaterThan(0.92)
        expect(coverage, `${metric.name} ${shares}`).toBeLessThanOrEqual(1)
      }
    }
  })

  it('does not claim certainty from twenty perfect decisions, and claims less where units repeat', () => {
    for (const metric of metrics) {
      const [low, high] = readMetric(metric, confusionOf(10, 0, 0, 10)).interval!
      expect([low < 0.9, low > 0.4, high]).toEqual([true, true, 1])
      expect(readMetric(metric, confusionOf(10, 0, 0, 10), { designEffect: 4 }).interval![0]).toBeLessThan(low)
    }
  })

  it('holds its value and stays within −1 and 1 for any counts', () => fc.assert(fc.property(fc.array(fc.nat(300), { minLength: 4, maxLength: 4 }), ([tp, fp, fn, tn]) => {
    for (const metric of metrics) {
      const { value, interval } = readMetric(metric, confusionOf(tp, fp, fn, tn))
      if (value === null) continue
      expect(-1 <= interval![0] && interval![0] <= value && value <= interval![1] && interval![1] <= 1).toBe(true)
    }
  })))

  it('is insufficient where corrections have driven a count below zero', () => {
    for (const metric of metrics) expect(readMetric(metric, confusionOf(10, -1, 5, 10)).verdict).toBe('insufficient')
  })
})
