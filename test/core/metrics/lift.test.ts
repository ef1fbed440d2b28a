import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lift } from '../../../src/core/metrics/lift.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { addBinary, createBinaryOutcomes, scoreEdges } from '../../../src/core/metrics/outcomes.ts'
import { seeded, uniform } from '../../../src/core/random.ts'
import { coverageOf, scoresOf } from './tables.ts'

describe('lift', () => {
  it('compares the positives among the top with those among all: 30 of 100 against 50 of 1,000', () => {
    const outcomes = scoresOf([[0.9, 30, 70], [0.1, 20, 880]])
    expect(readMetric(lift, outcomes)).toMatchObject({ value: expect.closeTo(6, 12), n: 1_000, detail: { positives: 50, captured: 0.6, bound: 0 } })
  })

  it('takes a bin that the cut falls into in proportion, and says how far off that may be', () => {
    const outcomes = scoresOf([[0.9, 5, 5], [0.5, 5, 15], [0.1, 10, 60]])
    const reading = readMetric(lift, outcomes, { share: 0.2 })
    expect(reading.value).toBeCloseTo((5 + 10 * (5 / 20)) / 20 / 0.2, 12)
    expect(reading.detail!.bound).toBeCloseTo(2.5 / 20 / 0.2, 12)
  })

  it('is within its published bound of the exact value', () => fc.assert(fc.property(
    fc.uniqueArray(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom<0 | 1>(0, 1)), { minLength: 10, maxLength: 60, selector: ([score]) => score }),
    fc.integer({ min: 1, max: 20 }), (rows, bins) => {
      const outcomes = createBinaryOutcomes(scoreEdges(bins))
      for (const [score, y] of rows) addBinary(outcomes, y, score, 1)
      const size = Math.max(1, Math.floor(rows.length / 4))
      const hits = (of: typeof rows) => of.filter(([, y]) => y === 1).length
      const { value, detail } = readMetric(lift, outcomes, { share: size / rows.length })
      if (value === null) expect(hits(rows)).toBe(0)
      else {
        const wanted = hits([...rows].sort((a, b) => b[0] - a[0]).slice(0, size)) / size / (hits(rows) / rows.length)
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual((detail!.bound as number) + 1e-9)
      }
    })))

  it('is 1 where scores mean nothing and where all are looked at', () => {
    expect(readMetric(lift, scoresOf([[0.5, 30, 270]])).value).toBeCloseTo(1, 12)
    expect(readMetric(lift, scoresOf([[0.9, 30, 70], [0.1, 20, 880]]), { share: 1 }).value).toBeCloseTo(1, 12)
  })

  it('is insufficient without a positive, where the top holds less than one outcome, and where a bin is below zero', () => {
    expect(readMetric(lift, scoresOf([[0.5, 0, 100]]))).toEqual({ value: null, n: 100, verdict: 'insufficient' })
    expect(readMetric(lift, scoresOf([[0.5, 3, 5]])).verdict).toBe('insufficient')
    expect(readMetric(lift, scoresOf([[0.5, -1, 100], [0.7, 4, 4]])).verdict).toBe('insufficient')
  })

  it('holds the truth at least as often as it says', () => {
    const random = seeded(9)
    const truth = 1.9 // scores are the chances themselves, uniform: the top tenth averages .95, all of them .5
    const draw = () => {
      const outcomes = createBinaryOutcomes(scoreEdges())
      for (let i = 0; i < 500; i++) {
        const p = uniform(random)
        addBinary(outcomes, uniform(random) < p ? 1 : 0, p, 1)
      }
      return outcomes
    }
    expect(coverageOf(lift, truth, draw, 300)).toBeGreaterThan(0.94)
  })
})
