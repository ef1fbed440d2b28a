/** Tables with a header line. */
import { parse } from 'csv-parse'
import { pipeline, Readable } from 'node:stream'
import { usage } from '../failure.ts'
import type { Io } from '../io.ts'
import { bytesOf, unreadable } from '../ndjson.ts'
import { nearest } from '../../core/unit.ts'

export interface Table {
  columns: readonly string[]
  /** cells as text, in the order of the columns; an empty cell is '' */
  rows: AsyncIterable<readonly string[]>
}

/**
 * Opens a CSV file (a .gz too) or standard input for `-`. The first line names the columns.
 * @throws StewardError INPUT_UNREADABLE, here or from `rows`: no file, no header, a name twice, a row of another length
 */
export async function openCsv(path: string, io: Io): Promise<Table> {
  const parser = pipeline(Readable.from(bytesOf(path, io)), parse({ bom: true, skip_empty_lines: true, trim: true }), () => undefined)
  const records = (parser as AsyncIterable<string[]>)[Symbol.asyncIterator]()
  const first = await nextRecord(records, path)
  if (first.done === true) throw unreadable(path, 'it is empty; the first line must name the columns')
  const columns = first.value
  const twice = columns.find((column, i) => columns.indexOf(column) !== i)
  if (twice !== undefined) throw unreadable(path, `the column '${twice}' is named twice`)
  return { columns, rows: remaining(records, path) }
}

async function* remaining(records: AsyncIterator<string[]>, path: string): AsyncGenerator<readonly string[]> {
  for (let next = await nextRecord(records, path); next.done !== true; next = await nextRecord(records, path)) yield next.value
}

async function nextRecord(records: AsyncIterator<string[]>, path: string): Promise<IteratorResult<string[]>> {
  try {
    return await records.next()
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

/** Where a column stands. @throws StewardError USAGE with its nearest neighbour */
export function columnIndex(columns: readonly string[], column: string): number {
  const index = columns.indexOf(column)
  if (index >= 0) return index
  const near = nearest(column, columns)
  throw usage(`there is no column '${column}'${near === null ? '.' : `; did you mean '${near}'?`} There are: ${columns.join(', ')}`)
}

const numeral = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** A cell as data: '' and NA-like are null, numerals numbers, true and false booleans, the rest text. */
export function cellValue(cell: string): number | boolean | string | null {
  if (cell === '' || cell === 'NA' || cell === 'NaN' || cell === 'null') return null
  if (numeral.test(cell)) return Number(cell)
  const lower = cell.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : cell
}
