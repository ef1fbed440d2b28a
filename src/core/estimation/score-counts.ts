import { assert } from '../assert.ts'
import { scoreBin } from '../metrics/outcomes.ts'

/** Predictions of a binary model per score bin, by the decision that was made: all that CBPE asks of a pane. No label is in it. */
export interface ScoreCounts {
  /** inner edges, ascending; a score's bin is the number of edges at or below it */
  scoreEdges: Float64Array
  /** predictions with a probability for a score */
  n: number
  /** predictions whose score was none, or outside 0..1 */
  unusable: number
  /** predictions per bin */
  decidedPositive: Float64Array
  decidedNegative: Float64Array
  /** sum of their scores per bin */
  positiveScoreSums: Float64Array
  negativeScoreSums: Float64Array
}

/** Empty counts on these inner edges, which are kept and not copied: they must not change. */
export function createScoreCounts(scoreEdges: Float64Array): ScoreCounts {
  const bins = () => new Float64Array(scoreEdges.length + 1)
  return {
    scoreEdges, n: 0, unusable: 0, decidedPositive: bins(), decidedNegative: bins(), positiveScoreSums: bins(), negativeScoreSums: bins(),
  }
}

/** Whether a score is a probability. */
export const isProbability = (score: number): boolean => score >= 0 && score <= 1

/** Counts one prediction; allocates nothing. */
export function addScored(counts: ScoreCounts, score: number, decision: 0 | 1): void {
  if (!isProbability(score)) {
    counts.unusable += 1
    return
  }
  const bin = scoreBin(counts.scoreEdges, score)
  counts.n += 1
  if (decision === 1) {
    counts.decidedPositive[bin] += 1
    counts.positiveScoreSums[bin] += score
  } else {
    counts.decidedNegative[bin] += 1
    counts.negativeScoreSums[bin] += score
  }
}

/** Folds `from` into `into`; other edges are a broken invariant. */
export function mergeScoreCounts(into: ScoreCounts, from: ScoreCounts): void {
  const sameEdges = into.scoreEdges === from.scoreEdges || (into.scoreEdges.length === from.scoreEdges.length && into.scoreEdges.every((edge, i) => edge === from.scoreEdges[i]))
  assert(sameEdges, 'cannot merge score counts whose edges differ')
  into.n += from.n
  into.unusable += from.unusable
  for (let bin = 0; bin < into.decidedPositive.length; bin++) {
    into.decidedPositive[bin] += from.decidedPositive[bin]
    into.decidedNegative[bin] += from.decidedNegative[bin]
    into.positiveScoreSums[bin] += from.positiveScoreSums[bin]
    into.negativeScoreSums[bin] += from.negativeScoreSums[bin]
  }
}

/**
 * Inner edges at the quantiles of the reference's scores, each once, with an edge at the least score and one just above the greatest: the first and the
 * last bin hold nothing of the reference, so that what falls there is seen to be outside of it. No score gives a single bin.
 */
export function referenceScoreEdges(scores: Float64Array, bins: number): Float64Array {
  const sorted = scores.slice().sort()
  const edges: number[] = []
  for (let i = 0; i < bins && sorted.length > 0; i++) {
    const edge = sorted[Math.floor((i * sorted.length) / bins)]
    if (i === 0 || edge > edges[edges.length - 1]) edges.push(edge)
  }
  if (sorted.length > 0) edges.push(justAbove(sorted[sorted.length - 1]))
  return Float64Array.from(edges)
}

/** The next double above a number ≥ 0. */
const justAbove = (x: number): number => x + Math.max(Number.MIN_VALUE, x * 2 ** -52)
