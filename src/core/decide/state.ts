/** What a decide task remembers of a model. Plain data: part `model/<name>`; bulky things have parts of their own. */
import type { ErrorBlocks } from '../detectors/error-blocks.ts'
import { partName } from '../parts.ts'
import type { PaneSummary } from '../panes/summary.ts'
import type { Advice, IncidentSeverity } from '../records.ts'
import type { Stage } from '../rollout/lifecycle.ts'

export interface VersionState {
  stage: Stage
  sinceMs: number
  /** stream time of the announcement; null for a version known from traffic only */
  announcedMs: number | null
  /** what the last judgement depended on: champion, policy, hold. Judged again when it differs */
  judgedOn: string | null
  /** hash of the announced candidate, to know a repetition */
  candidateHash: string | null
  /** the trainer's own measurement, by metric */
  claim: Readonly<Record<string, number>> | null
  /** a rollback of it was advised: never promoted again automatically */
  isDistrusted: boolean
}

/** A champion's time in office. */
export interface Tenure {
  version: string
  sinceMs: number
  /** it went through its bake without an alarm, or was there first */
  isGood: boolean
}

/** The time after a promotion in which the new champion is watched. */
export interface Bake {
  version: string
  /** in shadow meanwhile; null for the first champion, which has nothing to return to */
  previous: string | null
  sinceMs: number
  /** fast lane, since the promotion */
  acted: number
  /** errors, timeouts and non-finite scores */
  bad: number
  latencyCount: number
  /** latencies over the budget */
  latencyOver: number
  /** start of the first counters with anything bad or over the budget; null before */
  firstBadMs: number | null
  /** a rollback was advised in mode `advise`; it is said once */
  isAdvised: boolean
}

export interface OpenRequest {
  id: string
  atMs: number
  expiresMs: number
  /** what was said when it was sent */
  diagnosis: string
  advice: Advice
  explanation: string
}

/** A drift that stands, and for which nothing is asked because it does no harm. */
export interface Withheld {
  sinceMs: number
  /** features that moved, `score`, `decision rate` and `rows`: each is said once while the drift stands */
  subjects: string[]
  diagnosis: string
  /** the evidence, as it was when last told */
  explanation: string
  /** panes in a row in which it could not be told any more */
  doubts: number
}

/** One trigger of the policy. */
export interface TriggerState {
  /** the policy it was made for, as canonical JSON: another one starts afresh */
  policy: string
  state: unknown
  /** false from the request it took part in until its condition leaves, a candidate arrives or the request expires */
  isArmed: boolean
  /** whether it had a reason at the last look */
  isOn: boolean
}

export interface OpenIncident {
  incident: string
  severity: IncidentSeverity
  owner: string
  cause: string
  sinceMs: number
}

/** A pane that waits for tasks. */
export interface OpenPane {
  startMs: number
  endMs: number
  /** tasks whose part is here */
  tasks: number[]
  /** acted upon before it was whole */
  isPartial: boolean
}

/** What a detector saw of the outcomes of one actual class. */
export interface ClassStream {
  state: unknown
  n: number
  errors: number
  /** variance inflation of this class's errors where entities bring many: mean over panes, by outcomes */
  designEffect: number
}

export interface DetectorState {
  unit: string
  /** canonical JSON of what the policy gives: other parameters start afresh */
  params: string
  state: unknown
  /** outcomes and errors since it started, to tell a rise from a fall */
  n: number
  errors: number
  /** end of the last pane in which a rise of errors was an alarm; null before the first */
  alarmMs: number | null
  /** the errors since it started, or since the last change that was confirmed */
  blocks: ErrorBlocks
  /** variance inflation of errors where entities bring many: mean over panes, by outcomes */
  designEffect: number
  /** end of the pane in which it alarmed of what is not confirmed yet; null when nothing is in question */
  questionedMs: number | null
  /** the same by actual class, negatives first; absent where classes are not told apart */
  classes?: [ClassStream, ClassStream]
}

/** The making of a provisional profile for a champion that came without one. */
export interface ProvisionalState {
  version: string
  /** `layout`: gathering rows for bins; `counts`: gathering panes on them */
  step: 'layout' | 'counts'
  /** hash of the layout that `counts` gathers on */
  layout: string | null
  panes: number
}

export interface RecentDecision {
  id: string
  atMs: number
  decision: string
  subject: string | null
  text: string
}

export interface ModelState {
  model: string
  /** start of the first pane read, or stream time of the first candidate or command; null before */
  firstSeenMs: number | null
  /** end of the newest pane read; null before the first */
  paneEndMs: number | null
  panesRead: number
  /** starts of merged panes kept, ascending */
  panes: number[]
  open: OpenPane[]
  /** parts that came after their pane was read: counted, not used */
  lateParts: number
  /** sketches and sums left out of merges because of another policy or layout */
  leftOut: number
  /** corrections whose pane had left every window */
  correctionsCounted: number
  correctionsApplied: number
  policyHash: string | null
  champion: { version: string; sinceMs: number } | null
  history: Tenure[]
  versions: Record<string, VersionState>
  /** of the last serving-config; 0 before the first */
  sequence: number
  shadows: string[]
  bake: Bake | null
  /** the last rollback that was acted on, until no acted prediction is older */
  laggards: { sequence: number; version: string; sinceMs: number } | null
  hold: { issuer: string; reason: string; sinceMs: number } | null
  request: OpenRequest | null
  /** absent from the state of an older program */
  withheld?: Withheld | null
  /** by segment; absent while there is none */
  withheldSegments?: Record<string, Withheld>
  lastAskedMs: number | null
  cooldownUntilMs: number
  labelsSinceAsked: number
  triggers: Record<string, TriggerState>
  detectors: DetectorState[]
  incidents: Record<string, OpenIncident>
  /** while incidents about the data are open, by segment ('' of the whole): every feature that one named, and the panes in a row without any; absent otherwise */
  faults?: Record<string, { features: string[]; calm: number }>
  provisional: ProvisionalState | null
  /** cohort starts kept, ascending */
  cohorts: number[]
  joined: PaneSummary['join']
  /** ids of the last commands, to know a repetition */
  commandIds: string[]
  /** stream time at which a tick has something to do; null: nothing is due */
  nextDueMs: number | null
  decisionHash: string
  decisionCount: number
  recent: RecentDecision[]
}

export const modelPart = (model: string): string => partName('model', model)
export const panePart = (model: string, startMs: number): string => partName('pane', model, startMs)
export const pendingPart = (model: string, startMs: number, task: number): string => partName('pending', model, startMs, task)
export const candidatePart = (model: string, version: string): string => partName('candidate', model, version)
export const policyPart = (model: string): string => partName('policy', model)
export const profilesPart = (model: string): string => partName('profiles', model)
export const profilePart = (model: string, hash: string): string => partName('profile', model, hash)
export const bakePart = (model: string): string => partName('bake', model)
export const readingsPart = (model: string): string => partName('readings', model)
export const estimatesPart = (model: string): string => partName('estimates', model)
export const gatheringPart = (model: string): string => partName('gathering', model)
export const trailingPart = (model: string): string => partName('trailing', model)
export const trailingBlockPart = (model: string, nth: number): string => partName('trailing', model, nth)
export const cohortPart = (model: string, startMs: number | 'other'): string => partName('cohort', model, startMs)

export function newModelState(model: string, joined: PaneSummary['join']): ModelState {
  return {
    model, firstSeenMs: null, paneEndMs: null, panesRead: 0, panes: [], open: [], lateParts: 0, leftOut: 0, correctionsCounted: 0, correctionsApplied: 0,
    policyHash: null, champion: null, history: [], versions: {}, sequence: 0, shadows: [], bake: null, laggards: null, hold: null,
    request: null, withheld: null, lastAskedMs: null, cooldownUntilMs: -1, labelsSinceAsked: 0, triggers: {}, detectors: [], incidents: {}, provisional: null, cohorts: [], joined,
    commandIds: [], nextDueMs: null, decisionHash: '', decisionCount: 0, recent: [],
  }
}
