/** Functions of a multiclass confusion matrix that need no more of it than its diagonal and its margins, with their intervals by the delta method. */
import { wilsonInterval } from '../math/proportion.ts'
import type { MulticlassOutcomes } from './class-outcomes.ts'
import { twoSidedZ, type ReadingParams } from './metric.ts'

/** Counts or shares by class, OTHER last where anything fell into it. */
export interface Margins {
  /** all of it: n for counts, 1 for shares */
  total: number
  /** predicted to be this class, and it was */
  right: number[]
  predicted: number[]
  truths: number[]
}

/** A function of shares, and how it changes with each. */
export interface Gradient {
  right: readonly number[]
  predicted: readonly number[]
  truths: readonly number[]
}

export interface ShareFunction {
  /** null where it is undefined */
  of(shares: Margins): number | null
  gradient(shares: Margins): Gradient
}

interface Cell {
  truth: number
  prediction: number
  isRight: boolean
  count: number
}

/** The confusion matrix of the classes that have outcomes, in the order of their names so that the digits do not depend on who came first, OTHER last. */
export interface ClassTable {
  names: string[]
  hasOther: boolean
  cells: Cell[]
  margins: Margins
}

export function classTable({ classes, classesMax, counts }: MulticlassOutcomes): ClassTable {
  const columns = classesMax + 2
  const met = new Set<number>()
  counts.forEach((count, i) => {
    if (count > 0) met.add(Math.floor(i / columns)).add(i % columns)
  })
  const codes = classes.map((_, code) => code).filter((code) => met.has(code)).sort((a, b) => (classes[a] < classes[b] ? -1 : 1))
  const position = new Map(codes.map((code, i) => [code, i]))
  const cells: Cell[] = []
  const placeOf = (code: number): number => (code >= classesMax ? codes.length : position.get(code)!)
  for (const truth of [...codes, classesMax]) {
    for (const prediction of [...codes, classesMax, classesMax + 1]) {
      const count = counts[truth * columns + prediction]
      if (count > 0) cells.push({ truth: placeOf(truth), prediction: placeOf(prediction), isRight: truth === prediction, count })
    }
  }
  const hasOther = cells.some(({ truth, prediction }) => Math.max(truth, prediction) === codes.length)
  return { names: codes.map((code) => classes[code]), hasOther, cells, margins: marginsOf(cells, codes.length + Number(hasOther)) }
}

function marginsOf(cells: readonly Cell[], size: number): Margins {
  const zeros = (): number[] => new Array<number>(size).fill(0)
  const margins: Margins = { total: 0, right: zeros(), predicted: zeros(), truths: zeros() }
  for (const { truth, prediction, isRight, count } of cells) {
    margins.total += count
    margins.truths[truth] += count
    margins.predicted[prediction] += count
    if (isRight) margins.right[truth] += count
  }
  return margins
}

/** Outcomes that belong to no class kept apart, by truth or prediction. */
export const overflowOf = ({ cells, names }: ClassTable): number =>
  cells.reduce((sum, { truth, prediction, count }) => sum + (Math.max(truth, prediction) === names.length ? count : 0), 0)

export const rightOf = ({ margins }: ClassTable): number => margins.right.reduce((sum, count) => sum + count, 0)

/** Outcomes added, spread evenly over the matrix, so that a perfect one does not claim certainty (as many as ½ in each cell of a table of two classes). */
const addedOutcomes = 2

/** The scale on which the function is taken as normal: of values in (0, 1) or in (−1, 1). */
const scales = {
  logit: { of: (x: number) => Math.log(x / (1 - x)), back: (y: number) => 1 / (1 + Math.exp(-y)), slope: (x: number) => 1 / (x * (1 - x)) },
  fisher: { of: Math.atanh, back: Math.tanh, slope: (x: number) => 1 / (1 - x * x) },
}

/**
 * The interval of `value`, which `of` gives for this table: by the delta method over multinomial cells, asymptotic, on the logit or on Fisher's scale.
 * The added outcomes pull towards the middle, and neither side is to gain by that, so it reaches from the lower to the upper of the two centres.
 * A table of one class is a matter of one proportion: Wilson's interval.
 */
export function deltaInterval(
  table: ClassTable, value: number, { of, gradient }: ShareFunction, scale: keyof typeof scales, params: ReadingParams,
): readonly [number, number] {
  const size = table.margins.truths.length
  const n = table.margins.total / params.designEffect
  if (size < 2) return wilsonInterval(n, n, params.confidence)
  const held = heldCells(table.cells, size, n)
  const shares = marginsOf(held, size)
  const middle = of(shares)!
  const { of: to, back, slope } = scales[scale]
  const half = twoSidedZ(params.confidence) * deltaError(held, gradient(shares), n + addedOutcomes) * slope(middle)
  const centres = [to(value), to(middle)]
  return [Math.min(value, back(Math.min(...centres) - half)), Math.max(value, back(Math.max(...centres) + half))]
}

/** Shares of the cells at n outcomes, with what is added to each. */
function heldCells(cells: readonly Cell[], size: number, n: number): Cell[] {
  const total = cells.reduce((sum, { count }) => sum + count, 0)
  const [scale, added] = [n / (total * (n + addedOutcomes)), addedOutcomes / (size * size * (n + addedOutcomes))]
  const even = Array.from({ length: size * size }, (_, i): Cell => {
    const [truth, prediction] = [Math.floor(i / size), i % size]
    return { truth, prediction, isRight: truth === prediction, count: added }
  })
  return [...even, ...cells.map((cell) => ({ ...cell, count: cell.count * scale }))]
}

/** The standard error of a function of multinomial shares. */
function deltaError(cells: readonly Cell[], { right, predicted, truths }: Gradient, n: number): number {
  let [mean, square] = [0, 0]
  for (const { truth, prediction, isRight, count } of cells) {
    const influence = truths[truth] + predicted[prediction] + (isRight ? right[truth] : 0)
    mean += count * influence
    square += count * influence * influence
  }
  return Math.sqrt(Math.max(0, square - mean * mean) / n)
}
