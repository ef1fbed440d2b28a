/** Feature vectors: interned shapes, and the general way to collect columns from a decoded value. */
import type { FeatureShape, FeatureVector } from '../core/records.ts'
import type { SentAs } from '../core/sketches/value-types.ts'
import { refuse } from './codes.ts'
import type { ResolvedFeatures } from './mapping.ts'

/** Sets of names remembered; beyond it the table starts anew: slower, but the same vectors. */
const SHAPES_MAX = 4096
/** V8 keeps typed arrays of up to 64 bytes in its own heap; larger ones cost a system allocation each, so they share a small slab. */
const IN_HEAP_MAX = 8
const SLAB_DOUBLES = 512

/** A shape, and where in it each column of a record goes. */
export interface Columns {
  shape: FeatureShape
  /** column in record order → index in the shape */
  numericAt: readonly number[]
  categoricalAt: readonly number[]
}

/** Interns shapes: one object for each set of names, in ascending order, however a record orders its fields. */
export class ShapeTable {
  #shapes = new Map<string, FeatureShape>()
  #columns = new Map<string, Columns>()

  /** @param sentAs of each of `categorical`; null: all as text */
  columns(numeric: readonly string[], categorical: readonly string[], sentAs: readonly SentAs[] | null): Columns {
    const key = keyOf(numeric, categorical, sentAs)
    const known = this.#columns.get(key)
    if (known !== undefined) return known
    const types = new Map(categorical.map((name, i) => [name, sentAs?.[i] ?? 'text']))
    const names = [...categorical].sort()
    const shape = this.#shape([...numeric].sort(), names, sentAs === null ? null : names.map((name) => types.get(name)!))
    const made = { shape, numericAt: places(numeric, shape.numeric), categoricalAt: places(categorical, shape.categorical) }
    if (this.#columns.size >= SHAPES_MAX) this.#columns.clear()
    this.#columns.set(key, made)
    return made
  }

  #shape(numeric: readonly string[], categorical: readonly string[], sentAs: readonly SentAs[] | null): FeatureShape {
    for (const names of [numeric, categorical]) checkNames(names)
    const key = keyOf(numeric, categorical, sentAs)
    const known = this.#shapes.get(key)
    if (known !== undefined) return known
    const shape = Object.freeze({ numeric: Object.freeze(numeric), categorical: Object.freeze(categorical), ...(sentAs === null ? {} : { sentAs: Object.freeze(sentAs) }) })
    if (this.#shapes.size >= SHAPES_MAX) this.#shapes.clear()
    this.#shapes.set(key, shape)
    return shape
  }
}

const keyOf = (numeric: readonly string[], categorical: readonly string[], sentAs: readonly SentAs[] | null): string =>
  `${numeric.join('\u0000')}\u0001${categorical.join('\u0000')}${sentAs === null ? '' : `\u0001${sentAs.join()}`}`

function places(names: readonly string[], sorted: readonly string[]): number[] {
  const at = new Map(sorted.map((name, index) => [name, index]))
  return names.map((name) => at.get(name)!)
}

/** @param names ascending */
function checkNames(names: readonly string[]): void {
  names.forEach((name, i) => {
    if (i > 0 && names[i - 1] === name) refuse('WRONG_TYPE', `feature '${name}' appears twice: name one of the fields under \`ignore\` in the mapping`)
    if (name in Object.prototype || name === '') refuse('WRONG_TYPE', `a feature may not be named '${name}': rename the field`)
  })
}

let slab = new Float64Array(SLAB_DOUBLES)
let slabUsed = 0

/** An array of `length` zeros. Not for keeping by the million: larger ones share slabs of 4 KiB. */
export function smallFloat64Array(length: number): Float64Array {
  if (length <= IN_HEAP_MAX || length > SLAB_DOUBLES / 8) return new Float64Array(length)
  if (slabUsed + length > SLAB_DOUBLES) {
    slab = new Float64Array(SLAB_DOUBLES)
    slabUsed = 0
  }
  const array = new Float64Array(slab.buffer, slabUsed * 8, length)
  slabUsed += length
  return array
}

/** A number on its way into a vector: NaN there means missing, so what was sent and is no number becomes infinite. */
export const sentNumber = (value: number): number => (value !== value ? Infinity : value)

/** What a field is when its value is null and cannot say; from the writer's schema where there is one. */
export type ColumnKind = 'numeric' | 'categorical' | 'none'
/** `boolean` is categorical */
export type KindOf = ReadonlyMap<string, ColumnKind | 'boolean'>
const NO_KINDS: KindOf = new Map()

/** Collects the features of one decoded value (plain objects and Maps). */
export class FeatureCollector {
  readonly #shapes: ShapeTable
  readonly #mapping: ResolvedFeatures
  #numericNames: string[] = []
  #numericValues: number[] = []
  #categoricalNames: string[] = []
  #categoricalValues: (string | null)[] = []
  #sentAs: SentAs[] = []
  #isAllText = true
  /** what a name that is not always text was last sent as: a null is taken for another of these, so that it makes no shape of its own */
  readonly #notText = new Map<string, SentAs>()
  #kinds = NO_KINDS

  constructor(shapes: ShapeTable, mapping: ResolvedFeatures) {
    this.#shapes = shapes
    this.#mapping = mapping
  }

  /** @param value what stands at the mapping's root; null gives null @param kinds feature name → kind */
  collect(value: unknown, kinds = NO_KINDS): FeatureVector | null {
    if (value === null || value === undefined) return null
    if (!isContainer(value)) refuse('WRONG_TYPE', `'${this.#mapping.root.join('.')}' must hold the features by name`)
    this.#numericNames = []
    this.#numericValues = []
    this.#categoricalNames = []
    this.#categoricalValues = []
    this.#sentAs = []
    this.#isAllText = true
    this.#kinds = kinds
    this.#enter(value, '')
    return this.#vector()
  }

  #enter(value: object, prefix: string): void {
    for (const [key, member] of entries(value)) this.#add(prefix + key, member, prefix === '' ? key : '')
  }

  #add(name: string, value: unknown, top: string): void {
    const { root, taken } = this.#mapping
    if (taken.size > 0 && taken.has(root.length === 0 ? name : `${root.join('.')}.${name}`)) return
    if (top === 'numeric' && isContainer(value)) return this.#typed(value, 'numeric')
    if (top === 'categorical' && isContainer(value)) return this.#typed(value, 'categorical')
    const kind = this.#kind(name, value)
    if (kind === 'numeric') this.#number(name, value)
    else if (kind === 'categorical') this.#category(name, value)
    else if (isContainer(value)) this.#enter(value, `${name}.`)
    else if (Array.isArray(value)) {
      refuse('UNSUPPORTED', `field '${name}' is a list: sequences are no features. Send its summary as numbers, or name it under \`ignore\` in the mapping`)
    }
  }

  #typed(value: object, kind: 'numeric' | 'categorical'): void {
    for (const [name, member] of entries(value)) {
      if (kind === 'numeric') this.#number(name, member)
      else this.#category(name, member)
    }
  }

  #kind(name: string, value: unknown): ColumnKind {
    if (this.#mapping.numeric.has(name)) return 'numeric'
    if (this.#mapping.categorical.has(name)) return 'categorical'
    const declared = this.#kinds.get(name)
    if (declared !== undefined) return declared === 'boolean' ? 'categorical' : declared
    if (typeof value === 'number' || typeof value === 'bigint') return 'numeric'
    return typeof value === 'string' || typeof value === 'boolean' ? 'categorical' : 'none'
  }

  /** Text or a boolean where a number is declared is counted as what it is, among the names: a summary of numbers then shows it as no number. */
  #number(name: string, value: unknown): void {
    if (typeof value === 'boolean' || (typeof value === 'string' && !nonFiniteWords.has(value))) return this.#category(name, value)
    this.#numericNames.push(name)
    this.#numericValues.push(value === null ? NaN : sentNumber(asNumber(value, `feature '${name}'`)))
  }

  #category(name: string, value: unknown): void {
    if (value !== null && typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number' && typeof value !== 'bigint') {
      refuse('WRONG_TYPE', `feature '${name}' must be a string, boolean or null, not ${shown(value)}`)
    }
    this.#categoricalNames.push(name)
    this.#categoricalValues.push(value === null ? null : String(value))
    const sentAs = this.#sentAsOf(name, value)
    this.#sentAs.push(sentAs)
    if (sentAs !== 'text') this.#remember(name, sentAs)
  }

  #sentAsOf(name: string, value: string | boolean | number | bigint | null): SentAs {
    if (typeof value === 'string') return 'text'
    if (value === null) return this.#kinds.get(name) === 'boolean' ? 'boolean' : this.#notText.get(name) ?? 'text'
    return typeof value === 'boolean' ? 'boolean' : 'number'
  }

  #remember(name: string, sentAs: SentAs): void {
    this.#isAllText = false
    if (this.#notText.get(name) === sentAs) return
    if (this.#notText.size >= SHAPES_MAX) this.#notText.clear()
    this.#notText.set(name, sentAs)
  }

  #vector(): FeatureVector {
    const { shape, numericAt, categoricalAt } = this.#shapes.columns(this.#numericNames, this.#categoricalNames, this.#isAllText ? null : this.#sentAs)
    const numeric = smallFloat64Array(numericAt.length)
    for (let i = 0; i < numericAt.length; i++) numeric[numericAt[i]] = this.#numericValues[i]
    const categorical = new Array<string | null>(categoricalAt.length).fill(null)
    for (let i = 0; i < categoricalAt.length; i++) categorical[categoricalAt[i]] = this.#categoricalValues[i]
    return { shape, numeric, categorical }
  }
}

const entries = (value: object): Iterable<[string, unknown]> => (value instanceof Map ? value as Map<string, unknown> : Object.entries(value))

/** An object or Map whose members have names. */
export const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

const nonFiniteWords: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity'])

/** A number in any of the forms that wires carry; JSON has the non-finite ones as strings. Beyond 2^53 the nearest double. */
export function asNumber(value: unknown, name: string): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string' && nonFiniteWords.has(value)) return Number(value)
  return refuse('WRONG_TYPE', `${name} must be a number, not ${shown(value)}`)
}

/** A value in a message: short, so that no payload ends up in a log. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'string' ? 'a string' : `a ${typeof value}`
}
