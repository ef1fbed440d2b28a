import { insufficient } from '../reading.ts'
import { absoluteNoise } from './bridge-noise.ts'
import { gapOf, gapParams, heldRatio } from './gap.ts'
import { driftMeasure, verdictOf } from './measure.ts'
import { sampleGap } from './sample-gap.ts'

/** ∫|F − G| dx of two raw samples in the unit of the values, neither winsorised nor scaled. Both hold at least one value, all finite. */
export const wassersteinDistance = (a: Float64Array, b: Float64Array): number => sampleGap(a, b).absolute

/**
 * Wasserstein-1 (earth mover's) distance ∫|F − G| dx ÷ the reference's interquartile range, both samples winsorised at the reference's 0.1 and 99.9 %:
 * how far values moved on average, in units of the usual spread, so that one huge outlier weighs no more than one value at the edge.
 * `distance` is in the unit of the feature; with `trim` 0 it is the plain distance. Where the quartiles coincide the winsorised range is the unit (`scale`);
 * of a constant reference there is none, and the reading is `insufficient`: psi and ks see that it moved.
 * Noise floor: that of ∫|Brownian bridge| over the pooled sample, both samples redrawn, by its second moment and that of the signed area; a few percent wide.
 */
export const wasserstein = driftMeasure({
  name: 'wasserstein',
  summary: 'Mean distance that values moved, in interquartile ranges of the reference.',
  source: 'Kantorovich 1942; null law del Barrio, Giné & Matrán 1999',
  params: gapParams(0.25, 'distance in interquartile ranges'),
  kinds: ['numeric'],
  compare(reference, current, { alarm, floorLevel, minInstances, trim }) {
    const { n, nReference, absolute, scale, length, bridge } = gapOf(reference, current, trim)
    if (scale === 0) return insufficient(n, { nReference })
    const value = heldRatio(absolute, scale)
    const noiseFloor = heldRatio(absoluteNoise(bridge, floorLevel) * length * Math.sqrt(1 / n + 1 / nReference), scale)
    const thin = Math.min(n, nReference) < minInstances
    return {
      value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, alarm),
      detail: { distance: heldRatio(absolute, 0.5), scale: heldRatio(scale, 0.5) },
    }
  },
})
