import { assert } from '../assert.ts'
import { addAll, scoreBin, scoreEdges } from '../metrics/score-bins.ts'
import { isProbability } from './score-counts.ts'

/** Equal-width score bins of each class over [0, 1]: those of multiclass outcomes, so that these can say what scores mean. */
export const classScoreEdges = scoreEdges()
const bins = classScoreEdges.length + 1

/**
 * Predictions of a multiclass model by the score of each class, and by that of the class decided: all that CBPE asks of a pane. No label is in it, and it
 * merges. Only scores above 0 lie in `all` and `scoreSums`: the rest of `n` had 0.
 */
export interface ClassScoreCounts {
  /** K, the classes that are kept apart at most */
  classesMax: number
  /** names in order of arrival, of as many as have bins */
  classes: string[]
  /** predictions with usable class scores */
  n: number
  /** predictions without, or with a score that is no probability */
  unusable: number
  /** by class: predictions per bin of its score, and the sum of these scores */
  all: Float64Array[]
  scoreSums: Float64Array[]
  /** by class: predictions decided for it per bin of its score, and the sum of these scores over all bins */
  decided: Float64Array[]
  decidedSums: number[]
  /** predictions decided for a class that is not kept apart, and the scores of such classes added up */
  otherDecided: number
  otherSum: number
}

export const createClassScoreCounts = (classesMax: number): ClassScoreCounts =>
  ({ classesMax, classes: [], n: 0, unusable: 0, all: [], scoreSums: [], decided: [], decidedSums: [], otherDecided: 0, otherSum: 0 })

/** One prediction by place among the classes kept apart; `classesMax` is any other. */
export interface PlacedScores {
  /** classes with a score above 0; below 0: there were no scores */
  count: number
  places: ArrayLike<number>
  scores: ArrayLike<number>
  decision: number
}

/** Counts one prediction. @param kept names by place, of which new ones get bins */
export function addClassScored(counts: ClassScoreCounts, { count, places, scores, decision }: PlacedScores, kept: readonly string[]): void {
  if (!isUsable(scores, count)) {
    counts.unusable += 1
    return
  }
  for (let place = counts.classes.length; place < kept.length; place++) addClass(counts, kept[place])
  counts.n += 1
  let ofDecision = 0
  for (let i = 0; i < count; i++) {
    const [place, score] = [places[i], scores[i]]
    if (place === counts.classesMax) {
      counts.otherSum += score
      continue
    }
    const bin = score < firstEdge ? 0 : scoreBin(classScoreEdges, score) // most classes are unlikely
    counts.all[place][bin] += 1
    counts.scoreSums[place][bin] += score
    if (place === decision) ofDecision = score
  }
  if (decision === counts.classesMax) {
    counts.otherDecided += 1
    return
  }
  counts.decided[decision][scoreBin(classScoreEdges, ofDecision)] += 1
  counts.decidedSums[decision] += ofDecision
}

const firstEdge = classScoreEdges[0]

function isUsable(scores: ArrayLike<number>, count: number): boolean {
  for (let i = 0; i < count; i++) if (!isProbability(scores[i])) return false
  return count > 0
}

function addClass(counts: ClassScoreCounts, name: string): number {
  counts.all.push(new Float64Array(bins))
  counts.scoreSums.push(new Float64Array(bins))
  counts.decided.push(new Float64Array(bins))
  counts.decidedSums.push(0)
  return counts.classes.push(name) - 1
}

/** Folds `from` into `into`, class by name; what finds no place goes with the others. */
export function mergeClassScoreCounts(into: ClassScoreCounts, from: ClassScoreCounts): void {
  assert(into.classesMax === from.classesMax, 'cannot merge class scores that keep different numbers of classes apart')
  into.n += from.n
  into.unusable += from.unusable
  into.otherDecided += from.otherDecided
  into.otherSum += from.otherSum
  from.classes.forEach((name, i) => {
    const held = into.classes.indexOf(name)
    const at = held < 0 && into.classes.length < into.classesMax ? addClass(into, name) : held
    if (at < 0) {
      into.otherDecided += sum(from.decided[i])
      into.otherSum += sum(from.scoreSums[i])
      return
    }
    addAll(into.all[at], from.all[i])
    addAll(into.scoreSums[at], from.scoreSums[i])
    addAll(into.decided[at], from.decided[i])
    into.decidedSums[at] += from.decidedSums[i]
  })
}

/** Predictions per bin of the score of a class, those with a score of 0 in the first one. */
export function scoredByBin({ n, all }: ClassScoreCounts, at: number): Float64Array {
  const counts = at < 0 ? new Float64Array(bins) : all[at].slice()
  counts[0] += n - sum(counts)
  return counts
}

/** Mean score of each bin of a class, as these predictions have it; the middle of a bin that none fell into. */
export function meanScores(counts: ClassScoreCounts, name: string): Float64Array {
  const at = counts.classes.indexOf(name)
  const scored = scoredByBin(counts, at)
  return scored.map((count, bin) => (count > 0 ? (at < 0 ? 0 : counts.scoreSums[at][bin]) / count : (bin + 0.5) / bins))
}

export const sum = (values: Float64Array): number => values.reduce((total, x) => total + x, 0)
