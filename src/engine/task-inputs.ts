/**
 * Everything a task reads: partitions of outside topics, internal topics as one input per upstream task, commands, ticks. Knows how far
 * each was read and released, and which records are stamped too far in the future; what becomes of a record is the task's business.
 */
import { assert } from '../core/assert.ts'
import { PartitionInput, type Input } from './input.ts'
import type { Batch, InputRole, RawRecord } from './ports.ts'
import type { TopologyInputs } from './program.ts'
import { UpstreamPartition, type UpstreamInput, type UpstreamState } from './upstream.ts'

/** Positions and times of a task's inputs, committed with every epoch. */
export interface InputsMeta {
  /** by name of partition input, or by role of internal topic */
  offsets: Record<string, number>
  times: Record<string, number>
  /** by name of upstream task */
  upstream: Record<string, UpstreamState>
}

export class TaskInputs {
  readonly partitions = new Map<InputRole, PartitionInput>()
  readonly upstreams = new Map<InputRole, UpstreamPartition>()
  /** every input at its rank: the list that the journal counts in */
  readonly ranked: readonly Input[]
  /** those the merge picks from */
  readonly merged: readonly Input[]
  /** applied ahead of the merge when live */
  readonly urgent: PartitionInput | null
  /** of internal topics and made by nobody known; set aside when the position passes them, so that replay knows the epoch */
  readonly foreigners: { role: InputRole; raw: RawRecord }[] = []
  private readonly owner: string
  private readonly isLive: boolean
  private readonly skewed = new Map<PartitionInput, Set<number>>()
  /** offsets of live commands stamped in the future: applied, but they move no time */
  private readonly timeless = new Set<number>()
  private arrivals = 0
  /** last arrival from an upstream task, and the tick at which it was noticed */
  private readonly heard = new Map<UpstreamInput, { at: number; tickMs: number }>()
  private tickMs = -Infinity
  private silenceMsMax = Infinity

  constructor(owner: string, topology: TopologyInputs, isLive: boolean, meta: InputsMeta, upstreamRecordsMax = Infinity) {
    this.owner = owner
    this.isLive = isLive
    const ranked: Input[] = []
    const partition = (role: InputRole) => {
      const input = new PartitionInput(role, role, ranked.length, meta.offsets[role] ?? 0, meta.times[role] ?? -Infinity)
      this.partitions.set(role, input)
      ranked.push(input)
      return input
    }
    for (const from of topology.merged) {
      if (typeof from === 'string') {
        partition(from)
        continue
      }
      const upstream = new UpstreamPartition(from, ranked.length, meta.upstream, meta.offsets[from.role] ?? 0, upstreamRecordsMax)
      this.upstreams.set(from.role, upstream)
      ranked.push(...upstream.inputs)
    }
    this.urgent = topology.urgent === null ? null : partition(topology.urgent)
    const ticks = partition('ticks')
    this.ranked = ranked
    this.merged = isLive ? ranked.filter((input) => input !== ticks && input !== this.urgent) : ranked
  }

  // ---- what was read --------------------------------------------------------------------------------------------------------

  /** Takes consecutive records of one role; what is stamped beyond `limitMs` is remembered as such. */
  push(batch: Batch, limitMs: number): void {
    const arrival = ++this.arrivals
    const upstream = this.upstreams.get(batch.role)
    if (upstream !== undefined) {
      assert(batch.fromOffset <= upstream.readTo || upstream.readTo === 0, `${this.owner}: ${batch.role} continues where it stopped`)
      upstream.push(batch, arrival, (raw) => this.foreigners.push({ role: batch.role, raw }))
      return
    }
    const input = this.partitions.get(batch.role)
    assert(input !== undefined, `${this.owner} does not read ${batch.role}`)
    input.push(batch, arrival)
    // a live command is applied whatever its stamp, so that nothing keeps a rollback out; one from the future moves no time
    const isUrgent = input === this.urgent && this.isLive
    for (const { timestampMs, offset } of batch.records) {
      if (timestampMs <= limitMs) continue
      if (isUrgent) this.timeless.add(offset)
      else this.markSkewed(input, offset)
    }
  }

  /** Nothing was behind `nextOffset` when the source looked. */
  caughtUp(role: InputRole, partition: number, nextOffset: number): void {
    const arrival = ++this.arrivals
    const physical = this.upstreams.get(role) ?? this.partitions.get(role)
    if (physical === undefined || nextOffset < physical.readTo) return
    // a compacted or aborted tail was passed without a record
    if (physical instanceof PartitionInput && nextOffset > physical.readTo) {
      physical.push({ role, partition, fromOffset: physical.readTo, records: [], nextOffset, logEnd: nextOffset }, arrival)
    }
    if (physical instanceof UpstreamPartition) physical.readTo = nextOffset
    physical.caughtUpAt = ++this.arrivals
  }

  /** Where reading must go on, by role. */
  readPositions(): Map<InputRole, number> {
    return new Map([...this.partitions, ...this.upstreams].map(([role, input]) => [role, input.readTo]))
  }

  get bufferedBytes(): number {
    let bytes = 0
    for (const input of [...this.partitions.values(), ...this.upstreams.values()]) bytes += input.bufferedBytes
    return bytes
  }

  /** Whether the merge may be waiting for this internal topic: an upstream task has nothing buffered, and may still bring something earlier than the heads. */
  isAwaited({ inputs }: UpstreamPartition): boolean {
    let earliestMs = Infinity
    for (const input of this.merged) earliestMs = Math.min(earliestMs, input.head()?.timeMs ?? Infinity)
    return inputs.some((input) => input.head() === null && input.completeToMs < Infinity && input.completeToMs <= earliestMs)
  }

  // ---- what was released ----------------------------------------------------------------------------------------------------

  /** What a commit stores: the offset after the last record released, by name. */
  offsets(): Record<string, number> {
    const offsets: Record<string, number> = {}
    for (const [role, input] of this.partitions) offsets[role] = input.position
    for (const [role, upstream] of this.upstreams) offsets[role] = upstream.position()
    return offsets
  }

  times(): Record<string, number> {
    return Object.fromEntries([...this.partitions].map(([role, input]) => [role, input.timeMs]))
  }

  /** What stands behind the end of this task: its own offsets and, by `task/input`, those that its upstream tasks had ended at. */
  endOffsets(): Record<string, number> {
    const offsets = this.offsets()
    for (const { inputs } of this.upstreams.values()) for (const { task, state } of inputs) {
      for (const [name, offset] of Object.entries(state.ended ?? {})) offsets[`${task}/${name}`] = offset
    }
    return offsets
  }

  /** Whether an outside input stands further on than `offsets`: also past what was set aside, or was no record. */
  hasPassed(offsets: Readonly<Record<string, number>>): boolean {
    return [...this.partitions].some(([role, input]) => input.position !== (offsets[role] ?? 0))
  }

  /** Every input has ended and nothing is buffered. */
  hasEnded(): boolean {
    return this.merged.every((input) => input.head() === null && input.completeToMs === Infinity)
  }

  named(name: string): PartitionInput {
    const input = this.partitions.get(name as InputRole)
    assert(input !== undefined, `${this.owner} has no input ${name}`)
    return input
  }

  /** The oldest foreign record that a position has passed. */
  passedForeigner(): { role: InputRole; raw: RawRecord } | undefined {
    return this.foreigners.find(({ role, raw }) => raw.offset < this.upstreams.get(role)!.position())
  }

  // ---- stamps of the future -------------------------------------------------------------------------------------------------

  private markSkewed(input: PartitionInput, offset: number): void {
    const offsets = this.skewed.get(input) ?? new Set()
    this.skewed.set(input, offsets.add(offset))
  }

  /** The first head that is stamped in the future; it is forgotten here. */
  takeSkewedHead(): PartitionInput | null {
    for (const [input, offsets] of this.skewed) {
      const head = input.head()
      if (head === null || !offsets.delete(head.raw.offset)) continue
      if (offsets.size === 0) this.skewed.delete(input)
      return input
    }
    return null
  }

  markTimeless(offset: number): void {
    this.timeless.add(offset)
  }

  /** Whether a head moves stream time; one of an urgent input stamped in the future does not, and is forgotten here. */
  takesTime(input: Input, offset: number): boolean {
    return input !== this.urgent || !this.timeless.delete(offset)
  }

  // ---- ticks ----------------------------------------------------------------------------------------------------------------

  /**
   * Live: how far a tick may move stream time; −∞ while an input holds anything or was not read to its log end. Where an internal topic
   * holds copies, what its tasks have passed is the bound: copies of older records may still be on their way.
   */
  tickLimitMs(): number {
    for (const input of this.partitions.values()) if (input.role !== 'ticks' && (input.head() !== null || input.caughtUpAt <= 0)) return -Infinity
    let limitMs = Infinity
    for (const upstream of this.upstreams.values()) {
      if (upstream.caughtUpAt <= 0 || upstream.inputs.some((input) => input.head() !== null || input.missedFrom !== null)) return -Infinity
      if (!upstream.isRekeyed) continue
      for (const input of upstream.inputs) if (!this.isSilent(input)) limitMs = Math.min(limitMs, input.completeToMs)
    }
    return limitMs
  }

  /** Live: an upstream task that was silent for the grace, by the ticks, no longer holds the others; what it sends later is raised to the task's time. */
  passSilent(tickMs: number, silenceMsMax: number): void {
    this.tickMs = tickMs
    this.silenceMsMax = silenceMsMax
    for (const upstream of this.upstreams.values()) if (upstream.caughtUpAt >= 0) for (const input of upstream.inputs) {
      const heard = this.heard.get(input)
      if (input.head() !== null || input.missedFrom !== null || heard?.at !== input.takenAt) this.heard.set(input, { at: input.takenAt, tickMs })
      else if (this.isSilent(input)) input.caughtUpAt = this.arrivals + 1
    }
  }

  private isSilent(input: UpstreamInput): boolean {
    const heard = this.heard.get(input)
    return heard !== undefined && heard.at === input.takenAt && this.tickMs - heard.tickMs >= this.silenceMsMax
  }
}
