/** A topology as the engine runs it. Programs are made by adapters over the pure core; the engine does not know what they compute. */
import type { DirtyParts } from '../core/parts.ts'
import type { InputRole, OutputRole, RawRecord, RekeyedRole, TaskId } from './ports.ts'

/** How a program publishes while it steps. The record is stamped with the task's stream time. */
export interface Output {
  /** to the partition of `key`, as every Kafka client would choose it */
  keyed(role: OutputRole, key: string, value: unknown): void
  /** one copy to every partition */
  everywhere(role: OutputRole, value: unknown): void
  /** the record as it is, bytes, stamp and headers, to the partition of `key` */
  copied(role: RekeyedRole, key: string, raw: RawRecord): void
  /** tells every partition how far this task is in stream time, or that it has ended */
  passed(role: RekeyedRole, final: boolean): void
  /** sets the record being stepped aside; it counts as released */
  deadLetter(code: string, message: string): void
}

export interface Program {
  /** One released record, decoded. */
  step(role: InputRole, record: unknown, streamTimeMs: number, raw: RawRecord): void
  /** A record of a broadcast table (`policies`, `profiles`), published at `publishedMs`. */
  table(role: InputRole, record: unknown, publishedMs: number, streamTimeMs: number): void
  /** Stream time moved without a record: a tick. */
  advance(streamTimeMs: number): void
  /** Every input has ended for good (`--drain`). */
  finish(streamTimeMs: number): void
  /** An upstream task (its place in rank) that had ended goes on: another run began. */
  reopened?(upstreamTask: number): void
  /** What changed since the last flush. */
  flush(): ProgramState
  /** Pending inferences held, for metrics. */
  pendingCount(): number
}

export interface ProgramState {
  parts: DirtyParts
  chunk: Uint8Array | null
  chunksDropped: number
  /** readable JSON a model */
  views: Map<string, string>
}

/** Makes the program of a task from its stored state. */
export type ProgramFactory = (task: TaskId, parts: ReadonlyMap<string, unknown>, chunks: readonly Uint8Array[], output: Output) => Program

/** An internal topic: one input per upstream task, whose records the program sees in the role `as`. */
export interface UpstreamTopic {
  role: InputRole
  as: InputRole
  /** names, in rank */
  tasks: readonly string[]
}

/** The inputs of a topology, in merge rank. */
export interface TopologyInputs {
  name: TaskId['topology']
  /** merged strictly by stream time */
  merged: readonly (InputRole | UpstreamTopic)[]
  /** applied at the next epoch when live, merged by stream time otherwise */
  urgent: InputRole | null
  /** whether the broadcast tables concern it */
  tables: boolean
}
