import { twoSidedZ } from '../metrics/metric.ts'
import { scoreBin } from '../metrics/outcomes.ts'
import { insufficient, type Reading } from '../reading.ts'
import { firstTrees, forestValue, growForest, treeValue, type CodedRows, type Forest, type ForestSettings } from './boosted-trees.ts'
import { drawFolds } from './folds.ts'

/** A regressor of the loss, and what held-out reference rows say of it. */
export interface LossModel {
  forest: Forest
  /** the line from what the forest says to the loss expected */
  intercept: number
  slope: number
  /** inner edges between groups of expected loss, of about equal count in the reference */
  edges: Float64Array
  /** by group: held-out rows, and the mean square of what was realised less what was expected */
  counts: Float64Array
  residualSquares: Float64Array
  /** share of the variance of the loss that the forest explains on held-out rows, the line left out as it was drawn through them */
  r2: Reading
  /** mean absolute gap between expected and realised mean loss over the groups, as a share of the mean loss */
  gap: Reading
}

export interface LossModelSettings extends ForestSettings {
  folds: number
  seed: number
  groups: number
  confidence: number
  designEffect: number
}

/**
 * Fits the loss with as many trees as do best on folds that they were not learnt from, at most `trees`. Trees that count in part draw what they say to
 * the mean, and a mean over rows that moved keeps that as a bias: a line from held-out values to losses takes it out.
 */
export function fitLoss(coded: CodedRows, losses: Float64Array, settings: LossModelSettings): LossModel {
  const { values, baselines, trees } = heldOut(coded, losses, settings)
  const [intercept, slope] = lineThrough(values, losses)
  const expected = values.map((value) => Math.max(0, intercept + slope * value))
  const rows = Int32Array.from(losses, (_, row) => row)
  const edges = groupEdges(expected, settings.groups)
  const [counts, sums, residualSquares] = [new Float64Array(edges.length + 1), new Float64Array(edges.length + 1), new Float64Array(edges.length + 1)]
  for (let row = 0; row < losses.length; row++) {
    const group = scoreBin(edges, expected[row])
    counts[group] += 1
    sums[group] += losses[row] - expected[row]
    residualSquares[group] += (losses[row] - expected[row]) ** 2
  }
  for (let group = 0; group < counts.length; group++) residualSquares[group] /= Math.max(1, counts[group])
  return {
    forest: growForest(coded, losses, rows, { ...settings, trees }), intercept, slope, edges, counts, residualSquares,
    r2: explained(losses, values, baselines, settings), gap: gapReading(losses, counts, sums, residualSquares, settings),
  }
}

/** The loss expected of a row, never below 0. */
export const expectedLoss = ({ forest, intercept, slope }: LossModel, codes: Uint8Array, at: number): number =>
  Math.max(0, intercept + slope * forestValue(forest, codes, at))

/** Least squares [intercept, slope], the slope never below 0; [0, 1] where the values are all the same. */
function lineThrough(values: Float64Array, losses: Float64Array): [number, number] {
  const n = values.length
  const [x, y] = [values, losses].map((list) => list.reduce((sum, each) => sum + each, 0) / Math.max(1, n))
  let [xx, xy] = [0, 0]
  for (let row = 0; row < n; row++) {
    xx += (values[row] - x) ** 2
    xy += (values[row] - x) * (losses[row] - y)
  }
  if (!(xx > 0)) return [0, 1]
  const slope = Math.max(0, xy / xx)
  return [y - slope * x, slope]
}

interface HeldOut {
  /** by row, from the forest that was learnt without its fold; and the mean loss without its fold */
  values: Float64Array
  baselines: Float64Array
  /** trees with which the squared error was least */
  trees: number
}

function heldOut(coded: CodedRows, losses: Float64Array, settings: LossModelSettings): HeldOut {
  const foldOf = drawFolds(losses.length, settings.folds, settings.seed)
  const squares = new Float64Array(settings.trees + 1)
  const forests: Forest[] = []
  for (let fold = 0; fold < settings.folds; fold++) {
    const [rows, left] = [indices(foldOf, (at) => at !== fold), indices(foldOf, (at) => at === fold)]
    const sums = new Float64Array(left.length)
    const note = (trees: number) => left.forEach((row, i) => (squares[trees] += (losses[row] - sums[i]) ** 2))
    const forest = growForest(coded, losses, rows, settings, (grown, tree) => {
      if (tree === 0) {
        sums.fill(grown.base)
        note(0)
      }
      left.forEach((row, i) => (sums[i] += treeValue(grown, tree, coded.codes, row * coded.width)))
      note(tree + 1)
    })
    forests.push(forest)
  }
  const trees = squares.indexOf(squares.reduce((least, x) => Math.min(least, x), Infinity))
  const cut = forests.map((forest) => firstTrees(forest, Math.max(0, trees)))
  return {
    values: losses.map((_, row) => forestValue(cut[foldOf[row]], coded.codes, row * coded.width)),
    baselines: losses.map((_, row) => cut[foldOf[row]].base), trees: Math.max(0, trees),
  }
}

const indices = (values: Uint8Array, keep: (value: number) => boolean): Int32Array => Int32Array.from(values, (_, i) => i).filter((i) => keep(values[i]))

function groupEdges(values: Float64Array, groups: number): Float64Array {
  const sorted = values.slice().sort()
  const edges: number[] = []
  for (let i = 1; i < groups && sorted.length > 0; i++) {
    const edge = sorted[Math.floor((i * sorted.length) / groups)]
    if (edge > (edges[edges.length - 1] ?? sorted[0])) edges.push(edge)
  }
  return Float64Array.from(edges)
}

/** R² against the mean of the rows learnt from; its interval is that of a ratio of means. */
function explained(losses: Float64Array, values: Float64Array, baselines: Float64Array, { confidence, designEffect }: LossModelSettings): Reading {
  const n = losses.length
  const spread = losses.map((loss, row) => (loss - baselines[row]) ** 2)
  const gains = spread.map((square, row) => square - (losses[row] - values[row]) ** 2)
  const total = spread.reduce((sum, x) => sum + x, 0)
  if (n < 2 || !(total > 0)) return insufficient(n)
  const value = gains.reduce((sum, x) => sum + x, 0) / total
  const squares = gains.reduce((sum, gain, row) => sum + (gain - value * spread[row]) ** 2, 0)
  const half = (twoSidedZ(confidence) * Math.sqrt(squares * designEffect)) / total
  return { value, n, interval: [value - half, Math.min(1, value + half)], verdict: 'ok' }
}

/** The noise floor is what groups whose expectation is right reach in one reading of forty (at 95 %). */
function gapReading(losses: Float64Array, counts: Float64Array, sums: Float64Array, squares: Float64Array, { confidence, designEffect }: LossModelSettings): Reading {
  const n = losses.length
  const total = losses.reduce((sum, x) => sum + x, 0)
  if (n === 0 || !(total > 0)) return insufficient(n)
  const value = sums.reduce((sum, x) => sum + Math.abs(x), 0) / total
  let [mean, variance] = [0, 0]
  for (let group = 0; group < counts.length; group++) {
    const square = (counts[group] * squares[group] * designEffect) / total ** 2
    mean += Math.sqrt((square * 2) / Math.PI)
    variance += square * (1 - 2 / Math.PI)
  }
  return { value, n, noiseFloor: mean + twoSidedZ(confidence) * Math.sqrt(variance), verdict: 'ok', detail: { groups: counts.length } }
}
