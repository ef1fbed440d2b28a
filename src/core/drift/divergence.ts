/** What the measures share that are a root of a divergence over common bins: how noise is told from drift. */
import { chiSquareTail } from '../math/chi-square.ts'
import { insufficient } from '../reading.ts'
import type { Reading } from '../reading.ts'
import type { FeatureSummary } from '../sketches/feature.ts'
import { number } from '../unit.ts'
import { binNoiseFloor } from './bin-noise.ts'
import type { Divergence } from './bin-noise.ts'
import { binnedPair, pooledOf } from './bins.ts'
import type { BinnedPair } from './bins.ts'
import { verdictOf } from './measure.ts'
import type { Calibrated, NoiseSource } from './measure.ts'

/** up to this many values expected of a bin in the smaller sample its noise is summed term by term; above, it is that of a χ² */
const EXPECTED_SUMMED_MAX = 20

export const divergenceParams = (alarm: number) => ({
  alarm: number(alarm, 'distance beyond which a change matters, 0 to 1', { min: 0, max: 1 }),
  floorLevel: number(0.999, 'probability that pure noise stays below the noise floor', { min: 0.5, max: 0.999999999 }),
  minExpectedPerBin: number(10, 'values a bin must expect on average, in the smaller sample, for a verdict', { min: 1 }),
})

/** Σ term over the bins given, the counts taken as shares of each sample; both hold something. */
export function divergenceOf({ term }: Divergence, { reference, current, nReference, n }: BinnedPair): number {
  let total = 0
  for (let b = 0; b < reference.length; b++) total += term(reference[b] / nReference, current[b] / n)
  return Math.min(1, Math.max(0, total))
}

/** The noise of √(divergence), for the calibration. */
export const rootNoise = (divergence: Divergence): NoiseSource<unknown> => ({ of: 'bins', law: () => divergence, isRoot: true })

/** Reads √(divergence) of two summaries against what noise reaches at these sizes and in these bins. */
export function compareDivergence(
  divergence: Divergence, reference: FeatureSummary, current: FeatureSummary, params: { alarm: number; floorLevel: number; minExpectedPerBin: number }, calibrated?: Calibrated,
): Reading {
  const pair = binnedPair(reference, current)
  const { n, nReference, bins } = pair
  if (n === 0 || nReference === 0) return insufficient(n, { nReference })
  const total = divergenceOf(divergence, pair)
  const { scale, df } = noiseOf(divergence, pair)
  const noiseFloor = calibrated?.noiseFloor ?? Math.min(1, Math.sqrt(binNoiseFloor(divergence, pooledOf(pair), nReference, n, params.floorLevel)))
  const value = Math.sqrt(total)
  const thin = Math.min(n, nReference) / bins < params.minExpectedPerBin
  return {
    value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, params.alarm),
    detail: { pValue: scale === 0 ? 1 : chiSquareTail(total / scale, df), bins },
  }
}

/**
 * The law of a divergence without drift, as scale · χ²_df with its first two moments: both samples redrawn from the pooled one, bin by bin given what
 * the bin holds of both. Where every bin is thick that is curvature · (1/n + 1/m) · χ² with B − 1 degrees of freedom; thin bins make it larger.
 */
function noiseOf(divergence: Divergence, { reference, current, nReference, n }: BinnedPair): { scale: number; df: number } {
  let [mean, variance] = [0, 0]
  for (let b = 0; b < reference.length; b++) {
    const pooled = reference[b] + current[b]
    const free = 1 - pooled / (n + nReference) // the bins share one total each way: together they lose one degree of freedom
    const bin = binNoise(divergence, pooled, nReference, n)
    mean += free * bin.mean
    variance += free * bin.variance
  }
  return variance <= 0 ? { scale: 0, df: 0 } : { scale: variance / (2 * mean), df: (2 * mean * mean) / variance }
}

/** Mean and variance of one bin's term when each of its `pooled` values fell into either sample in proportion to their sizes. */
function binNoise({ term, curvature }: Divergence, pooled: number, m: number, n: number): { mean: number; variance: number } {
  const rate = Math.min(m, n) / (m + n)
  const expected = pooled * rate
  if (expected > EXPECTED_SUMMED_MAX) {
    const mean = curvature * (1 / m + 1 / n)
    return { mean, variance: 2 * mean * mean }
  }
  const last = Math.min(pooled, Math.ceil(expected + 8 * Math.sqrt(expected) + 8))
  let [mean, square, chance] = [0, 0, Math.exp(pooled * Math.log1p(-rate))]
  for (let inSmaller = 0; inSmaller <= last; inSmaller++) {
    const [inSmall, inLarge] = [inSmaller / Math.min(m, n), (pooled - inSmaller) / Math.max(m, n)]
    const x = m <= n ? term(inSmall, inLarge) : term(inLarge, inSmall)
    mean += chance * x
    square += chance * x * x
    chance *= ((pooled - inSmaller) / (inSmaller + 1)) * (rate / (1 - rate))
  }
  return { mean, variance: Math.max(0, square - mean * mean) }
}
