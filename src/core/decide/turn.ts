/** One model at one stream time: what every step of decide is given. */
import type { Parts } from '../parts.ts'
import type { ModelPolicy } from '../policy.ts'
import type { DecideEnvironment, Emit } from './environment.ts'
import { modelPart, newModelState, type ModelState } from './state.ts'
import { policyAt } from './tables.ts'

export interface Turn {
  env: DecideEnvironment
  parts: Parts
  emit: Emit
  model: string
  state: ModelState
  /** in force at `atMs` (of a pane: at its start) */
  policy: ModelPolicy
  /** stream time of the cause: what is emitted is stamped with it */
  atMs: number
}

/** Names of the models that this task has seen, in code-unit order. */
export const seenModels = (parts: Parts): readonly string[] => parts.get<string[]>('models') ?? []

/** The policy at a time, published or default. */
export const policyFor = (env: DecideEnvironment, parts: Parts, model: string, atMs: number): ModelPolicy => policyAt(parts, model, atMs) ?? env.defaultPolicy(model)

/** The state of a model, new when it was never seen, marked dirty. */
export function modelState(parts: Parts, model: string): ModelState {
  if (parts.get(modelPart(model)) === undefined) {
    parts.put(modelPart(model), newModelState(model, noJoins()))
    parts.put('models', [...seenModels(parts), model].sort())
  }
  parts.touch(modelPart(model))
  return parts.get<ModelState>(modelPart(model))!
}

/** A turn of one model. `policyMs`: the time whose policy counts, if not `atMs`. */
export function openTurn(env: DecideEnvironment, parts: Parts, emit: Emit, model: string, atMs: number, policyMs = atMs): Turn {
  const state = modelState(parts, model)
  state.firstSeenMs ??= policyMs
  return { env, parts, emit, model, state, policy: policyFor(env, parts, model, policyMs), atMs }
}

const noJoins = (): ModelState['joined'] => ({
  predictions: 0, features: 0, labels: 0, duplicatePredictions: 0, duplicateFeatures: 0, duplicateLabels: 0, earlyLabels: 0, unmatchedLabels: 0,
  lateLabels: 0, correctedLabels: 0, withdrawnLabels: 0, joinedLabels: 0, expiredPredictions: 0, evicted: 0, addressedCorrections: 0,
})
