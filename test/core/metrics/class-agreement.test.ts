import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import { decided } from './classes.ts'
import { confusionOf } from './tables.ts'

/** R_K as the correlation of one-hot vectors: cov(X, Y) / √(cov(X, X) cov(Y, Y)), each summed over classes. */
function oneHotCorrelation(rows: readonly (readonly [string, string, number])[]): number {
  const names = [...new Set(rows.flatMap(([y, p]) => [y, p]))]
  const n = rows.reduce((sum, [, , times]) => sum + times, 0)
  const mean = (of: (row: readonly [string, string, number]) => number) => rows.reduce((sum, row) => sum + row[2] * of(row), 0) / n
  const covariance = (a: 0 | 1, b: 0 | 1) => names.reduce((sum, name) => sum + mean((row) => Number(row[a] === name) * Number(row[b] === name))
    - mean((row) => Number(row[a] === name)) * mean((row) => Number(row[b] === name)), 0)
  return covariance(0, 1) / Math.sqrt(covariance(0, 0) * covariance(1, 1))
}

const names = fc.constantFrom('a', 'b', 'c', 'd')
const cells = fc.array(fc.tuple(names, names, fc.integer({ min: 1, max: 60 })), { minLength: 2, maxLength: 16 })

describe('agreement over several classes', () => {
  it('is that of the binary metrics where there are two, interval included', () => fc.assert(fc.property(
    fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 })), ([tp, fp, fn, tn]) => {
      const several = decided([['yes', 'yes', tp], ['no', 'yes', fp], ['yes', 'no', fn], ['no', 'no', tn]])
      for (const metric of [metrics.mcc, metrics.kappa]) {
        const [wanted, found] = [readMetric(metric, confusionOf(tp, fp, fn, tn)), readMetric(metric, several)]
        expect(found.value).toBeCloseTo(wanted.value!, 10)
        found.interval!.forEach((end, i) => expect(end).toBeCloseTo(wanted.interval![i], 9))
      }
    })))

  it('mcc is the correlation of one-hot truths and predictions', () => fc.assert(fc.property(cells, (rows) => {
    const wanted = oneHotCorrelation(rows)
    const { value } = readMetric(metrics.mcc, decided(rows))
    if (value === null) expect(Number.isFinite(wanted) && Math.abs(wanted) > 1e-9).toBe(false)
    else expect(value).toBeCloseTo(wanted, 9)
  })))

  it("kappa of three classes reads scikit-learn's example as .6875", () => {
    const outcomes = decided([['negative', 'negative', 2], ['positive', 'positive', 1], ['neutral', 'neutral', 1], ['positive', 'negative', 1]])
    expect(readMetric(metrics.kappa, outcomes).value).toBeCloseTo(0.6875, 12)
  })

  it('is 1 for perfect decisions, with an interval that stays below it on the lower side', () => {
    for (const metric of [metrics.mcc, metrics.kappa]) {
      const { value, interval } = readMetric(metric, decided([['a', 'a', 9], ['b', 'b', 7], ['c', 'c', 4]]))
      expect([value, interval![1]]).toEqual([1, 1])
      expect(interval![0]).toBeLessThan(0.95)
    }
  })

  it('is insufficient where everything is of one class', () => {
    for (const metric of [metrics.mcc, metrics.kappa]) expect(readMetric(metric, decided([['a', 'a', 9]]))).toMatchObject({ value: null, n: 9, verdict: 'insufficient' })
    expect(readMetric(metrics.mcc, decided([['a', 'a', 9], ['b', 'a', 4]])).value).toBeNull()
    expect(readMetric(metrics.kappa, decided([['a', 'a', 9], ['b', 'a', 4]])).value).toBeCloseTo(0, 12)
  })
})
