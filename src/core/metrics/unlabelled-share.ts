import { wilsonInterval } from '../math/proportion.ts'
import { insufficient } from '../reading.ts'
import { readingParams, type LabellingMetric } from './metric.ts'

/** The share of predictions that have no label, so far. It falls as labels arrive: compare it at like ages only. Wilson's interval. */
export const unlabelledShare: LabellingMetric = {
  name: 'unlabelled-share',
  summary: 'Share of predictions that have no label so far.',
  source: 'interval Wilson 1927',
  needs: 'labelling',
  better: 'lower',
  range: [0, 1],
  params: readingParams,
  read({ n, digest }, { nMin, confidence, designEffect }) {
    if (n < nMin || n === 0) return insufficient(n)
    const unlabelled = n - digest.n
    return { value: unlabelled / n, n, interval: wilsonInterval(unlabelled / designEffect, n / designEffect, confidence), verdict: 'ok' }
  },
}
