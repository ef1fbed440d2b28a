/** The order of a task: among the inputs' heads, the least (stream time, rank). */
import type { Input } from './input.ts'

export interface Pick {
  input: Input
  /** some other input was released past only because its log had ended there for the moment */
  byArrival: boolean
}

/**
 * The input whose head is next, or null while an input without a head might still bring an earlier record.
 * An input without a head lets time `t` pass when it is complete beyond `t`, or (live) when its log end was seen after the head arrived.
 */
export function nextInput(inputs: readonly Input[]): Pick | null {
  let best: Input | null = null
  let bestTime = Infinity
  for (const input of inputs) {
    const head = input.head()
    if (head === null) continue
    if (best === null || head.timeMs < bestTime || (head.timeMs === bestTime && input.rank < best.rank)) {
      best = input
      bestTime = head.timeMs
    }
  }
  if (best === null) return null
  const { arrival } = best.head()!
  let byArrival = false
  for (const input of inputs) {
    if (input.head() !== null || input.completeToMs > bestTime) continue
    if (input.caughtUpAt <= arrival) return null
    byArrival = true
  }
  return { input: best, byArrival }
}
