import { assert } from '../assert.ts'
import { chiSquareQuantile } from '../math/chi-square.ts'
import { normalQuantile } from '../math/normal.ts'
import { insufficient } from '../reading.ts'
import { presentCount } from '../sketches/feature.ts'
import type { CategoricalSummary } from '../sketches/feature.ts'
import { number } from '../unit.ts'
import { assertComparable, driftMeasure, verdictOf } from './measure.ts'

/** Entropy of counts in nats, and the variance of one draw's surprise −ln p. They hold something. */
export function entropyOf(counts: readonly number[]): { entropy: number; variance: number } {
  const total = counts.reduce((a, b) => a + b, 0)
  assert(total > 0, 'an entropy needs something to count')
  let [entropy, square] = [0, 0]
  for (const count of counts) {
    if (count === 0) continue
    const surprise = Math.log(total / count)
    entropy += (count / total) * surprise
    square += (count / total) * surprise * surprise
  }
  return { entropy, variance: Math.max(0, square - entropy * entropy) }
}

/**
 * |ln(D′ / D)|, where D = e^entropy is the effective number of categories (Hill's of order 1): as many equally common names would be as varied.
 * It reads a feature that collapses to a few names and one that spreads, whatever the names are; ln 2 = .69 is half or twice as many.
 * All names beyond those with a count of their own, known or new, count as one: a spread over new names is therefore understated, and is what `unseen` is for,
 * which lists their names up to a bound.
 * Distinct names cannot be counted from a summary: `distinct` is how many of those with a count of their own occur.
 * Noise floor: both entropies' sampling error by the delta method, and the bias of the smaller sample, a χ² / 2n, which rules where names are equally common.
 */
export const cardinality = driftMeasure({
  name: 'cardinality',
  summary: 'Change of the effective number of categories in use.',
  source: 'Hill 1973; sampling error Basharin 1959',
  params: {
    alarm: number(0.4, 'change of the logarithm of the effective number beyond which it matters', { min: 0 }),
    floorLevel: number(0.999, 'probability that pure noise stays below the noise floor', { min: 0.5, max: 0.999999999 }),
    minExpectedPerBin: number(5, 'values that a name in use must expect on average, in the smaller sample, for a verdict', { min: 1 }),
  },
  kinds: ['categorical'],
  compare(reference, current, { alarm, floorLevel, minExpectedPerBin }) {
    assertComparable(reference, current)
    assert(reference.kind === 'categorical' && current.kind === 'categorical', 'categories are counted in categorical summaries only')
    const [n, nReference] = [presentCount(current), presentCount(reference)]
    if (n === 0 || nReference === 0) return insufficient(n, { nReference })
    const [p, q] = [countsOf(reference), countsOf(current)]
    const [before, now] = [entropyOf(p), entropyOf(q)]
    const pooled = p.map((count, i) => count + q[i]).filter((count) => count > 0)
    const noiseFloor = entropyNoise(pooled, nReference, n, floorLevel)
    const value = Math.abs(now.entropy - before.entropy)
    const thin = Math.min(n, nReference) / pooled.length < minExpectedPerBin
    return {
      value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, alarm),
      detail: { effective: Math.exp(now.entropy), effectiveReference: Math.exp(before.entropy), distinct: distinctOf(current), distinctReference: distinctOf(reference) },
    }
  },
})

const countsOf = ({ counts, other, unseen }: CategoricalSummary): number[] => [...counts, other + unseen]

const distinctOf = ({ counts }: CategoricalSummary): number => counts.reduce((total, count) => total + Number(count > 0), 0)

function entropyNoise(pooled: readonly number[], m: number, n: number, level: number): number {
  const error = Math.sqrt(entropyOf(pooled).variance * (1 / m + 1 / n))
  return normalQuantile((1 + level) / 2) * error + chiSquareQuantile(level, pooled.length - 1) / (2 * Math.min(m, n))
}
