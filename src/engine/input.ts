/** Inputs of a task: queues of records that were read and not yet released, each with what is known about what may still come. */
import { assert } from '../core/assert.ts'
import type { Batch, InputRole, RawRecord } from './ports.ts'

/** A record that became head, with its place in stream time. */
export interface Head {
  raw: RawRecord
  /** Kafka timestamp made monotone along the partition */
  timeMs: number
  /** when it arrived, on the task's own arrival counter */
  arrival: number
}

/** What the merge needs of an input. */
export interface Input {
  readonly name: string
  readonly role: InputRole
  /** order among records of one stream time */
  readonly rank: number
  /** No record of a stream time below this will follow what was read; ∞ once the input has ended. */
  completeToMs: number
  /** Arrival counter when the log end was last seen with nothing behind it; −1 before. */
  caughtUpAt: number
  /** Records read and not released. */
  readonly buffered: number
  head(): Head | null
  /** Takes the head out; a rejected one does not move the partition's time. */
  shift(rejected?: boolean): Head
}

/** One partition of one topic, released strictly in offset order. */
export class PartitionInput implements Input {
  readonly name: string
  readonly role: InputRole
  readonly rank: number
  completeToMs = -Infinity
  caughtUpAt = -1
  buffered = 0
  bufferedBytes = 0
  /** offset after the last record released: what the commit stores */
  position: number
  /** offset after the last record read */
  readTo: number
  /** highest stream time released along the partition */
  timeMs: number
  private batches: { batch: Batch; arrival: number }[] = []
  private index = 0
  private current: Head | null = null

  constructor(name: string, role: InputRole, rank: number, position: number, timeMs: number) {
    this.name = name
    this.role = role
    this.rank = rank
    this.position = this.readTo = position
    this.timeMs = timeMs
  }

  push(batch: Batch, arrival: number): void {
    // one that was never read begins wherever its log does
    assert(this.readTo === 0 || batch.fromOffset === this.readTo, `${this.name}: a batch begins at offset ${batch.fromOffset}, but reading stopped at ${this.readTo}`)
    this.readTo = batch.nextOffset
    this.caughtUpAt = -1
    if (batch.records.length === 0) {
      if (this.buffered === 0) this.position = this.readTo
      return
    }
    this.batches.push({ batch, arrival })
    this.buffered += batch.records.length
    for (const record of batch.records) this.bufferedBytes += sizeOf(record)
  }

  head(): Head | null {
    if (this.current !== null) return this.current
    const first = this.batches[0]
    if (first === undefined) return null
    const raw = first.batch.records[this.index]
    return (this.current = { raw, timeMs: raw.timestampMs > this.timeMs ? raw.timestampMs : this.timeMs, arrival: first.arrival })
  }

  shift(rejected = false): Head {
    const head = this.head()!
    if (!rejected) this.timeMs = head.timeMs
    this.current = null
    this.buffered--
    this.bufferedBytes -= sizeOf(head.raw)
    const { batch } = this.batches[0]
    if (++this.index < batch.records.length) {
      this.position = head.raw.offset + 1
    } else {
      this.batches.shift()
      this.index = 0
      // control records and compacted tails behind the last record are passed with it
      this.position = this.batches.length === 0 ? this.readTo : batch.nextOffset
    }
    return head
  }
}

export const sizeOf = (record: RawRecord): number => (record.value?.length ?? 0) + (record.key?.length ?? 0) + 64
