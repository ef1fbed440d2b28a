/** Metrics in [−1, 1] that say how decisions and truths agree beyond chance. */
import { insufficient } from '../reading.ts'
import { meanDesignEffect } from './entities.ts'
import { readingParams, twoSidedZ, type BinaryMetric } from './metric.ts'

/** Shares of [tp, fp, fn, tn], summing to 1. */
export type Shares = readonly [number, number, number, number]

interface Agreement {
  name: string
  summary: string
  source: string
  /** null where it is undefined */
  of(shares: Shares): number | null
  /** how it changes with each of the four shares; asked where all of them are above 0 only */
  gradient(shares: Shares): Shares
}

/**
 * A metric of agreement with an interval by the delta method on Fisher's scale atanh(value), from the counts over designEffect plus ½ each, so that it
 * does not claim certainty at −1 and 1; outcomes that name their entities show the design effect themselves. Undefined, or counts that corrections have driven below zero: `insufficient`.
 */
export function agreementMetric({ name, summary, source, of, gradient }: Agreement): BinaryMetric {
  return {
    name, summary, source, needs: 'binary', reads: 'decision', better: 'higher', range: [-1, 1], params: readingParams,
    read({ confusion, byEntity }, { nMin, confidence, designEffect: given }) {
      const n = confusion.reduce((total, count) => total + count, 0)
      const value = n < nMin || confusion.some((count) => count < 0) ? null : of(sharesOf(confusion))
      if (value === null) return insufficient(Math.max(0, n))
      const whole = sharesOf(confusion.map((count) => count + 0.5))
      const designEffect = meanDesignEffect(given, byEntity, gradient(whole), confusion)
      const held = confusion.map((count) => count / designEffect + 0.5)
      const shares = sharesOf(held)
      const centres = [Math.atanh(value), Math.atanh(of(shares)!)] // the ½ pull towards 0; neither side is to gain by it
      const half = (twoSidedZ(confidence) * deltaError(shares, gradient(shares), n / designEffect + 2)) / (1 - of(shares)! ** 2)
      const interval = [Math.tanh(Math.min(...centres) - half), Math.tanh(Math.max(...centres) + half)] as const
      return { value, n, interval, verdict: 'ok', ...(byEntity === undefined ? {} : { detail: { designEffect } }) }
    },
  }
}

function sharesOf(counts: Float64Array): Shares {
  const n = counts.reduce((total, count) => total + count, 0)
  return [counts[0] / n, counts[1] / n, counts[2] / n, counts[3] / n]
}

/** The standard error of a function of multinomial shares. */
function deltaError(shares: Shares, gradient: Shares, n: number): number {
  let [mean, square] = [0, 0]
  for (let i = 0; i < 4; i++) {
    mean += shares[i] * gradient[i]
    square += shares[i] * gradient[i] * gradient[i]
  }
  return Math.sqrt(Math.max(0, square - mean * mean) / n)
}
