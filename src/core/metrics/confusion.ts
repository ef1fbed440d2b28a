import { exactInterval, wilsonInterval } from '../math/proportion.ts'
import { insufficient } from '../reading.ts'
import { largerDesignEffect } from './entities.ts'
import { readingParams, type BinaryMetric } from './metric.ts'

/** Further out Wilson's interval is too short where hits or misses are few: Clopper and Pearson's holds at any level. */
const wilsonConfidenceMax = 0.9999

interface Share {
  name: string
  summary: string
  better: BinaryMetric['better']
  source?: string
  /** [hits, trials] of the confusion counts: the proportion that has a binomial interval */
  share(tp: number, fp: number, fn: number, tn: number): [number, number]
  /** an increasing function of the proportion, where the metric is not the proportion itself */
  of?(share: number): number
}

/**
 * A metric that is a proportion of the confusion counts, with Wilson's interval on n / designEffect, beyond a confidence of .9999 the exact one. Outcomes that name their entities show the design
 * effect themselves (`detail.designEffect`): the larger of it and the parameter counts.
 * No trials (0/0), or counts that corrections have driven below zero: `insufficient`.
 */
export function confusionMetric({ name, summary, better, source, share, of = (value) => value }: Share): BinaryMetric {
  return {
    name, summary, better, source: source ?? 'van Rijsbergen 1979; interval Wilson 1927', needs: 'binary', reads: 'decision', range: [0, 1], params: readingParams, isExactFarOut: true,
    read({ confusion: [tp, fp, fn, tn], byEntity }, { nMin, confidence, designEffect: given }) {
      const [hits, trials] = share(tp, fp, fn, tn)
      const inconsistent = Math.min(tp, fp, fn, tn) < 0
      if (trials < nMin || inconsistent) return insufficient(Math.max(0, trials))
      const designEffect = largerDesignEffect(given, byEntity, share, trials)
      const intervalOf = confidence > wilsonConfidenceMax ? exactInterval : wilsonInterval
      const [low, high] = intervalOf(hits / designEffect, trials / designEffect, confidence)
      return { value: of(hits / trials), n: trials, interval: [of(low), of(high)], verdict: 'ok', ...(byEntity === undefined ? {} : { detail: { designEffect } }) }
    },
  }
}
