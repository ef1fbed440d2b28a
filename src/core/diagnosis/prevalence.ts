/**
 * The share of positives among unlabelled predictions, when scores given the class are distributed as before (prior shift). Two estimators that err
 * differently: EM uses the whole score, BBSE only the decision.
 */
import { normalQuantile } from '../math/normal.ts'
import { insufficient, type Reading } from '../reading.ts'

/** Counts per score bin, of one set of bins. */
export interface ScoreBins {
  /** of labelled predictions, by actual class */
  positives: ArrayLike<number>
  negatives: ArrayLike<number>
  /** of the predictions whose prevalence is asked for; their labels are not used */
  target: ArrayLike<number>
}

/** Labelled predictions of each class below which nothing is estimated. */
const classMin = 30
const targetMin = 50
const stepsMax = 10_000
const z95 = normalQuantile(0.975)

interface Block {
  positives: number
  negatives: number
  target: number
}

/**
 * Saerens, Latinne & Decaestecker (2002): the fixed point of π ← mean of π·L/(π·L + 1 − π), L the likelihood ratio of a prediction's score, which is the
 * maximum-likelihood prevalence. Bins are first pooled until the share of positives ascends with the score (isotonic calibration), half an observation of
 * the prior added. The 95 % interval counts the sampling errors of the target and of both labelled classes. `insufficient` below 30 labels of a class or 50
 * predictions, or where scores do not tell the classes apart.
 */
export function prevalenceByEm(bins: ScoreBins): Reading {
  const blocks = isotonicBlocks(bins)
  const [positives, negatives, target] = (['positives', 'negatives', 'target'] as const).map((key) => blocks.reduce((sum, block) => sum + block[key], 0))
  if (Math.min(positives, negatives) < classMin || target < targetMin) return insufficient(Math.max(0, target))
  const prior = positives / (positives + negatives)
  const ratios = blocks.map((block) => ((block.positives + prior) / (block.negatives + 1 - prior)) * ((1 - prior) / prior))
  const shares = blocks.map((block) => block.target / target)
  const prevalence = fixedPoint(ratios, shares, prior)
  const error = errorOf(blocks, { positives, negatives, target }, ratios, prevalence)
  return Number.isFinite(error) ? reading(prevalence, target, error) : insufficient(target)
}

function fixedPoint(ratios: readonly number[], shares: readonly number[], prior: number): number {
  let prevalence = prior
  for (let step = 0; step < stepsMax; step++) {
    const next = ratios.reduce((sum, ratio, i) => sum + (shares[i] * prevalence * ratio) / (prevalence * ratio + 1 - prevalence), 0)
    const moved = Math.abs(next - prevalence)
    prevalence = next
    if (moved < 1e-10) break
  }
  return prevalence
}

/** Standard error by the delta method: the score equation's variance over its slope. */
function errorOf(blocks: readonly Block[], whole: Block, ratios: readonly number[], prevalence: number): number {
  const mix = ratios.map((ratio) => prevalence * ratio + 1 - prevalence)
  const slope = blocks.reduce((sum, { target }, i) => sum + (target / whole.target) * ((ratios[i] - 1) / mix[i]) ** 2, 0)
  if (slope < 1e-6) return Infinity
  const ofPositives = multinomialVariance(blocks.map(({ positives }) => positives / whole.positives), mix.map((m) => 1 / m), whole.positives)
  const ofNegatives = multinomialVariance(blocks.map(({ negatives }) => negatives / whole.negatives), mix.map((m, i) => ratios[i] / m), whole.negatives)
  return Math.sqrt(slope / whole.target + ofPositives + ofNegatives) / slope
}

/** Variance of a weighted sum of n draws' shares. */
function multinomialVariance(shares: readonly number[], weights: readonly number[], n: number): number {
  const mean = shares.reduce((sum, share, i) => sum + share * weights[i], 0)
  return Math.max(0, shares.reduce((sum, share, i) => sum + share * weights[i] * weights[i], 0) - mean * mean) / n
}

/** Neighbouring bins pooled until the share of positives never falls (pool adjacent violators). Counts below zero, left by corrections, count as none. */
function isotonicBlocks({ positives, negatives, target }: ScoreBins): Block[] {
  const blocks: Block[] = []
  for (let bin = 0; bin < positives.length; bin++) {
    const block = { positives: Math.max(0, positives[bin]), negatives: Math.max(0, negatives[bin]), target: Math.max(0, target[bin]) }
    blocks.push(block)
    while (blocks.length > 1 && !ascends(blocks[blocks.length - 2], blocks[blocks.length - 1])) pool(blocks[blocks.length - 2], blocks.pop()!)
  }
  return blocks
}

/** False also where either holds no label: it says nothing about its share. */
const ascends = (a: Block, b: Block): boolean =>
  a.positives + a.negatives > 0 && b.positives + b.negatives > 0 && a.positives * (b.positives + b.negatives) < b.positives * (a.positives + a.negatives)

function pool(into: Block, from: Block): void {
  into.positives += from.positives
  into.negatives += from.negatives
  into.target += from.target
}

/**
 * Black-box shift estimation of Lipton, Wang & Smola (2018) for two classes: (positive rate − FPR)/(TPR − FPR), with its 95 % interval by the delta method.
 * @param confusion [tp, fp, fn, tn] of labelled predictions
 * @param target decisions whose prevalence is asked for, and how many of them are positive
 * `insufficient` below 30 labels of a class or 50 decisions, or where TPR and FPR differ by less than their noise.
 */
export function prevalenceByConfusion([tp, fp, fn, tn]: ArrayLike<number> & Iterable<number>, target: { n: number; positive: number }): Reading {
  const [positives, negatives] = [tp + fn, fp + tn]
  if (Math.min(positives, negatives) < classMin || target.n < targetMin || Math.min(tp, fp, fn, tn) < 0) return insufficient(Math.max(0, target.n))
  const [hitRate, alarmRate, rate] = [tp / positives, fp / negatives, target.positive / target.n]
  const [ofHits, ofAlarms] = [(hitRate * (1 - hitRate)) / positives, (alarmRate * (1 - alarmRate)) / negatives]
  const apart = hitRate - alarmRate
  if (Math.abs(apart) <= 3 * Math.sqrt(ofHits + ofAlarms)) return insufficient(target.n)
  const prevalence = Math.min(1, Math.max(0, (rate - alarmRate) / apart))
  const variance = (rate * (1 - rate)) / target.n + prevalence * prevalence * ofHits + (1 - prevalence) ** 2 * ofAlarms
  return reading(prevalence, target.n, Math.sqrt(variance) / Math.abs(apart))
}

const reading = (value: number, n: number, error: number): Reading =>
  ({ value, n, interval: [Math.max(0, value - z95 * error), Math.min(1, value + z95 * error)], verdict: 'ok', detail: { standardError: error } })
