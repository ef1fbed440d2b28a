/**
 * Features that came before their prediction, which alone tells their segments: kept for one pane, up to a limit, oldest out first. Part `waiting/<model>`.
 * Unlike the rows that learners keep they are exact, since bins and atoms are; a row is gone as soon as its prediction comes.
 */
import { partName, type PartStore } from '../parts.ts'
import type { FeatureShape, FeatureVector } from '../records.ts'

interface Row {
  low: number
  high: number
  sinceMs: number
  vector: FeatureVector
}

/** The state: rows by arrival, each shape once. */
interface Stored {
  shapes: FeatureShape[]
  rows: { low: number; high: number; sinceMs: number; shape: number; numeric: Float64Array; categorical: (string | null)[] }[]
}

export class Waiting {
  private readonly name: string
  private readonly parts: PartStore
  /** by the hash of their inference, in order of arrival */
  private readonly rows = new Map<number, Row>()
  private readonly shapeTexts = new WeakMap<FeatureShape, string>()
  private dirty = false

  constructor(model: string, parts: PartStore) {
    this.name = partName('waiting', model)
    this.parts = parts
    const stored = parts.get<Stored>(this.name)
    for (const { shape, numeric, categorical, ...row } of stored?.rows ?? []) {
      this.rows.set(keyOf(row.low, row.high), { ...row, vector: { shape: stored!.shapes[shape], numeric, categorical } })
    }
  }

  get size(): number {
    return this.rows.size
  }

  /** Keeps a copy; returns how many rows it cost at the limit. */
  put(low: number, high: number, sinceMs: number, { shape, numeric, categorical }: FeatureVector, max: number): number {
    const key = keyOf(low, high)
    let lost = this.rows.delete(key) ? 1 : 0
    this.rows.set(key, { low, high, sinceMs, vector: { shape, numeric: numeric.slice(), categorical: [...categorical] } })
    this.dirty = true
    while (this.rows.size > max) lost += this.dropOldest()
    return lost
  }

  /** Takes the features of an inference out; null when none wait. */
  take(low: number, high: number): FeatureVector | null {
    const key = keyOf(low, high)
    const row = this.rows.get(key)
    if (row === undefined || row.low !== low || row.high !== high) return null
    this.rows.delete(key)
    this.dirty = true
    return row.vector
  }

  /** Forgets rows that came before `ms`; returns how many. */
  dropBefore(ms: number): number {
    let lost = 0
    for (const { sinceMs } of this.rows.values()) {
      if (sinceMs >= ms) break
      lost += this.dropOldest()
    }
    return lost
  }

  /** Brings the part up to date. */
  store(): void {
    if (!this.dirty) return
    this.dirty = false
    if (this.rows.size === 0) this.parts.delete(this.name)
    else this.parts.put(this.name, this.stored())
  }

  private dropOldest(): number {
    for (const key of this.rows.keys()) {
      this.rows.delete(key)
      this.dirty = true
      return 1
    }
    return 0
  }

  /** Shapes are told apart by content: after a restart those of the state are others than the decoder's, and the state must not differ. */
  private stored(): Stored {
    const stored: Stored = { shapes: [], rows: [] }
    const numbers = new Map<string, number>()
    for (const { vector: { shape, numeric, categorical }, ...row } of this.rows.values()) {
      const text = this.textOf(shape)
      let number = numbers.get(text)
      if (number === undefined) numbers.set(text, (number = stored.shapes.push({ ...shape }) - 1))
      stored.rows.push({ ...row, shape: number, numeric, categorical })
    }
    return stored
  }

  private textOf(shape: FeatureShape): string {
    let text = this.shapeTexts.get(shape)
    if (text === undefined) this.shapeTexts.set(shape, (text = JSON.stringify([shape.numeric, shape.categorical, shape.sentAs ?? null])))
    return text
  }
}

/** 53 of the 64 bits, which a number holds exactly; `take` compares all of them. */
const keyOf = (low: number, high: number): number => (high & 0x1f_ffff) * 0x1_0000_0000 + low
