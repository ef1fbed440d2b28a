/** What answers took and cost, and which of them have their label: sums and digests that merge. */
import { addToDigest, createDigest, mergeDigest, type Digest } from '../sketches/digest.ts'

/** How long answers took. */
export interface LatencyOutcomes {
  kind: 'latency'
  /** of latencies in ms */
  digest: Digest
}

/** What answers cost, in any unit of money. */
export interface CostOutcomes {
  kind: 'cost'
  n: number
  costSum: number
  /** sum of squares, for the interval */
  costSquareSum: number
}

/** Which predictions have their label. */
export interface LabellingOutcomes {
  kind: 'labelling'
  /** predictions */
  n: number
  /** of label delays in ms, observed − predicted, of those that have their label; below 0 where the truth was known before */
  digest: Digest
}

export const createLatencyOutcomes = (): LatencyOutcomes => ({ kind: 'latency', digest: createDigest() })
export const createCostOutcomes = (): CostOutcomes => ({ kind: 'cost', n: 0, costSum: 0, costSquareSum: 0 })
export const createLabellingOutcomes = (): LabellingOutcomes => ({ kind: 'labelling', n: 0, digest: createDigest() })

export const addLatency = ({ digest }: LatencyOutcomes, latencyMs: number): void => addToDigest(digest, latencyMs)

/** Beyond this a square, summed over many answers, would take all others with it. */
const costMax = 1e60

/** Within ±1e60: what a cost beyond it counts as. */
export const heldCost = (cost: number): number => (cost > costMax ? costMax : cost < -costMax ? -costMax : cost)

/** Adds a finite cost; one beyond ±1e60 counts as that. */
export function addCost(outcomes: CostOutcomes, cost: number, weight = 1): void {
  const held = heldCost(cost)
  outcomes.n += weight
  outcomes.costSum += weight * held
  outcomes.costSquareSum += weight * held * held
}

/** Adds a prediction, with the delay of its label or NaN while it has none. */
export function addLabelling(outcomes: LabellingOutcomes, delayMs: number): void {
  outcomes.n += 1
  if (!Number.isNaN(delayMs)) addToDigest(outcomes.digest, delayMs)
}

export const mergeLatency = (into: LatencyOutcomes, from: LatencyOutcomes): void => mergeDigest(into.digest, from.digest)

export function mergeCost(into: CostOutcomes, from: CostOutcomes): void {
  into.n += from.n
  into.costSum += from.costSum
  into.costSquareSum += from.costSquareSum
}

export function mergeLabelling(into: LabellingOutcomes, from: LabellingOutcomes): void {
  into.n += from.n
  mergeDigest(into.digest, from.digest)
}
