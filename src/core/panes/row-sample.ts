/**
 * A sample of rows that does not depend on who saw them when: of all rows those whose ids hash lowest. Parts merge into the sample of the whole, and a row that
 * is seen twice is in it once. Plain data; rows in order of hash, columns in order of name.
 */

/** Numeric features of some rows. */
export interface RowSample {
  /** rows and columns asked for at most */
  rowsMax: number
  columnsMax: number
  /** names of the columns, ascending: every numeric feature that any row seen had, the first of them where there are more than wanted */
  features: string[]
  /** rows held */
  n: number
  /** two halves of each row's id hash, lower half first, in ascending order; further places are free */
  hashes: Uint32Array
  /** row after row, a value by column; NaN where missing, likewise whatever is not finite; further places are free */
  values: Float64Array
}

/** A sample takes no more than this: where columns are many, rows are fewer. */
const bytesMax = 256 * 1024
const hashBytes = 8

/** An empty sample; both bounds at least 1. */
export const createRowSample = (rowsMax: number, columnsMax: number): RowSample =>
  ({ rowsMax, columnsMax, features: [], n: 0, hashes: new Uint32Array(2 * rowsFor(rowsMax, 0)), values: new Float64Array(0) })

/** Rows that a sample with so many columns can hold. */
export const rowsFor = (rowsMax: number, columns: number): number => Math.max(1, Math.min(rowsMax, Math.floor(bytesMax / (hashBytes * columns + hashBytes))))

/**
 * Adds columns; rows held lack them. Of more than `columnsMax` the first by name stay, whatever order they came in.
 * Returns whether there are new ones: then the arrays are new too, so this is not for every record.
 */
export function addColumns(sample: RowSample, names: readonly string[]): boolean {
  const union = unionOf(sample, names)
  if (union.length === sample.features.length && union.every((name, i) => name === sample.features[i])) return false
  layOut(sample, union)
  return true
}

const unionOf = ({ features, columnsMax }: RowSample, names: readonly string[]): string[] => [...new Set([...features, ...names])].sort().slice(0, columnsMax)

/** Moves what is held to other columns, with free places for as many rows as they allow. */
function layOut(sample: RowSample, features: string[]): void {
  const capacity = rowsFor(sample.rowsMax, features.length)
  const n = Math.min(sample.n, capacity)
  const from = features.map((name) => sample.features.indexOf(name))
  const values = new Float64Array(capacity * features.length)
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < from.length; i++) values[row * from.length + i] = from[i] === -1 ? NaN : sample.values[row * sample.features.length + from[i]]
  }
  const hashes = new Uint32Array(capacity * 2)
  hashes.set(sample.hashes.subarray(0, n * 2))
  Object.assign(sample, { features, n, hashes, values })
}

/** Whether a row of this hash would be taken. */
export function wantsRow({ n, hashes }: RowSample, low: number, high: number): boolean {
  const last = hashes.length - 2
  return last >= 0 && (n * 2 < hashes.length || low < hashes[last] || (low === hashes[last] && high <= hashes[last + 1]))
}

/**
 * Puts a row in its place; the one with the greatest hash goes where there is no room. Of two rows of one hash the lesser stays, by its first value that differs.
 * Allocates nothing. @param row a value by column
 */
export function addRow(sample: RowSample, low: number, high: number, row: ArrayLike<number>): void {
  const { hashes, values } = sample
  const width = sample.features.length
  const capacity = hashes.length >> 1
  const at = placeOf(sample, low, high)
  if (at >= capacity) return
  if (at < sample.n && hashes[at * 2] === low && hashes[at * 2 + 1] === high) {
    if (isLess(row, values, at * width, width)) for (let i = 0; i < width; i++) values[at * width + i] = row[i]
    return
  }
  const moved = Math.min(sample.n, capacity - 1)
  hashes.copyWithin((at + 1) * 2, at * 2, moved * 2)
  values.copyWithin((at + 1) * width, at * width, moved * width)
  hashes[at * 2] = low
  hashes[at * 2 + 1] = high
  for (let i = 0; i < width; i++) values[at * width + i] = row[i]
  sample.n = moved + 1
}

/** Rows held whose hash is less. */
function placeOf({ n, hashes }: RowSample, low: number, high: number): number {
  let [from, to] = [0, n]
  while (from < to) {
    const middle = (from + to) >> 1
    if (hashes[middle * 2] < low || (hashes[middle * 2] === low && hashes[middle * 2 + 1] < high)) from = middle + 1
    else to = middle
  }
  return from
}

/** NaN is greater than any number. */
function isLess(row: ArrayLike<number>, values: Float64Array, start: number, width: number): boolean {
  for (let i = 0; i < width; i++) {
    const [a, b] = [row[i], values[start + i]]
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue
    return Number.isNaN(b) || a < b
  }
  return false
}

/** Adds another sample of the same pane to one: the result is the sample of both. `from` is left alone. */
export function mergeRowSamples(into: RowSample, from: RowSample): void {
  layOut(into, unionOf(into, from.features))
  const width = from.features.length
  const places = into.features.map((name) => from.features.indexOf(name))
  const row = new Float64Array(into.features.length)
  for (let each = 0; each < from.n; each++) {
    const [low, high] = [from.hashes[each * 2], from.hashes[each * 2 + 1]]
    if (!wantsRow(into, low, high)) return
    for (let i = 0; i < row.length; i++) row[i] = places[i] === -1 ? NaN : from.values[each * width + places[i]]
    addRow(into, low, high, row)
  }
}

/** A copy without free places, of at most so many of the rows that hash lowest. */
export function compactRowSample({ features, n, hashes, values, ...asked }: RowSample, rows = n): RowSample {
  const kept = Math.min(n, rows)
  return { ...asked, features: [...features], n: kept, hashes: hashes.slice(0, kept * 2), values: values.slice(0, kept * features.length) }
}
