/** What a task says: each record encoded, stamped with the task's stream time and put into the open epoch. */
import { assert } from '../core/assert.ts'
import { partitionOf } from '../core/murmur2.ts'
import { deadLetterOf } from './dead-letter.ts'
import type { Epoch } from './epoch.ts'
import type { JournalEntry } from './journal.ts'
import { asRekeyedFrom, endedHeaders, originHeaders, passedHeaders, rekeyedFrom, rekeyedHeaders, withoutOurs } from './origin.ts'
import type { Headers, InputRole, OutboxEntry, OutputRole, RawRecord, RecordEncoder, RekeyedRole, TaskId } from './ports.ts'
import { taskName } from './ports.ts'
import type { Output } from './program.ts'
import type { TaskInputs } from './task-inputs.ts'

export interface OutputSettings {
  encoder: RecordEncoder
  partitionCount(role: OutputRole): number
  /** configured topic name of a role, for dead letters */
  topicName(role: InputRole): string
  /** a value larger than this goes out in parts */
  partBytesMax: number
  /** of a bad record's value, what its dead letter keeps */
  deadLetterBytesMax: number
}

/** The record that the task is at, which a dead letter would concern. */
export interface Stepping {
  role: InputRole
  raw: RawRecord
  /** of a table record */
  tablePartition?: number
  /** made by a rekeying task, which says where it comes from */
  isCopy?: boolean
}

const utf8 = new TextEncoder()

export class TaskOutput implements Output {
  stepping: Stepping | null = null
  /** by `role code` since creation */
  readonly deadLetters: Record<string, number> = {}
  private readonly id: TaskId
  private readonly settings: OutputSettings
  private readonly inputs: TaskInputs
  private readonly now: { open(): Epoch; streamTimeMs(): number }

  constructor(id: TaskId, settings: OutputSettings, inputs: TaskInputs, now: { open(): Epoch; streamTimeMs(): number }) {
    this.id = id
    this.settings = settings
    this.inputs = inputs
    this.now = now
  }

  keyed = (role: OutputRole, key: string, value: unknown): void => {
    const bytes = utf8.encode(key)
    this.emit(role, bytes, this.partitionOf(role, bytes), value)
  }

  everywhere = (role: OutputRole, value: unknown): void => {
    for (let partition = 0; partition < this.settings.partitionCount(role); partition++) this.emit(role, null, partition, value)
  }

  /** A copy keeps its stamp; the stream time that it had here goes with it, as this task alone knows its partition's order. */
  copied = (role: RekeyedRole, inferenceId: string, { key, value, headers, offset, timestampMs }: RawRecord): void => {
    const bytes = utf8.encode(inferenceId)
    const from = rekeyedHeaders({ partition: this.id.partition, offset, streamTimeMs: this.now.streamTimeMs(), key })
    this.say(role, this.partitionOf(role, bytes), bytes, value, { ...withoutOurs(headers), ...from }, timestampMs)
  }

  passed = (role: RekeyedRole, final: boolean): void => {
    const headers = { ...passedHeaders(this.stampMs), ...(final && endedHeaders(this.inputs.endOffsets())) }
    for (let partition = 0; partition < this.settings.partitionCount(role); partition++) this.say(role, partition, null, null, headers)
  }

  deadLetter = (code: string, message: string): void => {
    assert(this.stepping !== null, 'a dead letter concerns a record')
    const { id, settings } = this
    const { role, raw, tablePartition, isCopy = false } = this.stepping
    // every task reads the tables; one of them says what is wrong with a record there
    if (tablePartition !== undefined && !(id.topology === 'observe' && id.partition === 0)) return
    const source = isCopy ? rekeyedFrom(raw) : null
    const partition = source?.partition ?? tablePartition ?? (role === 'ticks' ? 0 : id.partition)
    const record = source === null ? raw : asRekeyedFrom(raw, source)
    const letter = deadLetterOf(settings.topicName(role), partition, record, settings.deadLetterBytesMax, code, message)
    const counted = `${role} ${code}`
    this.deadLetters[counted] = (this.deadLetters[counted] ?? 0) + 1
    this.emit('dead-letters', null, id.partition % settings.partitionCount('dead-letters'), letter)
  }

  /** The first record of an epoch's outbox. */
  journalEntry(entry: JournalEntry): OutboxEntry {
    const { value, headers } = this.settings.encoder.encode('journal', entry)
    const key = utf8.encode(entry.task)
    const origin = originHeaders({ task: taskName(this.id), epoch: entry.epoch, index: 0, part: 0, parts: 1 })
    return {
      role: 'journal', partition: this.partitionOf('journal', key), timestampMs: this.stampMs, key, value, headers: { ...headers, ...origin }, epoch: entry.epoch, index: 0,
    }
  }

  /** What goes out is stamped with stream time; before there is any, with the tables' own, as a broker deletes what looks old. */
  private get stampMs(): number {
    const streamTimeMs = this.now.streamTimeMs()
    if (streamTimeMs !== -Infinity) return Math.max(0, streamTimeMs)
    return this.now.open().tables.reduce((newest, { record }) => Math.max(newest, record.timestampMs), 0)
  }

  private partitionOf(role: OutputRole, key: Uint8Array): number {
    return partitionOf(key, this.settings.partitionCount(role))
  }

  private emit(role: OutputRole, key: Uint8Array | null, partition: number, value: unknown): void {
    const { value: bytes, headers } = this.settings.encoder.encode(role, value)
    const ended: Headers = isFinal(role, value) ? endedHeaders(this.inputs.endOffsets()) : {}
    this.say(role, partition, key, bytes, { ...headers, ...ended })
  }

  private say(role: OutputRole, partition: number, key: Uint8Array | null, value: Uint8Array | null, headers: Headers, timestampMs = this.stampMs): void {
    this.now.open().say({ role, partition, timestampMs, key, value, headers }, this.settings.partBytesMax)
  }
}

/** The last word of an ending task carries the offsets it had consumed, so that a reader can tell it from an older end. */
const isFinal = (role: OutputRole, value: unknown): boolean => role === 'panes' && (value as { final?: boolean }).final === true
