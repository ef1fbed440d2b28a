/** Where only positives are labelled: predictions that no label met within `negativeAfter` are taken for negatives. */
import { PREDICTION } from '../join/pending.ts'
import type { ModelRuntime } from './runtime.ts'

/** Calls `take` once for every prediction that has waited for longer than the policy says without an outcome, in order of arrival. */
export function takeOverdue(model: ModelRuntime, atMs: number, take: (sequence: number, negativeAfterMs: number) => void): void {
  const { pending, state, policy: { labels } } = model
  if (labels.exist !== 'positivesOnly') return
  let next = Math.max(state.assumedTo ?? 0, pending.head)
  for (; next < pending.tail && pending.since[pending.at(next)] + labels.negativeAfterMs < atMs; next++) {
    if (pending.kind[pending.at(next)] === PREDICTION && Number.isNaN(pending.joinedAt[pending.at(next)])) take(next, labels.negativeAfterMs)
  }
  if (next === state.assumedTo) return
  state.assumedTo = next
  model.dirty = true
}

/** Predictions of a chain without an outcome, oldest first, however old: the assumption is due to each of them. */
export function withoutOutcome({ pending }: ModelRuntime, chain: number): number[] {
  const found: number[] = []
  for (let s = chain; s !== -1; s = pending.older(s)) {
    const i = pending.at(s)
    if (pending.kind[i] === PREDICTION && Number.isNaN(pending.joinedAt[i])) found.push(s)
  }
  return found.reverse()
}
