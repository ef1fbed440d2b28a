import { describe, expect, it } from 'vitest'
import { dle, type LabelledFeatureRow } from '../../../src/core/estimation/dle.ts'
import { expectedOfSample } from '../../../src/core/estimation/sampled-losses.ts'
import { normal, seeded, uniform, type Random } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { holds, share } from './worlds.ts'

const params = resolveParams(dle, { trees: 30 })

/** Errors of a standard deviation that a feature tells; `sure`: of that size exactly, so that only which rows were drawn is left to chance. */
function rows(random: Random, n: number, sure = false): LabelledFeatureRow[] {
  return Array.from({ length: n }, () => {
    const far = uniform(random)
    return { x: { far }, prediction: 0, y: (0.2 + 3 * far) * (sure ? 1 : normal(random)) }
  })
}

const maeOf = (list: readonly LabelledFeatureRow[]): number => list.reduce((sum, { y }) => sum + Math.abs(y), 0) / list.length
const rmseOf = (list: readonly LabelledFeatureRow[]): number => Math.sqrt(list.reduce((sum, { y }) => sum + y * y, 0) / list.length)

describe('the expected loss of a sample', () => {
  it('is that of the estimator where the sample is all', () => {
    const [fit, current] = [dle.fit(rows(seeded(1), 1_000), params), rows(seeded(2), 300)]
    const sums = dle.init(fit)
    for (const row of current) dle.update(sums, row, fit)
    expect(expectedOfSample(fit, current, 300, params)).toEqual(dle.read(sums, fit, params))
  })

  it('is as sure as the rows are many, and never surer for there being more predictions', () => {
    const [fit, current] = [dle.fit(rows(seeded(1), 1_000), params), rows(seeded(2), 300)]
    const widths = [300, 600, 30_000].map((population) => expectedOfSample(fit, current, population, params).readings).map(({ mae, rmse }) =>
      [mae, rmse].map(({ interval }) => interval![1] - interval![0]))
    for (const i of [0, 1]) {
      expect(widths[1][i]).toBeGreaterThan(widths[0][i])
      expect(widths[2][i]).toBeGreaterThan(widths[1][i])
    }
  })

  it.each([false, true])('holds what the labels of all predictions say, of whom it knows a twentieth (errors exact: %s)', (sure) => {
    const held = share(20, (random) => {
      const [reference, all] = [rows(random, 1_000, sure), rows(random, 4_000, sure)]
      const { mae, rmse } = expectedOfSample(dle.fit(reference, params), all.slice(0, 200), all.length, params).readings
      return holds(mae, maeOf(all)) && holds(rmse, rmseOf(all))
    })
    expect(held).toBeGreaterThanOrEqual(18 / 20)
  })

  it('leaves a refusal as it is', () => {
    const fit = dle.fit(rows(seeded(1), 50), params)
    expect(expectedOfSample(fit, rows(seeded(2), 100), 1_000, params)).toMatchObject({ readings: { mae: { value: null } }, refusals: [expect.stringContaining('50 usable rows')] })
  })
})
