/** Columns that hold the probability of one class each: as told by --scores, else those that are named after the labels. */
import { usage } from '../failure.ts'
import { likeliest } from '../../core/metrics/rows.ts'
import type { LoadedTable, NumericColumn } from './load.ts'
import { columnIndex } from './csv.ts'
import { scalarAt } from './scalar.ts'

/** Class → column. */
export type ClassColumns = Readonly<Record<string, string>>

/** What of a table's roles tells classes. */
interface ClassRoles {
  classScores?: ClassColumns
  decision: string | null
}

/**
 * `p_*`: every numeric column with this prefix that is not `taken` for something else, the class being the rest of its name. `cat=p1,dog=p2`: a column a class.
 * @throws StewardError USAGE for a column that is not there or holds no numbers, and for fewer than two classes
 */
export function toldColumns(table: LoadedTable, told: string, taken: ReadonlySet<string>): ClassColumns {
  const pairs = told.endsWith('*') ? prefixed(table, told.slice(0, -1)).filter(([, column]) => !taken.has(column)) : told.split(',').map((pair): [string, string] => {
    const at = pair.indexOf('=')
    if (at < 1) throw usage(`--scores '${told}' is neither a prefix with a star, p_*, nor a list of class=column: cat=p_cat,dog=p_dog`)
    return [pair.slice(0, at), table.names[columnIndex(table.names, pair.slice(at + 1))]]
  })
  const text = pairs.find(([, column]) => table.columns[column].type === 'text')
  if (text !== undefined) throw usage(`the column '${text[1]}' holds text: a class score is a number`)
  if (pairs.length < 2) throw usage(`--scores '${told}' gives ${pairs.length === 0 ? 'no column' : 'one class'}: at least two are needed. There are: ${table.names.join(', ')}`)
  return Object.fromEntries(pairs)
}

/** Columns of probabilities with a common prefix, or none, that are named after labels in words: null unless three are. Of numbers any feature might be: `x1`, `x2`. */
export function guessedColumns(table: LoadedTable, label: string): ClassColumns | null {
  if (table.columns[label].type !== 'text') return null
  const labels = new Set<string>()
  for (let row = 0; row < table.rows && labels.size < labelsMax; row++) {
    const value = scalarAt(table.columns[label], row)
    if (value !== null) labels.add(String(value))
  }
  const [first] = labels
  const prefixes = table.names.filter((name) => name !== label && name.endsWith(first)).map((name) => name.slice(0, name.length - first.length))
  for (const prefix of prefixes) {
    const pairs = prefixed(table, prefix).filter(([name, column]) => labels.has(name) && (table.columns[column] as NumericColumn).values.every((value) => !(value < 0 || value > 1)))
    if (pairs.length >= 3) return Object.fromEntries(pairs)
  }
  return null
}

const labelsMax = 200

const prefixed = ({ names, columns }: LoadedTable, prefix: string): [string, string][] =>
  names.filter((name) => name.startsWith(prefix) && name.length > prefix.length && columns[name].type === 'numeric').map((name) => [name.slice(prefix.length), name])

/** Finite probabilities of a row by class; null where it has none. */
export function classScoresAt({ columns }: LoadedTable, { classScores }: Pick<ClassRoles, 'classScores'>, row: number): Record<string, number> | null {
  const scores = Object.entries(classScores ?? {}).flatMap(([name, column]) => {
    const score = columns[column].values[row]
    return typeof score === 'number' && Number.isFinite(score) ? [[name, score] as const] : []
  })
  return scores.length === 0 ? null : Object.fromEntries(scores)
}

/** The class decided: the decision column's word, else the likeliest; null where the row has neither. */
export function classDecisionAt(table: LoadedTable, roles: ClassRoles, row: number): string | null {
  const decided = roles.decision === null ? null : scalarAt(table.columns[roles.decision], row)
  if (decided !== null) return String(decided)
  const scores = classScoresAt(table, roles, row)
  return scores === null ? null : likeliest(scores) ?? null
}
