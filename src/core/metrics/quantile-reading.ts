import { betaCdf } from '../math/beta.ts'
import { insufficient, type Reading } from '../reading.ts'
import { digestQuantile, type Digest } from '../sketches/digest.ts'
import { number } from '../unit.ts'
import { readingParams, type ReadingParams } from './metric.ts'

/** Parameters of a metric that is a quantile. */
export const quantileParams = (quantile: number) => ({
  ...readingParams, quantile: number(quantile, 'which quantile is the value', { min: 0.001, max: 0.999 }),
})

/**
 * A quantile with the interval that two order statistics make: it holds the quantile of any distribution with at least the confidence asked, n / designEffect
 * (rounded down) being the sample size. Absent where the sample is too small to bound the quantile on both sides, as for p99.9 from fewer than 3,688 values at .95.
 * The value and the ends come from the digest, whose rank error adds to them; up to 500 values it is exact.
 * `detail` has p50, p90, p99 and p999. Source: the interval Thompson 1936, David & Nagaraja 2003; the digest Dunning & Ertl 2019.
 */
export function quantileReading(digest: Digest, { nMin, confidence, designEffect, quantile }: ReadingParams & { quantile: number }): Reading {
  const { n } = digest
  const at = (q: number): number | null => digestQuantile(digest, q)
  const detail = { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) }
  if (n < nMin || n === 0) return insufficient(n, { detail })
  const effective = Math.floor(n / designEffect)
  const ranks = orderRanks(effective, quantile, 1 - confidence)
  const interval = ranks === null ? {} : { interval: [at((ranks[0] - 0.5) / effective)!, at((ranks[1] - 0.5) / effective)!] as const }
  return { value: at(quantile), n, verdict: 'ok', ...interval, detail }
}

/** Ranks l < u, from 1, with P(X_(l) ≤ quantile ≤ X_(u)) ≥ 1 − α, each side taking at most α / 2; null when the sample has none. */
export function orderRanks(n: number, q: number, alpha: number): readonly [number, number] | null {
  const atMost = (k: number): number => (k >= n ? 1 : betaCdf(1 - q, n - k, k + 1)) // P(Binomial(n, q) ≤ k)
  if (n < 1 || atMost(0) > alpha / 2 || 1 - atMost(n - 1) > alpha / 2) return null
  const low = lastWhere(0, n - 1, (k) => atMost(k) <= alpha / 2) + 1
  const high = lastWhere(0, n - 1, (k) => 1 - atMost(k) > alpha / 2) + 2
  return [low, Math.min(n, high)]
}

/** The greatest k in from … to for which a test holds that holds for a prefix; from where it holds for none. */
function lastWhere(from: number, to: number, holds: (k: number) => boolean): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}
