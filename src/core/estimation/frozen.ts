/** A calibration ⇄ the plain lists that a profile keeps of it. */
import { insufficient, type Reading } from '../reading.ts'
import type { CalibrationError, ScoreCalibration } from '../records.ts'
import type { Calibration } from './calibrator.ts'

export function freezeCalibration({ calibrator, positives, negatives, firstBin, lastBin, eceBefore, eceAfter }: Calibration): ScoreCalibration {
  return {
    calibrator: calibrator.kind, edges: Array.from(calibrator.edges), values: Array.from(calibrator.values), variances: Array.from(calibrator.variances),
    positives, negatives, firstBin, lastBin, errorBefore: errorOf(eceBefore), errorAfter: errorOf(eceAfter),
  }
}

const errorOf = ({ value, noiseFloor, detail }: Reading): CalibrationError | null =>
  value === null || noiseFloor === undefined ? null : { value, noiseFloor, calibrated: Number(detail?.calibrated) }

/** What CBPE reads. `scoreEdges` are those that it was learned on. */
export function thawCalibration({ calibrator, edges, values, variances, errorBefore, errorAfter, ...frozen }: ScoreCalibration, scoreEdges: Float64Array): Calibration {
  const n = frozen.positives + frozen.negatives
  return {
    ...frozen, scoreEdges,
    calibrator: { kind: calibrator, edges: Float64Array.from(edges), values: Float64Array.from(values), variances: Float64Array.from(variances) },
    eceBefore: readingOf(errorBefore, n), eceAfter: readingOf(errorAfter, n),
  }
}

const readingOf = (error: CalibrationError | null, n: number): Reading =>
  error === null ? insufficient(n) : { value: error.value, n, verdict: 'ok', noiseFloor: error.noiseFloor, detail: { calibrated: error.calibrated } }
