/** Logistic regression on standardised features, fitted by stochastic gradient descent over shuffled epochs. */
import { seeded, uniform } from '../../src/core/random.ts'
import type { NumericFeatures } from '../../src/main/demo/participants.ts'
import type { LabelledRow } from './rows.ts'

export interface LogisticModel {
  kind: 'logistic'
  columns: string[]
  means: number[]
  deviations: number[]
  weights: number[]
  intercept: number
}

/** Besides the raw numbers: income a head and rooms a head tell more of a block's houses than each number alone. */
const engineered: Readonly<Record<string, (features: NumericFeatures) => number>> = {
  'log(Population)': ({ Population }) => Math.log(Population),
  'MedInc / AveOccup': ({ MedInc, AveOccup }) => MedInc / AveOccup,
  'log(AveRooms / AveOccup)': ({ AveRooms, AveOccup }) => Math.log(AveRooms / AveOccup),
}

/** A standardised value further out is taken for this: block statistics have absurd outliers. */
const deviationsMax = 4
const epochs = 30
const learningRate = 0.05
const decay = 0.3
const l2 = 0.001

/** Columns made of `features`; an engineered one is there when its terms are. */
export function columnsOf(features: readonly string[]): string[] {
  const probe = Object.fromEntries(features.map((name) => [name, 1]))
  return [...features, ...Object.keys(engineered).filter((name) => Number.isFinite(engineered[name](probe)))]
}

const valueOf = (features: NumericFeatures, column: string): number => (Object.hasOwn(engineered, column) ? engineered[column](features) : features[column])

/**
 * @param weights of the rows, any positive scale
 * @param rows at least one
 */
export function fitLogistic(rows: readonly LabelledRow[], weights: Float64Array, features: readonly string[], seed: number): LogisticModel {
  const columns = columnsOf(features)
  const model = standardiser(rows, columns)
  const z = Float64Array.from(rows.flatMap((row) => standardised(model, row.features)))
  const random = seeded(seed)
  const scale = rows.length / weights.reduce((sum, weight) => sum + weight, 0)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = learningRate / (1 + decay * epoch)
    for (let k = 0; k < rows.length; k++) {
      const i = Math.floor(uniform(random) * rows.length)
      learn(model, z, i * columns.length, step, weights[i] * scale, rows[i].y)
    }
  }
  return model
}

function standardiser(rows: readonly LabelledRow[], columns: string[]): LogisticModel {
  const means = columns.map((column) => rows.reduce((sum, { features }) => sum + valueOf(features, column), 0) / rows.length)
  const deviations = columns.map((column, j) => Math.sqrt(rows.reduce((sum, { features }) => sum + (valueOf(features, column) - means[j]) ** 2, 0) / rows.length))
  return { kind: 'logistic', columns, means, deviations, weights: columns.map(() => 0), intercept: 0 }
}

/** A missing value stands for the mean. */
function standardised({ columns, means, deviations }: LogisticModel, features: NumericFeatures): number[] {
  return columns.map((column, j) => {
    const z = deviations[j] > 0 ? (valueOf(features, column) - means[j]) / deviations[j] : 0
    return Number.isFinite(z) ? Math.min(deviationsMax, Math.max(-deviationsMax, z)) : 0
  })
}

function learn(model: LogisticModel, z: Float64Array, at: number, step: number, weight: number, y: 0 | 1): void {
  const { weights } = model
  let sum = model.intercept
  for (let j = 0; j < weights.length; j++) sum += weights[j] * z[at + j]
  const gradient = weight * (1 / (1 + Math.exp(-sum)) - y)
  model.intercept -= step * gradient
  for (let j = 0; j < weights.length; j++) weights[j] -= step * (gradient * z[at + j] + l2 * weights[j])
}

export function scoreLogistic(model: LogisticModel, features: NumericFeatures): number {
  const z = standardised(model, features)
  return 1 / (1 + Math.exp(-z.reduce((sum, value, j) => sum + model.weights[j] * value, model.intercept)))
}

/** Share of each raw feature in what the standardised weights come to; an engineered column counts for the features in its name, in equal parts. */
export function importancesOf({ columns, weights }: LogisticModel, features: readonly string[]): Record<string, number> {
  const shares = Object.fromEntries(features.map((name) => [name, 0]))
  columns.forEach((column, j) => {
    const parts = features.includes(column) ? [column] : features.filter((name) => column.includes(name))
    for (const name of parts) shares[name] += Math.abs(weights[j]) / parts.length
  })
  return shares
}
