/** Rows that metrics are tried on, and how each kind becomes a few numbers, so that a window of them is one typed array. */
import { addMulticlass, codeOf, createMulticlassOutcomes, mergeMulticlass, type ClassOutcome, type MulticlassOutcomes } from './class-outcomes.ts'
import { bucketOf } from './entities.ts'
import type { AnyOutcomes } from './metric.ts'
import {
  addBinary, addEntity, addRegression, createBinaryOutcomes, createRegressionOutcomes, mergeOutcomes, scoreEdges, type BinaryOutcomes, type RegressionOutcomes,
} from './outcomes.ts'
import {
  addCost, addLabelling, addLatency, createCostOutcomes, createLabellingOutcomes, createLatencyOutcomes, mergeCost, mergeLabelling, mergeLatency,
  type CostOutcomes, type LabellingOutcomes, type LatencyOutcomes,
} from './service-outcomes.ts'

/** One row; a metric uses the fields of its kind. */
export interface MetricRow {
  /** the truth: 0 or 1, a number, or the name of a class */
  y?: number | string
  /** probability of the positive class */
  score?: number
  /** the decision 0 or 1, the predicted number, or the name of a class */
  prediction?: number | string
  /** probability by class; a class without one has 0 */
  scores?: Readonly<Record<string, number>>
  latencyMs?: number
  cost?: number
  predictedAt?: number
  /** null or absent while there is no label */
  observedAt?: number | null
  /** when the row came to be, in ms, for windows of time */
  t?: number
  /** whose row it is, where one brings many */
  entity?: string
}

/** A kind of outcomes, from rows. `encode` writes a row as `width` numbers and gives false where the row cannot be used. */
export interface RowKind<Outcomes> {
  width(outcomes: Outcomes): number
  create(options: { classesMax: number }): Outcomes
  encode(outcomes: Outcomes, row: MetricRow, into: Float64Array, at: number): boolean
  add(outcomes: Outcomes, numbers: Float64Array, at: number, weight: number): void
  merge(into: Outcomes, from: Outcomes): void
  /** for rows written under `from`: rewrites one so that it means the same under `into` */
  recoder?(into: Outcomes, from: Outcomes): (numbers: Float64Array, at: number) => void
}

/** Beyond this a fourth power, summed over many rows, would no longer be finite. */
const magnitudeMax = 1e60
const isUsable = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= magnitudeMax
const isProbability = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1
const isBit = (value: unknown): value is 0 | 1 => value === 0 || value === 1

/** [y, decision, score or −1, bucket of the entity or −1]; without a prediction the decision is score ≥ ½ */
const binary: RowKind<BinaryOutcomes> = {
  width: () => 4,
  create: () => createBinaryOutcomes(scoreEdges()),
  encode(_, { y, score, prediction, entity }, into, at) {
    const decision = prediction ?? (isProbability(score) ? Number(score >= 0.5) : undefined)
    if (!isBit(y) || !isBit(decision) || (score !== undefined && Number.isFinite(score) && !isProbability(score))) return false
    into[at] = y
    into[at + 1] = decision
    into[at + 2] = isProbability(score) ? score : -1
    into[at + 3] = entity === undefined ? -1 : bucketOf(entity)
    return true
  },
  add(outcomes, numbers, at, weight) {
    const [actual, decision, score, bucket] = [numbers[at] as 0 | 1, numbers[at + 1] as 0 | 1, numbers[at + 2], numbers[at + 3]]
    addBinary(outcomes, actual, score < 0 ? NaN : score, decision, weight)
    if (bucket >= 0) addEntity(outcomes, actual, decision, bucket, weight)
  },
  merge: mergeOutcomes,
}

/** [y, prediction] */
const regression: RowKind<RegressionOutcomes> = {
  width: () => 2,
  create: createRegressionOutcomes,
  encode(_, { y, prediction }, into, at) {
    if (!isUsable(y) || !isUsable(prediction)) return false
    into[at] = y
    into[at + 1] = prediction
    return true
  },
  add: (outcomes, numbers, at, weight) => addRegression(outcomes, numbers[at], numbers[at + 1], weight),
  merge: mergeOutcomes,
}

const outcome: ClassOutcome = { truth: 0, prediction: 0, truthScore: -1, scores: new Float64Array(0), scoresAt: 0 }

/** [code of y, code of the prediction, probability of y or −1, probability of each class by code] */
const multiclass: RowKind<MulticlassOutcomes> = {
  width: ({ classesMax }) => 3 + classesMax,
  create: ({ classesMax }) => createMulticlassOutcomes(classesMax),
  encode(outcomes, { y, prediction, scores }, into, at) {
    const predicted = prediction ?? (scores === undefined ? undefined : likeliest(scores))
    if (y === undefined || predicted === undefined || (scores !== undefined && !Object.values(scores).every(isProbability))) return false
    const [truthName, predictedName] = [String(y), String(predicted)]
    const [truth, code] = [codeOf(outcomes, truthName), codeOf(outcomes, predictedName)]
    const { classesMax } = outcomes
    into[at] = truth
    into[at + 1] = truth === classesMax && code === classesMax && truthName !== predictedName ? classesMax + 1 : code
    into[at + 2] = scores === undefined ? -1 : (Object.hasOwn(scores, truthName) ? scores[truthName] : 0)
    into.fill(0, at + 3, at + 3 + classesMax)
    for (const [name, score] of Object.entries(scores ?? {})) {
      const scored = codeOf(outcomes, name)
      if (scored < classesMax) into[at + 3 + scored] = score
    }
    return true
  },
  add(outcomes, numbers, at, weight) {
    outcome.truth = numbers[at]
    outcome.prediction = numbers[at + 1]
    outcome.truthScore = numbers[at + 2]
    outcome.scores = numbers
    outcome.scoresAt = at + 3
    addMulticlass(outcomes, outcome, weight)
  },
  merge: mergeMulticlass,
  recoder(into, from) {
    const codes = from.classes.map((name) => codeOf(into, name))
    const other = into.classesMax
    return (numbers, at) => {
      const [y, prediction, scores] = [numbers[at], numbers[at + 1], numbers.slice(at + 3, at + 3 + other)]
      numbers[at] = y < other ? codes[y] : y
      numbers[at + 1] = prediction < other ? codes[prediction] : prediction
      if (y !== prediction && numbers[at] === other && numbers[at + 1] === other) numbers[at + 1] = other + 1
      numbers.fill(0, at + 3, at + 3 + other)
      codes.forEach((to, code) => {
        if (to < other) numbers[at + 3 + to] = scores[code]
      })
    }
  },
}

/** The class with the greatest probability, of equal ones the first by name; undefined when there is none. */
export function likeliest(scores: Readonly<Record<string, number>>): string | undefined {
  let best: string | undefined
  for (const [name, score] of Object.entries(scores)) {
    if (best === undefined || score > scores[best] || (score === scores[best] && name < best)) best = name
  }
  return best
}

const latency: RowKind<LatencyOutcomes> = {
  width: () => 1,
  create: createLatencyOutcomes,
  encode(_, { latencyMs }, into, at) {
    if (!isUsable(latencyMs) || latencyMs < 0) return false
    into[at] = latencyMs
    return true
  },
  add: (outcomes, numbers, at) => addLatency(outcomes, numbers[at]),
  merge: mergeLatency,
}

const cost: RowKind<CostOutcomes> = {
  width: () => 1,
  create: createCostOutcomes,
  encode(_, row, into, at) {
    if (!isUsable(row.cost)) return false
    into[at] = row.cost
    return true
  },
  add: (outcomes, numbers, at, weight) => addCost(outcomes, numbers[at], weight),
  merge: mergeCost,
}

/** [1 where there is a label, its delay in ms] */
const labelling: RowKind<LabellingOutcomes> = {
  width: () => 2,
  create: createLabellingOutcomes,
  encode(_, { predictedAt, observedAt }, into, at) {
    const hasLabel = observedAt !== undefined && observedAt !== null
    if (!isUsable(predictedAt) || (hasLabel && !isUsable(observedAt))) return false
    into[at] = Number(hasLabel)
    into[at + 1] = hasLabel ? observedAt - predictedAt : 0
    return true
  },
  add: (outcomes, numbers, at) => addLabelling(outcomes, numbers[at] === 1 ? numbers[at + 1] : NaN),
  merge: mergeLabelling,
}

/** Every kind, by the name that outcomes carry. */
export const rowKinds = { binary, regression, multiclass, latency, cost, labelling } as unknown as Readonly<Record<AnyOutcomes['kind'], RowKind<AnyOutcomes>>>
