/** Performance of a model whose labels have not come: what every estimator is, takes and says. */
import { twoSidedZ } from '../metrics/metric.ts'
import type { Reading } from '../reading.ts'
import { integer, number, type ParamSpecs, type ParamsOf, type Spec } from '../unit.ts'

/** What an estimator says of the predictions it has seen. */
export interface Estimates {
  /** predictions that the estimates are made from */
  n: number
  /** estimated metrics by name; each interval is for the value that the labels of these predictions will give, once they come */
  readings: Readonly<Record<string, Reading>>
  /** expected outcomes: by decision, then by truth; null for regression, and where nothing may be estimated */
  confusion: Readonly<Record<string, Readonly<Record<string, number>>>> | null
  /** how well what was learnt from the reference does on reference rows that it did not learn from: of each thing learnt, by name */
  quality: Readonly<Record<string, Readonly<Record<string, Reading | string>>>>
  /** why nothing is estimated, a sentence for each assumption that fails; empty when all that can be checked hold */
  refusals: readonly string[]
}

/**
 * Learns from labelled reference rows, then estimates from predictions alone. `fit` gives plain data to be kept with the profile; the state over
 * predictions is sums that merge, made on one fit. No estimator sees concept drift: a change of the truth given the same inputs leaves it as it was,
 * and the difference between its estimate and what the labels then say is how that drift is found.
 */
export interface Estimator<Specs extends ParamSpecs, Row, Labelled, Fit, State> extends Spec<Specs> {
  task: 'binary' | 'multiclass' | 'regression'
  /** rows that cannot be used (a value that is not finite, a score outside 0..1) are left out */
  fit(reference: readonly Labelled[], params: ParamsOf<Specs>): Fit
  init(fit: Fit): State
  /** a row that cannot be used is counted and changes no estimate */
  update(state: State, row: Row, fit: Fit): void
  /** folds `from` into `into`; both must have been made on the same fit */
  merge(into: State, from: State): void
  read(state: State, fit: Fit, params: ParamsOf<Specs>): Estimates
}

/** Declares an estimator; only there so that types are inferred. */
export function estimator<const Specs extends ParamSpecs, Row, Labelled, Fit, State>(
  definition: Estimator<Specs, Row, Labelled, Fit, State>,
): Estimator<Specs, Row, Labelled, Fit, State> {
  return definition
}

/** Parameters that every estimator takes. */
export const estimateParams = {
  nMin: integer(10, 'predictions (of a class or decision, where a ratio is of one) below which a reading is insufficient', { min: 1 }),
  confidence: number(0.95, 'two-sided level of the intervals', { min: 0.5, max: 0.999999 }),
  designEffect: number(1, 'variance inflation where one entity brings many predictions: intervals divide n by it', { min: 1 }),
  outsideShareMax: number(0.05, 'share of predictions that the reference says nothing about beyond which nothing is estimated', { min: 0, max: 1 }),
  folds: integer(5, 'parts of the reference, each of which judges what was learnt from the others', { min: 2, max: 20 }),
  seed: integer(1, 'of the draw that puts reference rows into folds', { min: 0, max: 4_294_967_295 }),
}

/** Parameters of the calibration of probabilities. */
export const calibrationParams = {
  bins: integer(200, 'score bins of about equal count that calibration and ROC AUC are read on', { min: 2, max: 1000 }),
  nMinReference: integer(50, 'reference rows of each class below which nothing is estimated', { min: 1 }),
  groups: integer(10, 'groups of about equal count that the calibration error is measured on', { min: 1, max: 100 }),
  blockRows: integer(20, 'reference rows, about, below which neighbouring scores are calibrated as one', { min: 1 }),
  miscalibrationMax: number(0.1, 'calibration error beyond noise that is put up with, as a share of the rarer class', { min: 0, max: 1 }),
}
export type CalibrationParams = ParamsOf<typeof estimateParams & typeof calibrationParams>

/** A reading with its normal interval, held within the values that the metric can take. */
export function estimate(value: number, variance: number, n: number, nReference: number, confidence: number, [low, high]: readonly [number, number]): Reading {
  const half = twoSidedZ(confidence) * Math.sqrt(Math.max(0, variance))
  return { value, n, nReference, interval: [Math.max(low, value - half), Math.min(high, value + half)], verdict: 'ok' }
}

/** A share of all for a sentence. */
export const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`
