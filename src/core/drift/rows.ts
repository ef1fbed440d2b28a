/** Rows of numbers made comparable: winsorised, in units of their own spread. */
import { sortedQuantile } from '../sketches/layout.ts'
import { assert } from '../assert.ts'
import type { Rows } from './sample-measure.ts'

/** Finite, told without a call: ∞ − ∞ and NaN − NaN are NaN. */
export const isPresent = (value: number): boolean => value - value === 0

/** A feature whose values are not all the same, on the scale that puts its mean at 0 and its deviation at 1. */
export interface Scale {
  name: string
  /** place in the rows */
  slot: number
  low: number
  high: number
  mean: number
  deviation: number
  /** whether some of the values that it was made of were missing */
  hasMissing: boolean
}

export function assertSameFeatures(reference: Rows, current: Rows): void {
  const same = reference.features.length === current.features.length && reference.features.every((name, i) => name === current.features[i])
  assert(same, 'rows are compared on the same features in the same order only')
}

/**
 * Scales of the features that vary, from every row of the samples given, winsorised at the quantiles `trim` and 1 − `trim` of what is there: one absurd value
 * would otherwise be all the spread there is. A feature without two different values, or wider than numbers go, has none.
 */
export function scalesOf(samples: readonly Rows[], trim: number): Scale[] {
  return samples[0].features.flatMap((name, slot) => {
    const all = samples.map((rows) => columnOf(rows, slot))
    const present = concatenated(all).filter(isPresent).sort()
    if (present.length < 2) return []
    const [low, high] = [sortedQuantile(present, trim), sortedQuantile(present, 1 - trim)]
    const { mean, deviation } = spreadOf(present, low, high)
    if (!(deviation > 0 && deviation < Infinity)) return []
    return [{ name, slot, low, high, mean, deviation, hasMissing: present.length < all.reduce((sum, column) => sum + column.length, 0) }]
  })
}

/** The rows for which `isIn` holds, in their order. */
export function partOf({ features, n, values }: Rows, isIn: (row: number) => boolean): Rows {
  const width = features.length
  const part = new Float64Array(values.length)
  let count = 0
  for (let row = 0; row < n; row++) {
    if (isIn(row)) part.set(values.subarray(row * width, (row + 1) * width), count++ * width)
  }
  return { features, n: count, values: part.subarray(0, count * width) }
}

function columnOf({ values, features, n }: Rows, slot: number): Float64Array {
  const column = new Float64Array(n)
  for (let row = 0; row < n; row++) column[row] = values[row * features.length + slot]
  return column
}

function concatenated(columns: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0))
  let at = 0
  for (const column of columns) {
    whole.set(column, at)
    at += column.length
  }
  return whole
}

function spreadOf(values: Float64Array, low: number, high: number): { mean: number; deviation: number } {
  let [mean, m2] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    const x = Math.min(high, Math.max(low, values[i]))
    const delta = x - mean
    mean += delta / (i + 1)
    m2 += delta * (x - mean)
  }
  return { mean, deviation: Math.sqrt(m2 / values.length) }
}

/** One value on its scale; 0, the mean, where it is missing. */
export const scaled = ({ low, high, mean, deviation }: Scale, x: number): number => isPresent(x) ? (Math.min(high, Math.max(low, x)) - mean) / deviation : 0

/** All rows on the scales, row after row. */
export function scaledRows({ values, features, n }: Rows, scales: readonly Scale[]): Float64Array {
  const out = new Float64Array(n * scales.length)
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < scales.length; i++) out[row * scales.length + i] = scaled(scales[i], values[row * features.length + scales[i].slot])
  }
  return out
}
