import { insufficient, type Reading } from '../reading.ts'
import { byClassParams, twoSidedZ, type BinaryMetric, type ReadingParams } from './metric.ts'

/**
 * ROC AUC from score bins: Σ_b n⁺_b (N⁻_{<b} + ½ n⁻_b) / (N⁺ N⁻), the chance that a positive scores above a negative, a tie counting half.
 * Within a bin everything is a tie, so the value is at most `detail.bound` = ½ Σ n⁺_b n⁻_b / (N⁺ N⁻) from the exact one. Over a window, whose rows are held,
 * it is exact.
 * The interval inverts Hanley & McNeil's variance (Newcombe's method 5, sound at AUC 1 and with few cases) and is widened by the bound.
 * One class only, or counts that corrections have driven below zero: `insufficient`. `n` is the scored outcomes.
 * Source: Hanley & McNeil 1982; Newcombe 2006.
 */
export const rocAuc: BinaryMetric<typeof byClassParams> = {
  name: 'roc-auc',
  summary: 'Chance that a positive scores above a negative, from score bins, with the error that binning can make.',
  source: 'Hanley & McNeil 1982; interval Newcombe 2006, method 5',
  needs: 'binary',
  reads: 'score',
  better: 'higher',
  range: [0, 1],
  params: byClassParams,
  read({ positives, negatives, scored, oneScoreABin }, { nMin, confidence, designEffect }): Reading {
    const { concordant, tied, counts, least } = concordanceOf(positives, negatives)
    if (least < 0) return insufficient(Math.max(0, scored), { detail: { ...counts, bound: null } })
    return aucReading(concordant, oneScoreABin === true ? 0 : tied / 2, counts, scored, { nMin, confidence, designEffect })
  },
}

/** Over bins in ascending order: pairs in which the positive is above the negative, those within a bin as half; pairs within bins; totals; the least count. */
export function concordanceOf(positives: Float64Array, negatives: Float64Array): {
  concordant: number
  tied: number
  counts: { positives: number; negatives: number }
  least: number
} {
  const counts = { positives: 0, negatives: 0 }
  let [concordant, tied, least] = [0, 0, 0]
  for (let bin = 0; bin < positives.length; bin++) {
    concordant += positives[bin] * (counts.negatives + negatives[bin] / 2)
    tied += positives[bin] * negatives[bin]
    counts.positives += positives[bin]
    counts.negatives += negatives[bin]
    least = Math.min(least, positives[bin], negatives[bin])
  }
  return { concordant, tied, counts, least }
}

/** The reading of an AUC from its concordant pairs (a tie as half) and the pairs that `error` may be wrong by. */
export function aucReading(
  concordant: number, error: number, counts: { positives: number; negatives: number }, n: number, { nMin, confidence, designEffect }: ReadingParams,
): Reading {
  if (Math.min(counts.positives, counts.negatives) < nMin) return insufficient(Math.max(0, n), { detail: { ...counts, bound: null } })
  const pairs = counts.positives * counts.negatives
  const [value, bound] = [Math.min(1, concordant / pairs), error / pairs]
  const [low, high] = aucInterval(value, counts.positives / designEffect, counts.negatives / designEffect, twoSidedZ(confidence))
  return { value, n, verdict: 'ok', interval: [Math.max(0, low - bound), Math.min(1, high + bound)], detail: { ...counts, bound } }
}

/**
 * The AUCs θ that lie within z standard errors of `auc`, where the standard error is that under θ:
 * V(θ) = θ(1 − θ)(1 + m(1 − θ)/(2 − θ) + mθ/(1 + θ)) / (n⁺ n⁻) with m = (n⁺ + n⁻)/2 − 1.
 */
export function aucInterval(auc: number, positives: number, negatives: number, z: number): [number, number] {
  const m = Math.max(0, (positives + negatives) / 2 - 1)
  const excess = (theta: number) => {
    const variance = (theta * (1 - theta) * (1 + (m * (1 - theta)) / (2 - theta) + (m * theta) / (1 + theta))) / (positives * negatives)
    return (theta - auc) ** 2 - z * z * variance
  }
  return [boundary(excess, auc, 0), boundary(excess, auc, 1)]
}

/** Where `excess` turns positive on the way from `inside` to `outside`, by bisection. */
function boundary(excess: (theta: number) => number, inside: number, outside: number): number {
  let [near, far] = [inside, outside]
  for (let i = 0; i < 40; i++) {
    const middle = (near + far) / 2
    if (excess(middle) > 0) far = middle
    else near = middle
  }
  return (near + far) / 2
}
