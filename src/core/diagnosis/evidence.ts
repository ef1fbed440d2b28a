/** What a diagnosis looks at: gathered by whoever holds the readings. A part that is null was not measured, and the diagnosis says so. */
import type { Reading } from '../reading.ts'
import type { Jump } from './jump.ts'

/** A data-quality reading of a feature in alarm: missing, unseen, non-finite, out of range, another type. */
export interface BrokenFeature {
  feature: string
  measure: string
  value: number
  /** null: it grew rather than jumped */
  jump: Jump | null
  /** why its jump is no fault of what feeds it, in words that go on after a colon; absent where it is one */
  spared?: string
}

/** Labels of predictions not older than the label horizon, against what the arrival curve of older ones promises. */
export interface ArrivalEvidence {
  /** labels that should have come by now, and those that have */
  expected: number
  come: number
  /** standard error of `come` around `expected` */
  error: number
  /** of the labels that will come in the end, the share that has by the curve, in [0, 1] */
  maturity: number
}

/** Actual positives among labels. */
export interface LabelRate {
  positive: number
  n: number
}

/** Mature labels of predictions made recently, beside earlier ones of the same version. */
export interface LabelRateEvidence {
  before: LabelRate
  now: LabelRate
  /** variance inflation of a rate, from how much cohorts differ; at least 1 */
  designEffect: number
}

/** How far a metric has fallen: positive is worse, whichever way the metric goes. */
export interface DropEvidence {
  metric: string
  /** the metric itself */
  value: number
  /** what it is held against, same unit: a claim, or the version's own past */
  against: number
  /** drop with its interval; without an interval nothing is told */
  drop: number
  interval: readonly [number, number] | null
  /** a drop up to this is none */
  tolerance: number
  labels: number
}

export interface PrevalenceEvidence {
  /** `EM`, `BBSE`: the share of positives among recent predictions by their scores alone */
  method: string
  reading: Reading
}

/** Drift of features and score, data quality aside. */
export interface InputEvidence {
  /** features in alarm, most blamed first */
  moved: readonly string[]
  /** the importance that they carry, and what is enough to matter */
  importanceShare: number
  shareMin: number
  /** one of them is beyond a level that counts alone */
  isSevere: boolean
  isScoreMoved: boolean
  /** what moved most among features together, where that is in alarm; null or absent where it is not, or nobody asked */
  rowsMoved?: string | null
  /** readings that held enough data for a verdict */
  read: number
}

/** Since a drift that stands was first seen. */
export interface SinceEvidence {
  /** of the labelled predictions behind `realised`, the share made since, in [0, 1]; 1 without `realised` */
  labelledShare: number
  /** performance estimated without labels on the newest predictions, labelled or not, and why there is none */
  estimate: DropEvidence | null
  estimateRefusal: string | null
}

export interface Evidence {
  /** rules with a reason to ask now: drift, performance, new-labels, calendar, manual */
  rules: readonly string[]
  /** null: no reference to compare with */
  broken: readonly BrokenFeature[] | null
  /** a jump of traffic; null inside where there is none */
  volume: { jump: Jump | null } | null
  arrival: ArrivalEvidence | null
  labelRate: LabelRateEvidence | null
  /** why there is no rate of positives, and so no ROC AUC and no prevalence, however many labels come; null or absent where there is one */
  positivesRefusal?: string | null
  /** ROC AUC on recent mature labels */
  auc: DropEvidence | null
  prevalence: readonly PrevalenceEvidence[] | null
  inputs: InputEvidence | null
  /** what estimates performance without labels, where that is not CBPE */
  estimator?: string
  /** performance estimated without labels (CBPE) against the claim: of the predictions behind `realised` where that is mature, else of the newest ones */
  estimate: DropEvidence | null
  /** why there is no estimate, in words that go on after a colon; null where there is one or nobody tried */
  estimateRefusal: string | null
  /** performance on labels; `isMature`: nearly all labels of these predictions are in, null when that is not known */
  realised: (DropEvidence & { isMature: boolean | null }) | null
  /** null where no drift asks */
  since: SinceEvidence | null
  /** detectors over the errors, and those of them that alarmed on a rise within the longest window */
  detectors: { watched: readonly string[]; fired: readonly string[] } | null
}

/** Why labels of a regression tell no rate of positives, nor a change of it. */
export const noPositives = 'a regression model has no positives'
