import { assert } from '../assert.ts'
import { addAll, scoreBin, scoreEdges } from './score-bins.ts'

/** Probabilities are held this far from 0 in the log-loss. */
const probabilityMin = 1e-15

/** Equal-width score bins of each class over [0, 1], behind one-vs-rest ROC AUC. */
const edges = scoreEdges()
const bins = edges.length + 1

/**
 * What became of predictions of one of several classes: sums that merge. Classes are discovered; the first `classesMax` are kept apart, and all that come
 * later are counted together as OTHER, so that memory is bounded.
 */
export interface MulticlassOutcomes {
  kind: 'multiclass'
  /** outcomes */
  n: number
  /** K, the classes that are kept apart at most */
  classesMax: number
  /** names in order of arrival; the index is the class's code, K is the code of OTHER */
  classes: string[]
  /**
   * (K + 1) rows of truth by (K + 2) columns of prediction. The last two columns are OTHER: beside a truth of OTHER the first of them says that prediction
   * and truth were the same class, the second that they were not.
   */
  counts: Float64Array
  /** outcomes with a probability of each class */
  scored: number
  logLossSum: number
  /** sum of squared log-losses, for the interval */
  logLossSquareSum: number
  /** scored outcomes per bin of the class's probability, by class: where it was the truth, and where it was not */
  positives: Float64Array[]
  negatives: Float64Array[]
  /** scored outcomes per bin of the probability of the class decided, by that class; absent where nobody asked, and from outcomes of before they were counted */
  decidedBins?: Float64Array[]
  /** outcomes and right ones per bucket of the entity, of those that named one; absent where none did */
  byEntity?: Float64Array
}

/** One outcome in codes. */
export interface ClassOutcome {
  truth: number
  prediction: number
  /** probability given to the truth; below 0: there were no probabilities */
  truthScore: number
  /** probability by class code, from `scoresAt` on; read only where there were probabilities */
  scores: Float64Array
  scoresAt: number
}

/** @param countsDecided whether scores are counted by the class decided too, which estimates without labels are held against */
export function createMulticlassOutcomes(classesMax: number, classes: readonly string[] = [], countsDecided = false): MulticlassOutcomes {
  assert(Number.isInteger(classesMax) && classesMax >= 2, `at least 2 classes must be kept apart, not ${classesMax}`)
  return {
    kind: 'multiclass', n: 0, classesMax, classes: [...classes], counts: new Float64Array((classesMax + 1) * (classesMax + 2)),
    scored: 0, logLossSum: 0, logLossSquareSum: 0, positives: [], negatives: [], ...(countsDecided ? { decidedBins: [] } : {}),
  }
}

/** The code of a class, given to it when it is met first; `classesMax` (OTHER) where there is no room for it. */
export function codeOf({ classes, classesMax }: MulticlassOutcomes, name: string): number {
  const code = classes.indexOf(name)
  if (code >= 0) return code
  if (classes.length === classesMax) return classesMax
  return classes.push(name) - 1
}

/** Adds one outcome; a fractional `weight` counts it as a part, −1 takes back one that was added with the same arguments. */
export function addMulticlass(outcomes: MulticlassOutcomes, { truth, prediction, truthScore, scores, scoresAt }: ClassOutcome, weight = 1): void {
  outcomes.n += weight
  outcomes.counts[truth * (outcomes.classesMax + 2) + prediction] += weight
  if (truthScore < 0) return
  makeBins(outcomes)
  outcomes.scored += weight
  const logLoss = -Math.log(Math.min(1, Math.max(probabilityMin, truthScore)))
  outcomes.logLossSum += weight * logLoss
  outcomes.logLossSquareSum += weight * logLoss * logLoss
  for (let code = 0; code < outcomes.positives.length; code++) {
    const byTruth = code === truth ? outcomes.positives : outcomes.negatives
    byTruth[code][scoreBin(edges, scores[scoresAt + code])] += weight
  }
  if (outcomes.decidedBins !== undefined && prediction < outcomes.classesMax) outcomes.decidedBins[prediction][scoreBin(edges, scores[scoresAt + prediction])] += weight
}

/** Outcomes whose decision was not their truth. */
export function wrongOf({ n, counts, classesMax }: MulticlassOutcomes): number {
  let right = 0
  for (let code = 0; code <= classesMax; code++) right += counts[code * (classesMax + 3)]
  return n - right
}

/** Bins for classes that have none yet: every outcome before had given them the probability 0. */
function makeBins({ classes, positives, negatives, decidedBins, scored }: MulticlassOutcomes): void {
  while (decidedBins !== undefined && decidedBins.length < classes.length) decidedBins.push(new Float64Array(bins))
  while (positives.length < classes.length) {
    positives.push(new Float64Array(bins))
    negatives.push(new Float64Array(bins))
    negatives[negatives.length - 1][0] = scored
  }
}

/** Folds `from` into `into`, class by name. The parts make the whole as long as together they have at most `classesMax` classes. */
export function mergeMulticlass(into: MulticlassOutcomes, from: MulticlassOutcomes): void {
  assert(into.classesMax === from.classesMax, 'cannot merge outcomes that keep different numbers of classes apart')
  const codes = from.classes.map((name) => codeOf(into, name))
  // by the bins and not by the count: a part that moves an outcome to another class has scored none and yet changes bins
  if (into.positives.length + from.positives.length > 0) {
    makeBins(into)
    mergeBins(into, from, codes)
  }
  mergeDecided(into, from, codes)
  if (from.byEntity !== undefined) addAll(into.byEntity ??= new Float64Array(from.byEntity.length), from.byEntity)
  mergeCounts(into, from, codes)
  into.n += from.n
  into.scored += from.scored
  into.logLossSum += from.logLossSum
  into.logLossSquareSum += from.logLossSquareSum
}

/** After the bins of `into` were made. Of a part that did not count them nothing is known of the whole. */
function mergeDecided(into: MulticlassOutcomes, { decidedBins, counts }: MulticlassOutcomes, codes: readonly number[]): void {
  if (decidedBins === undefined && counts.some((count) => count !== 0)) delete into.decidedBins
  const sums = into.decidedBins
  if (sums !== undefined) decidedBins?.forEach((from, i) => codes[i] < into.classesMax && addAll(sums[codes[i]], from))
}

function mergeCounts(into: MulticlassOutcomes, { counts, classes, classesMax }: MulticlassOutcomes, codes: readonly number[]): void {
  const [other, columns] = [classesMax, classesMax + 2]
  for (let i = 0; i <= other; i++) {
    if (i >= classes.length && i < other) continue
    for (let j = 0; j < columns; j++) {
      const count = counts[i * columns + j]
      if (count === 0) continue
      const truth = i === other ? other : codes[i]
      const prediction = j >= other ? j : codes[j]
      const isWrong = i !== j && truth === other && prediction === other
      into.counts[truth * columns + (isWrong ? other + 1 : prediction)] += count
    }
  }
}

function mergeBins(into: MulticlassOutcomes, from: MulticlassOutcomes, codes: readonly number[]): void {
  const met = new Set(codes)
  from.positives.forEach((_, i) => {
    if (codes[i] === into.classesMax) return
    addAll(into.positives[codes[i]], from.positives[i])
    addAll(into.negatives[codes[i]], from.negatives[i])
  })
  for (let code = 0; code < into.classes.length; code++) {
    if (!met.has(code) || codes.indexOf(code) >= from.positives.length) into.negatives[code][0] += from.scored
  }
}
