import { describe, expect, it } from 'vitest'
import { addArrivals, ageEdges, createArrivals } from '../../../src/core/maturity/arrivals.ts'
import { delayAgainstScore } from '../../../src/core/maturity/independence.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'

const edges = ageEdges(1, 64)

/** n labels whose score moves by `slope` standard deviations with each doubling of the delay. */
function drawn(n: number, slope: (age: number) => number, seed = 1) {
  const draws = seeded(seed)
  const arrivals = createArrivals(edges)
  for (let i = 0; i < n; i++) {
    const age = 1 + Math.floor(-8 * Math.log(1 - uniform(draws)))
    const score = normal(draws) + slope(age)
    addArrivals(arrivals, 'positive', age, { count: 1, scored: 1, scoreSum: score, scoreSquareSum: score * score })
  }
  return arrivals.classes.positive
}

describe('delay against score', () => {
  it('is silent where they are independent, in all but about one of a thousand samples', () => {
    const verdicts = Array.from({ length: 300 }, (_, seed) => delayAgainstScore(drawn(500, () => 0, seed + 1)).verdict)
    expect(verdicts.filter((verdict) => verdict !== 'ok').length).toBeLessThanOrEqual(2)
  })

  it('alarms where surer cases are labelled sooner', () => {
    expect(delayAgainstScore(drawn(2_000, (age) => -0.5 * Math.log2(age))).verdict).toBe('alarm')
  })

  it('alarms where only the middle ages differ, which no straight line shows', () => {
    expect(delayAgainstScore(drawn(5_000, (age) => (age > 4 && age < 12 ? 1 : 0))).verdict).toBe('alarm')
  })

  it('warns of what is certain and small', () => {
    expect(delayAgainstScore(drawn(50_000, (age) => -0.1 * Math.log2(age))).verdict).toBe('warning')
  })

  it('is insufficient with few scores, and 0 where all scores are equal', () => {
    expect(delayAgainstScore(drawn(99, () => 0)).verdict).toBe('insufficient')
    const arrivals = createArrivals(edges)
    for (const age of [1, 3, 9]) addArrivals(arrivals, 'positive', age, { count: 50, scored: 50, scoreSum: 5, scoreSquareSum: 0.5 })
    expect(delayAgainstScore(arrivals.classes.positive)).toMatchObject({ value: 0, verdict: 'ok' })
  })
})
