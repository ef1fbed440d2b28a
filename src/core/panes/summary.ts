/**
 * What observe tells decide: mergeable summaries of one pane, of one model, from one task. See DESIGN "Pane summary".
 * Everything is plain data with typed arrays; merge order is task order, never arrival order.
 */
import type { ClassScoreCounts } from '../estimation/class-score-counts.ts'
import type { ScoreCounts } from '../estimation/score-counts.ts'
import type { Outcomes } from '../metrics/outcomes.ts'
import type { Digest } from '../sketches/digest.ts'
import type { FeatureSummary, NumericSummary } from '../sketches/feature.ts'
import type { LossSamples } from './loss-rows.ts'
import type { RowSample } from './row-sample.ts'
import type { ScoreSequence } from './score-sequence.ts'

/** How joins went in this pane; every record is counted in exactly one place a row. */
export interface JoinCounts {
  predictions: number
  features: number
  labels: number
  /** a prediction, features record or label already seen with the same content */
  duplicatePredictions: number
  duplicateFeatures: number
  duplicateLabels: number
  /** a label that came before its prediction and was parked */
  earlyLabels: number
  /** a label whose prediction was never seen, found when its parking time ran out */
  unmatchedLabels: number
  /** label delay beyond `labelHorizon` */
  lateLabels: number
  correctedLabels: number
  withdrawnLabels: number
  /** labels joined to at least one prediction for the first time */
  joinedLabels: number
  /** predictions whose horizon ran out without a label */
  expiredPredictions: number
  /** pending inferences dropped at the memory limit */
  evicted: number
  /** corrections whose first outcome lies in a pane already closed: see `corrections` */
  addressedCorrections: number
  /** features whose prediction did not come in time to tell their segments; absent while there are none */
  unattributedFeatures?: number
  /** inferences without a label that were taken for negatives; absent while there are none */
  assumedNegatives?: number
}

/** Sums per hash bucket of `entityId` (of the inference id where there is none) of acted − other, for 256 buckets: [n, Σd, Σd²] each. */
export interface PairedDifferences {
  acted: string
  other: string
  /** difference of correctness (of classes, d in −1..1) or of −|error| (regression) */
  sums: Float64Array
}

/** Outcomes of one version in order, two bits each: bit 0 the error, bit 1 the actual class. 64 sub-slots of equal stream time. */
export interface ErrorSequence {
  /** outcomes in each sub-slot */
  counts: Uint32Array
  /** packed, four outcomes a byte, low bits first; slots follow each other without padding */
  bits: Uint8Array
  /** outcomes packed */
  n: number
}

export interface SegmentSummary {
  predictions: number
  outcomes: Outcomes
  /** absent where the policy reads no drift in the segment */
  drift?: SegmentDrift
}

/** What drift of score and decision rate is read from, as of the whole version. */
export interface SegmentDrift {
  acted: number
  /** acted predictions that had a decision, and those whose decision was positive; absent but for a binary model */
  decided?: number
  positiveDecisions?: number
  /** on the version's score layout */
  score: NumericSummary
}

/** Features of the inferences of one segment value, whichever versions scored them. */
export interface SegmentFeatures {
  featureRecords: number
  features: FeaturesSummary[]
}

/** Decisions by class; the rest of them was for classes that are not kept apart. */
export interface ClassDecisions {
  names: string[]
  /** one a name, zeros after them in an open pane */
  counts: Float64Array
}

export interface VersionSummary {
  version: string
  predictions: number
  acted: number
  errors: number
  timeouts: number
  nonFiniteScores: number
  /** acted predictions whose decision was positive */
  positiveDecisions: number
  /** acted predictions that had a decision; absent from a summary of before it was counted */
  decided?: number
  /** of a multiclass model: those by class, of the classes kept apart; absent for others, and from a summary of before they were counted */
  decidedClasses?: ClassDecisions
  latency: Digest
  costSum: number
  /** sum of squares; absent while nothing had a cost */
  costSquareSum?: number
  costCount: number
  /** hash of the layout behind `score` */
  scoreLayout: string
  score: NumericSummary
  outcomes: Outcomes
  /** scores by decision, as predictions come and on the score edges of `outcomes`; absent for regression, and from a summary of before it was counted */
  cbpe?: ScoreCounts
  /** of a multiclass model: scores by class and by the class decided, as predictions come; absent for others, and from a summary of before they were counted */
  classCbpe?: ClassScoreCounts
  /** key `name=value` */
  segments: Record<string, SegmentSummary>
  /** outcomes by cohort start (ms as string), or `other` outside the horizon */
  cohorts: Record<string, Outcomes>
  /** predictions by cohort start, so that the unlabelled share is known */
  cohortPredictions: Record<string, number>
  errorSequence: ErrorSequence
  /** scores with their truths as labels came, one by one; absent where the policy reads nothing from them */
  newestScores?: ScoreSequence
  /** of a regression whose loss is to be expected from its features; absent for others, and where no acted prediction had features */
  lossRows?: LossSamples
  /** largest `configSequence` seen on an acted prediction; −1 when none */
  configSequenceMax: number
  /** smallest in this pane; −1 when none */
  configSequenceMin: number
}

/** A class as the truth of a corrected outcome. */
export interface CorrectedClass {
  /** null: none of those kept apart */
  name: string | null
  /** the decision was this class */
  isRight: boolean
  /** probability given to it; −1: there were no probabilities */
  score: number
}

/** The classes of a corrected outcome of a multiclass model. */
export interface ClassCorrection {
  /** null: none of those kept apart */
  decision: string | null
  /** null: there was no truth, or it was withdrawn */
  before: CorrectedClass | null
  after: CorrectedClass | null
  /** probabilities of classes kept apart, by name; of any other 0 */
  names: string[]
  scores: Float64Array
}

/** A correction of an outcome that was first counted in a pane now closed. */
export interface PaneCorrection {
  /** start of the pane of the first outcome */
  paneStart: number
  version: string
  cohort: number
  segments: string[]
  score: number
  decision: number
  /** actual before, 0/1 or the regression target; NaN when there was none */
  before: number
  /** actual after; NaN when withdrawn */
  after: number
  /** of the entity that the prediction named; absent where it named none */
  bucket?: number
  /** of a multiclass model, in place of score, decision, before and after */
  classes?: ClassCorrection
}

export interface LearnerReading {
  unit: string
  n: number
  logLoss: number
  accuracy: number
}

/** What the features of one model looked like, on one layout. */
export interface FeaturesSummary {
  /** hash of the layout (edges, atoms, categories), or `none` before there is one */
  layout: string
  features: Record<string, FeatureSummary>
  /** heavy values of features without a layout, with counts never too high: feature → [value, count] ascending by value */
  heavy: Record<string, [number | string, number][]>
  /** the most features of one record that are beyond the policy's limits, and so not summarised */
  ignored: number
}

export interface PaneSummary {
  kind: 'pane'
  model: string
  /** stream-time interval [startMs, endMs) */
  startMs: number
  endMs: number
  /** observe partition it comes from; −1 once merged over tasks */
  task: number
  policyHash: string
  /** feature records behind `features` */
  featureRecords: number
  features: FeaturesSummary[]
  versions: Record<string, VersionSummary>
  pairs: PairedDifferences[]
  join: JoinCounts
  corrections: PaneCorrection[]
  /** label delay in ms (observedAt − predictedAt), by actual class (`positive`, `negative`, `value`; of a multiclass model its name, or `other`) */
  labelDelay: Record<string, Digest>
  learners: LearnerReading[]
  /** by `name=value`, where the policy reads features by segment; counted in the pane in which features and prediction had both come */
  segments?: Record<string, SegmentFeatures>
  /** numeric features of some of the records, where the policy asks for rows */
  rows?: RowSample
}

/** The fast lane: operational counters of the acted versions since the last one. */
export interface WatchCounters {
  kind: 'watch'
  model: string
  task: number
  fromMs: number
  toMs: number
  versions: Record<string, { acted: number; errors: number; timeouts: number; nonFiniteScores: number; latency: Digest }>
}

/** An observe task's word to every partition of `panes`: all of its summaries up to `streamTimeMs` precede this record. */
export interface PaneBroadcast {
  kind: 'broadcast'
  task: number
  streamTimeMs: number
  atLogEnd: boolean
  /** nothing will follow (`--drain`) */
  final: boolean
}

export type PanesRecord = PaneSummary | WatchCounters | PaneBroadcast
