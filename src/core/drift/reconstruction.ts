import { normalQuantile } from '../math/normal.ts'
import { insufficient } from '../reading.ts'
import { moments } from '../sketches/moments.ts'
import { number } from '../unit.ts'
import { verdictOf } from './measure.ts'
import { componentsFor, symmetricEigen } from './principal-components.ts'
import { assertSameFeatures, partOf, scaledRows, scalesOf, type Scale } from './rows.ts'
import { rowMeasure, type Rows } from './sample-measure.ts'

/** rows of the reference below which there is nothing to split */
const ROWS_MIN = 8

/**
 * How much the mean error of reconstruction by the reference's principal components changed, as a share of the error of the reference itself: |ratio − 1|.
 * Features are winsorised at the reference's own quantiles and standardised by it, a missing value is its mean; constant ones are left out. The components are
 * as few as explain `explainedVariance`, but never all. A row's error is the distance from its projection on them. It reads a change of how features go
 * together, which no measure of one feature sees; a change along the components themselves it does not see.
 *
 * A sample fits its own scales and components better than any other: every second row of the reference makes them, and only the rows between are judged by them
 * beside the current ones, so that without drift both mean errors are the same.
 * Noise floor: the error of both means. Given the components it holds whatever they are. (Judging each part of the reference by the others would use more of it,
 * and passes that floor up to twice as often as it should.) Rows are taken for independent; repeated entities are not.
 * Fewer than two features that vary, or a reference without any error, leave nothing to compare: `insufficient`.
 */
export const reconstruction = rowMeasure({
  name: 'reconstruction',
  summary: 'Change of the error with which the principal components of the reference reconstruct rows.',
  source: 'Pearson 1901; as a measure of drift Qahtan et al. 2015',
  params: {
    alarm: number(0.2, 'change of the mean error, as a share of that of the reference, beyond which it matters', { min: 0 }),
    floorLevel: number(0.999, 'probability that pure noise stays below the noise floor', { min: 0.5, max: 0.999999999 }),
    minInstances: number(30, 'rows that each sample must hold for a verdict', { min: 1 }),
    explainedVariance: number(0.65, 'share of the variance of the reference that the components explain together', { min: 0, max: 1 }),
    trim: number(0.001, 'share of the reference at either end that both samples are winsorised at; 0 for nothing', { min: 0, max: 0.25 }),
  },
  takes: 'rows',
  compare(reference, current, { alarm, floorLevel, minInstances, explainedVariance, trim }) {
    assertSameFeatures(reference, current)
    const [n, nReference] = [current.n, reference.n]
    if (n === 0 || nReference < ROWS_MIN) return insufficient(n, { nReference })
    const model = modelOf(partOf(reference, (row) => row % 2 === 0), explainedVariance, trim)
    const held = partOf(reference, (row) => row % 2 === 1)
    const [features, components] = [model.scales.length, model.basis.length]
    if (features < 2) return insufficient(n, { nReference })
    const [before, now] = [tallyOf(errorsOf(held, model)), tallyOf(errorsOf(current, model))]
    if (before.mean <= 1e-6 * Math.sqrt(features)) return insufficient(n, { nReference })
    const ratio = now.mean / before.mean
    const variance = (before.m2 + now.m2) / Math.max(1, n + held.n - 2)
    const noiseFloor = (normalQuantile((1 + floorLevel) / 2) * Math.sqrt(variance * (1 / n + 1 / held.n))) / before.mean
    const value = Math.abs(ratio - 1)
    const thin = Math.min(n, nReference) < minInstances
    return {
      value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, alarm),
      detail: { ratio, error: now.mean, errorReference: before.mean, features, components },
    }
  },
})

/** Scales of the features that vary, and the principal components of rows on them. */
export interface Model {
  scales: readonly Scale[]
  basis: readonly Float64Array[]
}

/** The scales of rows and their principal components, as few as explain the share. */
export function modelOf(rows: Rows, share: number, trim: number): Model {
  const scales = scalesOf([rows], trim)
  const { values, vectors } = symmetricEigen(correlationsOf(scaledRows(rows, scales), scales.length))
  return { scales, basis: vectors.slice(0, componentsFor(values, share)) }
}

/** Mean products of scaled features. */
function correlationsOf(rows: Float64Array, width: number): Float64Array[] {
  const products = Array.from({ length: width }, () => new Float64Array(width))
  for (let at = 0; at < rows.length; at += width) {
    for (let i = 0; i < width; i++) {
      for (let j = i; j < width; j++) products[i][j] += rows[at + i] * rows[at + j]
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = i; j < width; j++) products[i][j] = products[j][i] = (products[i][j] * width) / rows.length
  }
  return products
}

/** The distance of each row from its projection on the components: what is left of its square, by Pythagoras. */
export function errorsOf(rows: Rows, { scales, basis }: Model): Float64Array {
  const width = scales.length
  const values = scaledRows(rows, scales)
  return Float64Array.from({ length: rows.n }, (_, row) => {
    const at = row * width
    let left = 0
    for (let i = 0; i < width; i++) left += values[at + i] * values[at + i]
    for (const component of basis) {
      let along = 0
      for (let i = 0; i < width; i++) along += component[i] * values[at + i]
      left -= along * along
    }
    return Math.sqrt(Math.max(left, 0))
  })
}

/** By feature, in the order of the scales, the mean square that the components leave: where a change of the error comes from. */
export function leftOvers(rows: Rows, { scales, basis }: Model): Float64Array {
  const width = scales.length
  const values = scaledRows(rows, scales)
  const left = new Float64Array(width)
  const along = new Float64Array(basis.length)
  for (let at = 0; at < values.length; at += width) {
    for (let c = 0; c < basis.length; c++) {
      along[c] = 0
      for (let i = 0; i < width; i++) along[c] += basis[c][i] * values[at + i]
    }
    for (let i = 0; i < width; i++) {
      let rest = values[at + i]
      for (let c = 0; c < basis.length; c++) rest -= along[c] * basis[c][i]
      left[i] += rest * rest
    }
  }
  return left.map((sum) => sum / Math.max(1, rows.n))
}

/** Mean and squared deviations of the errors. */
function tallyOf(errors: Float64Array): { mean: number; m2: number } {
  const state = moments.init({})
  for (const error of errors) moments.update(state, error, {})
  return state
}
