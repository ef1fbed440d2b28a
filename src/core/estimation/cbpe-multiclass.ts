import { scoreBin } from '../metrics/outcomes.ts'
import { insufficient, type Reading } from '../reading.ts'
import { integer, UnitError, type ParamsOf } from '../unit.ts'
import { calibrate, calibrated, calibrationQuality, calibrationRefusals, type Calibration } from './calibrator.ts'
import {
  accuracyOf, createClassCounts, decidedCounts, f1Of, macro, mergeClassCounts, precisionOf, recallOf, type ClassCounts, type MatrixMetric,
} from './class-counts.ts'
import { calibrationParams, estimate, estimateParams, estimator, percent, type Estimates } from './estimator.ts'
import { countLabelled } from './labelled-counts.ts'
import { isProbability, referenceScoreEdges } from './score-counts.ts'

export interface ClassRow {
  /** probability by class; a class that is not named has 0 */
  scores: Readonly<Record<string, number>>
  /** default: the class of the greatest score */
  decision?: string
}
export interface LabelledClassRow extends ClassRow {
  y: string
}

/** What the reference says of class probabilities. */
export interface ClassCalibration {
  /** in order of name */
  classes: readonly string[]
  /** one against the rest, by class */
  calibrations: readonly Calibration[]
  /** reference rows, and those decided for each class */
  n: number
  decided: Float64Array
}

const params = {
  ...estimateParams, ...calibrationParams,
  classesMax: integer(50, 'classes beyond which the reference is refused: the expected confusion matrix has as many rows and columns', { min: 2, max: 1000 }),
}
type Params = ParamsOf<typeof params>

/**
 * Confidence-based performance estimation over several classes: the probabilities of each class are calibrated one against the rest, as `cbpe` does,
 * and scaled to sum to 1; a prediction then counts its probabilities in the row of the class decided. From the expected confusion matrix come accuracy and
 * precision, recall and F1, macro and micro (which with one class a row are all accuracy). A macro average leaves out classes that are expected less than
 * half a time, and is `insufficient` where a class is expected, but under `nMin` times, or has under `nMinReference` reference rows.
 *
 * The interval takes the truths of one decision as draws from its row of the matrix, which is on the safe side, and adds as much variance as the reference
 * rows of that decision leave open. Refused: as with `cbpe`, for any class; classes under `nMinReference` rows only when they are expected to be more than
 * `outsideShareMax` of the truths. Levels of the calibration error are divided by the number of classes. Blind to concept drift, as `cbpe`.
 * Source: NannyML's CBPE (Białek, Kuberski & Perrakis 2023); Zadrozny & Elkan 2002 for one against the rest.
 */
export const cbpeMulticlass = estimator({
  name: 'cbpe-multiclass',
  summary: 'Confusion matrix, accuracy and macro and micro averages expected of a multiclass model, from calibrated class probabilities without labels.',
  source: 'Białek, Kuberski & Perrakis 2023; one against the rest Zadrozny & Elkan 2002',
  task: 'multiclass',
  params,
  fit: fitClasses,
  init: ({ classes }): ClassCounts => createClassCounts(classes),
  update: addPrediction,
  merge: mergeClassCounts,
  read,
})

/** @throws UnitError when there are more than `classesMax` classes */
function fitClasses(reference: readonly LabelledClassRow[], given: Params): ClassCalibration {
  const rows = reference.filter(({ scores }) => Object.values(scores).every(isProbability))
  const classes = [...new Set(rows.flatMap(({ scores, y }) => [...Object.keys(scores), y]))].sort()
  if (classes.length > given.classesMax) {
    throw new UnitError(`the reference names ${classes.length} classes, more than the ${given.classesMax} of 'classesMax': is a key or a number taken for a class?`)
  }
  const settings = { ...given, confidence: 1 - (1 - given.confidence) / Math.max(1, classes.length) }
  const decided = new Float64Array(classes.length)
  for (const row of rows) {
    const at = decisionOf(row, classes)
    if (at >= 0) decided[at] += 1
  }
  const calibrations = classes.map((name) => {
    const scores = Float64Array.from(rows, (row) => scoreOf(row.scores, name))
    return calibrate(countLabelled(scores, rows.map(({ y }) => (y === name ? 1 : 0)), referenceScoreEdges(scores, given.bins), settings), settings)
  })
  return { classes, calibrations, n: rows.length, decided }
}

/** A class that is not named has 0. */
const scoreOf = (scores: ClassRow['scores'], name: string): number => (Object.hasOwn(scores, name) ? scores[name] : 0)

/** Index of the class decided; −1 where it is not among the classes, or no class has a probability. */
function decisionOf({ scores, decision }: ClassRow, classes: readonly string[]): number {
  if (decision !== undefined) return classes.indexOf(decision)
  let best = -1
  for (let k = 0; k < classes.length; k++) if (scoreOf(scores, classes[k]) > (best < 0 ? 0 : scoreOf(scores, classes[best]))) best = k
  return best
}

function addPrediction(counts: ClassCounts, row: ClassRow, fit: ClassCalibration): void {
  const { classes, calibrations, decided } = fit
  const at = decisionOf(row, classes)
  const probabilities = at < 0 ? null : probabilitiesOf(row.scores, fit)
  if (probabilities === null) {
    counts.unusable += 1
    return
  }
  counts.n += 1
  const { scoreEdges, firstBin, lastBin } = calibrations[at]
  const bin = scoreBin(scoreEdges, scoreOf(row.scores, classes[at]))
  if (decided[at] === 0 || bin < firstBin || bin > lastBin) counts.outside += 1
  for (let k = 0; k < classes.length; k++) counts.expected[at * classes.length + k] += probabilities[k]
}

/** Calibrated, by class; as they came where calibration leaves none. Null where a score is no probability, or is of a class that the reference lacks. */
function probabilitiesOf(scores: ClassRow['scores'], { classes, calibrations }: ClassCalibration): number[] | null {
  if (!Object.entries(scores).every(([name, score]) => isProbability(score) && (score === 0 || classes.includes(name)))) return null
  const raw = classes.map((name) => scoreOf(scores, name))
  return shares(raw.map((score, k) => calibrated(calibrations[k].calibrator, score))) ?? shares(raw)
}

/** Scaled to sum to 1; null where all are 0. */
function shares(values: readonly number[]): number[] | null {
  const sum = values.reduce((total, x) => total + x, 0)
  return sum > 0 ? values.map((x) => x / sum) : null
}

function read(counts: ClassCounts, fit: ClassCalibration, given: Params): Estimates {
  const { classes, calibrations } = fit
  const thin = calibrations.map(({ positives, negatives }) => Math.min(positives, negatives) < given.nMinReference)
  const refusals = refusalsOf(counts, fit, thin, given)
  const quality = Object.fromEntries(classes.map((name, k) => [name, calibrationQuality(calibrations[k])]))
  const readings = readingsOf(counts, fit, thin, refusals.length > 0 ? { ...given, nMin: Infinity } : given)
  const row = (at: number) => Object.fromEntries(classes.map((name, k) => [name, counts.expected[at * classes.length + k]]))
  const confusion = refusals.length > 0 ? null : Object.fromEntries(classes.map((name, at) => [name, row(at)]))
  return { n: counts.n, readings, confusion, quality, refusals }
}

function readingsOf(counts: ClassCounts, fit: ClassCalibration, thin: readonly boolean[], given: Params): Record<string, Reading> {
  const matrix = counts.expected
  const reading = (metric: MatrixMetric | null) => metricReading(metric, counts, fit, given)
  const average = (of: (matrix: Float64Array, k: number) => MatrixMetric | null): Reading => {
    const parts = fit.classes.flatMap((_, k) => {
      const part = of(matrix, k)
      return part !== null && part.n >= 0.5 ? [{ part, carries: part.n >= given.nMin && !thin[k] }] : []
    })
    const detail = { classes: parts.length, classesThin: parts.filter(({ carries }) => !carries).length }
    if (parts.length === 0 || detail.classesThin > 0) return insufficient(counts.n, { detail })
    return { ...reading(macro(parts.map(({ part }) => part))), n: counts.n, detail }
  }
  const accuracy = reading(accuracyOf(matrix))
  return {
    accuracy, 'macro-precision': average(precisionOf), 'macro-recall': average(recallOf), 'macro-f1': average(f1Of),
    'micro-precision': accuracy, 'micro-recall': accuracy, 'micro-f1': accuracy,
  }
}

function metricReading(metric: MatrixMetric | null, counts: ClassCounts, { n, decided }: ClassCalibration, { nMin, confidence, designEffect }: Params): Reading {
  if (metric === null || !(metric.n >= nMin)) return insufficient(metric?.n ?? 0)
  const width = decided.length
  const perRow = decidedCounts(counts)
  let variance = 0
  for (let row = 0; row < width; row++) {
    if (perRow[row] === 0) continue
    let [mean, square] = [0, 0]
    for (let cell = row * width; cell < (row + 1) * width; cell++) {
      mean += (counts.expected[cell] / perRow[row]) * metric.slopes[cell]
      square += (counts.expected[cell] / perRow[row]) * metric.slopes[cell] ** 2
    }
    variance += perRow[row] * Math.max(0, square - mean * mean) * (1 + perRow[row] / Math.max(1, decided[row]))
  }
  return estimate(metric.value, variance * designEffect, metric.n, n, confidence, [0, 1])
}

function refusalsOf(counts: ClassCounts, { classes, calibrations, n }: ClassCalibration, thin: readonly boolean[], given: Params): string[] {
  const thick = classes.flatMap((name, k) => (thin[k] ? [] : calibrationRefusals(calibrations[k], given, `the score of class '${name}'`)))
  if (thin.every(Boolean)) return [`the reference holds ${n} usable rows, and ${given.nMinReference} in and outside of a class are needed: give a longer reference`]
  if (counts.n === 0) return [...thick, 'no prediction with class scores was seen']
  const refusals = [...thick]
  const outside = (counts.outside + counts.unusable) / (counts.n + counts.unusable)
  if (outside > given.outsideShareMax) refusals.push(`${percent(outside)} of the predictions have scores or decisions that the reference does not have, so that nothing is known of them`)
  const unlearnt = classes.reduce((sum, _, k) => sum + (thin[k] ? columnOf(counts, k) : 0), 0) / counts.n
  if (unlearnt > given.outsideShareMax) refusals.push(`${percent(unlearnt)} of the truths should be of classes with under ${given.nMinReference} reference rows: give a longer reference`)
  return refusals
}

function columnOf({ expected, classes }: ClassCounts, column: number): number {
  let sum = 0
  for (let row = 0; row < classes.length; row++) sum += expected[row * classes.length + column]
  return sum
}
