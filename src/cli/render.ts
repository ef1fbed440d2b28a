/** Text for people: tables, times, readings. */
import type { Finding } from '../core/records.ts'
import type { Paint, Style } from './io.ts'

/** `2026-11-23 08:30Z`: to the minute, always UTC. */
export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')}Z`

/** At most four significant digits; whole numbers whole. */
export function numberText(value: number | null): string {
  if (value === null) return '–'
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}

export type Cell = string | number | null

/** Columns padded to their widest cell, numbers to the right. */
export function tableText(columns: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : numberText(cell))))
  const widths = columns.map((column, i) => Math.max(column.length, ...texts.map((row) => row[i].length)))
  const right = columns.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] !== 'string'))
  const line = (cells: readonly string[]) => cells.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ').trimEnd()
  return [paint('bold', line(columns)), ...texts.map(line)].map((text) => `${text}\n`).join('')
}

const verdictStyles: Readonly<Record<string, Style>> = {
  ok: 'green', pass: 'green', present: 'green', created: 'green',
  warning: 'yellow', inconclusive: 'yellow', insufficient: 'yellow', differs: 'yellow',
  alarm: 'red', fail: 'red', failed: 'red', missing: 'red',
}

/** A verdict or state in its colour. */
export const verdictText = (verdict: string, paint: Paint): string => paint(verdictStyles[verdict] ?? 'bold', verdict)

/** `alarm  drift psi of amount: 0.412 (n 1200, floor 0.03, bound 0.25) — the sentence` */
export function findingText({ rule, measure, subject, reading, threshold, text }: Finding, paint: Paint): string {
  const known = [`n ${numberText(reading.n)}`]
  if (reading.interval !== undefined) known.push(`interval ${numberText(reading.interval[0])} to ${numberText(reading.interval[1])}`)
  if (reading.noiseFloor !== undefined) known.push(`noise floor ${numberText(reading.noiseFloor)}`)
  if (threshold !== null) known.push(`bound ${numberText(threshold)}`)
  const what = `${measure.startsWith(rule) ? measure : `${rule} ${measure}`}${subject === null ? '' : ` of ${subject}`}`
  return `${verdictText(reading.verdict, paint)}  ${what}: ${numberText(reading.value)} (${known.join(', ')})${text === '' ? '' : `\n       ${text}`}\n`
}
