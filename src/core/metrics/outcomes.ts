import { assert } from '../assert.ts'
import { mergeMulticlass, type MulticlassOutcomes } from './class-outcomes.ts'
import { createEntityCounts } from './entities.ts'
import { addAll, scoreBin } from './score-bins.ts'

export { addAll, scoreBin, scoreEdges } from './score-bins.ts'

/** Probabilities are held this far from 0 and 1 in the log-loss. */
const probabilityMin = 1e-15

/** Errors are held within ±this: the sums of their fourth powers stay finite, and what is taken back leaves no NaN. */
const errorMax = 1e60

/**
 * What became of predictions with a 0/1 truth: sums that merge, from which every binary metric is read.
 * Weights may be negative to take outcomes back, so a part may hold negative counts that only the whole makes good.
 */
export interface BinaryOutcomes {
  kind: 'binary'
  /** outcomes */
  n: number
  /** [tp, fp, fn, tn] */
  confusion: Float64Array
  /** outcomes that had a finite score */
  scored: number
  /** inner edges, ascending: B − 1 of them for B bins; a score's bin is the number of edges at or below it */
  scoreEdges: Float64Array
  /** outcomes per score bin by actual class */
  positives: Float64Array
  negatives: Float64Array
  /** sum of the scores per bin */
  scoreSums: Float64Array
  logLossSum: number
  /** sum of squared log-losses, for the interval */
  logLossSquareSum: number
  brierSum: number
  /** sum of squared Brier losses, for the interval */
  brierSquareSum: number
  /** [tp, fp, fn, tn] per bucket of the entity, of the outcomes that named one; absent where none did */
  byEntity?: Float64Array
  /** true where a bin holds a single score, as over rows that are held: what ties within a bin then ties in truth */
  oneScoreABin?: boolean
}

/** What became of numeric predictions; error = predicted − actual. */
export interface RegressionOutcomes {
  kind: 'regression'
  n: number
  errorSum: number
  absoluteErrorSum: number
  squaredErrorSum: number
  /** sum of fourth powers, for the interval of the RMSE */
  fourthPowerErrorSum: number
  /** n, Σ error, Σ |error| and Σ error² per bucket of the entity, of the outcomes that named one; absent where none did */
  byEntity?: Float64Array
}

export type Outcomes = BinaryOutcomes | RegressionOutcomes | MulticlassOutcomes

/**
 * Inner edges at the quantiles of the finite `values`, at most `bins` bins, each edge once: heavy values make fewer bins.
 * No finite value gives a single bin.
 */
export function quantileScoreEdges(values: ArrayLike<number>, bins = 200): Float64Array {
  const sorted = Float64Array.from(Array.from(values).filter(Number.isFinite)).sort()
  const edges: number[] = []
  for (let i = 1; i < bins && sorted.length > 0; i++) {
    const edge = sorted[Math.floor((i * sorted.length) / bins)]
    if (edge > sorted[0] && (edges.length === 0 || edge > edges[edges.length - 1])) edges.push(edge)
  }
  return Float64Array.from(edges)
}

/**
 * Empty outcomes on these inner edges, which must be finite and strictly ascending. A Float64Array is kept and not copied, as many outcomes
 * share one set of edges: it must not change.
 */
export function createBinaryOutcomes(edges: ArrayLike<number>): BinaryOutcomes {
  const own = edges instanceof Float64Array ? edges : Float64Array.from(edges)
  assert(own.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > own[i - 1])), 'score edges must be finite and strictly ascending')
  const bins = own.length + 1
  return {
    kind: 'binary', n: 0, confusion: new Float64Array(4), scored: 0, scoreEdges: own,
    positives: new Float64Array(bins), negatives: new Float64Array(bins), scoreSums: new Float64Array(bins),
    logLossSum: 0, logLossSquareSum: 0, brierSum: 0, brierSquareSum: 0,
  }
}

export function createRegressionOutcomes(): RegressionOutcomes {
  return { kind: 'regression', n: 0, errorSum: 0, absoluteErrorSum: 0, squaredErrorSum: 0, fourthPowerErrorSum: 0 }
}

/** −ln of the probability given to what happened, the score held within [1e-15, 1 − 1e-15]. */
export function logLossOf(actual: 0 | 1, score: number): number {
  const held = score < probabilityMin ? probabilityMin : score > 1 - probabilityMin ? 1 - probabilityMin : score
  return -Math.log(actual === 1 ? held : 1 - held)
}

/**
 * Adds one outcome. `score` is the probability of the positive class; a non-finite one means that there was none: then only the decision counts.
 * One outside 0..1 keeps its place among the score bins, and is held at the nearer end wherever it is read as a probability.
 * `weight` −1 takes back an outcome that was added with the same arguments.
 */
export function addBinary(outcomes: BinaryOutcomes, actual: 0 | 1, score: number, decision: 0 | 1, weight = 1): void {
  outcomes.n += weight
  outcomes.confusion[2 * (1 - decision) + (1 - actual)] += weight
  if (!Number.isFinite(score)) return
  const bin = scoreBin(outcomes.scoreEdges, score)
  const byClass = actual === 1 ? outcomes.positives : outcomes.negatives
  byClass[bin] += weight
  outcomes.scored += weight
  const probability = score < 0 ? 0 : score > 1 ? 1 : score
  outcomes.scoreSums[bin] += weight * probability
  const logLoss = logLossOf(actual, probability)
  outcomes.logLossSum += weight * logLoss
  outcomes.logLossSquareSum += weight * logLoss * logLoss
  const squared = (probability - actual) * (probability - actual)
  outcomes.brierSum += weight * squared
  outcomes.brierSquareSum += weight * squared * squared
}

/** Counts a binary outcome, beside `addBinary`, for the bucket of its entity. */
export function addEntity(outcomes: BinaryOutcomes, actual: 0 | 1, decision: 0 | 1, bucket: number, weight = 1): void {
  outcomes.byEntity ??= createEntityCounts()
  outcomes.byEntity[4 * bucket + 2 * (1 - decision) + (1 - actual)] += weight
}

/** Predicted − actual, within ±1e60. */
export const errorOf = (actual: number, predicted: number): number => Math.max(-errorMax, Math.min(errorMax, predicted - actual))

/** Adds one numeric outcome; both numbers must be finite. An error beyond ±1e60 counts as that. `weight` −1 takes one back. */
export function addRegression(outcomes: RegressionOutcomes, actual: number, predicted: number, weight = 1): void {
  const error = errorOf(actual, predicted)
  const squared = error * error
  outcomes.n += weight
  outcomes.errorSum += weight * error
  outcomes.absoluteErrorSum += weight * Math.abs(error)
  outcomes.squaredErrorSum += weight * squared
  outcomes.fourthPowerErrorSum += weight * squared * squared
}

/** Folds `from` into `into`. Both must be of one kind and, if binary, on the same score edges, if multiclass, of as many classes: anything else is a broken invariant. */
export function mergeOutcomes(into: Outcomes, from: Outcomes): void {
  if (into.kind === 'binary' && from.kind === 'binary') mergeBinary(into, from)
  else if (into.kind === 'regression' && from.kind === 'regression') mergeRegression(into, from)
  else if (into.kind === 'multiclass' && from.kind === 'multiclass') mergeMulticlass(into, from)
  else assert(false, `cannot merge ${from.kind} outcomes into ${into.kind} ones`)
}

function mergeBinary(into: BinaryOutcomes, from: BinaryOutcomes): void {
  assert(sameEdges(into.scoreEdges, from.scoreEdges), 'cannot merge outcomes whose score edges differ')
  into.n += from.n
  into.scored += from.scored
  addAll(into.confusion, from.confusion)
  addAll(into.positives, from.positives)
  addAll(into.negatives, from.negatives)
  addAll(into.scoreSums, from.scoreSums)
  into.logLossSum += from.logLossSum
  into.logLossSquareSum += from.logLossSquareSum
  into.brierSum += from.brierSum
  into.brierSquareSum += from.brierSquareSum
  if (from.byEntity !== undefined) addAll(into.byEntity ??= createEntityCounts(), from.byEntity)
}

function mergeRegression(into: RegressionOutcomes, from: RegressionOutcomes): void {
  into.n += from.n
  into.errorSum += from.errorSum
  into.absoluteErrorSum += from.absoluteErrorSum
  into.squaredErrorSum += from.squaredErrorSum
  into.fourthPowerErrorSum += from.fourthPowerErrorSum
  if (from.byEntity !== undefined) addAll(into.byEntity ??= new Float64Array(from.byEntity.length), from.byEntity)
}

function sameEdges(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
