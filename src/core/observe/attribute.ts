/** Which segments the features of an inference count in: only its prediction tells, before them or after. */
import { PREDICTION, type Entry } from '../join/pending.ts'
import type { FeatureVector, Prediction } from '../records.ts'
import { alive } from './chain.ts'
import type { ModelRuntime } from './runtime.ts'

type Id = Pick<Entry, 'low' | 'high'>

/** Features of an inference whose prediction is known count in its segments; others wait for it. */
export function attribute(model: ModelRuntime, { low, high }: Id, chain: number, vector: FeatureVector, atMs: number): void {
  const prediction = alive(model, model.pending.newest(chain, PREDICTION), atMs)
  if (prediction !== -1) model.paneAt(atMs).segments!.add(model.segmentsOf(model.pending.segments[model.pending.at(prediction)]), vector)
  else noteUnattributed(model, model.waiting.put(low, high, atMs, vector, model.policy.limits.waitingFeaturesMax!), atMs)
}

/** Takes what waited for this prediction, if anything did. */
export function attributeWaiting(model: ModelRuntime, { low, high }: Id, segments: Prediction['segments'], atMs: number): void {
  const vector = model.waiting.take(low, high)
  if (vector !== null) model.paneAt(atMs).segments?.add(model.segmentsOf(model.segmentCode(segments)), vector)
}

/** Gives up what has waited for longer than a pane. */
export function forgetWaiting(model: ModelRuntime, atMs: number): void {
  if (model.waiting.size > 0) noteUnattributed(model, model.waiting.dropBefore(atMs - model.policy.time.paneMs), atMs)
}

function noteUnattributed(model: ModelRuntime, lost: number, atMs: number): void {
  if (lost === 0) return
  const pane = model.paneAt(atMs)
  pane.dirty = true
  pane.summary.join.unattributedFeatures = (pane.summary.join.unattributedFeatures ?? 0) + lost
}
