/**
 * The records that topologies read and write, decoded. Times are epoch milliseconds; a share or rate is in [0, 1].
 * Wire forms are in `schemas/*.avsc`, field names the same. A quantity that is absent is null, or NaN where a number is on the hot path.
 */
import type { Reading } from './reading.ts'
import type { SentAs, ValueTypes } from './sketches/value-types.ts'

/** Column names of feature vectors, interned by the decoder: one object per distinct set of names. */
export interface FeatureShape {
  readonly numeric: readonly string[]
  readonly categorical: readonly string[]
  /** what the categorical columns were sent as; absent: all of them as text */
  readonly sentAs?: readonly SentAs[]
}

/** One record's features in the order of its shape. NaN means missing (null); ±Infinity stands for any non-finite value. */
export interface FeatureVector {
  shape: FeatureShape
  numeric: Float64Array
  /** null means missing */
  categorical: (string | null)[]
}

/** Probabilities of one prediction by class. `classes` is ascending and one object per distinct set of names; a class that is not among them has 0. */
export interface ClassScores {
  readonly classes: readonly string[]
  /** in [0, 1]; ±Infinity stands for what was sent and is not finite */
  scores: Float64Array
}

export interface Features {
  kind: 'features'
  inferenceId: string
  model: string
  observedAt: number
  vector: FeatureVector
}

export type Scalar = boolean | number | string

export interface Prediction {
  kind: 'prediction'
  inferenceId: string
  model: string
  version: string
  predictedAt: number
  /** probability of the positive class, or the regression value; NaN when absent, ±Infinity when it was sent and is not finite */
  score: number
  /** of multiclass models; null or absent where none were sent */
  classScores?: ClassScores | null
  /** what the fleet did; wins over the policy's threshold, or over the likeliest class */
  decision: Scalar | null
  /** false in shadow */
  acted: boolean
  outcome: 'ok' | 'error' | 'timeout'
  errorCode: string | null
  /** sticky unit, the cluster of intervals */
  entityId: string | null
  /** `sequence` of the serving-config that the fleet acted on */
  configSequence: number | null
  /** NaN when absent */
  latencyMs: number
  /** money per inference; NaN when absent */
  cost: number
  segments: Readonly<Record<string, string>> | null
  /** for fleets that log features and prediction in one record */
  features: FeatureVector | null
}

export interface Label {
  kind: 'label'
  inferenceId: string
  model: string
  observedAt: number
  /** null withdraws the label */
  value: Scalar | null
  weight: number
}

export type ObserveRecord = Features | Prediction | Label

/** What a trainer measured of one version on one test set. */
export interface Evaluation {
  testSetId: string
  n: number
  metrics: Readonly<Record<string, number>>
  standardErrors: Readonly<Record<string, number>> | null
  /** segment (`region=eu`) → metric → value */
  subgroups: Readonly<Record<string, Readonly<Record<string, number>>>>
  latencyMsP99: number | null
  costPerThousand: number | null
}

export interface Candidate {
  kind: 'candidate'
  model: string
  version: string
  parentVersion: string | null
  trainingMode: 'full' | 'fine-tune'
  trainedBy: string
  retrainRequestId: string | null
  evaluation: Evaluation
  baselineVersion: string
  baseline: Evaluation
  artifactUri: string
  profile: Profile | null
}

export type CommandKind = 'retrain' | 'approve' | 'reject' | 'rollback' | 'promote' | 'hold' | 'resume'

export interface Command {
  kind: 'command'
  commandId: string
  model: string
  issuedAt: number
  issuer: string
  command: CommandKind
  version: string | null
  reason: string
}

export interface Tick {
  kind: 'tick'
  issuer: string
}

/** The frozen reference of one numeric quantity. */
export interface NumericReference {
  kind: 'numeric'
  /** ascending inner edges; k edges make k + 1 bins, bin = number of edges ≤ x */
  edges: number[]
  /** per edge bin, atoms excluded; empty in a profile that fixes only the layout */
  counts: number[]
  /** ascending values counted exactly, outside bins and digest */
  atoms: number[]
  atomCounts: number[]
  /** t-digest centroids of the non-atom values, ascending */
  digest: { mean: number; n: number }[]
  n: number
  missing: number
  nonFinite: number
  /** share of the model's total importance; null when unknown */
  importance: number | null
  /** of the values as they were sent; absent where it is not known */
  types?: ValueTypes
}

/** The frozen reference of one categorical feature. */
export interface CategoricalReference {
  kind: 'categorical'
  categories: string[]
  counts: number[]
  /** records whose value was not among `categories` in the reference itself */
  other: number
  n: number
  missing: number
  importance: number | null
  types?: ValueTypes
}

export type FeatureReference = NumericReference | CategoricalReference

/** What a score means as a probability: learned from labelled reference rows, for estimates without labels. See `estimation/calibrator.ts`. */
export interface ScoreCalibration {
  /** `identity`: the score is one as it stands; `isotonic`: by its block */
  calibrator: 'identity' | 'isotonic'
  /** ascending inner edges between blocks, each one of `scoreEdges` */
  edges: number[]
  /** by block: share of positives, and the variance of that share */
  values: number[]
  variances: number[]
  /** reference rows by class */
  positives: number
  negatives: number
  /** outermost score bins that the reference fills */
  firstBin: number
  lastBin: number
  /** of the score as it is, and of what the calibrator makes of it; null where held-out rows could not tell */
  errorBefore: CalibrationError | null
  errorAfter: CalibrationError | null
}

/** Expected calibration error on held-out reference rows. */
export interface CalibrationError {
  value: number
  /** what chance reaches, and what it comes to on average, in a score that is calibrated */
  noiseFloor: number
  calibrated: number
}

/** Decisions that were acted on. */
export interface DecisionCounts {
  n: number
  /** of a binary model; 0 beside `classes` */
  positive: number
  /** of a multiclass model alone: decisions by class; what is missing to `n` was for classes that are not kept apart */
  classes?: Readonly<Record<string, number>>
}

/** What drift in one segment value is read against, on the bins of the whole. */
export interface SegmentReference {
  /** inferences behind it */
  n: number
  /** importances are those of the whole; empty where features are not read by segment */
  features: Readonly<Record<string, FeatureReference>>
  score: NumericReference | null
  /** absent: regression, or not known */
  decisions?: DecisionCounts
}

/** Frozen reference of one version. Immutable: another content is another hash. */
export interface Profile {
  kind: 'profile'
  model: string
  version: string
  /** in force from the first pane that starts at or after; null: publication + 2 panes */
  effectiveFrom: number | null
  /** inferences behind it; 0 when it fixes only the layout */
  n: number
  features: Readonly<Record<string, FeatureReference>>
  score: NumericReference | null
  /** behind the decision rate, or of a multiclass model behind the distribution of decided classes; absent: regression, or not known */
  decisions?: DecisionCounts
  /** inner edges of the score bins behind ROC AUC and ECE; null: the policy's equal-width bins */
  scoreEdges: number[] | null
  /** null: regression, a score that is no probability, or no labels in the reference */
  calibration: ScoreCalibration | null
  /** the version's own claim, measured on its reference */
  metrics: Readonly<Record<string, number>>
  subgroups: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** by `name=value`; absent where it holds none, so that drift is read of the whole alone */
  segments?: Readonly<Record<string, SegmentReference>>
  /** made from the first live panes because nothing better was given */
  provisional: boolean
}

/** The policy text of one model as published; the edge compiles it (see policy.ts). */
export interface PolicyRecord {
  kind: 'policy'
  model: string
  /** the model's settings as canonical JSON */
  text: string
  hash: string
  effectiveFrom: number | null
  issuer: string
}

// ---- what decide publishes -------------------------------------------------------------------------------------------------

/** One finding behind a decision: the reading, where it was taken and the bound it was held against. */
export interface Finding {
  /** e.g. `drift`, `performance`, `new-labels`, `calendar`, `manual`, `improvement`, `subgroup`, `latency`, `cost`, `error-rate` */
  rule: string
  /** unit name, `psi`, `recall` */
  measure: string
  /** feature name, `score`, segment or version that it concerns; null for the whole model */
  subject: string | null
  /** `name=value` where it is of a segment alone; absent where it is of the whole */
  segment?: string
  reading: Reading
  /** the bound that decided, same unit as the reading; null where there is none */
  threshold: number | null
  /** merged panes behind it: stream-time interval [from, to) */
  fromMs: number | null
  toMs: number | null
  /** one sentence for a person */
  text: string
}

export type Advice = 'none' | 'wait' | 'recalibrate' | 'fine-tune' | 'full' | 'fix-data' | 'review'

/** A row of the diagnosis table that was looked at. */
export interface ConsideredDiagnosis {
  name: string
  /** `open`: what would tell was not measured, or on too little data */
  outcome: 'named' | 'ruled-out' | 'open'
  /** the evidence behind the outcome, in sentences */
  text: string
}

/** A moved feature in its place among those that made a request. */
export interface RankedFeature {
  feature: string
  /** the measure that moved most against its level */
  measure: string
  value: number
  /** `value` over its level: 2 is twice what it took */
  excess: number
  /** share of the model's importance, in [0, 1] */
  importanceShare: number
  /** Spearman's ρ of its drift with the model's loss over the same intervals; null where it cannot be told */
  correlation: number | null
  /** what it is ranked by: excess × importance share × (1 + ρ, where ρ is above 0) */
  blame: number
}

export interface EventBase {
  /** derived from model, kind, cause and stream time */
  id: string
  model: string
  /** stream time of the cause */
  at: number
  /** true when nothing acts on it: policy mode `advise` */
  advisory: boolean
  policyHash: string
}

export interface RetrainRequested extends EventBase {
  kind: 'retrain-requested'
  champion: string | null
  reasons: Finding[]
  diagnosis: string
  advice: Advice
  /** the evidence behind the diagnosis, for a person */
  explanation: string
  /** rows of the diagnosis table in order, up to the one that fits */
  considered: ConsideredDiagnosis[]
  /** moved features, most blamed first */
  features: RankedFeature[]
  /** stream-time interval of the data that raised it */
  dataFromMs: number
  dataToMs: number
  cooldownUntilMs: number
}

export interface Promote extends EventBase {
  kind: 'promote'
  version: string
  previous: string | null
  stage: 'shadow' | 'canary' | 'champion'
  final: boolean
  gates: Finding[]
  cause: string
  approvers: string[]
}

export interface Rollback extends EventBase {
  kind: 'rollback'
  /** the version rolled back to */
  version: string
  /** the version taken out */
  previous: string
  cause: string
  findings: Finding[]
  /** stream time from the first bad evidence to this event */
  detectionDelayMs: number | null
  issuer: string
}

export interface ServingConfig {
  kind: 'serving-config'
  model: string
  /** grows by one with every change; a fleet ignores what is not greater */
  sequence: number
  champion: string
  routes: { version: string; weight: number; role: 'champion' | 'canary' }[]
  shadows: string[]
  salt: string
  cause: string
  advisory: boolean
  at: number
}

export type IncidentSeverity = 'info' | 'warning' | 'critical'

export interface Incident extends EventBase {
  kind: 'incident'
  /** e.g. `retrain-unanswered`, `partial-pane`, `evicted-pending`, `fleet-laggard`, `champion-ambiguous`, `no-rollback-target` */
  incident: string
  severity: IncidentSeverity
  state: 'opened' | 'updated' | 'closed'
  owner: string
  cause: string
  sinceMs: number
}

/** Every choice, made or refused, in order, chained by hash. */
export interface Decision extends EventBase {
  kind: 'decision'
  /** e.g. `retrain-requested`, `candidate-rejected`, `candidate-waits`, `promote`, `rollback`, `command-refused`, `champion-adopted`, `policy-applied`, `reading` */
  decision: string
  subject: string | null
  findings: Finding[]
  text: string
  /** id of the event this explains; null when no event was sent */
  eventId: string | null
  /** hash of the previous decision of this model; empty string at the first */
  previousHash: string
}

export type DecideEvent = RetrainRequested | Promote | Rollback | ServingConfig | Incident | Decision | Profile

/** A record that could not be used, whole or truncated, with where it came from. */
export interface DeadLetter {
  kind: 'dead-letter'
  id: string
  topic: string
  partition: number
  offset: number
  /** source record's Kafka timestamp */
  timestampMs: number
  key: Uint8Array | null
  /** truncated to the configured size */
  bytes: Uint8Array | null
  /** of the whole value */
  length: number
  /** of the whole value */
  hash: string
  code: string
  message: string
}
