import { counted, figure, percent } from '../../text.ts'
import type { WatchRule } from './rule.ts'
import { shareAgainst } from './share.ts'

/** A p99 budget lets one inference in a hundred be slower. */
const allowedShare = 0.01

/** Latency against its p99 budget, judged on the share of inferences over it and not on repeated reads of a quantile. */
export const latencyBudget: WatchRule = {
  name: 'latency-budget',
  summary: 'More than one in a hundred inferences of a new champion is slower than the p99 budget.',
  read({ version, sinceMs, atMs, latencyCount, latencyOver }, { maxLatencyP99Ms, minPredictions }) {
    if (maxLatencyP99Ms === null) return null
    const reading = shareAgainst(latencyOver, latencyCount, minPredictions, allowedShare)
    return {
      rule: 'latency', measure: 'share over budget', subject: version, reading, threshold: allowedShare, fromMs: sinceMs, toMs: atMs,
      text: `${latencyOver} of ${counted(latencyCount, 'inference')} of ${version} took longer than ${figure(maxLatencyP99Ms)} ms`
        + `${reading.value === null ? '' : ` (${percent(reading.value)}, at least ${percent(reading.interval![0])})`}; at most 1% may.`,
    }
  },
}
