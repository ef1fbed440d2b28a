import type { Rows } from '../drift/sample-measure.ts'
import { UnitError } from '../unit.ts'
import { badLine, record } from './input.ts'

const FEATURES_MAX = 500
const wanted = 'an object like {"reference":[{"age":41,"amount":12.5}],"current":[{"age":38,"amount":9}]}'

/**
 * `{reference, current}` as rows on the features that either has, by name; what a row lacks is missing, true and false are 1 and 0.
 * @throws UnitError for rows that are no objects of numbers, and for more than 500 features
 */
export function rowsOf(line: unknown): [Rows, Rows] {
  const { reference, current } = record(line, wanted)
  const [before, now] = [objects('reference', reference), objects('current', current)]
  const features = [...new Set([...before, ...now].flatMap((row) => Object.keys(row)))].sort()
  if (features.length > FEATURES_MAX) throw new UnitError(`more than ${FEATURES_MAX} features: are ids or free text among the names?`)
  return [table('reference', before, features), table('current', now, features)]
}

type RawRow = Readonly<Record<string, unknown>>

function objects(name: string, rows: unknown): RawRow[] {
  if (!Array.isArray(rows)) throw badLine(`"${name}" to be a list of rows, in ${wanted}`, rows)
  return rows.map((row) => record(row, `"${name}" to hold rows, in ${wanted}`))
}

function table(name: string, rows: readonly RawRow[], features: readonly string[]): Rows {
  const values = new Float64Array(rows.length * features.length).fill(NaN)
  for (const [i, row] of rows.entries()) {
    for (const [j, feature] of features.entries()) values[i * features.length + j] = cell(name, feature, row[feature])
  }
  return { features, n: rows.length, values }
}

function cell(name: string, feature: string, value: unknown): number {
  if (value === undefined || value === null) return NaN
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  throw badLine(`feature "${feature}" of "${name}" to be a number, true, false or null (write a category as one 0/1 feature each)`, value)
}
