import type { ParamSpecs, ParamsOf, Unit } from '../unit.ts'

/** One labelled row. */
export interface Example {
  /** values by feature slot; NaN where missing. Slots keep their meaning for the life of the state; new features take new slots at the end */
  x: Float64Array
  y: 0 | 1
  /** the probability this learner gave when the prediction was made, where the label came later; else the row is scored now */
  score?: number
}

/** How the scores given before learning fared, and what has been learnt. */
export interface LearnerReading {
  /** examples learnt */
  n: number
  /** mean −ln of the probability given to what happened, over the scores noted; null before the first */
  logLoss: number | null
  /** share of scores on the right side of ½ (above it for a positive); null before the first */
  accuracy: number | null
  /** scores noted */
  scored: number
  weights: readonly number[]
  intercept: number
}

/** The first fields of every learner's state: the prequential tally. */
export interface LearnerState {
  n: number
  scored: number
  correct: number
  logLossSum: number
}

/**
 * An online classifier that is tested before it is taught (prequential rule): `update` notes the score stored with the example, or scores it now,
 * and then learns. `predict`, `note` and `learn` are its three steps, for callers that keep the score while the label is under way; none allocates.
 */
export interface Learner<Specs extends ParamSpecs = ParamSpecs, State extends LearnerState = LearnerState> extends Unit<Specs, State, Example, LearnerReading> {
  /** probability of a positive, from what has been learnt so far; leaves the state alone */
  predict(state: State, x: Float64Array): number
  /** counts a score against its truth, without learning */
  note(state: State, score: number, y: 0 | 1): void
  learn(state: State, x: Float64Array, y: 0 | 1, params: ParamsOf<Specs>): void
}

/** Declares a learner; only there so that types are inferred. */
export function learner<const Specs extends ParamSpecs, State extends LearnerState>(definition: Learner<Specs, State>): Learner<Specs, State> {
  return definition
}
