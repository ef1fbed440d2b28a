import { wilsonInterval } from '../math/proportion.ts'
import { insufficient } from '../reading.ts'
import { averageReading } from './class-average.ts'
import { largerDesignEffect } from './entities.ts'
import { byClassParams, type BinaryMetric } from './metric.ts'

/**
 * Mean of recall and specificity: ½ is what a coin or a constant answer earns, whatever the share of positives. Undefined without outcomes of both classes
 * (where some tools read the one class there is). The interval joins the two Wilson intervals by squares, which is sound at 0 and 1 (Newcombe's MOVER).
 * Of several classes it is `macro-recall`, whose interval is another (`nMin` is then of all outcomes).
 */
export const balancedAccuracy: BinaryMetric<typeof byClassParams> = {
  name: 'balanced-accuracy',
  summary: 'Mean of recall and specificity.',
  source: 'Brodersen et al. 2010; interval Newcombe 1998, Zou & Donner 2008',
  needs: 'binary',
  reads: 'decision',
  better: 'higher',
  range: [0, 1],
  params: byClassParams,
  read({ confusion: [tp, fp, fn, tn], byEntity }, { nMin, confidence, designEffect }) {
    const [positives, negatives] = [tp + fn, fp + tn]
    if (Math.min(tp, fp, fn, tn) < 0 || Math.min(positives, negatives) < nMin) return insufficient(Math.max(0, positives + negatives))
    const [recall, specificity] = [tp / positives, tn / negatives]
    const ofRecall = largerDesignEffect(designEffect, byEntity, (hit, _, missed) => [hit, hit + missed], positives)
    const ofSpecificity = largerDesignEffect(designEffect, byEntity, (_, raised, __, spared) => [spared, spared + raised], negatives)
    const [recallLow, recallHigh] = wilsonInterval(tp / ofRecall, positives / ofRecall, confidence)
    const [specificityLow, specificityHigh] = wilsonInterval(tn / ofSpecificity, negatives / ofSpecificity, confidence)
    const value = (recall + specificity) / 2
    const interval = [
      Math.max(0, value - Math.hypot(recall - recallLow, specificity - specificityLow) / 2),
      Math.min(1, value + Math.hypot(recallHigh - recall, specificityHigh - specificity) / 2),
    ] as const
    return { value, n: positives + negatives, interval, verdict: 'ok', detail: { positives, negatives, ...(byEntity === undefined ? {} : { designEffect: Math.max(ofRecall, ofSpecificity) }) } }
  },
  readClasses: (outcomes, params) => averageReading(outcomes, 'recall', 'macro', params),
}
