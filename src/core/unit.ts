/**
 * The unit protocol. A unit is `init / update / read` (and `merge` where it can) over plain-data state:
 * objects, arrays, strings, finite numbers, booleans, null and typed arrays. The state is the snapshot.
 * Nothing in a unit may read a clock, draw unseeded randomness or do I/O.
 */

interface ParamBase<T> {
  default: T
  /** one clause, no full stop: what the number means and its unit */
  doc: string
}
export interface NumberParam extends ParamBase<number> { type: 'number' | 'integer'; min?: number; max?: number }
export interface ChoiceParam<T extends string = string> extends ParamBase<T> { type: 'choice'; choices: readonly T[] }
export interface FlagParam extends ParamBase<boolean> { type: 'flag' }
/** `null` by default means: derive it from the data */
export interface NumbersParam extends ParamBase<readonly number[] | null> { type: 'numbers' }
export type Param = NumberParam | ChoiceParam | FlagParam | NumbersParam

export type ParamSpecs = Readonly<Record<string, Param>>
/** The parsed parameters of a spec table. */
export type ParamsOf<Specs extends ParamSpecs> = { readonly [K in keyof Specs]: Specs[K] extends ChoiceParam<infer T> ? T : Specs[K]['default'] }

export const number = (value: number, doc: string, bounds: { min?: number; max?: number } = {}): NumberParam => ({ type: 'number', default: value, doc, ...bounds })
export const integer = (value: number, doc: string, bounds: { min?: number; max?: number } = {}): NumberParam => ({ type: 'integer', default: value, doc, ...bounds })
export const choice = <const T extends string>(choices: readonly T[], value: NoInfer<T>, doc: string): ChoiceParam<T> => ({ type: 'choice', choices, default: value, doc })
export const flag = (value: boolean, doc: string): FlagParam => ({ type: 'flag', default: value, doc })
export const numbers = (value: readonly number[] | null, doc: string): NumbersParam => ({ type: 'numbers', default: value, doc })

/** What every member of every family declares about itself. */
export interface Spec<Specs extends ParamSpecs = ParamSpecs> {
  /** kebab-case, unique in its family */
  name: string
  /** one sentence for `steward try --list` */
  summary: string
  /** where the definition comes from: author, year */
  source: string
  params: Specs
}

/** A streaming unit. `update` mutates `state` in place and returns nothing; `read` leaves it alone. */
export interface Unit<Specs extends ParamSpecs, State, Input, Output> extends Spec<Specs> {
  init(params: ParamsOf<Specs>): State
  update(state: State, input: Input, params: ParamsOf<Specs>): void
  read(state: State, params: ParamsOf<Specs>): Output
  /** folds `from` into `into`; associative, and order-stable where it cannot be commutative */
  merge?(into: State, from: State, params: ParamsOf<Specs>): void
}

/** Declares a unit; only there so that types are inferred. */
export function unit<const Specs extends ParamSpecs, State, Input, Output>(definition: Unit<Specs, State, Input, Output>): Unit<Specs, State, Input, Output> {
  return definition
}

/** A user's mistake in naming or setting a unit. `message` says what to do; edges turn it into a config error. */
export class UnitError extends Error {
  override name = 'UnitError'
}

/**
 * Finds a member by name.
 * @throws UnitError that lists the names when there is none
 */
export function member<M>(family: string, table: Readonly<Record<string, M>>, name: string): M {
  if (Object.hasOwn(table, name)) return table[name]
  const near = nearest(name, Object.keys(table))
  throw new UnitError(`no ${family} named '${name}'${near === null ? '.' : `; did you mean '${near}'?`} There are: ${Object.keys(table).join(', ')}`)
}

/**
 * Fills in defaults and checks what was given.
 * @throws UnitError naming the unit and the parameter: unknown name (with its nearest neighbour), wrong type, out of bounds
 */
export function resolveParams<Specs extends ParamSpecs>(spec: Spec<Specs>, given: Readonly<Record<string, unknown>> = {}): ParamsOf<Specs> {
  const names = Object.keys(spec.params)
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(spec.params, key)) continue
    const near = nearest(key, names)
    throw new UnitError(`${spec.name} has no parameter '${key}'${near === null ? '.' : `; did you mean '${near}'?`} It takes: ${names.join(', ') || 'none'}`)
  }
  const resolved: Record<string, unknown> = {}
  for (const name of names) {
    const param = spec.params[name]
    resolved[name] = given[name] === undefined ? param.default : checked(spec.name, name, param, given[name])
  }
  return resolved as ParamsOf<Specs>
}

function checked(unitName: string, name: string, param: Param, value: unknown): unknown {
  const refuse = (wanted: string): never => {
    throw new UnitError(`${unitName}: parameter '${name}' must be ${wanted}, not ${JSON.stringify(value)}`)
  }
  switch (param.type) {
    case 'number':
    case 'integer': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return refuse('a finite number')
      if (param.type === 'integer' && !Number.isInteger(value)) return refuse('a whole number')
      if (param.min !== undefined && value < param.min) return refuse(`at least ${param.min}`)
      if (param.max !== undefined && value > param.max) return refuse(`at most ${param.max}`)
      return value
    }
    case 'choice': return typeof value === 'string' && param.choices.includes(value) ? value : refuse(`one of ${param.choices.join(', ')}`)
    case 'flag': return typeof value === 'boolean' ? value : refuse('true or false')
    case 'numbers': return Array.isArray(value) && value.every(Number.isFinite) ? value : refuse('a list of finite numbers')
  }
}

/** The candidate with the smallest edit distance, or null when none is near enough to be a slip of the pen. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  let best: string | null = null
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(row[j - 1] + 1, previous[j] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    previous = row
  }
  return previous[b.length]
}
