import type { AnyOutcomes } from './metric.ts'

/**
 * Weights of rows of which the newest counts 1 and each older one 1 − α times the next. They are kept the other way round, the newest growing, so that a row
 * costs one addition. Source: forward decay, Cormode et al. 2009.
 */
export interface Fading {
  /** of the newest row; 1 before the first */
  weight: number
  /** Σ w and Σ w² */
  sum: number
  squareSum: number
}

export const createFading = (): Fading => ({ weight: 1, sum: 0, squareSum: 0 })

/** beyond this weight everything is scaled back: far from where sums of squares would overflow */
const WEIGHT_MAX = 1e4

/** The weight of the next row. When it has grown too far `state.outcomes` is scaled back first. */
export function nextWeight(state: { outcomes: AnyOutcomes; fading: Fading }, alpha: number): number {
  const { fading } = state
  if (fading.sum > 0) fading.weight /= 1 - alpha
  if (fading.weight > WEIGHT_MAX) {
    const factor = 1 / fading.weight
    state.outcomes = scaled(state.outcomes, factor)
    state.fading = { weight: 1, sum: fading.sum * factor, squareSum: fading.squareSum * factor * factor }
  }
  const { weight } = state.fading
  state.fading.sum += weight
  state.fading.squareSum += weight * weight
  return weight
}

/** (Σw)² / Σw²: how many rows of equal weight would say as much. Source: Kish 1965. */
export const effectiveRows = ({ sum, squareSum }: Fading): number => (squareSum > 0 ? (sum * sum) / squareSum : 0)

/** Faded outcomes as so many of equal weight as they are worth: counts add up to the effective n, and intervals follow from them. */
export const effectiveOutcomes = (outcomes: AnyOutcomes, { sum, squareSum }: Fading): AnyOutcomes => (squareSum > 0 ? scaled(outcomes, sum / squareSum) : outcomes)

/** Of two faded parts the earlier is faded further by the rows of the later. Both are brought to a newest weight of 1. */
export function mergeFading(into: Fading, from: Fading, fade: number): { fading: Fading; intoFactor: number; fromFactor: number } {
  const [intoFactor, fromFactor] = [fade / into.weight, 1 / from.weight]
  const sum = into.sum * intoFactor + from.sum * fromFactor
  const squareSum = into.squareSum * intoFactor ** 2 + from.squareSum * fromFactor ** 2
  return { fading: { weight: 1, sum, squareSum }, intoFactor, fromFactor }
}

/** What is no sum, and so is never scaled. */
const fixed = new Set(['scoreEdges', 'classesMax'])

/** A copy with every sum times `factor`. */
export function scaled<Outcomes extends AnyOutcomes>(outcomes: Outcomes, factor: number): Outcomes {
  const fields = Object.entries(outcomes).map(([field, value]: [string, unknown]) => [field, fixed.has(field) ? value : scaledValue(value, factor)])
  return Object.fromEntries(fields) as Outcomes
}

function scaledValue(value: unknown, factor: number): unknown {
  if (typeof value === 'number') return value * factor
  if (value instanceof Float64Array) return value.map((count) => count * factor)
  return Array.isArray(value) ? value.map((item: unknown) => scaledValue(item, factor)) : value
}
