import { assert } from '../assert.ts'

/** The newest rows of numbers, in order of arrival; when it is full the oldest is overwritten. */
export interface RowWindow {
  /** numbers a row; the first of them is its time, where that matters */
  width: number
  rowsMax: number
  /** slot of the oldest row */
  first: number
  held: number
  /** greatest time met; null before the first row */
  newest: number | null
  /** rows that a window of time should cover and that were overwritten */
  dropped: number
  rows: Float64Array
}

const rowsFirst = 16

export function createRowWindow(width: number, rowsMax: number): RowWindow {
  assert(Number.isInteger(rowsMax) && rowsMax > 0, `a window holds a whole number of rows from 1 up, not ${rowsMax}`)
  return { width, rowsMax, first: 0, held: 0, newest: null, dropped: 0, rows: new Float64Array(width * Math.min(rowsFirst, rowsMax)) }
}

/** Adds the row that starts at `at` of `from`. */
export function pushRow(window: RowWindow, from: Float64Array, at: number): void {
  const { width, rowsMax } = window
  if (window.held === rowsMax) {
    window.first = (window.first + 1) % rowsMax
    window.held -= 1
  }
  if ((window.held + 1) * width > window.rows.length) grow(window)
  const slot = (window.first + window.held) % (window.rows.length / width)
  for (let i = 0; i < width; i++) window.rows[slot * width + i] = from[at + i]
  window.held += 1
}

/**
 * Adds a row to a window of the newest `durationMs`, its time being its first number. The window ends at the greatest time met and never moves back; it
 * covers times later than that end − durationMs. A row from before it is left out, as it would have left by now had it come in time.
 */
export function pushTimedRow(window: RowWindow, from: Float64Array, at: number, durationMs: number): void {
  const newest = Math.max(window.newest ?? -Infinity, from[at])
  window.newest = newest
  while (window.held > 0 && window.rows[window.first * window.width] <= newest - durationMs) {
    window.first = (window.first + 1) % (window.rows.length / window.width)
    window.held -= 1
  }
  if (from[at] <= newest - durationMs) return
  if (window.held === window.rowsMax) window.dropped += 1
  pushRow(window, from, at)
}

/** Calls `visit` with the place of each row held, oldest arrival first. With a duration, of those that the window still covers. */
export function eachRow({ width, first, held, newest, rows }: RowWindow, visit: (at: number) => void, durationMs = Infinity): void {
  const slots = rows.length / width
  for (let i = 0; i < held; i++) {
    const at = ((first + i) % slots) * width
    if (durationMs === Infinity || rows[at] > newest! - durationMs) visit(at)
  }
}

/** Doubles the room, rows in order from the first slot. */
function grow(window: RowWindow): void {
  const grown = new Float64Array(window.width * Math.min(window.rowsMax, 2 * (window.rows.length / window.width)))
  let to = 0
  eachRow(window, (at) => {
    grown.set(window.rows.subarray(at, at + window.width), to)
    to += window.width
  })
  window.rows = grown
  window.first = 0
}
