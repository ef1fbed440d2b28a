/**
 * Outcomes weighted to what they will come to. Labels of one class that come later than those of the other bias every ratio that mixes classes; each arrived
 * label stands for 1/F_y(age) labels of its class, F_y from `arrivals.ts`. Holds only where delay does not depend on the score given the class.
 */
import { wilsonInterval } from '../math/proportion.ts'
import { insufficient, type Reading } from '../reading.ts'
import { shareBy, type ArrivalCurve } from './arrivals.ts'

export interface ClassCurves {
  positive: ArrivalCurve
  negative: ArrivalCurve
}

/** Outcomes of predictions of one age: [tp, fp, fn, tn] as arrived so far. */
export interface AgedCounts {
  ageMs: number
  confusion: ArrayLike<number>
}

export interface WeightedCounts {
  /** arrived labels that count */
  n: number
  /** arrived labels of cohorts too young to be weighted: they are left out whole */
  leftOut: number
  /** Σw by cell: [tp, fp, fn, tn] as expected once every label has come */
  confusion: Float64Array
  /** Σw² by cell */
  squares: Float64Array
  /** the largest weight given to a label of each class */
  weightMax: { positive: number; negative: number }
}

/** No label stands for more than this many by default. */
export const weightLimit = 10

/**
 * Weights [positive, negative] at an age; null where one would exceed `limit`. Such an age is left out for both classes: a weight cut to the limit
 * would keep the bias that it is there to remove.
 */
export function weightsAt({ positive, negative }: ClassCurves, ageMs: number, limit = weightLimit): readonly [number, number] | null {
  const [ofPositive, ofNegative] = [shareBy(positive, ageMs), shareBy(negative, ageMs)]
  return Math.min(ofPositive, ofNegative) * limit < 1 ? null : [1 / ofPositive, 1 / ofNegative]
}

/** The counts of several ages together as they will be. */
export function weighted(cohorts: readonly AgedCounts[], curves: ClassCurves, limit = weightLimit): WeightedCounts {
  const sums: WeightedCounts = { n: 0, leftOut: 0, confusion: new Float64Array(4), squares: new Float64Array(4), weightMax: { positive: 1, negative: 1 } }
  for (const { ageMs, confusion } of cohorts) {
    const weights = weightsAt(curves, ageMs, limit)
    for (let cell = 0; cell < 4; cell++) {
      if (weights === null) {
        sums.leftOut += confusion[cell]
        continue
      }
      const weight = weights[cell % 2] // tp and fn are actual positives
      sums.n += confusion[cell]
      sums.confusion[cell] += weight * confusion[cell]
      sums.squares[cell] += weight * weight * confusion[cell]
    }
    if (weights !== null) sums.weightMax = { positive: Math.max(sums.weightMax.positive, weights[0]), negative: Math.max(sums.weightMax.negative, weights[1]) }
  }
  return sums
}

const [TP, FP, FN] = [0, 1, 2]

/** TP / (TP + FP) as expected once every label has come, with Wilson's interval on the effective sample size. */
export const expectedPrecision = (counts: WeightedCounts): Reading => shareReading(counts, TP, FP, counts.weightMax.negative)
/** TP / (TP + FN) likewise. */
export const expectedRecall = (counts: WeightedCounts): Reading => shareReading(counts, TP, FN, counts.weightMax.positive)

/**
 * A share of weighted counts. `detail.effectiveN` is the number of unweighted trials whose proportion would vary as much (delta method):
 * p(1 − p) over the variance of the ratio; with weights constant within a class that is exact.
 */
function shareReading({ confusion, squares, weightMax }: WeightedCounts, hit: number, miss: number, missWeight: number): Reading {
  const trials = confusion[hit] + confusion[miss]
  if (trials <= 0 || Math.min(confusion[hit], confusion[miss]) < 0) return insufficient(0, { detail: { effectiveN: 0 } })
  const value = confusion[hit] / trials
  const hitWeight = confusion[hit] === 0 ? weightMax.positive : squares[hit] / confusion[hit]
  const averageMiss = confusion[miss] === 0 ? missWeight : squares[miss] / confusion[miss]
  const effectiveN = trials / ((1 - value) * hitWeight + value * averageMiss)
  const arrived = confusion[hit] / hitWeight + confusion[miss] / averageMiss
  return { value, n: Math.round(arrived), interval: wilsonInterval(value * effectiveN, effectiveN), verdict: 'ok', detail: { effectiveN } }
}
