/**
 * Pending inferences of one model on one task: a ring of packed entries in order of arrival, found by a 64-bit id hash.
 * Entries of one inference (predictions of several versions, its label, its features) form a chain, newest first.
 * Whatever `append` derives it derives from the chain alone, so appending the same entries again rebuilds the same ring.
 */
import { assert } from '../assert.ts'
import type { ClassRing } from './class-ring.ts'
import type { VectorRing } from './vectors.ts'

export const PREDICTION = 0
export const LABEL = 1
export const FEATURES = 2
export type EntryKind = typeof PREDICTION | typeof LABEL | typeof FEATURES

export const ACTED = 1
export const DECIDED_POSITIVE = 2
/** a label that met at least one prediction */
export const MATCHED = 4
/** A prediction that failed or had no usable score: it has no outcome, only a place in the join. */
export const FAILED = 8
/** a prediction that named its entity: `bucket` is the entity's, not the inference's. */
export const NAMED = 16
/** of a multiclass model: a prediction's `value` is its position in the class ring (NaN without one), a label's the code of its class */
export const CLASSED = 32

/** What is appended; reused by the caller, copied by `append`. */
export interface Entry {
  kind: EntryKind
  low: number
  high: number
  /** event time, ms */
  time: number
  /** stream time of arrival, ms */
  since: number
  /** score (NaN without one), actual (NaN when withdrawn) or sequence in the vector ring (NaN without a vector); see CLASSED */
  value: number
  flags: number
  version: number
  segments: number
  /** 0..255, of the entity */
  bucket: number
  /** stream time of the first outcome (of a label carried on: of its arrival); NaN while there is none */
  joinedAt: number
}

export const blankEntry = (): Entry => ({
  kind: PREDICTION, low: 0, high: 0, time: 0, since: 0, value: NaN, flags: 0, version: 0, segments: 0, bucket: 0, joinedAt: NaN,
})

export interface Horizons {
  labelMs: number
  correctionMs: number
}

export interface ExpiryCounts {
  predictions: number
  labels: number
}

const NONE = -1

export class Pending {
  /** sequence number of the oldest entry and of the next one */
  head = 0
  tail = 0
  low!: Uint32Array
  high!: Uint32Array
  time!: Float64Array
  since!: Float64Array
  value!: Float64Array
  joinedAt!: Float64Array
  flags!: Uint8Array
  kind!: Uint8Array
  version!: Uint16Array
  segments!: Uint16Array
  bucket!: Uint8Array
  /** rows of classed predictions; null until there is one */
  classes: ClassRing | null = null
  /** distance to the next older entry of the chain; 0 ends it */
  private link!: Uint32Array
  /** ring position + 1 of the newest entry of each chain, by hash */
  private table!: Uint32Array
  private mask = 0
  private tableMask = 0
  private readonly carried = blankEntry()

  constructor(capacity = 1024) {
    assert((capacity & (capacity - 1)) === 0, 'ring capacity is a power of two')
    this.allocate(capacity)
  }

  get size(): number {
    return this.tail - this.head
  }

  /** Sequence number of the newest entry of this inference, or −1. */
  find(low: number, high: number): number {
    for (let slot = low & this.tableMask; ; slot = (slot + 1) & this.tableMask) {
      const held = this.table[slot]
      if (held === 0) return NONE
      if (this.low[held - 1] === low && this.high[held - 1] === high) return this.sequenceAt(held - 1)
    }
  }

  /** The next older entry of the chain, or −1. */
  older(sequence: number): number {
    const distance = this.link[sequence & this.mask]
    return distance === 0 || sequence - distance < this.head ? NONE : sequence - distance
  }

  at(sequence: number): number {
    return sequence & this.mask
  }

  /** The newest entry of `kind` in the chain that starts at `sequence` (−1 allowed), or −1; of `version` when it is not −1. */
  newest(sequence: number, kind: EntryKind, version = -1): number {
    for (let s = sequence; s !== NONE; s = this.older(s)) {
      const i = s & this.mask
      if (this.kind[i] === kind && (version === -1 || this.version[i] === version)) return s
    }
    return NONE
  }

  /** Adds an entry at the tail, newest of its chain, and marks what it completes. Returns its sequence number. */
  append(entry: Entry): number {
    if (this.size > this.mask) this.allocate((this.mask + 1) * 2)
    const sequence = this.tail++
    const i = sequence & this.mask
    const newest = this.find(entry.low, entry.high)
    this.low[i] = entry.low
    this.high[i] = entry.high
    this.time[i] = entry.time
    this.since[i] = entry.since
    this.value[i] = entry.value
    this.joinedAt[i] = entry.joinedAt
    this.flags[i] = entry.flags
    this.kind[i] = entry.kind
    this.version[i] = entry.version
    this.segments[i] = entry.segments
    this.bucket[i] = entry.bucket
    this.link[i] = newest === NONE ? 0 : sequence - newest
    this.point(entry.low, entry.high, i)
    if (entry.kind === LABEL) this.matchLabel(sequence)
    else if (entry.kind === PREDICTION) this.matchPrediction(sequence)
    return sequence
  }

  /** A label sets the join time of every prediction of its inference that had none. */
  private matchLabel(label: number): void {
    const at = label & this.mask
    if (Number.isNaN(this.value[at])) return
    for (let s = this.older(label); s !== NONE; s = this.older(s)) {
      const i = s & this.mask
      if (this.kind[i] !== PREDICTION) continue
      this.flags[at] |= MATCHED
      if (Number.isNaN(this.joinedAt[i])) this.joinedAt[i] = this.since[at]
    }
  }

  /** A prediction that finds its label parked is joined as it arrives. */
  private matchPrediction(prediction: number): void {
    const at = prediction & this.mask
    const label = this.newest(this.older(prediction), LABEL)
    if (label === NONE || Number.isNaN(this.value[label & this.mask])) return
    this.flags[label & this.mask] |= MATCHED
    if (Number.isNaN(this.joinedAt[at])) this.joinedAt[at] = this.since[at]
  }

  /** Whether the oldest entry has outlived the label horizon. */
  isDue(now: number, labelMs: number): boolean {
    return this.head < this.tail && this.since[this.head & this.mask] + labelMs < now
  }

  /** Whether the entry at `sequence` is the only one of its kind in the chain that starts at `chain`. */
  isLone(sequence: number, chain: number): boolean {
    const kind = this.kind[sequence & this.mask]
    for (let s = chain; s !== NONE; s = this.older(s)) if (s !== sequence && this.kind[s & this.mask] === kind) return false
    return true
  }

  /**
   * Drops from the head what has outlived its horizons at stream time `now`, and carries on (appends again) what a correction may still reach.
   * `carry` is told of every entry carried on.
   */
  expire(now: number, horizons: Horizons, vectors: VectorRing | null, counts: ExpiryCounts, carry: (entry: Entry) => void): void {
    for (let due = this.tail; this.head < due && this.since[this.head & this.mask] + horizons.labelMs < now; ) {
      const i = this.head & this.mask
      if (this.outcomeAt(i) + horizons.correctionMs >= now) {
        this.copyTo(i, this.carried)
        this.carried.joinedAt = this.outcomeAt(i)
        if (this.hasClassRow(i)) this.carried.value = this.classes!.carry(this.value[i])
        this.dropHead(vectors)
        // as late as its end allows, so that one entry is not carried at every step, and never ahead of stream time
        this.carried.since = Math.min(now, Math.max(this.carried.since, this.carried.joinedAt + horizons.correctionMs - horizons.labelMs))
        this.append(this.carried)
        carry(this.carried)
      } else {
        if (this.kind[i] === PREDICTION && Number.isNaN(this.joinedAt[i])) counts.predictions++
        if (this.kind[i] === LABEL && (this.flags[i] & MATCHED) === 0 && !Number.isNaN(this.value[i])) counts.labels++
        this.dropHead(vectors)
      }
    }
  }

  /** Since when a correction may reach the entry: a prediction's first outcome, a matched label's arrival; NaN for others. */
  outcomeAt(i: number): number {
    if (this.kind[i] === PREDICTION || !Number.isNaN(this.joinedAt[i])) return this.joinedAt[i]
    return this.kind[i] === LABEL && (this.flags[i] & MATCHED) !== 0 ? this.since[i] : NaN
  }

  private hasClassRow(i: number): boolean {
    return this.classes !== null && this.kind[i] === PREDICTION && (this.flags[i] & CLASSED) !== 0 && !Number.isNaN(this.value[i])
  }

  /** Drops the oldest entry whatever its age: eviction at the memory limit. */
  dropHead(vectors: VectorRing | null): void {
    const i = this.head & this.mask
    if (this.kind[i] === FEATURES && vectors !== null && !Number.isNaN(this.value[i])) vectors.dropTo(this.value[i] + 1)
    if (this.hasClassRow(i)) this.classes!.dropThrough(this.value[i])
    this.unpoint(i)
    this.head++
  }

  /** Starts an empty ring at `sequence`, where a restored one continues. */
  startAt(sequence: number): void {
    assert(this.size === 0, 'only an empty ring moves')
    this.head = this.tail = sequence
  }

  private copyTo(i: number, entry: Entry): void {
    entry.kind = this.kind[i] as EntryKind
    entry.low = this.low[i]
    entry.high = this.high[i]
    entry.time = this.time[i]
    entry.since = this.since[i]
    entry.value = this.value[i]
    entry.joinedAt = this.joinedAt[i]
    entry.flags = this.flags[i]
    entry.version = this.version[i]
    entry.segments = this.segments[i]
    entry.bucket = this.bucket[i]
  }

  private sequenceAt(position: number): number {
    return this.head + ((position - this.head) & this.mask)
  }

  /** Makes the table point to ring position `i` for this hash. */
  private point(low: number, high: number, i: number): void {
    for (let slot = low & this.tableMask; ; slot = (slot + 1) & this.tableMask) {
      const held = this.table[slot]
      if (held === 0 || (this.low[held - 1] === low && this.high[held - 1] === high)) {
        this.table[slot] = i + 1
        return
      }
    }
  }

  /** Takes ring position `i` out of the table if it is the newest of its chain; closes the hole by shifting back (Knuth 6.4, R). */
  private unpoint(i: number): void {
    let hole = this.low[i] & this.tableMask
    while (this.table[hole] !== i + 1) {
      if (this.table[hole] === 0) return
      hole = (hole + 1) & this.tableMask
    }
    for (let slot = (hole + 1) & this.tableMask; this.table[slot] !== 0; slot = (slot + 1) & this.tableMask) {
      const home = this.low[this.table[slot] - 1] & this.tableMask
      if (((slot - home) & this.tableMask) >= ((slot - hole) & this.tableMask)) {
        this.table[hole] = this.table[slot]
        hole = slot
      }
    }
    this.table[hole] = 0
  }

  /** Doubles the ring, keeping sequence numbers, and rebuilds the table at half load. */
  private allocate(capacity: number): void {
    const old = this.low === undefined ? null : this.columns()
    const oldMask = this.mask
    this.mask = capacity - 1
    this.low = new Uint32Array(capacity)
    this.high = new Uint32Array(capacity)
    this.time = new Float64Array(capacity)
    this.since = new Float64Array(capacity)
    this.value = new Float64Array(capacity)
    this.joinedAt = new Float64Array(capacity)
    this.flags = new Uint8Array(capacity)
    this.kind = new Uint8Array(capacity)
    this.version = new Uint16Array(capacity)
    this.segments = new Uint16Array(capacity)
    this.bucket = new Uint8Array(capacity)
    this.link = new Uint32Array(capacity)
    this.table = new Uint32Array(capacity * 2)
    this.tableMask = capacity * 2 - 1
    if (old === null) return
    this.copyRuns(old, oldMask)
    for (const held of old.table) if (held !== 0) this.insert(this.head + ((held - 1 - this.head) & oldMask))
  }

  private columns(): Columns {
    const { low, high, time, since, value, joinedAt, flags, kind, version, segments, bucket, link, table } = this
    return { low, high, time, since, value, joinedAt, flags, kind, version, segments, bucket, link, table }
  }

  /** Copies the entries in runs that lie in one piece in both rings. */
  private copyRuns(old: Columns, oldMask: number): void {
    for (let s = this.head; s < this.tail; ) {
      const [from, to] = [s & oldMask, s & this.mask]
      const length = Math.min(this.tail - s, oldMask + 1 - from, this.mask + 1 - to)
      for (const column of COLUMNS) this[column].set(old[column].subarray(from, from + length), to)
      this.link.set(old.link.subarray(from, from + length), to)
      s += length
    }
  }

  /** Adds the newest entry of a chain that the table does not hold yet. */
  private insert(sequence: number): void {
    const i = sequence & this.mask
    let slot = this.low[i] & this.tableMask
    while (this.table[slot] !== 0) slot = (slot + 1) & this.tableMask
    this.table[slot] = i + 1
  }
}

type Columns = Pick<Pending, (typeof COLUMNS)[number]> & { link: Uint32Array; table: Uint32Array }
const COLUMNS = ['low', 'high', 'time', 'since', 'value', 'joinedAt', 'flags', 'kind', 'version', 'segments', 'bucket'] as const
