import { assert } from '../assert.ts'

/** Predictions of a multiclass model by the class decided, and what is expected of their truths: sums that merge. */
export interface ClassCounts {
  classes: readonly string[]
  /** predictions with usable class scores and a known decision */
  n: number
  /** predictions without */
  unusable: number
  /** predictions among `n` that the reference says nothing about: the class decided, or the score it had, is not in it */
  outside: number
  /** expected predictions: row of the class decided, column of the truth, classes × classes */
  expected: Float64Array
}

export function createClassCounts(classes: readonly string[]): ClassCounts {
  return { classes, n: 0, unusable: 0, outside: 0, expected: new Float64Array(classes.length ** 2) }
}

/** Folds `from` into `into`; other classes are a broken invariant. */
export function mergeClassCounts(into: ClassCounts, from: ClassCounts): void {
  assert(into.classes.length === from.classes.length && into.classes.every((name, k) => name === from.classes[k]), 'cannot merge class counts of other classes')
  into.n += from.n
  into.unusable += from.unusable
  into.outside += from.outside
  for (let cell = 0; cell < into.expected.length; cell++) into.expected[cell] += from.expected[cell]
}

/** Predictions decided for each class. */
export const decidedCounts = ({ classes, expected }: Pick<ClassCounts, 'classes' | 'expected'>): Float64Array =>
  Float64Array.from(classes, (_, row) => sumRow(expected, row, classes.length))

const sumRow = (matrix: Float64Array, row: number, width: number): number => matrix.subarray(row * width, (row + 1) * width).reduce((sum, x) => sum + x, 0)

/** A metric of a confusion matrix: its value and its slope in every cell; null where it is undefined. `n` is the denominator. */
export interface MatrixMetric {
  value: number
  n: number
  slopes: Float64Array
}

/** Ratio Σ up / Σ down over cells. */
function ratio(matrix: Float64Array, up: (row: number, column: number) => number, down: (row: number, column: number) => number): MatrixMetric | null {
  const width = Math.sqrt(matrix.length)
  let [numerator, denominator] = [0, 0]
  const each = (visit: (cell: number, row: number, column: number) => void) => {
    for (let cell = 0; cell < matrix.length; cell++) visit(cell, Math.floor(cell / width), cell % width)
  }
  each((cell, row, column) => {
    numerator += matrix[cell] * up(row, column)
    denominator += matrix[cell] * down(row, column)
  })
  if (!(denominator > 0)) return null
  const slopes = new Float64Array(matrix.length)
  each((cell, row, column) => {
    slopes[cell] = (up(row, column) * denominator - numerator * down(row, column)) / denominator ** 2
  })
  return { value: numerator / denominator, n: denominator, slopes }
}

const one = (holds: boolean): number => (holds ? 1 : 0)

export const accuracyOf = (matrix: Float64Array): MatrixMetric | null => ratio(matrix, (row, column) => one(row === column), () => 1)
/** share of the decisions for class k that are right */
export const precisionOf = (matrix: Float64Array, k: number): MatrixMetric | null => ratio(matrix, (row, column) => one(row === k && column === k), (row) => one(row === k))
/** share of class k that is decided so */
export const recallOf = (matrix: Float64Array, k: number): MatrixMetric | null => ratio(matrix, (row, column) => one(row === k && column === k), (_, column) => one(column === k))
export const f1Of = (matrix: Float64Array, k: number): MatrixMetric | null =>
  ratio(matrix, (row, column) => 2 * one(row === k && column === k), (row, column) => one(row === k) + one(column === k))

/** The mean of a metric over classes, with its slopes; `n` is the least of theirs. */
export function macro(parts: readonly MatrixMetric[]): MatrixMetric {
  const slopes = new Float64Array(parts[0].slopes.length)
  for (const part of parts) for (let cell = 0; cell < slopes.length; cell++) slopes[cell] += part.slopes[cell] / parts.length
  return { value: parts.reduce((sum, { value }) => sum + value, 0) / parts.length, n: Math.min(...parts.map(({ n }) => n)), slopes }
}
