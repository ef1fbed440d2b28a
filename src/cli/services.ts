/**
 * What the commands ask of the program. The composition root implements it; a command gets it by a lazy import, so that `--help` loads
 * nothing. Plain data in, plain data out, async iterables for streams. Everything that rejects carries a StewardError.
 */
import type { MetricWindow, ModelPolicy } from '../core/policy.ts'
import type { Reading } from '../core/reading.ts'
import type { CommandKind } from '../core/records.ts'
import type { DriftSight, PerformanceSight } from '../core/triggers/trigger.ts'
import type { ObservedRole } from '../engine/ports.ts'

/** Where the settings are: the path of the YAML file; null means none was given, and defaults hold. */
export interface ConfigPath { config: string | null }

/** How far long work is. `total` is null while nobody knows. */
export interface Progress { phase: string; done: number; total: number | null }
export interface Watched {
  onProgress(progress: Progress): void
  /** aborted on the first SIGINT or SIGTERM: finish what is begun, commit, return */
  signal: AbortSignal
}

/** One line of a capture file: a record of a topic in its JSON form. */
export interface CaptureRecord {
  topic: string
  key: string | null
  timestampMs: number
  value: unknown
  partition?: number
  offset?: number
  headers?: Readonly<Record<string, string>>
  /** in place of `value`, for bytes that are not a record */
  valueBase64?: string
}

/** Counts of a finished run, by name, for people and for `--json`. */
export interface RunSummary {
  /** records released to tasks, by input role */
  records: Readonly<Record<string, number>>
  /** events emitted, by output role */
  events: Readonly<Record<string, number>>
  deadLetters: number
  /** why the first of them was set aside, where that is at hand */
  firstDeadLetter?: string
  elapsedMs: number
}

export interface RunOptions extends ConfigPath, Watched {
  /** stop at the ends of log seen at start and close open panes */
  drain: boolean
}

export interface ReplayOptions extends Watched {
  /** in the order of the file; replay merges by stream time */
  records: AsyncIterable<CaptureRecord>
  /** a settings or policy file; null: the policies in the capture, else the defaults */
  policy: string | null
  /** raw settings, as under `models.<name>`, for models that neither the file nor the capture names: what a table's guesses come to */
  defaults: Readonly<Record<string, unknown>>
  partitions: number
  /** topics whose records are copied under their inference ids first, beside those that the capture has under other keys */
  rekey: readonly ObservedRole[]
}
export type ReplayItem = { item: 'record'; record: CaptureRecord } | { item: 'summary'; summary: RunSummary }

export interface JournalReplayOptions extends ConfigPath, Watched {
  /** `observe-3`; null: every task */
  task: string | null
  /** what the epochs emitted is handed over too */
  outputs: boolean
}
/** How the epochs of one task came out when they were executed again. */
export interface JournalVerdict {
  task: string
  epochs: number
  records: number
  /** epochs whose hash is the journal's */
  statesEqual: number
  outputsEqual: number
  /** every epoch of the journal could be executed and came to its hashes */
  isEqual: boolean
  /** epoch of the first difference */
  firstDifference: number | null
  /** sentences on what differs, what is missing and what cannot be promised */
  remarks: readonly string[]
}
export type JournalReplayItem = { item: 'output'; record: CaptureRecord } | { item: 'task'; verdict: JournalVerdict }

export interface DemoOptions extends Watched {
  /** folder for the NDJSON of every event and the summary; null: a new one under the working folder */
  outDir: string | null
  seed: number
  partitions: number
}
export type DemoItem =
  /** one line of the timeline; `at` is stream time */
  | { item: 'event'; at: number; kind: string; text: string }
  | { item: 'table'; title: string; columns: readonly string[]; rows: readonly (readonly (string | number | null)[])[] }
  | { item: 'summary'; outDir: string; files: readonly string[]; summary: RunSummary }

export interface CaptureOptions extends ConfigPath, Watched {
  /** records whose log timestamp is in [sinceMs, untilMs); null: the log's own bounds as of the call */
  sinceMs: number | null
  untilMs: number | null
  /** null: all */
  models: readonly string[] | null
}

/** A drift that stands, and for which nothing is asked. */
export interface WithheldView {
  sinceMs: number
  subjects: readonly string[]
  diagnosis: string
  explanation: string
  doubts: number
}

/** What decide last committed of a model: the JSON of core's `viewOf`, as far as `status` reads it. `--json` prints all of it. */
export interface ModelView {
  model: string
  mode: 'advise' | 'act'
  policy: { hash: string; inForce: string | null }
  champion: { version: string; sinceMs: number } | null
  /** of the serving-config; 0 before the first */
  sequence: number
  /** newest last */
  history: readonly { version: string; sinceMs: number; isGood: boolean }[]
  versions: Readonly<Record<string, { stage: string; sinceMs: number }>>
  bake: { version: string; previous: string; sinceMs: number } | null
  laggards: { sequence: number; version: string; sinceMs: number } | null
  hold: { issuer: string; reason: string; sinceMs: number } | null
  /** diagnosis and what follows it are absent from a request that an older program sent */
  request: { id: string; atMs: number; expiresMs: number; diagnosis?: string; advice?: string; explanation?: string } | null
  /** drift that stands and for which nothing is asked; absent from the view of an older program */
  withheld?: WithheldView | null
  /** by segment; absent while there is none */
  withheldSegments?: Readonly<Record<string, WithheldView>>
  cooldownUntilMs: number
  incidents: readonly { incident: string; severity: string; owner: string; cause: string; sinceMs: number }[]
  decisions: { count: number; recent: readonly { id: string; atMs: number; decision: string; subject: string | null; text: string }[] }
  panes: { read: number; lastEndMs: number | null }
  /** how complete labels are; `waiting`: metrics of cohorts that still wait for labels, so far and as expected */
  maturity?: {
    cohorts: number
    refusal: string | null
    waiting: { labels: number; tooYoung: number; soFar: Readonly<Record<string, Reading>>; expected: Readonly<Record<string, Reading>> } | null
  }
  /** performance without labels, shortest window first; absent from the view of an older program, null before the first pane and for a regression that does not ask */
  estimates?: {
    reference: { from: 'profile' | 'labels'; n: number; quality: Readonly<Record<string, Reading | string | Readonly<Record<string, Reading | string>>>> } | null
    windows: readonly {
      panes: number; predictions: number; readings: Readonly<Record<string, Reading>>
      /** of a regression: what was to be expected of predictions whose labels came, and what these say */
      labelled?: { rows: number; metrics: Readonly<Record<string, { expected: Reading; realised: number; beyond: 'above' | 'below' | null }>> }
    }[]
  } | null
  /** error detectors of the policy; absent from the view of an older program */
  detectors?: readonly {
    unit: string; verdict: string; n: number; alarmMs: number | null; questionedMs: number | null
    /** by actual class; absent where they are not told apart, and from the view of an older program */
    classes?: readonly { class: string; n: number; errors: number }[]
  }[]
  /** join and label counts by name */
  counts: Readonly<Record<string, number>>
  /** null before the first */
  readings: {
    atMs: number
    /** kind and what it waits for are absent from the view of an older program */
    reference: {
      version: string; n: number; isProvisional: boolean; kind?: string; waitsFor?: { kind: string; panes: number; wanted: number } | null
    } | null
    drift: readonly DriftSight[]
    performance: readonly PerformanceSight[]
    /** metrics over windows of their own; absent where the policy names none */
    windowed?: readonly { metric: string; window: MetricWindow; fromMs: number; toMs: number; reading: Reading }[]
  } | null
}

export interface CommandRequest extends ConfigPath {
  model: string
  command: CommandKind
  version: string | null
  reason: string
  issuer: string
}
export interface SentCommand { commandId: string; topic: string; partition: number; offset: number }

/** An event found by id, and the decision of the audit log that explains it. Values are in the JSON form of the record. */
export interface FoundEvent { event: CaptureRecord | null; decision: CaptureRecord | null }

export interface PublishedPolicy { model: string; hash: string; effectiveFromMs: number | null; changed: boolean }

export interface TopicStatus {
  role: string
  topic: string
  partitions: number
  cleanup: 'delete' | 'compact'
  /** `created` only from createTopics; `differs`: it exists with other settings, named in `text` */
  state: 'present' | 'missing' | 'created' | 'differs'
  text: string
}

export interface DeadLetterFilter { code: string | null; topic: string | null; id: string | null; limit: number | null }
export interface DeadLetterRow {
  id: string
  topic: string
  partition: number
  offset: number
  timestampMs: number
  code: string
  message: string
  /** bytes of the whole value */
  length: number
  /** the value was cut off and cannot be sent again */
  truncated: boolean
}

export interface Check {
  name: string
  state: 'ok' | 'warning' | 'failed'
  text: string
  /** the next step; null when there is nothing to do */
  fix: string | null
}

/** A policy as the settings file has it: parsed, and the canonical text that would be published. */
export interface ReadPolicy { policy: ModelPolicy; text: string }

export interface Services {
  run(options: RunOptions): Promise<RunSummary>
  replay(options: ReplayOptions): AsyncIterable<ReplayItem>
  /** Executes the epochs of a cluster's journal again, from the topics. Writes nothing. */
  replayJournal(options: JournalReplayOptions): AsyncIterable<JournalReplayItem>
  demo(options: DemoOptions): AsyncIterable<DemoItem>
  capture(options: CaptureOptions): AsyncIterable<CaptureRecord>

  /** Parses the policies of a file (whole settings, a `models:` map, or the bare policy of `model`). Needs no server. */
  readPolicies(path: string, model: string | null): Promise<readonly ReadPolicy[]>
  /** Publishes a profile in its JSON form (the record without `kind`). */
  publishProfile(options: ConfigPath & { profile: Readonly<Record<string, unknown>> }): Promise<{ topic: string; partition: number; offset: number }>
  publishPolicies(options: ConfigPath & { effectiveFromMs: number | null; issuer: string }): Promise<readonly PublishedPolicy[]>

  /** Views of every model, or of one; an empty list when there is none yet. */
  views(options: ConfigPath & { model: string | null }): Promise<readonly ModelView[]>
  sendCommand(request: CommandRequest): Promise<SentCommand>
  findEvent(options: ConfigPath & { id: string; signal: AbortSignal }): Promise<FoundEvent>

  topics(options: ConfigPath): Promise<readonly TopicStatus[]>
  createTopics(options: ConfigPath): Promise<readonly TopicStatus[]>
  deadLetters(options: ConfigPath & DeadLetterFilter): AsyncIterable<DeadLetterRow>
  /** Sends the original bytes to their topic again, original key and timestamp kept. Truncated letters are refused. */
  redrive(options: ConfigPath & DeadLetterFilter): AsyncIterable<DeadLetterRow & { redriven: boolean }>
  doctor(options: ConfigPath): AsyncIterable<Check>

  /** Closes what a call opened. Idempotent. */
  stop(): Promise<void>
}
