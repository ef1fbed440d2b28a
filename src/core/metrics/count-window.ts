import { assert } from '../assert.ts'
import { resolveParams } from '../unit.ts'
import type { Reading } from '../reading.ts'
import { addBinary, type BinaryOutcomes } from './outcomes.ts'
import { aucReading, rocAuc } from './roc-auc.ts'

/** The newest `size` binary outcomes, oldest overwritten first; slot i of each array is one outcome. */
export interface CountWindow {
  size: number
  /** outcomes added since the start */
  added: number
  actuals: Uint8Array
  decisions: Uint8Array
  /** NaN where there was none */
  scores: Float64Array
}

export function createCountWindow(size: number): CountWindow {
  assert(Number.isInteger(size) && size > 0, `a window holds a whole number of outcomes from 1 up, not ${size}`)
  return { size, added: 0, actuals: new Uint8Array(size), decisions: new Uint8Array(size), scores: new Float64Array(size) }
}

/** Adds an outcome to the window and to the sums beside it, from which the one that falls out is taken back. */
export function addToWindow(window: CountWindow, sums: BinaryOutcomes, actual: 0 | 1, score: number, decision: 0 | 1): void {
  const { size, added, actuals, decisions, scores } = window
  const slot = added % size
  if (added >= size) addBinary(sums, actuals[slot] as 0 | 1, scores[slot], decisions[slot] as 0 | 1, -1)
  actuals[slot] = actual
  decisions[slot] = decision
  scores[slot] = score
  window.added += 1
  addBinary(sums, actual, score, decision)
}

/**
 * The exact ROC AUC of the scored outcomes in the window, a tie counting half; the reading is that of `roc-auc` with bound 0.
 * Takes time in proportion to size · log size at each reading.
 */
export function exactRocAuc({ size, added, actuals, scores }: CountWindow, given: Readonly<Record<string, unknown>> = {}): Reading {
  const filled = Math.min(size, added)
  const positives = scoresOf(1)
  const negatives = scoresOf(0)
  return aucReading(concordance(positives, negatives), 0, { positives: positives.length, negatives: negatives.length },
    positives.length + negatives.length, resolveParams(rocAuc, given))

  function scoresOf(actual: 0 | 1): Float64Array {
    return scores.subarray(0, filled).filter((score, i) => actuals[i] === actual && Number.isFinite(score)).sort()
  }
}

/** Pairs in which the positive scores higher, ties as half; both ascending. */
function concordance(positives: Float64Array, negatives: Float64Array): number {
  let [sum, below, upTo] = [0, 0, 0]
  for (const score of positives) {
    while (below < negatives.length && negatives[below] < score) below += 1
    while (upTo < negatives.length && negatives[upTo] <= score) upTo += 1
    sum += (below + upTo) / 2
  }
  return sum
}
