/**
 * Which appended chunks still hold live entries. A chunk is one epoch's rows of all models; boundaries are kept coarsely
 * (about 64 a label horizon), so the ledger stays small however long the horizon is.
 */
import { ClassRing } from '../join/class-ring.ts'
import { createChunkWriter, readChunk, takeChunk, writeEntry } from '../join/packed.ts'
import { blankEntry, type Entry } from '../join/pending.ts'
import { partName, type PartStore } from '../parts.ts'
import type { ModelRuntime } from './runtime.ts'

const BOUNDARIES_PER_HORIZON = 64

/** Part `chunks`. */
interface Ledger {
  /** model names by their number in rows */
  models: string[]
  /** number of the oldest kept chunk and of the next one */
  first: number
  next: number
  /** rows up to here, per model, went before the oldest kept chunk */
  starts: { pending: number; vector: number }[]
  boundaries: Boundary[]
}

interface Boundary {
  /** the last chunk it covers */
  chunk: number
  /** stream time at which it was begun */
  fromMs: number
  /** per model: sequence numbers after the last row covered */
  ends: { pending: number; vector: number }[]
}

export class ChunkLedger {
  private readonly parts: PartStore
  private readonly ledger: Ledger
  private readonly writer = createChunkWriter(65_536)

  constructor(parts: PartStore) {
    this.parts = parts
    this.ledger = parts.get<Ledger>('chunks') ?? { models: [], first: 0, next: 0, starts: [], boundaries: [] }
  }

  models(): readonly string[] {
    return this.ledger.models
  }

  write(model: ModelRuntime, entry: Entry, vector: ArrayLike<number> | null): void {
    writeEntry(this.writer, model.state.number, entry, vector, model.pending.classes)
  }

  /** Rebuilds every ring from the kept chunks, as it was when the last of them was written. */
  restore(models: readonly ModelRuntime[], chunks: readonly Uint8Array[]): void {
    models.forEach((model, number) => {
      const start = this.ledger.starts[number] ?? { pending: 0, vector: 0 }
      model.pending.startAt(start.pending)
      model.vectors?.startAt(start.vector)
    })
    const entry = blankEntry()
    for (const chunk of chunks) {
      readChunk(chunk, entry, (number, vector, classes) => {
        const model = models[number]
        dropExpired(model, entry.since)
        if (vector !== null && model.vectors !== null) entry.value = model.vectors.append(vector)
        if (classes !== null) entry.value = (model.pending.classes ??= new ClassRing()).append(classes)
        model.pending.append(entry)
        while (model.pending.size > model.policy.limits.pendingMax) model.pending.dropHead(model.vectors)
      })
    }
    for (const model of models) while (model.pending.head < model.state.pendingHead) model.pending.dropHead(model.vectors)
  }

  /** Takes the epoch's chunk, moves the boundaries, and says how many old chunks no live entry needs. */
  flush(models: readonly ModelRuntime[]): { chunk: Uint8Array | null; chunksDropped: number } {
    const chunk = takeChunk(this.writer)
    if (chunk !== null) this.cover(models)
    for (const model of models) this.storeModel(model)
    const chunksDropped = this.drop(models)
    const met = this.ledger.models.length !== models.length
    if (met) this.ledger.models = models.map((model) => model.name)
    if (met || chunk !== null || chunksDropped > 0) this.parts.put('chunks', this.ledger)
    return { chunk, chunksDropped }
  }

  private cover(models: readonly ModelRuntime[]): void {
    const { ledger } = this
    const nowMs = Math.max(...models.map((model) => lastSince(model)))
    const stepMs = Math.max(...models.map((model) => model.policy.time.labelHorizonMs)) / BOUNDARIES_PER_HORIZON
    let last = ledger.boundaries.at(-1)
    if (last === undefined || nowMs - last.fromMs >= stepMs) ledger.boundaries.push((last = { chunk: 0, fromMs: nowMs, ends: [] }))
    last.chunk = ledger.next++
    last.ends = models.map(({ pending, vectors }) => ({ pending: pending.tail, vector: vectors?.tail ?? 0 }))
  }

  private storeModel(model: ModelRuntime): void {
    if (!model.dirty && model.state.pendingHead === model.pending.head) return
    model.state.pendingHead = model.pending.head
    model.dirty = false
    this.parts.put(partName('model', model.name), model.state)
  }

  private drop(models: readonly ModelRuntime[]): number {
    const { ledger } = this
    const before = ledger.first
    while (ledger.boundaries.length > 0) {
      const { chunk, ends } = ledger.boundaries[0]
      if (models.some(({ pending }, number) => number < ends.length && pending.head < ends[number].pending)) break
      ledger.starts = ends
      ledger.first = chunk + 1
      ledger.boundaries.shift()
    }
    return ledger.first - before
  }
}

const lastSince = ({ pending }: ModelRuntime): number => (pending.size === 0 ? -Infinity : pending.since[pending.at(pending.tail - 1)])

/** What `Pending.expire` dropped before a row of this stream time was appended; carried entries have rows of their own. */
function dropExpired({ pending, vectors, policy }: ModelRuntime, nowMs: number): void {
  while (pending.size > 0 && pending.since[pending.at(pending.head)] + policy.time.labelHorizonMs < nowMs) pending.dropHead(vectors)
}
