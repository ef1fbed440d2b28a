import { assert } from '../assert.ts'
import { scoreBin, type BinaryOutcomes } from '../metrics/outcomes.ts'
import { drawFolds } from './folds.ts'

/** Reference rows per fold and score bin: arrays are fold × bins + bin. */
export interface LabelledCounts {
  scoreEdges: Float64Array
  folds: number
  positives: Float64Array
  totals: Float64Array
  scoreSums: Float64Array
}

function emptyCounts(scoreEdges: Float64Array, folds: number): LabelledCounts {
  const cells = () => new Float64Array(folds * (scoreEdges.length + 1))
  return { scoreEdges, folds, positives: cells(), totals: cells(), scoreSums: cells() }
}

/** Counts scores (probabilities) and their truths, each in a fold drawn from the seed. */
export function countLabelled(scores: ArrayLike<number>, truths: ArrayLike<number>, scoreEdges: Float64Array, { folds, seed }: { folds: number; seed: number }): LabelledCounts {
  const bins = scoreEdges.length + 1
  const counts = emptyCounts(scoreEdges, folds)
  const foldOf = drawFolds(scores.length, folds, seed)
  for (let i = 0; i < scores.length; i++) {
    const at = foldOf[i] * bins + scoreBin(scoreEdges, scores[i])
    counts.totals[at] += 1
    counts.positives[at] += truths[i]
    counts.scoreSums[at] += scores[i]
  }
  return counts
}

/**
 * The outcomes of panes as a reference, pane i in fold i modulo `folds`: rows that are known by their bins only cannot be drawn apart.
 * All must be on the same score edges; at least one is needed.
 */
export function countPanes(panes: readonly BinaryOutcomes[], folds: number): LabelledCounts {
  assert(panes.length > 0, 'a reference needs the outcomes of at least one pane')
  const counts = emptyCounts(panes[0].scoreEdges, folds)
  const bins = counts.scoreEdges.length + 1
  panes.forEach(({ scoreEdges, positives, negatives, scoreSums }, pane) => {
    assert(scoreEdges.length === bins - 1 && scoreEdges.every((edge, i) => edge === counts.scoreEdges[i]), 'the panes of a reference must share their score edges')
    for (let bin = 0; bin < bins; bin++) {
      const at = (pane % folds) * bins + bin
      counts.positives[at] += positives[bin]
      counts.totals[at] += positives[bin] + negatives[bin]
      counts.scoreSums[at] += scoreSums[bin]
    }
  })
  return counts
}
