/** What a table's labels and predictions mean: which value is positive, what was decided. */
import { usage } from '../failure.ts'
import type { Column, LoadedTable } from './load.ts'
import { scalarAt, type Roles } from './roles.ts'

export type Task = 'binary' | 'regression' | 'multiclass'
export type ScalarValue = number | boolean | string

const positiveNames = ['true', '1', 'yes', 'y', 'positive', 'pos', 'fraud', 'bad']

/** Class scores, or labels of several names, make a multiclass task; else two distinct labels a binary one, more numbers a regression. */
export function taskOf(label: Column, { classScores, decision }: Pick<Roles, 'classScores' | 'decision'> = { decision: null }): Task {
  if (classScores !== undefined) return 'multiclass'
  const distinct = distinctValues(label, 3)
  if (distinct.length <= 2) return 'binary'
  if (label.type === 'numeric') return 'regression'
  if (decision !== null) return 'multiclass'
  throw usage(`the label column holds ${distinct.map((value) => `'${String(value)}'`).join(', ')} and more: labels are two values, or numbers, or classes beside their probabilities or a decision. --scores names the columns of the probabilities: p_*, or cat=p_cat,dog=p_dog`)
}

/**
 * The label value that counts as positive: as told, else the larger of two numbers, `true`, or a name that says so.
 * @throws StewardError USAGE when no label says so
 */
export function positiveOf(label: Column, told: string | null): ScalarValue {
  const distinct = distinctValues(label, 3)
  if (told !== null) {
    const found = distinct.find((value) => String(value) === told)
    if (found === undefined) throw usage(`--positive ${told} is not among the labels: ${distinct.map(String).join(', ')}`)
    return found
  }
  if (label.type === 'numeric') return Math.max(...distinct.map(Number))
  const found = distinct.find((value) => positiveNames.includes(String(value).toLowerCase()))
  if (found === undefined) throw usage(`which label is positive? --positive names it, one of: ${distinct.map(String).join(', ')}`)
  return found
}

function distinctValues(column: Column, max: number): ScalarValue[] {
  const seen = new Set<ScalarValue>()
  for (let row = 0; row < column.values.length && seen.size < max; row++) {
    const value = scalarAt(column, row)
    if (value !== null) seen.add(value)
  }
  return [...seen]
}

/** NaN where the row has no score. */
export function scoreAt({ columns }: LoadedTable, { score }: Roles, row: number): number {
  const column = score === null ? null : columns[score]
  return column === null || column.type === 'text' ? NaN : column.values[row]
}

/** What was decided, as 0 or 1: the decision column's word, else the score against the threshold; null when the row has neither. */
export function decisionAt(table: LoadedTable, roles: Roles, row: number, positive: ScalarValue, threshold: number): 0 | 1 | null {
  const decided = roles.decision === null ? null : scalarAt(table.columns[roles.decision], row)
  if (decided !== null) return decided === positive || decided === true || (typeof decided === 'number' && decided === Number(positive)) ? 1 : 0
  const score = scoreAt(table, roles, row)
  return Number.isFinite(score) ? (score >= threshold ? 1 : 0) : null
}
