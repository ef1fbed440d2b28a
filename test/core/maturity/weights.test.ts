import { describe, expect, it } from 'vitest'
import { addArrivals, ageEdges, arrivalCurve, createArrivals, type ArrivalCurve } from '../../../src/core/maturity/arrivals.ts'
import { expectedPrecision, expectedRecall, weighted, weightsAt, type AgedCounts, type ClassCurves } from '../../../src/core/maturity/weights.ts'
import { seeded, uniform } from '../../../src/core/random.ts'

const HOUR = 3_600_000
const STEP = HOUR / 4
const horizonMs = 20 * 24 * HOUR
const edges = ageEdges(STEP, horizonMs)
const exponential = (meanMs: number) => (ageMs: number) => 1 - Math.exp(-ageMs / meanMs)
const [late, soon] = [exponential(48 * HOUR), exponential(2 * HOUR)]
const base = 0.05

/** The curve of a mixture of laws, learned from cohorts older than the horizon. */
function learned(share: (ageMs: number) => number): ArrivalCurve {
  const arrivals = createArrivals(edges)
  for (let age = STEP; age <= horizonMs; age += STEP) {
    const count = 1e6 * (share(age) - share(age - STEP))
    addArrivals(arrivals, 'any', age, { count, scored: count, scoreSum: 0, scoreSquareSum: 0 })
  }
  return arrivalCurve(edges, arrivals.classes.any)!
}

describe('precision with positives 48 h and negatives 2 h late, over the last 24 h', () => {
  const truth = { tp: 632, fp: 368, fn: 100, tn: 12_000 }
  const ages = Array.from({ length: 96 }, (_, i) => (i + 1) * STEP)
  const cohorts: AgedCounts[] = ages.map((ageMs) => ({ ageMs, confusion: [truth.tp * late(ageMs), truth.fp * soon(ageMs), truth.fn * late(ageMs), truth.tn * soon(ageMs)] }))
  const byClass: ClassCurves = { positive: learned(late), negative: learned(soon) }
  const pooled = learned((ageMs) => base * late(ageMs) + (1 - base) * soon(ageMs))

  it('is .286 as it stands, .272 with one curve for all, and .632 by class, as in truth', () => {
    const unweighted = cohorts.reduce(([tp, all], { confusion }) => [tp + confusion[0], all + confusion[0] + confusion[1]], [0, 0])
    expect(unweighted[0] / unweighted[1]).toBeCloseTo(0.286, 2)
    const both = weighted(cohorts, { positive: pooled, negative: pooled }, 1e9)
    expect(expectedPrecision(both).value).toBeCloseTo(0.272, 2)
    const expected = expectedPrecision(weighted(cohorts, byClass))
    expect(expected.value).toBeCloseTo(0.632, 2)
    expect(expected.interval![0]).toBeLessThan(0.632)
    expect(expected.interval![1]).toBeGreaterThan(0.632)
  })

  it('needs no weight a label may not carry: younger cohorts stay out whole, and are counted', () => {
    const young = ages.filter((ageMs) => late(ageMs) < 0.1)
    const counts = weighted(cohorts, byClass)
    expect(young.length).toBeGreaterThan(10)
    expect(counts.leftOut).toBeGreaterThan(0)
    expect(counts.weightMax.positive).toBeLessThanOrEqual(10)
    expect(weightsAt(byClass, young.at(-1)!)).toBe(null)
  })

  it('leaves recall, which mixes no classes, what it is', () => {
    expect(expectedRecall(weighted(cohorts, byClass)).value).toBeCloseTo(632 / 732, 9)
  })

  it('has an effective sample size below the labels that it is made of', () => {
    const { n, detail } = expectedPrecision(weighted(cohorts, byClass))
    expect(detail!.effectiveN).toBeLessThan(0.9 * n)
  })

  it('lies within its interval in about 95 of 100 draws', () => {
    const draws = seeded(3)
    let inside = 0
    for (let run = 0; run < 400; run++) {
      const drawn = cohorts.map(({ ageMs }) => {
        const counts = [0, 0, 0, 0]
        for (let i = 0; i < 4; i++) {
          const isPositive = uniform(draws) < 0.632
          if (uniform(draws) < (isPositive ? late : soon)(ageMs)) counts[isPositive ? 0 : 1] += 1
        }
        return { ageMs, confusion: counts }
      })
      const [low, high] = expectedPrecision(weighted(drawn, byClass)).interval!
      if (low <= 0.632 && 0.632 <= high) inside += 1
    }
    expect(inside / 400).toBeGreaterThan(0.92)
    expect(inside / 400).toBeLessThan(0.99)
  })
})

describe('weighted shares', () => {
  const atOnce = learned((age) => Number(age > 0))
  const now: ClassCurves = { positive: atOnce, negative: atOnce }

  it('of complete labels are plain shares with plain intervals', () => {
    const counts = weighted([{ ageMs: STEP, confusion: [30, 10, 20, 40] }], now)
    expect(expectedPrecision(counts)).toMatchObject({ value: 0.75, n: 40, detail: { effectiveN: 40 } })
    expect(expectedRecall(counts)).toMatchObject({ value: 0.6, n: 50, detail: { effectiveN: 50 } })
  })

  it('are insufficient without labels or with counts below zero', () => {
    expect(expectedPrecision(weighted([], now)).verdict).toBe('insufficient')
    expect(expectedPrecision(weighted([{ ageMs: horizonMs * 2, confusion: [-1, 3, 0, 0] }], now)).verdict).toBe('insufficient')
  })

  it('of hits alone still have an interval', () => {
    const { value, interval } = expectedPrecision(weighted([{ ageMs: horizonMs * 2, confusion: [5, 0, 0, 0] }], now))
    expect(value).toBe(1)
    expect(interval![0]).toBeLessThan(0.7)
  })
})
