/**
 * What the engine asks of the outside. Edges implement these; the engine names no vendor.
 * Offsets and times are numbers (safe to 2^53). Every promise that rejects carries a StewardError (`src/errors.ts`).
 */

/** A role of a topic; the configured names are the edge's business. These hold records that are joined by inference id. */
export type ObservedRole = 'predictions' | 'labels' | 'features'
/** Internal: the records of such a topic under their inference id, where the topic itself has another key or partition count. */
export type RekeyedRole = `${ObservedRole}-rekeyed`
export type InputRole = ObservedRole | RekeyedRole | 'candidates' | 'commands' | 'panes' | 'policies' | 'profiles' | 'ticks'
export type OutputRole =
  | RekeyedRole | 'panes' | 'journal' | 'profiles' | 'retrain-requested' | 'promote' | 'rollback' | 'serving-config'
  | 'incidents' | 'decisions' | 'dead-letters'

export const isRekeyed = (role: InputRole | OutputRole): role is RekeyedRole => role.endsWith('-rekeyed')

export type Headers = Readonly<Record<string, string>>

/** A record as a log holds it. */
export interface RawRecord {
  offset: number
  /** the log's own timestamp of the record */
  timestampMs: number
  key: Uint8Array | null
  value: Uint8Array | null
  headers: Headers
}

/** Consecutive records of one partition. Control records and compacted tails are passed over: `nextOffset` counts them. */
export interface Batch {
  role: InputRole
  partition: number
  /** offset the fetch started at: continuity is checked against it */
  fromOffset: number
  records: readonly RawRecord[]
  /** where the next fetch begins */
  nextOffset: number
  /** last stable offset known when this batch arrived */
  logEnd: number
}

/** Continuous reading of co-partitioned topics as a member of a group: one task = one partition number of all its roles. */
export interface Source {
  /** roles it reads, all with the same partition count */
  readonly roles: readonly InputRole[]
  /** Joins the group and delivers until stopped. Resolves when the first assignment has arrived. */
  start(listener: SourceListener): Promise<void>
  /** Begins or moves the fetch of one owned partition, for every role, and resumes it. Unknown roles start at the log start. */
  begin(partition: number, offsets: ReadonlyMap<InputRole, number>): void
  pause(role: InputRole, partition: number): void
  resume(role: InputRole, partition: number): void
  /** Tells lag tools how far a task is; never read back. Failures are logged by the edge and do not matter. */
  reportProgress(partition: number, offsets: ReadonlyMap<InputRole, number>): void
  /** Ends of log (last stable offset) of one partition of every role, asked now. */
  logEnds(partition: number): Promise<ReadonlyMap<InputRole, number>>
  /** Offsets of the first record kept, asked now. */
  logStarts(partition: number): Promise<ReadonlyMap<InputRole, number>>
  /** Leaves the group. */
  stop(): Promise<void>
}

export interface SourceListener {
  /** Partitions owned from now on, all paused; called synchronously at every join, also when nothing changed. What is not listed is lost. */
  assigned(partitions: readonly number[]): void
  /** Synchronous: enqueue and return. */
  batch(batch: Batch): void
  /** A fetch of an owned, unpaused partition brought nothing: everything below `nextOffset` is read and the log ended there. */
  caughtUp(role: InputRole, partition: number, nextOffset: number): void
  /** The edge cannot go on (authorisation lost, partition vanished): the worker stops with this error. */
  failed(error: Error): void
}

/** A whole small topic (policies, profiles, ticks), read by everyone. */
export interface TableSource {
  readonly role: InputRole
  /** Delivers what is in the log now, resolves at its end as of the call, and goes on delivering until `stop`. */
  start(deliver: (record: RawRecord & { partition: number }) => void): Promise<void>
  stop(): Promise<void>
}

/** A record to be published; its partition is settled before the commit. */
export interface OutgoingRecord {
  role: OutputRole
  partition: number
  timestampMs: number
  key: Uint8Array | null
  value: Uint8Array | null
  headers: Headers
}

/** Publishes. One call = one role and one partition; resolves when acknowledged by all in-sync replicas. */
export interface Sink {
  send(role: OutputRole, partition: number, records: readonly OutgoingRecord[]): Promise<void>
  partitionCount(role: OutputRole): number
  stop(): Promise<void>
}

/** Fenced publishing for topics where a former owner's late record would do harm: one task at a time holds `id`. */
export interface FencedSink {
  /** Fences every predecessor of the same id. Called once per ownership and again after any failure. */
  open(id: string): Promise<FencedSession>
}
export interface FencedSession {
  /** All or nothing: every record acknowledged and visible, or an error and none visible. */
  publish(records: readonly OutgoingRecord[]): Promise<void>
  close(): Promise<void>
}

export interface TaskId {
  topology: `rekey-${ObservedRole}` | 'observe' | 'decide'
  partition: number
}

/** `observe-3`: the hash tag of every key of the task. */
export const taskName = (task: TaskId): string => `${task.topology}-${task.partition}`

/** One output waiting for the relay, in the order (epoch, index). */
export interface OutboxEntry extends OutgoingRecord {
  epoch: number
  index: number
}

export interface TaskSnapshot {
  /** number of the last applied epoch; 0 before the first */
  epoch: number
  /** the engine's own small record (offsets, stream time, …), null before the first commit */
  meta: Uint8Array | null
  parts: ReadonlyMap<string, Uint8Array>
  /** appended chunks, oldest first */
  chunks: readonly Uint8Array[]
  outbox: readonly OutboxEntry[]
}

export interface Commit {
  token: string
  /** the epoch being applied: the stored epoch + 1 */
  epoch: number
  meta: Uint8Array
  partsWritten: ReadonlyMap<string, Uint8Array>
  partsRemoved: readonly string[]
  /** appended to the chunk list; null when none */
  chunk: Uint8Array | null
  /** chunks to drop from the old end, after the append */
  chunksDropped: number
  outbox: readonly OutboxEntry[]
  /** readable JSON a model: written under `view:<model>` */
  views: ReadonlyMap<string, string>
}

export type CommitResult =
  | { result: 'applied' }
  /** the same epoch of the same token was applied before: an answer was lost, nothing is repeated */
  | { result: 'already-applied' }
  | { result: 'refused'; storedEpoch: number; reason: 'token' | 'epoch' }

/** Task state, committed atomically. */
export interface StateStore {
  /**
   * Takes ownership: stores `token` unless `deadlineMs` (the store's clock) has passed, and returns the state. Fences every earlier token.
   * @throws StewardError CLAIM_EXPIRED past the deadline
   */
  claim(task: TaskId, token: string, deadlineMs: number): Promise<TaskSnapshot>
  /** The store's clock, for deadlines. */
  now(): Promise<number>
  commit(task: TaskId, commit: Commit): Promise<CommitResult>
  /** True while `token` owns the task. */
  owns(task: TaskId, token: string): Promise<boolean>
  /** Entries not yet trimmed, oldest first. */
  outbox(task: TaskId): Promise<readonly OutboxEntry[]>
  /** Drops outbox entries up to and including (epoch, index); refused (false) when `token` is not the owner's. */
  trimOutbox(task: TaskId, token: string, epoch: number, index: number): Promise<boolean>
  /** Moves one outbox entry to the quarantine list; false when not the owner. */
  quarantine(task: TaskId, token: string, entry: OutboxEntry, reason: string): Promise<boolean>
  quarantined(task: TaskId): Promise<readonly { entry: OutboxEntry; reason: string }[]>
  /** The last committed view of a model, from whatever task wrote it. */
  view(topology: TaskId['topology'], model: string): Promise<string[]>
  stop(): Promise<void>
}

/** Plain data ⇄ bytes for state parts, internal topics and the journal: deterministic, restores typed arrays. */
export interface StateCodec {
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array): unknown
}

export type Decoded<T> = { ok: true; record: T } | { ok: false; code: string; message: string }

/** Bytes → records, synchronously: everything a decode needs was loaded before. */
export interface RecordDecoder {
  /**
   * Decodes a value of an input topic. `pending` means that a schema must be loaded first: await `prepare(raw)` and call again.
   */
  decode(role: InputRole, raw: RawRecord): Decoded<unknown> | { ok: 'pending' }
  prepare(role: InputRole, raw: RawRecord): Promise<void>
}

/** Events → bytes, synchronously and deterministically; schemas were registered at start. */
export interface RecordEncoder {
  encode(role: OutputRole, value: unknown): { value: Uint8Array; headers: Headers }
}

/** The one clock of the shell: for periods, skew and deadlines, never for meaning. */
export interface Clock {
  nowMs(): number
  sleep(ms: number): Promise<void>
}
