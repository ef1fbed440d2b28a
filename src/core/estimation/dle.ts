import { scoreBin } from '../metrics/outcomes.ts'
import { insufficient, type Reading } from '../reading.ts'
import { integer, number, type ParamsOf } from '../unit.ts'
import { assert } from '../assert.ts'
import { estimate, estimateParams, estimator, percent, type Estimates } from './estimator.ts'
import { codeRows, isOutside, layCodes, writeCodes, type FeatureCoding, type FeatureRow } from './feature-codes.ts'
import { expectedLoss, fitLoss, type LossModel } from './loss-model.ts'

export interface LabelledFeatureRow extends FeatureRow {
  y: number
}

/** What the reference says of the loss: `absolute` is for the MAE, `squared` for the RMSE. */
export interface LossFit {
  n: number
  coding: FeatureCoding
  absolute: LossModel
  squared: LossModel
}

/** Expected losses per group of expected loss: sums that merge. */
export interface LossSums {
  n: number
  /** predictions that are no finite number */
  unusable: number
  /** predictions among `n` with a value where the reference has none */
  outside: number
  absoluteCounts: Float64Array
  absoluteSums: Float64Array
  squaredCounts: Float64Array
  squaredSums: Float64Array
}

const params = {
  ...estimateParams,
  nMinReference: integer(200, 'reference rows below which nothing is estimated', { min: 1 }),
  bins: integer(32, 'quantile bins of a feature that trees may cut at', { min: 2, max: 255 }),
  trees: integer(60, 'trees that are grown at most; held-out rows say how many are kept', { min: 1, max: 500 }),
  learningRate: number(0.1, 'share of each tree that counts', { min: 0.001, max: 1 }),
  leafRows: integer(30, 'reference rows that a leaf holds at least', { min: 1 }),
  groups: integer(10, 'groups of expected loss, of about equal count, that it is checked on', { min: 1, max: 100 }),
  gapMax: number(0.3, 'gap between expected and realised loss beyond noise that is put up with, as a share of the mean loss', { min: 0, max: 1 }),
}
type Params = ParamsOf<typeof params>

/**
 * Direct loss estimation: a regressor of the loss on the features and the prediction, learnt where labels are known, gives the loss to expect where they
 * are not; its mean is the MAE (from |error|), the root of its mean the RMSE (from error²). The regressor is an ensemble of gradient-boosted trees of
 * depth 3 on quantile bins: noise that grows with |x|, or in one corner of two features, is neither linear nor additive, which rules out ridge; trees know
 * no scale, take a missing value as one more bin, and never answer beyond what they have seen. How many count is decided on held-out rows.
 *
 * The interval holds the value that the labels will give: what losses scatter about their expectation, per group of expected loss on held-out rows, here and
 * in the reference. In seeded worlds intervals of 95 % held 90 to 100 % where the features stayed, and 82 to 97 % where they moved by half a deviation: trees
 * level off where the reference is thin, and the interval does not know by how much. A reading is refused (`insufficient`, with the reason) where R² on held-out rows is not above 0, the gap between expected and realised
 * loss is beyond noise, or more than `outsideShareMax` of the rows have a value that the reference does not reach. Blind to concept drift.
 * Source: NannyML's DLE (2022); boosting Friedman 2001.
 */
export const dle = estimator({
  name: 'dle',
  summary: 'MAE and RMSE expected of a regression model, by a regressor of its loss on the features, without labels.',
  source: 'NannyML 2022; boosting Friedman 2001',
  task: 'regression',
  params,
  fit,
  init: ({ absolute, squared }): LossSums => ({
    n: 0, unusable: 0, outside: 0,
    absoluteCounts: new Float64Array(absolute.counts.length), absoluteSums: new Float64Array(absolute.counts.length),
    squaredCounts: new Float64Array(squared.counts.length), squaredSums: new Float64Array(squared.counts.length),
  }),
  update,
  merge,
  read,
})

function fit(reference: readonly LabelledFeatureRow[], given: Params): LossFit {
  const rows = reference.filter(({ prediction, y }) => Number.isFinite(prediction) && Number.isFinite(y) && Math.abs(prediction - y) < errorMax)
  const coding = layCodes(rows, given.bins)
  const coded = codeRows(coding, rows)
  const errors = Float64Array.from(rows, ({ prediction, y }) => Math.abs(prediction - y))
  return { n: rows.length, coding, absolute: fitLoss(coded, errors, given), squared: fitLoss(coded, errors.map((x) => x * x), given) }
}

/** Beyond this the sums of squares of squares that R² is made of are no longer finite. */
const errorMax = 1e60

function update(sums: LossSums, row: FeatureRow, { coding, absolute, squared }: LossFit): void {
  if (!Number.isFinite(row.prediction)) {
    sums.unusable += 1
    return
  }
  const codes = new Uint8Array(coding.names.length)
  writeCodes(coding, row, codes, 0)
  sums.n += 1
  if (isOutside(coding, row)) sums.outside += 1
  add(absolute, codes, sums.absoluteCounts, sums.absoluteSums)
  add(squared, codes, sums.squaredCounts, sums.squaredSums)
}

function add(model: LossModel, codes: Uint8Array, counts: Float64Array, sums: Float64Array): void {
  const loss = expectedLoss(model, codes, 0)
  const group = scoreBin(model.edges, loss)
  counts[group] += 1
  sums[group] += loss
}

function merge(into: LossSums, from: LossSums): void {
  assert(into.absoluteCounts.length === from.absoluteCounts.length && into.squaredCounts.length === from.squaredCounts.length, 'cannot merge losses that were expected by different fits')
  into.n += from.n
  into.unusable += from.unusable
  into.outside += from.outside
  for (const key of ['absoluteCounts', 'absoluteSums', 'squaredCounts', 'squaredSums'] as const) {
    for (let group = 0; group < into[key].length; group++) into[key][group] += from[key][group]
  }
}

function read(sums: LossSums, fitted: LossFit, given: Params): Estimates {
  const common = commonRefusals(sums, fitted, given)
  const own = common.length > 0 ? [[], []] : [lossRefusals('MAE', fitted.absolute, given), lossRefusals('RMSE', fitted.squared, given)]
  const mae = common.length + own[0].length > 0 ? insufficient(sums.n) : meanLoss(sums.absoluteCounts, sums.absoluteSums, fitted.absolute, fitted.n, given)
  const mse = common.length + own[1].length > 0 ? insufficient(sums.n) : meanLoss(sums.squaredCounts, sums.squaredSums, fitted.squared, fitted.n, given)
  const quality = ({ r2, gap, forest }: LossModel) => ({ trees: String(forest.leaves.length / 8), r2, gap })
  return {
    n: sums.n, readings: { mae, rmse: rootOf(mse) }, confusion: null,
    quality: { mae: quality(fitted.absolute), rmse: quality(fitted.squared) }, refusals: [...common, ...own.flat()],
  }
}

function meanLoss(counts: Float64Array, sums: Float64Array, model: LossModel, nReference: number, { nMin, confidence, designEffect }: Params): Reading {
  const n = counts.reduce((sum, x) => sum + x, 0)
  if (n < nMin) return insufficient(n)
  let variance = 0
  for (let group = 0; group < counts.length; group++) {
    const share = counts[group] / n
    variance += model.residualSquares[group] * (share / n + share ** 2 / Math.max(1, model.counts[group]))
  }
  return estimate(sums.reduce((sum, x) => sum + x, 0) / n, variance * designEffect, n, nReference, confidence, [0, Infinity])
}

function rootOf(reading: Reading): Reading {
  const { value, interval } = reading
  return value === null || interval === undefined ? reading : { ...reading, value: Math.sqrt(value), interval: [Math.sqrt(interval[0]), Math.sqrt(interval[1])] }
}

function commonRefusals(sums: LossSums, { n }: LossFit, { nMinReference, outsideShareMax }: Params): string[] {
  if (n < nMinReference) return [`the reference holds ${n} usable rows, and ${nMinReference} are needed: give a longer reference`]
  if (sums.n === 0) return ['no prediction that is a finite number was seen']
  const outside = (sums.outside + sums.unusable) / (sums.n + sums.unusable)
  if (outside <= outsideShareMax) return []
  return [`${percent(outside)} of the rows have a value outside of the range of the reference, where nothing is known of the loss`]
}

function lossRefusals(metric: string, { r2, gap }: LossModel, { gapMax }: Params): string[] {
  if (r2.value === null || r2.interval === undefined || r2.interval[0] <= 0) {
    return [`${metric}: features and prediction explain nothing of the loss on held-out reference rows${r2.value === null ? '' : ` (R² ${r2.value.toFixed(3)})`}`]
  }
  if (gap.value === null || gap.noiseFloor === undefined || gap.value <= gap.noiseFloor || gap.value <= gapMax) return []
  return [`${metric}: on held-out reference rows expected and realised loss are ${percent(gap.value)} of the mean loss apart (noise ${percent(gap.noiseFloor)})`]
}
