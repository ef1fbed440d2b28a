/**
 * One task: inputs in, epochs out. Synchronous throughout: whoever drives it (worker, embedded run, replay) brings batches, lets it work,
 * seals the epoch and commits it. Nothing here reads a clock, so the same records in the same order give the same commits.
 */
import { assert } from '../core/assert.ts'
import { sizeOf, type Input, type PartitionInput } from './input.ts'
import { stateHash, type JournalEntry, type TableApplied } from './journal.ts'
import { nextInput } from './merge.ts'
import { Epoch } from './epoch.ts'
import type { Batch, Commit, InputRole, RawRecord, RecordDecoder, StateCodec, TaskId, TaskSnapshot } from './ports.ts'
import { taskName } from './ports.ts'
import type { Program, ProgramFactory, TopologyInputs } from './program.ts'
import { TaskInputs, type InputsMeta } from './task-inputs.ts'
import { TaskOutput, type OutputSettings } from './task-output.ts'
import { UpstreamInput, type UpstreamPartition } from './upstream.ts'

export interface TaskSettings extends OutputSettings {
  inputs: TopologyInputs
  /** `live`: arrival decides at the log end, commands apply at once; `stream-time`: everything merges by stream time */
  order: 'live' | 'stream-time'
  factory: ProgramFactory
  decoder: RecordDecoder
  codec: StateCodec
  /** a record stamped further ahead of `nowMs` of its push is set aside; Infinity: never */
  maxFutureSkewMs: number
  /** of each upstream task, held at a time; what comes beyond is read again (default: no limit) */
  upstreamRecordsMax?: number
  /** live: an upstream task that sent nothing for so long, by the ticks, is waited for no longer */
  silenceMsMax: number
}

/** The engine's own part of the state, committed with every epoch. */
interface Meta extends InputsMeta {
  streamTimeMs: number
  tables: Record<string, number>
  /** finished, and no record was passed since */
  finished: boolean
}

const newMeta = (): Meta => ({ offsets: {}, times: {}, streamTimeMs: -Infinity, upstream: {}, tables: {}, finished: false })

/** Stream time of a stored task; −∞ before its first record. */
export const storedStreamTimeMs = (codec: StateCodec, { meta }: Pick<TaskSnapshot, 'meta'>): number => (meta === null ? -Infinity : (codec.decode(meta) as Meta).streamTimeMs)

/** Some 300 KB of journal, far below what a broker takes. */
const JOURNAL_ROWS_MAX = 60_000
/** Of table records that one epoch applies, for the same reason. */
const TABLE_BYTES_MAX = 256 * 1024

export class Task {
  readonly id: TaskId
  readonly name: string
  readonly program: Program
  private readonly inputs: TaskInputs
  private readonly output: TaskOutput
  /** set while a schema must be loaded before the next record can be released */
  waiting: Promise<void> | null = null
  /** records released by role since creation, for metrics */
  readonly released: Partial<Record<InputRole, number>> = {}
  /** log ends by role as last seen, for metrics */
  readonly logEnds: Partial<Record<InputRole, number>> = {}
  private readonly settings: TaskSettings
  private readonly meta: Meta
  private readonly tables: TableApplied[] = []
  private tickMs = -Infinity
  private finishing = false
  private committedEpoch: number
  private open: Epoch
  private finished = false

  constructor(id: TaskId, settings: TaskSettings, snapshot: Pick<TaskSnapshot, 'epoch' | 'meta' | 'parts' | 'chunks'>) {
    this.id = id
    this.name = taskName(id)
    this.settings = settings
    this.committedEpoch = snapshot.epoch
    this.open = new Epoch(this.name, snapshot.epoch + 1)
    this.meta = snapshot.meta === null ? newMeta() : (settings.codec.decode(snapshot.meta) as Meta)
    const parts = new Map([...snapshot.parts].map(([name, bytes]) => [name, settings.codec.decode(bytes)]))
    this.inputs = new TaskInputs(this.name, settings.inputs, settings.order === 'live', this.meta, settings.upstreamRecordsMax)
    this.output = new TaskOutput(id, settings, this.inputs, { open: () => this.open, streamTimeMs: () => this.meta.streamTimeMs })
    this.program = settings.factory(id, parts, snapshot.chunks, this.output)
  }

  // ---- what comes in --------------------------------------------------------------------------------------------------------

  get partitions(): ReadonlyMap<InputRole, PartitionInput> {
    return this.inputs.partitions
  }

  get upstreams(): ReadonlyMap<InputRole, UpstreamPartition> {
    return this.inputs.upstreams
  }

  /** Where reading must go on, by role. */
  readPositions(): Map<InputRole, number> {
    return this.inputs.readPositions()
  }

  /** What the last sealed epoch had consumed, by role: for lag tools. */
  committedPositions(): Map<InputRole, number> {
    return new Map(Object.entries(this.meta.offsets) as [InputRole, number][])
  }

  /** Takes consecutive records of one role. `nowMs` is the source edge's clock, against records stamped in the future. */
  push(batch: Batch, nowMs: number): void {
    this.logEnds[batch.role] = batch.logEnd
    this.inputs.push(batch, nowMs + this.settings.maxFutureSkewMs)
  }

  /** Nothing was behind `nextOffset` when the source looked. */
  caughtUp(role: InputRole, nextOffset: number): void {
    this.inputs.caughtUp(role, this.id.partition, nextOffset)
  }

  /** Says how far an input is complete in stream time; ∞ when it has ended. */
  completeTo(role: InputRole, timeMs: number): void {
    const input = this.partitions.get(role)
    if (input !== undefined) input.completeToMs = timeMs
  }

  /** Dead letters by `role code` since creation, for metrics. */
  get deadLetters(): Readonly<Record<string, number>> {
    return this.output.deadLetters
  }

  /** Whether the merge may be waiting for this internal topic. */
  isAwaited(role: InputRole): boolean {
    return this.inputs.isAwaited(this.upstreams.get(role)!)
  }

  /** Live only: the newest tick. */
  tick(timeMs: number): void {
    this.tickMs = Math.max(this.tickMs, timeMs)
    if (this.settings.order === 'live') this.inputs.passSilent(this.tickMs, this.settings.silenceMsMax)
  }

  /** A table record; applied before the next epoch's first record, once. */
  pushTable(role: 'policies' | 'profiles', partition: number, record: RawRecord): void {
    if (!this.settings.inputs.tables) return
    const isWaiting = this.tables.some((table) => table.role === role && table.partition === partition && table.record.offset >= record.offset)
    if (!isWaiting && record.offset >= (this.meta.tables[`${role}/${partition}`] ?? 0)) this.tables.push({ role, partition, record })
  }

  /** From now on the task ends as soon as its inputs have. */
  finishAtEnd(): void {
    this.finishing = true
  }

  // ---- work -----------------------------------------------------------------------------------------------------------------

  /** Number of the last sealed epoch. Setting it begins the next one anew. */
  get epoch(): number {
    return this.committedEpoch
  }

  set epoch(sealed: number) {
    this.committedEpoch = sealed
    this.open = new Epoch(this.name, sealed + 1)
  }

  get streamTimeMs(): number {
    return this.meta.streamTimeMs
  }

  get isFinished(): boolean {
    return this.finished
  }

  get bufferedBytes(): number {
    return this.inputs.bufferedBytes
  }

  /** True when the open epoch holds anything to commit. */
  get isDirty(): boolean {
    return !this.open.isEmpty || this.inputs.passedForeigner() !== undefined
  }

  /** Releases at most `limit` records; returns how many. Stops early when the outbox is large or a schema must be loaded. */
  work(limit: number, outboxBytesMax = 8 * 1024 * 1024): number {
    // the journal holds tables as applied before all else: later ones wait for the next epoch
    if (this.open.steps === 0) this.applyTables(TABLE_BYTES_MAX)
    if (this.waiting !== null || (this.open.steps === 0 && this.tables.length > 0)) {
      // neither a schema that another input waits for nor a long table holds a command up
      this.applyUrgent()
      return 0
    }
    const before = this.open.log.count
    this.applyUrgent()
    while (this.open.log.count - before < limit && this.open.outboxBytes < outboxBytesMax && this.waiting === null && this.open.journalRows < JOURNAL_ROWS_MAX) {
      this.setSkewedAside()
      const pick = nextInput(this.inputs.merged)
      if (pick === null) break
      this.open.arrivalDecided ||= pick.byArrival
      this.release(pick.input)
    }
    if (this.waiting === null) this.applyTick()
    if (this.finishing && !this.finished && this.hasEnded()) this.finish()
    return this.open.log.count - before
  }

  /**
   * Follows a journal entry instead of the merge: releases its runs in order, or by stream time where it holds none. For replay:
   * all it needs was pushed, schemas are loaded, and inputs are complete.
   */
  follow(entry: JournalEntry): void {
    for (const rank of entry.reopened ?? []) this.reopen(this.inputs.ranked[rank] as UpstreamInput)
    this.tables.push(...entry.tables)
    this.applyTables(Infinity)
    for (const offset of entry.timeless ?? []) this.inputs.markTimeless(offset)
    const skewed = [...entry.skewed]
    const ticks = [...entry.ticks]
    const applyDue = () => {
      for (;;) {
        if (skewed.length > 0 && skewed[0][2] <= this.open.steps) this.setHeadAside(this.inputs.named(skewed[0][0]), skewed.shift()![1])
        else if (ticks.length > 0 && ticks[0][0] <= this.open.log.count) this.advance(ticks.shift()![1])
        else return
      }
    }
    applyDue()
    for (const input of entry.releases === null ? this.byStreamTime() : this.inRuns(entry.releases)) {
      assert(this.release(input), 'a replay has every schema loaded before it follows the journal')
      applyDue()
    }
    if (entry.finished) this.finish()
  }

  private* byStreamTime(): Generator<Input> {
    for (let pick = nextInput(this.inputs.merged); pick !== null; pick = nextInput(this.inputs.merged)) yield pick.input
  }

  private* inRuns(runs: readonly number[]): Generator<Input> {
    for (let i = 0; i < runs.length; i += 2) for (let n = 0; n < runs[i + 1]; n++) yield this.inputs.ranked[runs[i]]
  }

  /** Every input has ended and nothing is buffered. */
  hasEnded(): boolean {
    return this.waiting === null && this.inputs.hasEnded()
  }

  /** Releases the head; false when a schema must be loaded first. */
  private release(input: Input): boolean {
    const { raw } = input.head()!
    const role = input.role
    const decoded = role === 'ticks' ? null : this.settings.decoder.decode(role, raw)
    if (decoded !== null && decoded.ok === 'pending') {
      if (this.waiting !== null) return false
      this.waiting = this.settings.decoder.prepare(role, raw).finally(() => { this.waiting = null })
      // whoever drives the task awaits it too, and is told
      this.waiting.catch(() => {})
      return false
    }
    const movesTime = this.inputs.takesTime(input, raw.offset)
    const { timeMs } = input.shift(!movesTime)
    if (!movesTime) this.open.timeless.push(raw.offset)
    if (movesTime && timeMs > this.meta.streamTimeMs) this.meta.streamTimeMs = timeMs
    this.open.log.add(input.rank)
    this.meta.finished = false
    this.released[role] = (this.released[role] ?? 0) + 1
    this.output.stepping = { role, raw, isCopy: input instanceof UpstreamInput && input.isRekeyed }
    if (decoded === null) this.program.advance(this.meta.streamTimeMs)
    else if (decoded.ok === true) this.program.step(role, decoded.record, Math.max(0, this.meta.streamTimeMs), raw)
    else if (decoded.ok === false) this.output.deadLetter(decoded.code, decoded.message)
    this.output.stepping = null
    return true
  }

  /** Applies what waits, as much as one journal entry can hold: the rest is for the next epoch. */
  private applyTables(bytesMax: number): void {
    let bytes = 0
    while (this.tables.length > 0 && (bytes === 0 || bytes + sizeOf(this.tables[0].record) <= bytesMax)) {
      const { role, partition, record } = this.tables.shift()!
      bytes += sizeOf(record)
      const decoded = this.settings.decoder.decode(role, record)
      if (decoded.ok === 'pending') throw new Error(`${role}: schemas of table records are loaded before the record is handed to a task`)
      this.meta.tables[`${role}/${partition}`] = record.offset + 1
      this.open.tables.push({ role, partition, record })
      this.output.stepping = { role, raw: record, tablePartition: partition }
      if (decoded.ok) this.program.table(role, decoded.record, record.timestampMs, this.meta.streamTimeMs)
      else this.output.deadLetter(decoded.code, decoded.message)
      this.output.stepping = null
    }
  }

  /** Live: commands wait for nothing. */
  private applyUrgent(): void {
    const { urgent } = this.inputs
    if (this.settings.order !== 'live' || urgent === null) return
    while (urgent.head() !== null) {
      if (!this.release(urgent)) return
      this.open.arrivalDecided = true
    }
  }

  /** Live: at the log end of every input the tick moves stream time. */
  private applyTick(): void {
    if (this.settings.order !== 'live' || this.tickMs <= this.meta.streamTimeMs) return
    const toMs = Math.min(this.tickMs, this.inputs.tickLimitMs())
    if (toMs > this.meta.streamTimeMs) this.advance(toMs)
  }

  private advance(timeMs: number): void {
    this.meta.finished = false
    this.meta.streamTimeMs = Math.max(this.meta.streamTimeMs, timeMs)
    this.open.ticks.push([this.open.log.count, timeMs])
    this.program.advance(this.meta.streamTimeMs)
  }

  /** Ends the task; one that ended before and has passed nothing since has said all it had to say, whatever tables it read anew. */
  private finish(): void {
    this.finished = true
    if (this.meta.finished && !this.inputs.hasPassed(this.meta.offsets)) return
    this.program.finish(this.meta.streamTimeMs)
    this.meta.finished = true
    this.open.finished = true
  }

  private setSkewedAside(): void {
    for (let input = this.inputs.takeSkewedHead(); input !== null; input = this.inputs.takeSkewedHead()) this.setHeadAside(input, input.head()!.raw.offset)
  }

  private setHeadAside(input: PartitionInput, offset: number): void {
    assert(input.head()?.raw.offset === offset, `${this.name}: offset ${offset} of ${input.name} is next when it is set aside`)
    this.open.skewed.push([input.name, offset, this.open.steps])
    const { raw } = input.shift(true)
    this.output.stepping = { role: input.role, raw }
    this.output.deadLetter('FUTURE_TIMESTAMP', `the record is stamped ${new Date(raw.timestampMs).toISOString()}, further ahead than maxFutureSkew allows; correct the producer's clock, then redrive`)
    this.output.stepping = null
  }

  private setForeignersAside(): void {
    for (let passed = this.inputs.passedForeigner(); passed !== undefined; passed = this.inputs.passedForeigner()) {
      this.output.stepping = passed
      this.output.deadLetter('UNDECODABLE', `a record on the internal topic '${this.settings.topicName(passed.role)}' was not made by a task of this program; nothing else may write there`)
      this.output.stepping = null
      this.inputs.foreigners.splice(this.inputs.foreigners.indexOf(passed), 1)
    }
  }

  // ---- the epoch ------------------------------------------------------------------------------------------------------------

  /** Upstream tasks that ended in an earlier run go on, unless `stillEnded` knows better. */
  reopenUpstream(stillEnded: (task: string, offsets: Readonly<Record<string, number>>) => boolean, countsWhenRead = stillEnded): void {
    for (const { inputs } of this.upstreams.values()) for (const input of inputs) {
      const { ended } = input.state
      input.counts = (offsets) => countsWhenRead(input.task, offsets)
      if (ended !== null && !stillEnded(input.task, ended)) this.reopen(input)
    }
  }

  private reopen(input: UpstreamInput): void {
    input.setEnded(null)
    this.meta.finished = false
    this.open.reopened.push(input.rank)
    this.program.reopened?.(input.rank)
  }

  /** Closes the open epoch: everything it changed, as one commit. Null when it changed nothing. */
  seal(token: string): Commit | null {
    if (!this.isDirty) return null
    this.setForeignersAside()
    const { codec } = this.settings
    const state = this.program.flush()
    if (!this.open.finished && this.inputs.hasPassed(this.meta.offsets)) this.meta.finished = false
    this.meta.offsets = this.inputs.offsets()
    this.meta.times = this.inputs.times()
    const partsWritten = new Map([...state.parts.written].map(([name, part]) => [name, codec.encode(part)]))
    const hash = stateHash(partsWritten, state.parts.removed, state.chunk, state.chunksDropped)
    const journal = this.open.journal({ offsets: this.meta.offsets, streamTimeMs: this.meta.streamTimeMs, stateHash: hash }, this.settings.order === 'live' || this.upstreams.size > 0)
    const commit: Commit = {
      token, epoch: this.open.number, meta: codec.encode(this.meta), partsWritten, partsRemoved: state.parts.removed,
      chunk: state.chunk, chunksDropped: state.chunksDropped, outbox: [this.output.journalEntry(journal), ...this.open.outbox], views: state.views,
    }
    this.epoch = this.open.number
    return commit
  }
}
