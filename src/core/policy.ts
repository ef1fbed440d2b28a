/** One model's settings, parsed and defaulted. Plain data: the edge (`config/`) makes it from YAML or JSON; core only reads it. */

export interface UnitUse {
  /** name in its family's table */
  unit: string
  /** checked against the unit's specs at parse time */
  params: Readonly<Record<string, unknown>>
}

/**
 * What a metric covers, made of whole panes that end with the newest: as many as hold so many outcomes, as span so much time, or all that are kept, older
 * ones counting less, by outcomes since (`alpha`) or by age.
 */
export type MetricWindow =
  | { form: 'count'; count: number; /** each score by itself, in place of bins over whole panes */ exact?: true }
  | { form: 'time'; spanMs: number }
  | { form: 'faded'; alpha: number }
  | { form: 'faded'; halfLifeMs: number }

export interface WindowedMetric extends UnitUse {
  window: MetricWindow
}

export type TriggerPolicy =
  | { trigger: 'calendar'; everyMs: number | null; cron: string | null; timezone: string; maxModelAgeMs: number | null }
  | { trigger: 'drift'; minImportanceShare: number; minPanes: number; leaveShare?: number; score: boolean; decision?: boolean }
  | { trigger: 'performance'; metric: string; minDrop: number | null; floor: number | null; minLabels: number; leavePanes?: number }
  | { trigger: 'new-labels'; count: number }

export interface PromotionPolicy {
  goal: 'superior' | 'nonInferior'
  /** the metric that must improve; also the one compared per subgroup */
  metric: string
  /** δ, same unit as the metric; for nonInferior the margin */
  minImprovement: number
  /** ε, same unit as the metric */
  maxSubgroupRegression: number
  maxLatencyP99Ms: number | null
  maxCostPerThousand: number | null
  /** a candidate that no gate could decide expires after this much stream time */
  decideByMs: number
}

export interface RollbackPolicy {
  keepVersions: number
  watch: {
    /** errors and timeouts per acted prediction */
    maxErrorRate: number | null
    maxLatencyP99Ms: number | null
    /** acted predictions of the new champion before the watch may speak */
    minPredictions: number
    /** live metric of a new champion against its predecessor's or its own claim; null: not watched */
    performance: { metric: string; maxDrop: number; minLabels: number } | null
    /** how long after a promotion the watch runs, in stream time */
    bakeMs: number
  }
}

/**
 * Which inferences get a label in the end. `positivesOnly`: one without a positive label after `negativeAfterMs` counts as negative.
 * `actedOnly`: only those that the fleet decided positive; of the others nothing is ever known.
 */
export type LabelPolicy = { exist: 'all' } | { exist: 'positivesOnly'; negativeAfterMs: number } | { exist: 'actedOnly' }

/** `frozen`: the profile. `rolling`, `expanding`: panes before the longest window, the newest or all of them. `seasonal`: what each hour of the week was. */
export type ReferenceKind = 'frozen' | 'rolling' | 'expanding' | 'seasonal'

/** What drift is read of in a segment: score and decision rate, or the features as well. */
export type SegmentReads = 'score' | 'all'

export interface ModelPolicy {
  model: string
  hash: string
  mode: 'advise' | 'act'
  task: 'binary' | 'regression' | 'multiclass'
  /** of a multiclass model alone: the classes kept apart, null to discover them, and how many at most (the length of the list where there is one) */
  multiclass?: { classes: readonly string[] | null; classesMax: number }
  /** the label value that counts as positive */
  positive: boolean | number | string
  threshold: number
  labels: LabelPolicy
  time: {
    paneMs: number
    /** panes per window, ascending */
    windows: readonly number[]
    labelHorizonMs: number
    correctionHorizonMs: number
    maxFutureSkewMs: number
    paneGraceMs: number
    watchEveryMs: number
    cohortMs: number
  }
  /** names in `segments` of predictions that make subgroups */
  segments: readonly string[]
  profile: {
    /** what drift is read against once enough panes are there; until then, and where it is not said, the profile */
    reference: ReferenceKind
    /** panes that make a provisional reference, and a rolling one */
    referencePanes: number
    /** full weeks that a seasonal reference is learned from */
    seasonWeeks: number
    /** rows a feature needs before its bins are laid, when nothing better is given */
    layoutRowsMin: number
    /** inner edges by numeric feature name, where the user fixes them */
    edges: Readonly<Record<string, readonly number[]>>
    atoms: Readonly<Record<string, readonly number[]>>
    categories: Readonly<Record<string, readonly string[]>>
    /** equal-width bins of [0, 1] where no profile gives score edges */
    scoreBins: number
  }
  drift: {
    all: readonly UnitUse[]
    byName: Readonly<Record<string, readonly UnitUse[]>>
    score: readonly UnitUse[]
    /** of the decision rate of a binary model; absent: none */
    decision?: readonly UnitUse[]
    /** measures over rows of features together; none: no rows are kept; absent from a policy that an older program put into its state */
    rows?: readonly UnitUse[]
    /** of every value of these segment names, drift of its score and decision rate, and (`all`) of its features; absent: of none */
    segments?: Readonly<Record<string, SegmentReads>>
    /** one feature alone may trigger beyond these, by measure name */
    severe: Readonly<Record<string, number>>
    /** the false-alarm budget of all drift readings of the model together; null: each is held against its own noise floor, with no promise over time */
    falseAlarmEveryMs: number | null
  }
  performance: {
    /** metrics read over every one of `time.windows`, by name */
    metrics: readonly string[]
    /** parameters of those that were given any, by name; absent where none was */
    params?: Readonly<Record<string, UnitUse['params']>>
    /** metrics over windows of their own; absent where there is none */
    windowed?: readonly WindowedMetric[]
    errorDetectors: readonly UnitUse[]
    /** `pooled`: detectors read the errors of all classes as one stream; absent: by actual class where the labels have two */
    errorStreams?: 'pooled'
    /** of a regression alone: the loss expected without labels, from the features and the prediction; absent: not estimated */
    estimate?: 'dle'
  }
  /** online learners run per record in observe */
  learners: readonly UnitUse[]
  triggers: readonly TriggerPolicy[]
  cooldownMs: number
  /** an open retrain request that nobody answers becomes an incident after this */
  requestExpiresMs: number
  promotion: PromotionPolicy
  rollback: RollbackPolicy
  limits: {
    /** pending inferences a task holds for this model; the oldest are evicted and counted beyond it */
    pendingMax: number
    profilesMax: number
    segmentsMax: number
    cohortsMax: number
    featuresMax: number
    /** rows kept of a pane where `drift.rows` asks for any, and of each sample that `performance.estimate` takes */
    rowsMax: number
    /** feature summaries by segment value that a pane holds; absent where `drift.segments` reads no features */
    segmentFeaturesMax?: number
    /** features records that wait on a task for the prediction that tells their segments; absent as above */
    waitingFeaturesMax?: number
  }
}
