import { counted, percent } from '../../text.ts'
import type { WatchRule } from './rule.ts'
import { shareAgainst } from './share.ts'

/** Errors, timeouts and non-finite scores per acted prediction: harm when the lower bound of the share is above `maxErrorRate`. */
export const errorRate: WatchRule = {
  name: 'error-rate',
  summary: 'Errors, timeouts and non-finite scores of a new champion exceed their share.',
  read({ version, sinceMs, atMs, acted, bad }, { maxErrorRate, minPredictions }) {
    if (maxErrorRate === null) return null
    const reading = shareAgainst(bad, acted, minPredictions, maxErrorRate)
    return {
      rule: 'error-rate', measure: 'error-rate', subject: version, reading, threshold: maxErrorRate, fromMs: sinceMs, toMs: atMs,
      text: `${bad} of ${counted(acted, 'acted prediction')} of ${version} failed${reading.value === null ? '' : ` (${percent(reading.value)}, at least ${percent(reading.interval![0])})`}; `
        + `at most ${percent(maxErrorRate)} may.`,
    }
  },
}
