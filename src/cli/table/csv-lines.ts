/** A table as the lines of input that a family of units takes. */
import { cellValue, columnIndex, openCsv, type Table } from './csv.ts'
import { usage } from '../failure.ts'
import type { Io } from '../io.ts'

export interface CsvLinesOptions {
  path: string
  family: string
  /** `name` or `field=name` */
  columns: readonly string[]
  /** table of the reference sample, for drift and estimation; null: none */
  reference: string | null
}

/** Fields of a line for metrics that one cell can hold. */
const metricFields = ['y', 'score', 'prediction', 'latencyMs', 'cost', 'predictedAt', 'observedAt', 't', 'entity']

interface ColumnUse {
  /** '' for the value itself */
  field: string
  column: string
}

/**
 * - detectors: `--column error` gives numbers
 * - metrics: `--column y=label --column score=p` (or `prediction=`, `latencyMs=`, `cost=`, `predictedAt=` and `observedAt=`; `t=` for windows of time, `entity=`)
 * - learners: `--column y=label`, and `x=name` for each feature; without an `x` every other column is one
 * - drift: `--column amount` with a reference table gives one line with both samples; of several columns, as rows
 * - estimation: `--column score=p` (or `scores.cat=p_cat` for each class, or `x=name` for each feature and `prediction=`), `y=label` in the reference table
 *   and `decision=` where there is one, gives one line with both tables
 * @throws StewardError USAGE when the columns do not say what the family needs
 */
export async function csvLines(io: Io, options: CsvLinesOptions): Promise<AsyncIterable<unknown>> {
  const uses = options.columns.map(parseUse)
  if (options.reference !== null && !['drift', 'estimation'].includes(options.family)) throw usage('--reference is for drift and estimation: the other families read one table')
  switch (options.family) {
    case 'detectors': return values(await openCsv(options.path, io), single(uses, 'detectors', '--column error'))
    case 'metrics': return objects(await openCsv(options.path, io), fields(uses, 'metrics', metricFields, '--column y=label --column score=p'))
    case 'learners': return rows(await openCsv(options.path, io), uses)
    case 'drift': return samples(io, options, names(uses, '--column amount --reference reference.csv'))
    case 'estimation': return labelledSamples(io, options, uses)
    default: throw usage(`a table cannot be read for '${options.family}': the families that take one are detectors, drift, metrics, learners and estimation`)
  }
}

function parseUse(text: string): ColumnUse {
  const at = text.indexOf('=')
  return at < 0 ? { field: '', column: text } : { field: text.slice(0, at), column: text.slice(at + 1) }
}

function single(uses: readonly ColumnUse[], family: string, example: string): string {
  if (uses.length !== 1 || uses[0].field !== '') throw usage(`${family} read one column: ${example}`)
  return uses[0].column
}

/** Columns without a field, at least one. */
function names(uses: readonly ColumnUse[], example: string): readonly string[] {
  if (uses.length === 0 || uses.some(({ field }) => field !== '')) throw usage(`drift reads one column, or several as rows: ${example}`)
  return uses.map(({ column }) => column)
}

function fields(uses: readonly ColumnUse[], family: string, known: readonly string[], example: string): readonly ColumnUse[] {
  if (uses.length > 0 && uses.every(({ field }) => known.includes(field))) return uses
  throw usage(`${family} need to know which column is which of ${known.join(', ')}: ${example}`)
}

async function* values({ columns, rows }: Table, column: string): AsyncGenerator<unknown> {
  const index = columnIndex(columns, column)
  for await (const row of rows) yield asNumber(cellValue(row[index]))
}

/** `true` in a column of errors is 1. */
const asNumber = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value)

async function* objects({ columns, rows }: Table, uses: readonly ColumnUse[]): AsyncGenerator<unknown> {
  const indices = uses.map(({ field, column }) => [field, columnIndex(columns, column)] as const)
  for await (const row of rows) yield Object.fromEntries(indices.map(([field, index]) => [field, cellValue(row[index])]))
}

async function* rows(table: Table, uses: readonly ColumnUse[]): AsyncGenerator<unknown> {
  const target = fields(uses, 'learners', ['x', 'y'], '--column y=label --column x=age --column x=amount').filter(({ field }) => field === 'y')
  if (target.length !== 1) throw usage('learners need one target column: --column y=label')
  const y = columnIndex(table.columns, target[0].column)
  const chosen = uses.filter(({ field }) => field === 'x').map(({ column }) => columnIndex(table.columns, column))
  const features = chosen.length > 0 ? chosen : table.columns.map((_, i) => i).filter((i) => i !== y)
  for await (const row of table.rows) yield { x: Object.fromEntries(features.map((i) => [table.columns[i], cellValue(row[i])])), y: cellValue(row[y]) }
}

async function* samples(io: Io, { path, reference }: CsvLinesOptions, columns: readonly string[]): AsyncGenerator<unknown> {
  if (reference === null) throw usage('drift compares two samples: --reference names the table of the reference')
  yield { reference: await sampleOf(reference, columns, io), current: await sampleOf(path, columns, io) }
}

/** The values of one column, or rows of several. */
async function sampleOf(path: string, names: readonly string[], io: Io): Promise<unknown[]> {
  const { columns, rows } = await openCsv(path, io)
  const indices = names.map((name) => columnIndex(columns, name))
  const sample: unknown[] = []
  for await (const row of rows) sample.push(indices.length === 1 ? cellValue(row[indices[0]]) : Object.fromEntries(indices.map((index) => [columns[index], cellValue(row[index])])))
  return sample
}

const estimationFields = ['score', 'x', 'prediction', 'decision', 'y']
const classField = 'scores.'

/** The rows of the reference with their truth, those of the other table without. */
async function* labelledSamples(io: Io, { path, reference }: CsvLinesOptions, uses: readonly ColumnUse[]): AsyncGenerator<unknown> {
  if (reference === null) throw usage('estimation learns from rows with labels: --reference names their table')
  const known = uses.every(({ field }) => estimationFields.includes(field) || field.startsWith(classField))
  if (!known || !uses.some(({ field }) => field === 'y')) {
    throw usage('estimation needs to know which column is which of score (or scores.<class>, or x and prediction), decision and y: --column score=p --column y=label')
  }
  yield { reference: await rowsOf(reference, uses, io), current: await rowsOf(path, uses.filter(({ field }) => field !== 'y'), io) }
}

async function rowsOf(path: string, uses: readonly ColumnUse[], io: Io): Promise<unknown[]> {
  const table = await openCsv(path, io)
  const indices = uses.map((use) => ({ ...use, index: columnIndex(table.columns, use.column) }))
  const isOfClasses = uses.some(({ field }) => field.startsWith(classField))
  const lines: unknown[] = []
  for await (const cells of table.rows) {
    const row: Record<string, unknown> = {}
    const [x, scores]: Record<string, unknown>[] = [{}, {}]
    for (const { field, column, index } of indices) {
      const value = cellValue(cells[index])
      if (field === 'x') x[column] = value
      else if (field.startsWith(classField)) scores[field.slice(classField.length)] = value
      else row[field] = isOfClasses ? cells[index] : value // a class named 1 is a name
    }
    lines.push({ ...row, x, scores })
  }
  return lines
}
