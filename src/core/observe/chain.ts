/** Walking the chain of one inference's entries. */
import { PREDICTION } from '../join/pending.ts'
import type { ModelRuntime } from './runtime.ts'

/** Predictions of the chain that are still within their horizons, oldest first. */
export function livingPredictions(model: ModelRuntime, chain: number, atMs: number): number[] {
  const found: number[] = []
  for (let s = chain; s !== -1; s = model.pending.older(s)) {
    if (model.pending.kind[model.pending.at(s)] === PREDICTION && alive(model, s, atMs) !== -1) found.push(s)
  }
  return found.reverse()
}

/** `sequence` while its entry counts at `atMs`, else −1: memory may hold an entry longer than its horizons. */
export function alive(model: ModelRuntime, sequence: number, atMs: number): number {
  if (sequence === -1) return -1
  const { pending } = model
  const i = pending.at(sequence)
  const { labelHorizonMs, correctionHorizonMs } = model.policy.time
  const joinedUntil = pending.outcomeAt(i) + correctionHorizonMs
  return pending.since[i] + labelHorizonMs >= atMs || joinedUntil >= atMs ? sequence : -1
}
