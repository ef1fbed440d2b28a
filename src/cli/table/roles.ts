/** Which column of a table is what: as told, else guessed from names and values, and every guess said. */
import { usage } from '../failure.ts'
import { parseTime } from '../options.ts'
import { guessedColumns, toldColumns, type ClassColumns } from './class-scores.ts'
import { columnIndex } from './csv.ts'
import type { Column, LoadedTable } from './load.ts'

export type Role = 'id' | 'time' | 'score' | 'decision' | 'label' | 'version'

/** Null where there is none. */
export interface Roles extends Record<Role, string | null> {
  /** of several classes: the column of the probability of each; absent where there are none */
  classScores?: ClassColumns
  segments: readonly string[]
  /** every column without a role */
  features: readonly string[]
}

export type GivenRoles = Partial<Record<Role, string>> & { segment?: readonly string[]; exclude?: readonly string[]; scores?: string }

export interface Guess { role: string; text: string }

interface Rule {
  /** exact names first, in order of preference, then patterns */
  names: readonly (string | RegExp)[]
  fits(column: Column): boolean
}

const rules: Readonly<Record<Role, Rule>> = {
  id: { names: ['inferenceId', 'inference_id', 'id', 'request_id', 'uuid', /(^|_)id$/i], fits: isUnique },
  time: { names: ['timestamp', 'predictedAt', 'observedAt', 'predicted_at', 'observed_at', 'time', 'ts', 'datetime', 'date', /time|date/i], fits: isTime },
  version: { names: ['version', 'model_version', 'modelVersion'], fits: (column) => column.type === 'text' || column.values.every(Number.isInteger) },
  label: { names: ['label', 'target', 'y_true', 'y', 'class', 'ground_truth', /(^|_)(target|label)$/i, /^is_/i], fits: hasValues },
  score: { names: ['score', 'proba', 'probability', 'y_pred_proba', 'p', 'y_score', /proba?(bility)?$/i, /score$/i], fits: (column) => column.type === 'numeric' },
  decision: { names: ['decision', 'y_pred', 'predicted', 'prediction'], fits: hasValues },
}

/**
 * @param wanted the roles to guess where they were not given; the others stay null
 * @throws StewardError USAGE for a column that is not there
 */
export function rolesOf(table: LoadedTable, given: GivenRoles, wanted: readonly Role[]): { roles: Roles; guesses: Guess[] } {
  const taken = new Set<string>()
  const take = (column: string): string => {
    const name = table.names[columnIndex(table.names, column)]
    if (taken.has(name)) throw usage(`the column '${name}' is named for two things`)
    taken.add(name)
    return name
  }
  const roles: Record<Role, string | null> = { id: null, time: null, score: null, decision: null, label: null, version: null }
  for (const role of Object.keys(rules) as Role[]) if (given[role] !== undefined) roles[role] = take(given[role])
  const segments = (given.segment ?? []).map(take)
  for (const column of given.exclude ?? []) take(column)
  const guesses: Guess[] = []
  let classScores = given.scores === undefined ? null : toldColumns(table, given.scores, taken)
  Object.values(classScores ?? {}).forEach(take)
  for (const role of wanted) {
    if (role === 'score' && roles.score === null) {
      if (classScores === null && roles.label !== null) classScores = guessClasses(table, roles.label, taken, guesses)
      if (classScores !== null) continue
    }
    if (roles[role] !== null) continue
    const found = guess(table, rules[role], taken)
    if (found !== null) roles[role] = take(found)
    guesses.push({ role, text: found === null ? `no column fits: none` : `column '${found}'` })
  }
  const features = table.names.filter((name) => !taken.has(name))
  return { roles: { ...roles, ...(classScores === null ? {} : { classScores }), segments, features }, guesses }
}

function guessClasses(table: LoadedTable, label: string, taken: Set<string>, guesses: Guess[]): ClassColumns | null {
  const found = guessedColumns(table, label)
  if (found === null || Object.values(found).some((column) => taken.has(column))) return null
  for (const column of Object.values(found)) taken.add(column)
  guesses.push({ role: 'scores', text: Object.entries(found).map(([name, column]) => `${name} in '${column}'`).join(', ') })
  return found
}

function guess({ names, columns }: LoadedTable, rule: Rule, taken: ReadonlySet<string>): string | null {
  for (const wanted of rule.names) {
    const matches = (name: string) => typeof wanted === 'string' ? name.toLowerCase() === wanted.toLowerCase() : wanted.test(name)
    const found = names.find((name) => !taken.has(name) && matches(name) && rule.fits(columns[name]))
    if (found !== undefined) return found
  }
  return null
}

function hasValues(column: Column): boolean {
  return column.type === 'numeric' ? column.values.some((value) => !Number.isNaN(value)) : column.values.some((value) => value !== null)
}

function isUnique({ values }: Column): boolean {
  return values.length > 0 && new Set<unknown>(values).size === values.length
}

function isTime(column: Column): boolean {
  for (let row = 0; row < Math.min(column.values.length, 100); row++) if (Number.isNaN(timeAt(column, row))) return false
  return column.values.length > 0
}

/** Epoch milliseconds of a cell; numbers below 1e11 are taken for seconds. NaN when it is no time. */
export function timeAt(column: Column, row: number): number {
  if (column.type === 'text') return parseTime(column.values[row] ?? '')
  const value = column.values[row]
  if (!(value >= 1e8) || value >= 1e15) return NaN
  return Math.round(value < 1e11 ? value * 1000 : value)
}

export { scalarAt } from './scalar.ts'
