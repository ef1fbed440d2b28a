import { assert } from '../assert.ts'
import { logLossOf } from '../metrics/outcomes.ts'
import { number, type ParamsOf } from '../unit.ts'
import { learner, type LearnerState } from './learner.ts'

const specs = {
  learningRate: number(0.01, 'step of the weights', { min: 0 }),
  interceptLearningRate: number(0.01, 'step of the intercept, which is always plain SGD', { min: 0 }),
  l2: number(0, 'weight decay: l2 · w is added to the gradient of each weight', { min: 0 }),
  clipGradient: number(1e12, 'largest absolute gradient of the loss', { min: 0 }),
}

/** Arrays are by feature slot and of one length, the number of features seen. */
export interface LogisticState extends LearnerState {
  intercept: number
  weights: Float64Array
  /** the scaler: values seen, their mean, population variance and its root */
  counts: Float64Array
  means: Float64Array
  variances: Float64Array
  deviations: Float64Array
}

/** Beyond this the logistic function is taken to be 0 or 1. */
const scoreCertain = 30
/** Beyond this margin the gradient is taken from its asymptote. */
const marginLarge = 18

/**
 * Standard scaler, then logistic regression by stochastic gradient descent, in River's order: a score is made with the scaler as it stands;
 * learning updates the scaler with the row, standardises again, and takes one step. z = (x − mean) / standard deviation, 0 while the deviation is 0;
 * score = 1 / (1 + e^−(w·z + b)), exactly 0 or 1 beyond ±30; w −= learningRate · (g z + l2 w), b −= interceptLearningRate · g, g = score − y.
 *
 * A missing feature (NaN, any other non-finite value, or one beyond ±1e100, which is no measurement) adds nothing and teaches nothing. A feature seen first in a later row takes a new slot
 * with weight 0. Scoring and learning are linear in the features and allocate only when a slot is added.
 * Source: Bottou 2010 for SGD; Welford 1962 for the scaler; the order and constants of River 0.26.
 */
export const logistic = learner({
  name: 'logistic',
  summary: 'Standard scaler and logistic regression learnt by stochastic gradient descent.',
  source: 'Bottou 2010; Welford 1962; the order of River 0.26',
  params: specs,
  init: (): LogisticState => ({
    n: 0, scored: 0, correct: 0, logLossSum: 0, intercept: 0,
    weights: new Float64Array(0), counts: new Float64Array(0), means: new Float64Array(0), variances: new Float64Array(0), deviations: new Float64Array(0),
  }),
  predict,
  note(state, score, y) {
    state.scored += 1
    if (score > 0.5 === (y === 1)) state.correct += 1
    state.logLossSum += logLossOf(y, score)
  },
  learn,
  update(state, { x, y, score }, params) {
    logistic.note(state, score ?? predict(state, x), y)
    learn(state, x, y, params)
  },
  read: ({ n, scored, correct, logLossSum, weights, intercept }) => ({
    n, scored, logLoss: scored === 0 ? null : logLossSum / scored, accuracy: scored === 0 ? null : correct / scored, weights: Array.from(weights), intercept,
  }),
})

function predict(state: LogisticState, x: Float64Array): number {
  return probability(linear(state, x))
}

/** w·z + b with the scaler as it stands; slots that x lacks, or that the state has not met, count 0. */
function linear({ weights, means, deviations, intercept }: LogisticState, x: Float64Array): number {
  const features = Math.min(weights.length, x.length)
  let sum = 0
  for (let i = 0; i < features; i++) {
    const value = x[i]
    if (isPresent(value) && deviations[i] > 0) sum += (weights[i] * (value - means[i])) / deviations[i]
  }
  return sum + intercept
}

const probability = (sum: number): number => (sum < -scoreCertain ? 0 : sum > scoreCertain ? 1 : 1 / (1 + Math.exp(-sum)))

function learn(state: LogisticState, x: Float64Array, y: 0 | 1, { learningRate, interceptLearningRate, l2, clipGradient }: ParamsOf<typeof specs>): void {
  if (x.length > state.weights.length) addSlots(state, x.length)
  scale(state, x)
  const gradient = lossGradient(linear(state, x), y, clipGradient)
  const { weights, means, deviations } = state
  state.n += 1
  state.intercept -= interceptLearningRate * gradient
  for (let i = 0; i < x.length; i++) {
    const value = x[i]
    if (!isPresent(value)) continue
    const z = deviations[i] > 0 ? (value - means[i]) / deviations[i] : 0
    weights[i] -= learningRate * (gradient * z + l2 * weights[i])
  }
}

/** Beyond this the square of a value, of which the scaler keeps the mean, would not be finite, and with it no later value would count again. */
const reachMax = 1e100

/** Told without a call. */
const isPresent = (value: number) => value <= reachMax && value >= -reachMax

/** Welford's update of each feature that is there. */
function scale({ counts, means, variances, deviations }: LogisticState, x: Float64Array): void {
  for (let i = 0; i < x.length; i++) {
    const value = x[i]
    if (!isPresent(value)) continue
    const count = counts[i] + 1
    const delta = value - means[i]
    const mean = means[i] + delta / count
    const variance = variances[i] + (delta * (value - mean) - variances[i]) / count
    counts[i] = count
    means[i] = mean
    variances[i] = variance
    deviations[i] = Math.sqrt(variance)
  }
}

/** Derivative of the log-loss by the linear score: σ(sum) − y, written so that it keeps its precision at large margins. */
function lossGradient(sum: number, y: 0 | 1, clip: number): number {
  const side = y === 1 ? 1 : -1
  const margin = side * sum
  const size = margin > marginLarge ? Math.exp(-margin) : margin < -marginLarge ? 1 : 1 / (Math.exp(margin) + 1)
  return -side * Math.min(size, clip)
}

function addSlots(state: LogisticState, length: number): void {
  assert(length <= 1_000_000, 'logistic: more than a million feature slots')
  state.weights = longer(state.weights, length)
  state.counts = longer(state.counts, length)
  state.means = longer(state.means, length)
  state.variances = longer(state.variances, length)
  state.deviations = longer(state.deviations, length)
}

function longer(old: Float64Array, length: number): Float64Array {
  const grown = new Float64Array(length)
  grown.set(old)
  return grown
}
