import { describe, expect, it } from 'vitest'
import { dispersionOfScores, gapLevel, ranksOf } from '../../../src/core/calibration/pane-scores.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'

const random = seeded(21)
/** Normal scores of panes with a shock of so many deviations each. */
const scoresOf = (panes: number, rows: number, shock: number) => {
  const sizes = Array<number>(panes).fill(rows)
  const scores = Float64Array.from(sizes.flatMap((size) => {
    const own = shock * normal(random)
    return Array.from({ length: size }, () => own + normal(random))
  }))
  return { scores, sizes }
}
const dispersed = (panes: number, rows: number, shock: number) => {
  const { scores, sizes } = scoresOf(panes, rows, shock)
  return dispersionOfScores(scores, sizes)
}

describe('the dispersion of scores over panes', () => {
  it('is a design effect near 1 where rows are independent, and 1 + (rows − 1) ICC where panes shake', () => {
    expect(dispersed(200, 100, 0).effect).toBeLessThan(1.4)
    const { effect, n, rows, panes, degrees } = dispersed(400, 100, 0.3)
    expect(effect).toBeGreaterThan(0.75 * (1 + 99 * (0.09 / 1.09)))
    expect(effect).toBeLessThan(1.35 * (1 + 99 * (0.09 / 1.09)))
    expect([n, rows, panes]).toEqual([40_000, 100, 400])
    expect(degrees).toBeLessThanOrEqual(399)
  })

  it('leaves panes without rows out, and makes nothing of constant or no scores', () => {
    expect(dispersionOfScores(Float64Array.of(1, 2, 3, 4), [2, 0, 2])).toMatchObject({ panes: 2, rows: 2 })
    expect(dispersionOfScores(new Float64Array(6).fill(2), [3, 3])).toMatchObject({ effect: 1, variance: 0, mean: 2 })
    expect(dispersionOfScores(new Float64Array(0), [])).toMatchObject({ panes: 0, effect: 1, degrees: 0 })
  })
})

describe('the level of a gap between means', () => {
  it('is passed by noise no more often than its chance, with and without shocks that panes share', () => {
    for (const shock of [0, 0.4]) {
      let passed = 0
      const runs = 1_000
      for (let run = 0; run < runs; run++) {
        const reference = dispersed(12, 20, shock)
        const { scores } = scoresOf(2, 20, shock)
        const mean = scores.reduce((sum, x) => sum + x, 0) / scores.length
        if (Math.abs(mean - reference.mean) > gapLevel(reference, { n: 40, panes: 2 }, reference.variance, 0.2).gap) passed += 1
      }
      expect(passed / runs).toBeLessThan(0.2)
      expect(passed).toBeGreaterThan(0)
    }
  })

  it('of ranks is Chernoff’s bound at effective sizes: no wider where panes are many and rows independent', () => {
    const scores = Float64Array.from({ length: 30_000 }, () => uniform(random))
    const reference = dispersionOfScores(ranksOf(scores), Array<number>(1_000).fill(30))
    const { gap, effectiveN, effectiveNReference } = gapLevel(reference, { n: 600, panes: 3 }, 1 / 12, 1e-8)
    const bound = Math.sqrt((2 * Math.log(2e8) * (1 / effectiveN + 1 / effectiveNReference)) / 12)
    expect(gap / bound).toBeGreaterThan(1)
    expect(gap / bound).toBeLessThan(1.05)
    expect(effectiveN).toBeLessThanOrEqual(600)
  })

  it('grows without bound as panes become few: one pane tells nothing of how panes differ', () => {
    const gaps = [40, 10, 3, 1].map((panes) => gapLevel(dispersed(panes, 50, 0), { n: 100, panes: 2 }, 1, 1e-8).gap)
    expect([...gaps].sort((a, b) => a - b)).toEqual(gaps)
    expect(gaps[3]).toBeGreaterThan(100)
  })
})

describe('ranks', () => {
  it('are shares of the sample, ties in the middle', () => {
    expect(Array.from(ranksOf(Float64Array.of(5, 1, 5, 9)))).toEqual([0.5, 0.125, 0.5, 0.875])
  })
})
