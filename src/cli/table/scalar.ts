import type { Column } from './load.ts'

/** A cell as a label or decision: a number, true, false or text; null when missing. */
export function scalarAt(column: Column, row: number): number | boolean | string | null {
  if (column.type === 'numeric') return Number.isFinite(column.values[row]) ? column.values[row] : null
  const text = column.values[row]
  const lower = text?.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : text
}
