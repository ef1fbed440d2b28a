/** A table in memory, by column: numbers packed, names interned. */
import type { Io } from '../io.ts'
import { readNdjson, unreadable } from '../ndjson.ts'
import { cellValue, columnIndex, openCsv, type Table } from './csv.ts'

/** NaN is a missing value, ±Infinity one that is no finite number. */
export interface NumericColumn { type: 'numeric'; values: Float64Array }
/** null is a missing value */
export interface TextColumn { type: 'text'; values: (string | null)[] }
export type Column = NumericColumn | TextColumn

export interface LoadedTable {
  path: string
  rows: number
  names: readonly string[]
  columns: Readonly<Record<string, Column>>
}

/** Rows that settle which columns are numeric. */
const sampleRows = 1000

/**
 * Reads a whole table: CSV with a header line, or NDJSON (.ndjson, .jsonl) whose nested fields become dotted columns; .gz of both.
 * A column is numeric when the first thousand rows hold nothing else, `text` names those that are codes all the same.
 * @throws StewardError INPUT_UNREADABLE also where a later cell of a numeric column is no number; USAGE where `text` names no column
 */
export async function loadTable(path: string, io: Io, text: readonly string[] = []): Promise<LoadedTable> {
  const table = /\.(ndjson|jsonl)(\.gz)?$/.test(path) ? await openNdjson(path, io) : await openCsv(path, io)
  const forced = new Set(text.map((column) => columnIndex(table.columns, column)))
  const rows = table.rows[Symbol.asyncIterator]()
  const sample = await take(rows, sampleRows)
  const builders = table.columns.map((name, i) => {
    const numeric = !forced.has(i) && sample.some((row) => cellValue(row[i]) !== null) && sample.every((row) => fitsNumber(row[i]))
    return numeric ? numericBuilder(name) : textBuilder()
  })
  let n = 0
  const add = (row: readonly string[]) => {
    n += 1
    for (let i = 0; i < builders.length; i++) builders[i].add(row[i], path, n)
  }
  sample.forEach(add)
  for (let next = await rows.next(); next.done !== true; next = await rows.next()) add(next.value)
  return { path, rows: n, names: table.columns, columns: Object.fromEntries(table.columns.map((name, i) => [name, builders[i].column()])) }
}

/** Up to `max` values from the front. */
async function take<T>(values: AsyncIterator<T>, max: number): Promise<T[]> {
  const taken: T[] = []
  while (taken.length < max) {
    const next = await values.next()
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}

interface ColumnBuilder {
  add(cell: string, path: string, row: number): void
  column(): Column
}

const infinite: Readonly<Record<string, number>> = { inf: Infinity, '+inf': Infinity, '-inf': -Infinity, infinity: Infinity, '-infinity': -Infinity }

function fitsNumber(cell: string): boolean {
  const value = cellValue(cell)
  return value === null || typeof value === 'number' || Object.hasOwn(infinite, cell.toLowerCase())
}

function numericBuilder(name: string): ColumnBuilder {
  let values = new Float64Array(sampleRows)
  let n = 0
  return {
    add(cell, path, row) {
      if (!fitsNumber(cell)) {
        throw unreadable(path, `row ${row}: '${cell}' in column '${name}', which held numbers so far. If it holds codes, add --categorical ${name}`)
      }
      if (n === values.length) {
        const longer = new Float64Array(2 * n)
        longer.set(values)
        values = longer
      }
      const value = cellValue(cell)
      values[n] = typeof value === 'number' ? value : value === null ? NaN : infinite[cell.toLowerCase()]
      n += 1
    },
    column: () => ({ type: 'numeric', values: values.slice(0, n) }),
  }
}

function textBuilder(): ColumnBuilder {
  const known = new Map<string, string>()
  const values: (string | null)[] = []
  return {
    add(cell) {
      if (cellValue(cell) === null) {
        values.push(null)
        return
      }
      // one string object a distinct name, not one a row
      const name = known.get(cell) ?? cell
      if (known.size < 100_000) known.set(name, name)
      values.push(name)
    },
    column: () => ({ type: 'text', values }),
  }
}

/** Objects as rows; the fields of the first thousand are the columns. */
async function openNdjson(path: string, io: Io): Promise<Table> {
  const values = readNdjson(path, io)
  const first = (await take(values, sampleRows)).map((value) => flat(value))
  const columns = [...new Set(first.flatMap((row) => Object.keys(row)))]
  if (columns.length === 0) throw unreadable(path, 'it holds no objects')
  async function* rows() {
    for (const row of first) yield columns.map((column) => row[column] ?? '')
    for await (const value of values) {
      const row = flat(value)
      yield columns.map((column) => row[column] ?? '')
    }
  }
  return { columns, rows: rows() }
}

function flat(value: unknown, prefix = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  const cells: Record<string, string> = {}
  for (const [key, inner] of Object.entries(value as Record<string, unknown>)) {
    if (typeof inner === 'object' && inner !== null) Object.assign(cells, flat(inner, `${prefix}${key}.`))
    else cells[prefix + key] = inner === null ? '' : String(inner)
  }
  return cells
}
