/** Expected outcomes per score bin and decision, and the metrics read from them. */
import { insufficient, type Reading } from '../reading.ts'
import { blockOfBin, type Calibration } from './calibrator.ts'
import { estimate } from './estimator.ts'
import type { ScoreCounts } from './score-counts.ts'

export interface ExpectedCells {
  /** predictions per score bin by decision */
  decidedPositive: Float64Array
  decidedNegative: Float64Array
  /** positives expected among them */
  truePositives: Float64Array
  falseNegatives: Float64Array
  /** variance of those counts, the probabilities being known */
  truePositiveVariance: Float64Array
  falseNegativeVariance: Float64Array
  /** calibrator block of each bin, and the variance of what the reference says of it */
  blocks: Uint32Array
  blockVariances: Float64Array
}

/** What a metric is, and how fast it moves with each positive more in a score bin, by decision. */
interface Sensitive {
  value: number
  byTruePositive: (bin: number) => number
  byFalseNegative: (bin: number) => number
}

/** Settings that intervals are made with. */
export interface EstimateOptions {
  nMin: number
  confidence: number
  designEffect: number
  nReference: number
}

/** Applies the calibrator to counts on its score edges. Exact: no block of it ends within a bin, and the identity asks for the sum of scores only. */
export function expectedCells(counts: ScoreCounts, { calibrator, scoreEdges }: Calibration): ExpectedCells {
  const bins = counts.decidedPositive.length
  const blocks = Uint32Array.from({ length: bins }, (_, bin) => blockOfBin(calibrator, scoreEdges, bin))
  const expected = (n: Float64Array, scoreSums: Float64Array) =>
    calibrator.kind === 'identity' ? scoreSums : n.map((count, bin) => count * calibrator.values[blocks[bin]])
  const truePositives = expected(counts.decidedPositive, counts.positiveScoreSums)
  const falseNegatives = expected(counts.decidedNegative, counts.negativeScoreSums)
  return {
    decidedPositive: counts.decidedPositive, decidedNegative: counts.decidedNegative, truePositives, falseNegatives,
    truePositiveVariance: binomialVariance(truePositives, counts.decidedPositive),
    falseNegativeVariance: binomialVariance(falseNegatives, counts.decidedNegative),
    blocks, blockVariances: calibrator.variances,
  }
}

const binomialVariance = (expected: Float64Array, n: Float64Array): Float64Array =>
  expected.map((positives, bin) => (n[bin] === 0 ? 0 : Math.max(0, positives * (1 - positives / n[bin]))))

/** Expected [tp, fp, fn, tn]. */
export function expectedConfusion(cells: ExpectedCells): [number, number, number, number] {
  const [tp, fn] = [sum(cells.truePositives), sum(cells.falseNegatives)]
  return [tp, sum(cells.decidedPositive) - tp, fn, sum(cells.decidedNegative) - fn]
}

const sum = (values: Float64Array): number => values.reduce((total, x) => total + x, 0)

type Ratio = (tp: number, fp: number, fn: number, tn: number) => [number, number]

/** Metrics that are a ratio, numerator over denominator, of terms linear in the confusion counts. */
const ratios: Readonly<Record<string, Ratio>> = {
  accuracy: (tp, fp, fn, tn) => [tp + tn, tp + fp + fn + tn],
  precision: (tp, fp) => [tp, tp + fp],
  recall: (tp, _, fn) => [tp, tp + fn],
  f1: (tp, fp, fn) => [2 * tp, 2 * tp + fp + fn],
  specificity: (_, fp, __, tn) => [tn, tn + fp],
}

/** What `expectedMetrics` gives. */
export const expectedMetricNames: readonly string[] = [...Object.keys(ratios), 'roc-auc']

/** Every metric of the decisions, and ROC AUC of the scores. */
export function expectedMetrics(cells: ExpectedCells, options: EstimateOptions): Record<string, Reading> {
  const confusion = expectedConfusion(cells)
  const readings = Object.fromEntries(Object.entries(ratios).map(([name, ratio]) => [name, ratioReading(cells, confusion, ratio, options)]))
  return { ...readings, 'roc-auc': aucReading(cells, options) }
}

/** A ratio of expectations. A false positive that is a positive after all becomes a true one, a true negative a false one. */
function ratioReading(cells: ExpectedCells, [tp, fp, fn, tn]: readonly [number, number, number, number], ratio: Ratio, options: EstimateOptions): Reading {
  const [numerator, denominator] = ratio(tp, fp, fn, tn)
  if (!(denominator >= options.nMin)) return insufficient(denominator)
  const slope = ([up, down]: [number, number]) => ((up - numerator) * denominator - numerator * (down - denominator)) / denominator ** 2
  const [byTruePositive, byFalseNegative] = [slope(ratio(tp + 1, fp - 1, fn, tn)), slope(ratio(tp, fp, fn + 1, tn - 1))]
  const sensitive = { value: numerator / denominator, byTruePositive: () => byTruePositive, byFalseNegative: () => byFalseNegative }
  return estimate(sensitive.value, varianceOf(cells, sensitive, options), denominator, options.nReference, options.confidence, [0, 1])
}

/**
 * Expected ROC AUC: U / (P·N), U = Σ_b p_b (N_{<b} + ½ n_b) over the expected positives p_b and negatives n_b of each bin, a bin being a tie.
 * One positive more in bin b, hence one negative less, moves U by N_{<b} + ½ n_b − ½ p_b − P_{>b}. Widened by the error that binning can make.
 */
function aucReading(cells: ExpectedCells, options: EstimateOptions): Reading {
  const { truePositives, falseNegatives, decidedPositive, decidedNegative } = cells
  const positives = truePositives.map((x, bin) => x + falseNegatives[bin])
  const negatives = positives.map((x, bin) => decidedPositive[bin] + decidedNegative[bin] - x)
  const [P, N] = [sum(positives), sum(negatives)]
  const filled = positives.filter((x, bin) => x + negatives[bin] > 0).length
  if (!(Math.min(P, N) >= options.nMin) || filled < 2) return insufficient(P + N)
  const slopes = new Float64Array(positives.length)
  let [concordant, tied, below, seen] = [0, 0, 0, 0]
  for (let bin = 0; bin < positives.length; bin++) {
    seen += positives[bin]
    slopes[bin] = below + negatives[bin] / 2 - positives[bin] / 2 - (P - seen)
    concordant += positives[bin] * (below + negatives[bin] / 2)
    tied += positives[bin] * negatives[bin]
    below += negatives[bin]
  }
  const value = concordant / (P * N)
  const slope = (bin: number) => (slopes[bin] - value * (N - P)) / (P * N)
  const reading = estimate(value, varianceOf(cells, { value, byTruePositive: slope, byFalseNegative: slope }, options), P + N, options.nReference, options.confidence, [0, 1])
  const bound = tied / 2 / (P * N)
  return { ...reading, interval: [Math.max(0, reading.interval![0] - bound), Math.min(1, reading.interval![1] + bound)], detail: { positives: P, negatives: N, bound } }
}

/** First-order variance: of the truths given their probabilities, and of what the reference knows of those, block by block. */
function varianceOf(cells: ExpectedCells, { byTruePositive, byFalseNegative }: Sensitive, { designEffect }: EstimateOptions): number {
  const byBlock = new Float64Array(cells.blockVariances.length)
  let variance = 0
  for (let bin = 0; bin < cells.blocks.length; bin++) {
    const [positive, negative] = [byTruePositive(bin), byFalseNegative(bin)]
    variance += positive ** 2 * cells.truePositiveVariance[bin] + negative ** 2 * cells.falseNegativeVariance[bin]
    byBlock[cells.blocks[bin]] += positive * cells.decidedPositive[bin] + negative * cells.decidedNegative[bin]
  }
  for (let block = 0; block < byBlock.length; block++) variance += byBlock[block] ** 2 * cells.blockVariances[block]
  return variance * designEffect
}
