/**
 * Replay of the journal: a task's epochs again, from nothing, over the records that its topics still hold. The journal gives the order
 * and what else the topics do not tell; every epoch must come to the hashes that it holds.
 */
import { outputHash, STATE_VERSION, stateHash, type JournalEntry } from './journal.ts'
import type { Commit, InputRole, OutboxEntry, RawRecord, TaskId, TaskSnapshot } from './ports.ts'
import { rekeyedFrom } from './origin.ts'
import { Task, type TaskSettings } from './task.ts'
import type { UpstreamPartition } from './upstream.ts'

/** What a log holds of a range of offsets. */
export interface Slice {
  records: readonly RawRecord[]
  /** first offset that the log keeps */
  keptFrom: number
  /** offset after the last record of the log */
  end: number
}

/** Reads [fromOffset, toOffset) of one input of the task. Asked for every role in order and without overlap, so a stream can answer. */
export type ReadSlice = (role: InputRole, fromOffset: number, toOffset: number) => Promise<Slice>

/** As the task ran; the order and the skew verdicts are the journal's. */
export type ReplaySettings = Omit<TaskSettings, 'order' | 'maxFutureSkewMs' | 'silenceMsMax' | 'upstreamRecordsMax'>

/** The first epoch that did not come out as the journal has it, and which of its hashes. */
export interface Difference {
  epoch: number
  state: boolean
  outputs: boolean
}

/** Why the journal could not be followed to its end. */
export type ReplayStop =
  /** the topic no longer holds these offsets (retention), or not yet again (it was made anew) */
  | { reason: 'offsets-gone'; epoch: number; input: InputRole; fromOffset: number; toOffset: number }
  /** the journal itself lacks these epochs */
  | { reason: 'epochs-gone'; fromEpoch: number; toEpoch: number }
  /** the topic holds more or fewer records than the epoch released */
  | { reason: 'records-differ'; epoch: number; input: string; wanted: number; found: number }

/** In words. */
export function stopText(stop: ReplayStop): string {
  switch (stop.reason) {
    case 'offsets-gone': return `stopped at epoch ${stop.epoch}: '${stop.input}' no longer holds offsets ${stop.fromOffset} to ${stop.toOffset - 1} (retention, or the topic was made anew)`
    case 'epochs-gone': return `stopped: the journal no longer holds epochs ${stop.fromEpoch} to ${stop.toEpoch}, and a replay begins at epoch 1`
    case 'records-differ': return `stopped at epoch ${stop.epoch}: it released ${stop.wanted} records of '${stop.input}', the topic now holds ${stop.found}`
  }
}

export interface TaskVerdict {
  task: string
  /** epochs executed again, records released in them */
  epochs: number
  records: number
  /** epochs whose hash is the journal's */
  statesEqual: number
  outputsEqual: number
  firstDifference: Difference | null
  stopped: ReplayStop | null
  /** versions of state, other than this program's, that epochs were written under: their hashes may differ */
  otherStateVersions: readonly number[]
}

export const isEqual = ({ firstDifference, stopped }: TaskVerdict): boolean => firstDifference === null && stopped === null

/** An epoch executed again. `outputs` are what it emitted, the journal entry left out. */
export interface ReplayedEpoch {
  entry: JournalEntry
  outputs: readonly OutboxEntry[]
}

/** Internal topics are read ahead of the position, this many offsets at a time. */
const AHEAD_OFFSETS = 500

/**
 * Yields every epoch as it is done; returns the verdict.
 * @param entries of this task, oldest first; entries of other tasks and repeats of an epoch are passed over
 */
export async function* replayTask(id: TaskId, settings: ReplaySettings, entries: AsyncIterable<JournalEntry>, read: ReadSlice): AsyncGenerator<ReplayedEpoch, TaskVerdict> {
  const replay = new TaskReplay(id, settings, read, nothingStored)
  for await (const entry of entries) {
    if (entry.task !== replay.task.name || entry.epoch <= replay.task.epoch) continue
    const done = await replay.epoch(entry)
    if (done === null) break
    yield { entry, outputs: done.outputs }
  }
  return replay.verdict()
}

const nothingStored: StoredState = { epoch: 0, meta: null, parts: new Map(), chunks: [] }

/** Where a replay begins: what a store holds of the task. */
export type StoredState = Pick<TaskSnapshot, 'epoch' | 'meta' | 'parts' | 'chunks'>

/** An epoch executed again: `commit` is null when it came out empty. */
interface Executed {
  commit: Commit | null
  outputs: readonly OutboxEntry[]
}

export class TaskReplay {
  readonly task: Task
  private readonly settings: ReplaySettings
  private readonly read: ReadSlice
  private epochs = 0
  private statesEqual = 0
  private outputsEqual = 0
  private firstDifference: Difference | null = null
  private stopped: ReplayStop | null = null
  private readonly otherStateVersions = new Set<number>()
  /** of internal topics: records read and not handed over, and how far */
  private readonly ahead = new Map<InputRole, { records: RawRecord[]; to: number }>()

  constructor(id: TaskId, settings: ReplaySettings, read: ReadSlice, from: StoredState) {
    this.settings = settings
    this.read = read
    this.task = new Task(id, { ...settings, order: 'stream-time', maxFutureSkewMs: Infinity, silenceMsMax: Infinity, upstreamRecordsMax: Infinity }, from)
    // an epoch is handed exactly the records it released: nothing else is to come
    for (const role of this.task.partitions.keys()) this.task.completeTo(role, Infinity)
  }

  /** Executes one epoch; null when it cannot be. */
  async epoch(entry: JournalEntry, token = 'replay'): Promise<Executed | null> {
    const { task } = this
    if (entry.epoch !== task.epoch + 1) return this.stop({ reason: 'epochs-gone', fromEpoch: task.epoch + 1, toEpoch: entry.epoch - 1 })
    if (!(await this.handOver(entry))) return null
    task.follow(entry)
    const commit = task.seal(token)
    // an epoch that came out empty is an epoch all the same
    task.epoch = entry.epoch
    const outputs = commit === null ? [] : commit.outbox.slice(1)
    this.compare(entry, commit, outputs)
    return { commit, outputs }
  }

  verdict(): TaskVerdict {
    const { epochs, statesEqual, outputsEqual, firstDifference, stopped } = this
    const records = Object.values(this.task.released).reduce((sum, n) => sum + n, 0)
    return { task: this.task.name, epochs, records, statesEqual, outputsEqual, firstDifference, stopped, otherStateVersions: [...this.otherStateVersions] }
  }

  private compare(entry: JournalEntry, commit: Commit | null, outputs: readonly OutboxEntry[]): void {
    const hash = commit === null ? stateHash(new Map(), [], null, 0) : stateHash(commit.partsWritten, commit.partsRemoved, commit.chunk, commit.chunksDropped)
    const [state, output] = [hash === entry.stateHash, outputHash(outputs) === entry.outputHash]
    this.epochs++
    if (state) this.statesEqual++
    if (output) this.outputsEqual++
    if (!state || !output) this.firstDifference ??= { epoch: entry.epoch, state: !state, outputs: !output }
    if (entry.stateVersion !== STATE_VERSION) this.otherStateVersions.add(entry.stateVersion)
  }

  private stop(reason: ReplayStop): null {
    this.stopped = reason
    return null
  }

  // ---- records --------------------------------------------------------------------------------------------------------------

  /** Brings every record the epoch released, and no other, up to the positions after it; false when the topics no longer can. */
  private async handOver(entry: JournalEntry): Promise<boolean> {
    for (const { role, record } of entry.tables) await this.prepare(role, [record])
    for (const role of this.task.partitions.keys()) if (!(await this.handPartition(entry, role))) return false
    for (const upstream of this.task.upstreams.values()) if (!(await this.handUpstream(entry, upstream))) return false
    return this.holdsWhatWasReleased(entry)
  }

  private async handPartition({ epoch, offsets }: JournalEntry, role: InputRole): Promise<boolean> {
    const from = this.task.partitions.get(role)!.readTo
    const to = offsets[role] ?? from
    if (to <= from) return true
    const records = (await this.slice(epoch, role, from, to))?.records
    if (records === undefined) return false
    await this.prepare(role, records)
    this.task.push({ role, partition: this.partitionOf(role), fromOffset: from, records, nextOffset: to, logEnd: to }, Infinity)
    return true
  }

  /** The position of an internal topic is the oldest offset not released: what was released beyond it is looked for record by record. */
  private async handUpstream(entry: JournalEntry, upstream: UpstreamPartition): Promise<boolean> {
    const { role, inputs } = upstream
    const ahead = this.ahead.get(role) ?? { records: [], to: upstream.readTo }
    this.ahead.set(role, ahead)
    const position = entry.offsets[role] ?? 0
    if (position > ahead.to && !(await this.readAhead(entry.epoch, role, position, true))) return false
    const below = ahead.records.findIndex(({ offset }) => offset >= position)
    if (position > upstream.readTo) await this.pushUpstream(upstream, ahead.records.splice(0, below === -1 ? ahead.records.length : below), position)
    const wanted = countsOf(entry)
    while (inputs.some((input) => input.buffered < (wanted.get(input.rank) ?? 0))) {
      if (ahead.records.length === 0 && !(await this.readAhead(entry.epoch, role, ahead.to + AHEAD_OFFSETS, false))) return this.stopped === null
      const next = ahead.records.shift()
      if (next !== undefined) await this.pushUpstream(upstream, [next], next.offset + 1)
    }
    return true
  }

  private async pushUpstream({ role, as, readTo }: UpstreamPartition, records: readonly RawRecord[], nextOffset: number): Promise<void> {
    if (as !== role) await this.prepare(as, records.filter((raw) => rekeyedFrom(raw) !== null))
    this.task.push({ role, partition: this.partitionOf(role), fromOffset: readTo, records, nextOffset, logEnd: nextOffset }, Infinity)
  }

  /** @param needed whether the log must reach that far; false is returned when it does not, or has nothing more */
  private async readAhead(epoch: number, role: InputRole, toOffset: number, needed: boolean): Promise<boolean> {
    const ahead = this.ahead.get(role)!
    const found = await this.slice(epoch, role, ahead.to, toOffset, needed)
    if (found === null) return false
    ahead.records.push(...found.records)
    ahead.to = Math.min(toOffset, found.end)
    return true
  }

  /** Null when the log lacks a part of it: below what it keeps, or (when all is `needed`) beyond its end. */
  private async slice(epoch: number, role: InputRole, fromOffset: number, toOffset: number, needed = true): Promise<Slice | null> {
    const found = await this.read(role, fromOffset, toOffset)
    const { keptFrom, end } = found
    if (keptFrom > fromOffset) return this.stop({ reason: 'offsets-gone', epoch, input: role, fromOffset, toOffset: Math.min(keptFrom, toOffset) })
    if (needed && end < toOffset) return this.stop({ reason: 'offsets-gone', epoch, input: role, fromOffset: Math.max(fromOffset, end), toOffset })
    return !needed && end <= fromOffset ? null : found
  }

  /** Whether the heads to come are as many as the journal's; without runs there is nothing to count, and the hashes tell. */
  private holdsWhatWasReleased(entry: JournalEntry): boolean {
    if (entry.releases === null) return true
    const wanted = countsOf(entry)
    for (const { inputs } of this.task.upstreams.values()) for (const { rank, buffered, name } of inputs) {
      if (buffered < (wanted.get(rank) ?? 0)) return this.recordsDiffer(entry.epoch, name, wanted.get(rank)!, buffered)
    }
    for (const input of this.task.partitions.values()) {
      const due = (wanted.get(input.rank) ?? 0) + entry.skewed.filter(([name]) => name === input.name).length
      if (input.buffered !== due) return this.recordsDiffer(entry.epoch, input.name, due, input.buffered)
    }
    return true
  }

  private recordsDiffer(epoch: number, input: string, wanted: number, found: number): false {
    this.stop({ reason: 'records-differ', epoch, input, wanted, found })
    return false
  }

  /** Internal topics and ticks have no schema that could be missing. */
  private async prepare(role: InputRole, records: readonly RawRecord[]): Promise<void> {
    if (role === 'ticks') return
    const { decoder } = this.settings
    for (const raw of records) if (decoder.decode(role, raw).ok === 'pending') await decoder.prepare(role, raw)
  }

  private partitionOf(role: InputRole): number {
    return role === 'ticks' ? 0 : this.task.id.partition
  }
}

/** Releases of an epoch by input index. */
function countsOf({ releases }: JournalEntry): Map<number, number> {
  const counts = new Map<number, number>()
  const runs = releases ?? []
  for (let i = 0; i < runs.length; i += 2) counts.set(runs[i], (counts.get(runs[i]) ?? 0) + runs[i + 1])
  return counts
}
