/** CBPE over several classes from counts by score bin alone, which is what panes and cohorts keep: the fit on labelled outcomes, and the expected confusion matrix. */
import type { MulticlassOutcomes } from '../metrics/class-outcomes.ts'
import { blockOfBin, calibrate, type Calibration } from './calibrator.ts'
import type { ClassCalibration } from './cbpe-multiclass.ts'
import { createClassCounts, type ClassCounts } from './class-counts.ts'
import { classScoreEdges, scoredByBin, sum, type ClassScoreCounts } from './class-score-counts.ts'
import type { CalibrationParams } from './estimator.ts'
import type { LabelledCounts } from './labelled-counts.ts'

const bins = classScoreEdges.length + 1
/** Where classes that are not kept apart go; never the name of one, which is not empty. */
const otherClasses = ''

/**
 * What earlier outcomes say of class scores, outcome set i in fold i modulo `folds`: rows that are known by their bins only cannot be drawn apart.
 * @param earlier of cohorts
 * @param names classes that predictions have, beside those of `earlier`
 * @param meansOf mean score of each bin of a class, which outcomes do not keep
 */
export function fitClassOutcomes(
  earlier: readonly MulticlassOutcomes[], names: readonly string[], meansOf: (name: string) => Float64Array, params: CalibrationParams,
): ClassCalibration {
  const classes = [...new Set([...names, ...earlier.flatMap((outcomes) => outcomes.classes)])].sort()
  const settings = { ...params, confidence: 1 - (1 - params.confidence) / Math.max(1, classes.length) }
  return {
    classes, n: earlier.reduce((total, { scored }) => total + scored, 0),
    decided: Float64Array.from(classes, (name) => earlier.reduce((total, outcomes) => total + decidedFor(outcomes, name), 0)),
    calibrations: classes.map((name) => calibrate(labelledOf(earlier, name, meansOf(name), settings.folds), settings)),
  }
}

function decidedFor({ classes, classesMax, counts }: MulticlassOutcomes, name: string): number {
  const code = classes.indexOf(name)
  let total = 0
  for (let truth = 0; code >= 0 && truth <= classesMax; truth++) total += counts[truth * (classesMax + 2) + code]
  return total
}

/** One class against the rest. A class that outcomes have no bins for had a score of 0 in all of them. */
function labelledOf(earlier: readonly MulticlassOutcomes[], name: string, means: Float64Array, folds: number): LabelledCounts {
  const cells = () => new Float64Array(folds * bins)
  const counts: LabelledCounts = { scoreEdges: classScoreEdges, folds, positives: cells(), totals: cells(), scoreSums: cells() }
  earlier.forEach(({ classes, positives, negatives, scored }, i) => {
    const [code, start] = [classes.indexOf(name), (i % folds) * bins]
    if (code < 0 || code >= positives.length) {
      counts.totals[start] += scored
      counts.scoreSums[start] += scored * means[0]
      return
    }
    for (let bin = 0; bin < bins; bin++) {
      const total = positives[code][bin] + negatives[code][bin]
      counts.positives[start + bin] += positives[code][bin]
      counts.totals[start + bin] += total
      counts.scoreSums[start + bin] += total * means[bin]
    }
  })
  return counts
}

/**
 * The expected confusion matrix, in the form that `cbpeMulticlass` reads. The diagonal and the number of each class are Σ of calibrated scores, of those decided
 * for it and of all, scaled so that truths are as many as predictions. What is off the diagonal, which only intervals are made from, is spread so that both margins hold.
 * Classes not kept apart are one more, of which the reference knows nothing.
 */
export function expectedClasses(counts: ClassScoreCounts, fit: ClassCalibration, params: CalibrationParams): { counts: ClassCounts; fit: ClassCalibration } {
  const full = counts.otherDecided > 0 || counts.otherSum > 0 ? withOther(fit, params) : fit
  const { classes, calibrations, decided: known } = full
  const result = createClassCounts(classes)
  Object.assign(result, { n: counts.n, unusable: counts.unusable })
  const [rows, truths, diagonal] = [new Float64Array(classes.length), new Float64Array(classes.length), new Float64Array(classes.length)]
  fit.classes.forEach((name, k) => {
    const at = counts.classes.indexOf(name)
    if (at < 0) return
    rows[k] = sum(counts.decided[at])
    truths[k] = expectedIn(calibrations[k], scoredByBin(counts, at), sum(counts.scoreSums[at]))
    diagonal[k] = expectedIn(calibrations[k], counts.decided[at], counts.decidedSums[at])
    result.outside += known[k] === 0 ? rows[k] : beyond(calibrations[k], counts.decided[at])
  })
  const other = fit.classes.length
  if (full !== fit) {
    rows[other] = counts.otherDecided
    truths[other] = counts.otherSum
    result.outside += counts.otherDecided
  }
  const scale = counts.n / (sum(truths) || 1)
  for (let k = 0; k < classes.length; k++) {
    truths[k] *= scale
    diagonal[k] = k === other ? (rows[k] * truths[k]) / Math.max(1, counts.n) : Math.min(diagonal[k] * scale, truths[k], rows[k])
  }
  spread(result.expected, rows, truths, diagonal)
  return { counts: result, fit: full }
}

const withOther = ({ classes, calibrations, decided, n }: ClassCalibration, params: CalibrationParams): ClassCalibration => ({
  classes: [...classes, otherClasses], n, decided: Float64Array.of(...decided, 0),
  calibrations: [...calibrations, calibrate(labelledOf([], otherClasses, new Float64Array(bins), params.folds), params)],
})

/** Expected truths among counts by score bin. */
function expectedIn({ calibrator, scoreEdges }: Calibration, counts: Float64Array, scoreSum: number): number {
  if (calibrator.kind === 'identity') return scoreSum
  let expected = 0
  for (let bin = 0; bin < counts.length; bin++) if (counts[bin] > 0) expected += counts[bin] * calibrator.values[blockOfBin(calibrator, scoreEdges, bin)]
  return expected
}

function beyond({ firstBin, lastBin }: Calibration, counts: Float64Array): number {
  let outside = 0
  for (let bin = 0; bin < counts.length; bin++) if (bin < firstBin || bin > lastBin) outside += counts[bin]
  return outside
}

const rounds = 20

/** Fills the matrix: the diagonal as given, the rest fitted to both margins by turns, the rows last, which are counts. Source: Deming & Stephan 1940. */
function spread(matrix: Float64Array, rows: Float64Array, columns: Float64Array, diagonal: Float64Array): void {
  const width = rows.length
  const [right, down] = [rows.map((row, k) => row - diagonal[k]), columns.map((column, k) => column - diagonal[k])]
  for (let row = 0; row < width; row++) for (let column = 0; column < width; column++) matrix[row * width + column] = row === column ? 0 : right[row] * down[column]
  for (let round = 0; round < rounds; round++) {
    for (let column = 0; column < width; column++) scaleLine(matrix, column, width, width, down[column])
    for (let row = 0; row < width; row++) scaleLine(matrix, row * width, 1, width, right[row])
  }
  for (let k = 0; k < width; k++) matrix[k * width + k] = diagonal[k] + unspread(matrix, k, width, right[k])
}

function scaleLine(matrix: Float64Array, start: number, step: number, length: number, target: number): void {
  let total = 0
  for (let i = 0; i < length; i++) total += matrix[start + i * step]
  if (total > 0) for (let i = 0; i < length; i++) matrix[start + i * step] *= target / total
}

/** What of a row found no column but its own. */
function unspread(matrix: Float64Array, row: number, width: number, target: number): number {
  let total = 0
  for (let column = 0; column < width; column++) total += matrix[row * width + column]
  return Math.max(0, target - total)
}
