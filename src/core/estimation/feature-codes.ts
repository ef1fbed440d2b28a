import { scoreBin } from '../metrics/outcomes.ts'
import type { CodedRows } from './boosted-trees.ts'

export type FeatureValue = number | boolean | null
export interface FeatureRow {
  x: Readonly<Record<string, FeatureValue>>
  /** what the model answered, in the unit of the target */
  prediction: number
}

/** How rows become codes, as the reference laid it down; entry 0 of each list is the prediction, the others are the features in order of name. */
export interface FeatureCoding {
  names: readonly string[]
  /** inner edges at the quantiles of the reference */
  edges: readonly Float64Array[]
  /** range of the reference's values, where `seen` says that there are any */
  lows: Float64Array
  highs: Float64Array
  seen: readonly boolean[]
  /** whether the reference has rows without the value */
  missing: readonly boolean[]
}

const MISSING = 0
const CODES_MAX = 255

/** A finite number, or NaN where there is none. */
const numberOf = (value: FeatureValue | undefined): number => (typeof value === 'boolean' ? Number(value) : typeof value === 'number' && Number.isFinite(value) ? value : NaN)

const valueOf = ({ x, prediction }: FeatureRow, name: string, at: number): number => (at === 0 ? numberOf(prediction) : numberOf(x[name]))

/** Lays codes by quantiles of the reference, at most `bins` a feature. */
export function layCodes(rows: readonly FeatureRow[], bins: number): FeatureCoding {
  const names = ['', ...[...new Set(rows.flatMap(({ x }) => Object.keys(x)))].sort()]
  const columns = names.map((name, at) => Float64Array.from(rows, (row) => valueOf(row, name, at)))
  const finite = columns.map((column) => column.filter(Number.isFinite).sort())
  return {
    names, edges: finite.map((sorted) => quantileEdges(sorted, Math.min(bins, CODES_MAX))),
    lows: Float64Array.from(finite, (sorted) => sorted[0] ?? 0), highs: Float64Array.from(finite, (sorted) => sorted[sorted.length - 1] ?? 0),
    seen: finite.map((sorted) => sorted.length > 0), missing: columns.map((column, at) => finite[at].length < column.length),
  }
}

function quantileEdges(sorted: Float64Array, bins: number): Float64Array {
  const edges: number[] = []
  for (let i = 1; i < bins && sorted.length > 0; i++) {
    const edge = sorted[Math.floor((i * sorted.length) / bins)]
    if (edge > (edges[edges.length - 1] ?? sorted[0])) edges.push(edge)
  }
  return Float64Array.from(edges)
}

/** Writes the codes of a row from `at` on: 0 for a value that is missing, else 1 and up in the order of values. */
export function writeCodes({ names, edges }: FeatureCoding, row: FeatureRow, codes: Uint8Array, at: number): void {
  for (let feature = 0; feature < names.length; feature++) {
    const value = valueOf(row, names[feature], feature)
    codes[at + feature] = Number.isNaN(value) ? MISSING : 1 + scoreBin(edges[feature], value)
  }
}

export function codeRows(coding: FeatureCoding, rows: readonly FeatureRow[]): CodedRows {
  const width = coding.names.length
  const codes = new Uint8Array(rows.length * width)
  rows.forEach((row, i) => writeCodes(coding, row, codes, i * width))
  return { codes, width }
}

/** Whether a value lies where the reference has none, or is missing where the reference always has one. */
export function isOutside({ names, lows, highs, seen, missing }: FeatureCoding, row: FeatureRow): boolean {
  return names.some((name, at) => {
    const value = valueOf(row, name, at)
    return Number.isNaN(value) ? !missing[at] : !seen[at] || value < lows[at] || value > highs[at]
  })
}
