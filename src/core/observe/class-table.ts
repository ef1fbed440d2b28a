/** The classes of one multiclass model on one task: names interned as codes in a table that is bounded, and one record in codes. */
import { idHash } from '../join/id-hash.ts'
import { blankClassRow, reserveClasses, type ClassRow } from '../join/class-ring.ts'
import type { ModelPolicy } from '../policy.ts'
import type { Prediction, Scalar } from '../records.ts'

/** Codes from here on stand for names that the table has no room for: they tell one such class from another and no more. */
const CODES_MAX = 65_536
const OVERFLOW_CODES = 2 ** 32 - CODES_MAX
const NAME_LENGTH_MAX = 200

/** A class as text, from a label or decision; undefined where it can be none: empty, overlong, or what every object has. */
export function classNameOf(value: Scalar): string | undefined {
  const name = String(value)
  return name === '' || name.length > NAME_LENGTH_MAX || name in Object.prototype ? undefined : name
}

export class ClassTable {
  /** K; outcomes of any further class are counted together under this code */
  readonly classesMax: number
  /** what `take` made of the record */
  readonly row: ClassRow = blankClassRow()
  /** the class of greatest probability in `row`, of equal ones the first by name; undefined where there were no probabilities */
  likeliest: number | undefined
  private readonly names: string[]
  private readonly listed: readonly string[] | null
  private readonly codes = new Map<string, number>()
  /** code → place among the classes kept apart */
  private readonly places: number[] = []
  private readonly bindings = new WeakMap<readonly string[], Uint32Array>()
  private readonly hash = new Uint32Array(2)
  private readonly onNew: () => void

  /** @param names by code, grown in place @param onNew called when it grew */
  constructor(names: string[], { classes, classesMax }: NonNullable<ModelPolicy['multiclass']>, onNew: () => void) {
    this.names = names
    this.classesMax = classesMax
    this.listed = classes
    this.onNew = onNew
    names.forEach((name, code) => this.remember(name, code))
    for (const name of classes ?? []) if (!this.codes.has(name) && names.length < CODES_MAX) this.add(name)
  }

  /** Names of the classes kept apart, by place; it grows at the end. */
  get kept(): readonly string[] {
    return this.listed ?? (this.names.length > this.classesMax ? this.names.slice(0, this.classesMax) : this.names)
  }

  /** The class's code, given to it when it is met first; one made of its hash where there is no room. */
  codeOf(name: string): number {
    const code = this.codes.get(name)
    if (code !== undefined) return code
    if (this.listed === null && this.names.length < this.classesMax) return this.add(name)
    idHash(name, this.hash)
    return CODES_MAX + (this.hash[0] % OVERFLOW_CODES)
  }

  /** Place of a code among the classes kept apart; `classesMax` for any other. */
  placeOf(code: number): number {
    return code < this.places.length ? this.places[code] : this.classesMax
  }

  /** Null for a class that is not kept apart. */
  nameOf(code: number): string | null {
    return this.placeOf(code) === this.classesMax ? null : this.names[code]
  }

  /** Takes the probabilities of a record into `row`; returns the greatest of them, else the record's score: NaN where there is neither, infinite where one is not finite. */
  take({ classScores, score }: Pick<Prediction, 'classScores' | 'score'>): number {
    this.likeliest = undefined
    this.row.count = -1
    if (classScores === null || classScores === undefined || classScores.classes.length === 0) return score
    const { classes, scores } = classScores
    const codes = this.bindings.get(classes) ?? this.bind(classes)
    reserveClasses(this.row, codes.length)
    return this.fill(codes, scores)
  }

  private fill(codes: Uint32Array, scores: Float64Array): number {
    const { row } = this
    let [greatest, count] = [-1, 0]
    for (let i = 0; i < codes.length; i++) {
      const score = scores[i]
      if (!Number.isFinite(score)) return Infinity
      if (score > greatest) {
        greatest = score
        this.likeliest = codes[i]
      }
      if (score === 0) continue // as good as absent
      row.codes[count] = codes[i]
      row.scores[count++] = score
    }
    row.count = count
    return greatest
  }

  private bind(classes: readonly string[]): Uint32Array {
    const codes = Uint32Array.from(classes, (name) => this.codeOf(name))
    this.bindings.set(classes, codes)
    return codes
  }

  private add(name: string): number {
    const code = this.names.push(name) - 1
    this.remember(name, code)
    this.onNew()
    return code
  }

  private remember(name: string, code: number): void {
    this.codes.set(name, code)
    const place = this.listed === null ? code : this.listed.indexOf(name)
    this.places[code] = place < 0 || place >= this.classesMax ? this.classesMax : place
  }
}
