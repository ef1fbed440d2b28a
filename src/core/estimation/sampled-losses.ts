import type { Reading } from '../reading.ts'
import { twoSidedZ } from '../metrics/metric.ts'
import type { ParamsOf } from '../unit.ts'
import { dle, type LossFit, type LossSums } from './dle.ts'
import type { Estimates } from './estimator.ts'
import type { FeatureRow } from './feature-codes.ts'

/**
 * DLE of a population by an even sample of it. The intervals are those of the sample for its own labels, whose scatter is at least that of the labels of all, and
 * wider by how far the mean of what is expected may lie in so many rows of so many: of it the spread between groups of expected loss.
 * @param population predictions that the rows are of
 */
export function expectedOfSample(fit: LossFit, rows: readonly FeatureRow[], population: number, params: ParamsOf<typeof dle.params>): Estimates {
  const sums = dle.init(fit)
  for (const row of rows) dle.update(sums, row, fit)
  const said = dle.read(sums, fit, params)
  const drawn = Math.max(0, 1 / Math.max(1, sums.n) - 1 / Math.max(1, population)) * params.designEffect
  if (drawn === 0) return said
  const half = (of: 'absolute' | 'squared') => twoSidedZ(params.confidence) * Math.sqrt(spread(sums, of) * drawn)
  const { mae, rmse } = said.readings
  return { ...said, readings: { mae: widened(mae, half('absolute'), (x) => x, (x) => x), rmse: widened(rmse, half('squared'), (x) => x * x, Math.sqrt) } }
}

/** Variance of the expected loss between its groups. */
function spread({ n, ...sums }: LossSums, of: 'absolute' | 'squared'): number {
  const [counts, totals] = [sums[`${of}Counts`], sums[`${of}Sums`]]
  const mean = totals.reduce((sum, x) => sum + x, 0) / Math.max(1, n)
  return counts.reduce((sum, count, group) => sum + (count === 0 ? 0 : count * (totals[group] / count - mean) ** 2), 0) / Math.max(1, n)
}

/** @param from, to from the unit of the reading to that in which `half` is a half-width, and back */
function widened(reading: Reading, half: number, from: (x: number) => number, to: (x: number) => number): Reading {
  const { value, interval } = reading
  if (value === null || interval === undefined) return reading
  const centre = from(value)
  const wide = Math.hypot(from(interval[1]) - centre, half)
  return { ...reading, interval: [to(Math.max(0, centre - wide)), to(centre + wide)] }
}
