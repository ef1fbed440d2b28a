/**
 * What the labels of recent predictions should say if scores meant what they meant before: CBPE, calibrated on the champion's own mature labels before the
 * longest window and applied to the scores of the recent mature ones. Beside what these labels do say it tells drift of inputs from drift of the concept.
 */
import { calibrate } from '../../estimation/calibrator.ts'
import { cbpe } from '../../estimation/cbpe.ts'
import { countPanes } from '../../estimation/labelled-counts.ts'
import { createScoreCounts, type ScoreCounts } from '../../estimation/score-counts.ts'
import type { BinaryOutcomes, Outcomes } from '../../metrics/outcomes.ts'
import { sameList } from '../../panes/merge.ts'
import type { Reading } from '../../reading.ts'
import { resolveParams } from '../../unit.ts'

/**
 * The metric as expected, or why it is not: CBPE refuses, there is no earlier sample, the metric is none of its own, or decisions do not follow a threshold
 * (which scores were decided how is not kept; ROC AUC needs no decision).
 * @param cohorts outcomes of each earlier cohort
 */
export function estimatedOn(metric: string, recent: Outcomes | null, cohorts: readonly Outcomes[]): { reading: Reading } | { refusal: string } {
  if (recent?.kind !== 'binary') return { refusal: 'there are too few mature labels of a binary model' }
  const reference = earlierOn(recent.scoreEdges, cohorts)
  if (reference.length === 0) return { refusal: 'no earlier mature labels on the same score bins are kept' }
  const counts = scoreCountsOf(recent)
  if (counts === null) return { refusal: 'corrections left counts below zero' }
  if (!counts.followsThreshold && metric !== 'roc-auc') return { refusal: 'decisions do not follow a threshold of the score, and which scores were decided how is not kept' }
  const params = resolveParams(cbpe)
  const { readings, refusals } = cbpe.read(counts.scored, calibrate(countPanes(reference, params.folds), params), params)
  if (refusals.length > 0) return { refusal: refusals.join('; ') }
  const reading = readings[metric]
  return reading === undefined || reading.value === null ? { refusal: `${metric} is none of the metrics that it estimates` } : { reading }
}

/** Of the outcomes of earlier cohorts those that can be a reference of scores on these edges. */
export const earlierOn = (edges: Float64Array, cohorts: readonly Outcomes[]): BinaryOutcomes[] =>
  cohorts.filter((outcomes): outcomes is BinaryOutcomes => outcomes.kind === 'binary' && sameList(outcomes.scoreEdges, edges) && isWhole(outcomes))

/** Corrections can leave a part with counts below zero, which only the whole makes good. */
const isWhole = ({ positives, negatives }: BinaryOutcomes): boolean => positives.every((n) => n >= 0) && negatives.every((n) => n >= 0)

/**
 * Scores by bin, decided positive from the greatest down until as many are as were in truth. `followsThreshold`: the positives among these are as many as were
 * decided positive in truth too, within the bin that the cut falls into, as they are where decisions follow a threshold of the score, whichever it is.
 */
function scoreCountsOf(outcomes: BinaryOutcomes): { scored: ScoreCounts; followsThreshold: boolean } | null {
  if (!isWhole(outcomes)) return null
  const { positives, negatives, scoreSums, scoreEdges, scored: n, confusion: [tp, fp] } = outcomes
  const counts = createScoreCounts(scoreEdges)
  counts.n = n
  let [undecided, least, most] = [tp + fp, 0, 0]
  for (let bin = positives.length - 1; bin >= 0; bin--) {
    const inBin = positives[bin] + negatives[bin]
    const decided = Math.min(inBin, undecided)
    undecided -= decided
    if (decided === inBin) least += positives[bin]
    if (decided > 0) most += positives[bin]
    const share = inBin === 0 ? 0 : decided / inBin
    counts.decidedPositive[bin] = decided
    counts.decidedNegative[bin] = inBin - decided
    counts.positiveScoreSums[bin] = share * scoreSums[bin]
    counts.negativeScoreSums[bin] = (1 - share) * scoreSums[bin]
  }
  return { scored: counts, followsThreshold: undecided === 0 && outcomes.n === n && least <= tp && tp <= most }
}
