/** What a worker and its tasks are given, and what they tell. */
import type { Clock, Commit, FencedSink, InputRole, OutboxEntry, Sink, Source, StateStore, TaskId } from './ports.ts'
import type { RecoveryLog } from './recovery.ts'
import type { TableFeed } from './tables.ts'
import type { Task, TaskSettings } from './task.ts'

export interface WorkerLimits {
  /** an epoch lasts this long, and longer (up to `epochMsMax`) where the store's byte rate asks for it */
  epochMs: number
  epochMsMax: number
  storeBytesPerSecondMax: number
  /** records an input may run ahead before it is paused */
  bufferRecordsMax: number
}

/** What happens, for logs and metrics; nothing depends on it. */
export interface WorkerEvents {
  taken(task: string, epoch: number): void
  lost(task: string, reason: string): void
  /** the journal has commits that the store lost: they are made again, `done` of them so far */
  recovering(task: string, fromEpoch: number, done: number): void
  committed(task: Task, commit: Commit, tookMs: number): void
  refused(task: string, reason: string): void
  /** a topic has more partitions than at start: only so many are read */
  surplus(topology: TaskId['topology'], partitions: number): void
  /** trouble that is being retried */
  retrying(task: string, doing: string, error: unknown): void
  quarantined(task: string, entry: OutboxEntry, error: unknown): void
}

/** The ends of log seen at start: the same however often they are asked for, as a producer may still write. */
export interface DrainEnds {
  /** of one partition of every role of the source */
  own(partition: number): Promise<ReadonlyMap<InputRole, number>>
  /** what the ends of the tasks upstream must cover to be this run's, by task name */
  upstream(): Promise<ReadonlyMap<string, Readonly<Record<string, number>>>>
}

export interface OwnedTaskOptions {
  settings(id: TaskId): TaskSettings
  source: Source
  feed: TableFeed
  store: StateStore
  sink: Sink
  /** for topologies whose late records would do harm */
  fenced: FencedSink | null
  /** where commits that the store lost are found */
  recovery: RecoveryLog
  clock: Clock
  limits: WorkerLimits
  events: WorkerEvents
  /** stop at the ends of log seen at start; null: go on until stopped */
  drain: DrainEnds | null
}

export interface WorkerOptions extends OwnedTaskOptions {
  topology: TaskId['topology']
  /** as many as there were at start: a topic that grows later changes nothing before the next start */
  partitions: number
}
