/** Where one entity brings many outcomes of a multiclass or regression model: sums per hash bucket of the entity, and the design effect that they show. */
import type { MulticlassOutcomes } from './class-outcomes.ts'
import { entityBuckets } from './entities.ts'
import type { RegressionOutcomes } from './outcomes.ts'

/** Of several classes: outcomes, and those that were right. */
const classWidth = 2
/** Of numbers: outcomes, and the sums of the error, of its size and of its square. */
const numberWidth = 4

/** Counts an outcome, beside `addMulticlass`, for the bucket of its entity. */
export function addClassEntity(outcomes: MulticlassOutcomes, isRight: boolean, bucket: number, weight = 1): void {
  const sums = (outcomes.byEntity ??= new Float64Array(classWidth * entityBuckets))
  sums[classWidth * bucket] += weight
  if (isRight) sums[classWidth * bucket + 1] += weight
}

/** Counts an outcome, beside `addRegression`, for the bucket of its entity; both numbers as there. */
export function addNumberEntity(outcomes: RegressionOutcomes, error: number, bucket: number, weight = 1): void {
  const sums = (outcomes.byEntity ??= new Float64Array(numberWidth * entityBuckets))
  const at = numberWidth * bucket
  sums[at] += weight
  sums[at + 1] += weight * error
  sums[at + 2] += weight * Math.abs(error)
  sums[at + 3] += weight * error * error
}

/** The effect that right decisions show; of other metrics of these outcomes it is a guide and no bound. */
export function classDesignEffect(given: number, { byEntity, n }: MulticlassOutcomes): number {
  if (byEntity === undefined) return given
  const [named, right] = totals(byEntity, classWidth, 1)
  return larger(given, byEntity, classWidth, 1, (right / named) * (1 - right / named), n)
}

/** What of the errors a metric of numbers is the mean of. */
export type MeanOf = 'error' | 'absolute' | 'squared'

export function numberDesignEffect(given: number, of: MeanOf, outcomes: RegressionOutcomes): number {
  const { byEntity, n, errorSum, absoluteErrorSum, squaredErrorSum, fourthPowerErrorSum } = outcomes
  if (byEntity === undefined) return given
  const [column, sum, squareSum] = of === 'error' ? [1, errorSum, squaredErrorSum] as const : of === 'absolute' ? [2, absoluteErrorSum, squaredErrorSum] as const
    : [3, squaredErrorSum, fourthPowerErrorSum] as const
  return larger(given, byEntity, numberWidth, column, squareSum / n - (sum / n) ** 2, n)
}

function totals(sums: Float64Array, width: number, column: number): [n: number, sum: number] {
  let [n, sum] = [0, 0]
  for (let at = 0; at < sums.length; at += width) {
    n += sums[at]
    sum += sums[at + column]
  }
  return [n, sum]
}

/**
 * The larger of a given design effect and that of a mean over outcomes of entities: the variance between buckets over that of independent outcomes.
 * Outcomes that named no entity are each their own. Source: as of `clusterDesignEffect`.
 */
function larger(given: number, sums: Float64Array, width: number, column: number, variance: number, n: number): number {
  const [named, total] = totals(sums, width, column)
  const mean = total / named
  let [between, buckets] = [0, 0]
  for (let at = 0; at < sums.length; at += width) {
    if (sums[at] > 0) buckets += 1
    between += (sums[at + column] - mean * sums[at]) ** 2
  }
  if (buckets < 2 || !(named > 0) || !(variance > 0) || !Number.isFinite(between)) return given
  const ofNamed = Math.max(1, ((buckets / (buckets - 1)) * between) / (variance * named))
  return Math.max(given, 1 + (ofNamed - 1) * Math.max(0, Math.min(1, named / n)))
}
