/**
 * An internal topic partition, merged as one input per upstream task. Repeats (the same task, epoch and index again) are dropped,
 * values cut into parts are joined. Released records need not be a prefix of the partition, so the stored position is the
 * oldest offset not yet released, and the marks tell on a restart what was released beyond it.
 *
 * On a topic of rekeyed records a record without value that was not rekeyed is a mark: it says how far its task is in stream time,
 * and nothing else. The program never sees it.
 */
import { endedOf, isAfter, originOf, passedOf, rekeyedFrom, type Mark, type Origin } from './origin.ts'
import { sizeOf, type Head, type Input } from './input.ts'
import type { Batch, InputRole, RawRecord } from './ports.ts'
import type { UpstreamTopic } from './program.ts'

/** What is kept of one upstream task; plain data, part of the task's meta record. */
export interface UpstreamState {
  /** last released */
  mark: Mark | null
  /** stream time of its last record released */
  timeMs: number
  /** offsets it had consumed when it ended for good (`--drain`); null while it goes on */
  ended: Readonly<Record<string, number>> | null
}

interface Item {
  head: Head
  origin: Origin
  /** first offset, for the position */
  offset: number
  released: boolean
  isMark: boolean
}

export class UpstreamInput implements Input {
  readonly name: string
  readonly task: string
  readonly role: InputRole
  readonly rank: number
  readonly state: UpstreamState
  caughtUpAt = -1
  /** arrival counter of the last record that was no repeat; −1 before */
  takenAt = -1
  /** offset of the first record that there was no room for: it and all behind it must be read again; null when there is none */
  missedFrom: number | null = null
  private readonly recordsMax: number
  buffered = 0
  completeToMs: number
  /** its records are copies that a rekeying task made */
  readonly isRekeyed: boolean
  private readonly items: Item[] = []
  private index = 0
  private read: Mark | undefined
  /** Which ends count: that of an earlier run, read now, is over. */
  counts: (ended: Readonly<Record<string, number>>) => boolean = () => true
  private partial: { records: RawRecord[]; origin: Origin } | null = null

  constructor(task: string, { role, as }: UpstreamTopic, rank: number, state: UpstreamState, recordsMax: number) {
    this.recordsMax = recordsMax
    this.name = `${role}/${task}`
    this.task = task
    this.role = as
    this.isRekeyed = role !== as
    this.rank = rank
    this.state = state
    this.read = state.mark ?? undefined
    this.completeToMs = state.ended !== null ? Infinity : state.timeMs
  }

  /** Takes a record of this task; null when it is a repeat or one part of more. */
  take(raw: RawRecord, origin: Origin, arrival: number): Item | null {
    if (!isAfter(origin, this.read)) return null
    this.takenAt = arrival
    if (this.missedFrom !== null || this.buffered >= this.recordsMax) {
      this.missedFrom ??= raw.offset
      return null
    }
    this.read = { epoch: origin.epoch, index: origin.index, part: origin.part }
    const whole = this.join(raw, origin)
    if (whole === null) return null
    const timeMs = (this.isRekeyed ? (rekeyedFrom(raw)?.streamTimeMs ?? passedOf(raw)) : null) ?? raw.timestampMs
    const item = { head: { raw: whole.raw, timeMs, arrival }, origin, offset: whole.offset, released: false, isMark: this.isRekeyed && rekeyedFrom(raw) === null }
    this.items.push(item)
    if (!item.isMark) this.buffered++
    this.completeToMs = this.endOf(raw) === null ? timeMs : Infinity
    this.passMarks()
    return item
  }

  head(): Head | null {
    return this.items[this.index]?.head ?? null
  }

  shift(): Head {
    this.buffered--
    const { head } = this.pass()
    this.passMarks()
    return head
  }

  private passMarks(): void {
    while (this.items[this.index]?.isMark === true) this.pass()
  }

  private pass(): Item {
    const item = this.items[this.index++]
    item.released = true
    const { epoch, index, part } = item.origin
    this.state.mark = { epoch, index, part }
    this.state.timeMs = item.head.timeMs
    this.state.ended = this.endOf(item.head.raw)
    if (this.index > 256 || this.index === this.items.length) {
      this.items.splice(0, this.index)
      this.index = 0
    }
    return item
  }

  /** The task has ended at these offsets, or goes on (null). */
  setEnded(ended: UpstreamState['ended']): void {
    this.state.ended = ended
    this.completeToMs = ended === null ? this.state.timeMs : Infinity
  }

  private endOf(raw: RawRecord): Record<string, number> | null {
    const ended = this.isRekeyed && passedOf(raw) === null ? null : endedOf(raw)
    return ended !== null && this.counts(ended) ? ended : null
  }

  /** Offset of the first part of a value that is not whole yet; ∞ when there is none. */
  oldestPart(): number {
    return this.partial?.records[0].offset ?? Infinity
  }

  private join(raw: RawRecord, origin: Origin): { raw: RawRecord; offset: number } | null {
    if (origin.parts === 1) {
      // parts come in order, so what is not whole by now never will be
      this.partial = null
      return { raw, offset: raw.offset }
    }
    const fresh = this.partial === null || this.partial.origin.epoch !== origin.epoch || this.partial.origin.index !== origin.index
    if (fresh) this.partial = { records: [], origin }
    const { records } = this.partial!
    records.push(raw)
    if (records.length < origin.parts) return null
    this.partial = null
    const value = Buffer.concat(records.map((part) => part.value ?? new Uint8Array(0)))
    return { raw: { ...raw, value }, offset: records[0].offset }
  }
}

/** The physical partition behind the upstream inputs. */
export class UpstreamPartition {
  readonly role: InputRole
  /** what the program sees its records as */
  readonly as: InputRole
  /** its records are copies: their tasks' marks, not the ticks, tell how far they are complete */
  readonly isRekeyed: boolean
  readonly inputs: readonly UpstreamInput[]
  readTo: number
  bufferedBytes = 0
  /** arrival counter when the log end was last seen; −1 before */
  caughtUpAt = -1
  private readonly byName: Map<string, UpstreamInput>
  private outstanding: Item[] = []

  /** @param recordsMax of each task: one that is further ahead is read again when it is its turn */
  constructor(topic: UpstreamTopic, firstRank: number, states: Record<string, UpstreamState>, position: number, recordsMax = Infinity) {
    const { role, as, tasks } = topic
    this.role = role
    this.as = as
    this.isRekeyed = role !== as
    this.readTo = position
    this.inputs = tasks.map((task, i) => new UpstreamInput(task, topic, firstRank + i, (states[task] ??= { mark: null, timeMs: -Infinity, ended: null }), recordsMax))
    this.byName = new Map(tasks.map((task, i) => [task, this.inputs[i]]))
  }

  /** Sorts a batch to its tasks. Records of nobody known are handed to `foreign`. */
  push(batch: Batch, arrival: number, foreign: (raw: RawRecord) => void): void {
    this.readTo = batch.nextOffset
    this.caughtUpAt = -1
    for (const raw of batch.records) {
      const origin = originOf(raw)
      const input = origin === null ? undefined : this.byName.get(origin.task)
      if (origin === null || input === undefined) {
        foreign(raw)
        continue
      }
      const item = input.take(raw, origin, arrival)
      if (item !== null) {
        // what is read again lies before what was kept
        let at = this.outstanding.length
        while (at > 0 && this.outstanding[at - 1].offset > item.offset) at--
        this.outstanding.splice(at, 0, item)
        this.bufferedBytes += sizeOf(item.head.raw)
      }
    }
  }

  /** Whether a task is waited for whose records were read and not kept. */
  get mustReread(): boolean {
    return this.inputs.some((input) => input.missedFrom !== null && input.head() === null)
  }

  /** Goes back to the first record that was not kept: reading must begin anew at `readTo`. What was kept is recognised and dropped. */
  reread(): void {
    this.readTo = Math.min(...this.inputs.map(({ missedFrom }) => missedFrom ?? Infinity))
    this.caughtUpAt = -1
    for (const input of this.inputs) input.missedFrom = null
  }

  get buffered(): number {
    return this.inputs.reduce((sum, input) => sum + input.buffered, 0)
  }

  /** The oldest offset not released, or the end of what was read. Parts of a value not yet whole are read again. */
  position(): number {
    let released = 0
    while (released < this.outstanding.length && this.outstanding[released].released) {
      this.bufferedBytes -= sizeOf(this.outstanding[released].head.raw)
      released++
    }
    if (released > 0) this.outstanding.splice(0, released)
    return Math.min(this.readTo, this.outstanding[0]?.offset ?? Infinity, ...this.inputs.map((input) => Math.min(input.oldestPart(), input.missedFrom ?? Infinity)))
  }
}
