import type { ReferenceKind } from '../policy.ts'
import type { Command, Finding } from '../records.ts'
import type { Reading } from '../reading.ts'

/** One drift reading of one feature (or of the score) over one window, with the bound that the policy sets beyond which it alone may ask. */
export interface DriftReading {
  measure: string
  reading: Reading
  /** null: this measure has no severe level */
  severe: number | null
  /** of a warning: the practical threshold that it is not beyond, or no longer */
  alarm?: number
}

/** Drift of every feature that has a reference, over one window. */
export interface DriftSight {
  /** panes of the window */
  panes: number
  fromMs: number
  toMs: number
  /** which reference it was read against; absent from sights of before there were several */
  reference?: ReferenceKind
  features: { feature: string; importance: number | null; readings: DriftReading[] }[]
  score: DriftReading[]
  /** of the decision rate; absent from sights of before it was read */
  decision?: DriftReading[]
  /** features together, where the policy asks for it */
  rows?: DriftReading[]
  /** of the shortest window: features that likely moved in it, for a person to look at; absent where none did, and beside a seasonal reference */
  moved?: string[]
  /** by segment value, where the policy asks for it, in code-unit order */
  segments?: SegmentSight[]
}

/** Drift in one segment value, against what the reference says of it. */
export interface SegmentSight {
  /** `name=value` */
  segment: string
  /** of the champion's predictions in the window, in [0, 1] */
  share: number
  features: DriftSight['features']
  score: DriftReading[]
  decision: DriftReading[]
  /** why nothing is read of it; absent where it is read */
  unread?: string
}

/** The champion's metrics over one window. */
export interface PerformanceSight {
  panes: number
  fromMs: number
  toMs: number
  /** outcomes in the window */
  labels: number
  readings: Readonly<Record<string, Reading>>
  /** intervals of the metrics that triggers read at the level of their share of the false-alarm budget, two-sided, where there are labels enough for it; absent without a budget */
  atLevel?: { chance: number; intervals: Readonly<Record<string, readonly [number, number]>> }
}

/** What triggers may look at. */
export interface TriggerSight {
  /** stream time */
  atMs: number
  /** true when a pane was just read: readings are new and dwell counts */
  isPane: boolean
  /** stream time at which the model was first seen */
  firstSeenMs: number
  champion: { version: string; sinceMs: number } | null
  /** stream time of the last request or candidate; null before the first */
  lastAskedMs: number | null
  /** distinct labels joined since then */
  labelsSinceAsked: number
  drift: readonly DriftSight[]
  performance: readonly PerformanceSight[]
  /** the champion's own claim by metric; null without a profile */
  claim: Readonly<Record<string, number>> | null
  /** a person's request being handled */
  command: Command | null
  nextCron(expression: string, timezone: string, afterMs: number): number
}

/**
 * Proposes a retrain. State is plain data.
 * `evaluate` returns what it found; a finding with verdict `alarm` is a reason to retrain, now and for as long as it stands.
 */
export interface Trigger<Policy, State> {
  name: string
  /** one sentence for the docs */
  summary: string
  init(policy: Policy, sight: TriggerSight): State
  evaluate(policy: Policy, state: State, sight: TriggerSight): Finding[]
  /** a request went out with this trigger among its reasons */
  asked?(policy: Policy, state: State, sight: TriggerSight): void
}

export const isReason = (finding: Finding): boolean => finding.reading.verdict === 'alarm'
