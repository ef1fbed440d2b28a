import { insufficient } from '../reading.ts'
import { squareNoise } from './bridge-noise.ts'
import { gapOf, gapParams, heldRatio } from './gap.ts'
import { driftMeasure, verdictOf } from './measure.ts'
import { sampleGap } from './sample-gap.ts'

/** √(2 E|X − Y| − E|X − X′| − E|Y − Y′|) = √(2 ∫(F − G)² dx) of two raw samples. Both hold at least one value, all finite. */
export const energyDistance = (a: Float64Array, b: Float64Array): number => Math.sqrt(2 * sampleGap(a, b).square)

/**
 * Energy distance √(2 ∫(F − G)² dx ÷ the reference's interquartile range), both samples winsorised at the reference's 0.1 and 99.9 %. Beside Wasserstein's it
 * weighs one large gap more than many small ones. `distance` is √(2 ∫(F − G)² dx), with `trim` 0 the plain one. Where the quartiles coincide the winsorised
 * range is the unit (`scale`); of a constant reference there is none, and the reading is `insufficient`.
 * Noise floor: a χ² with the first three moments of ∫(Brownian bridge)² over the pooled sample, both samples redrawn.
 */
export const energy = driftMeasure({
  name: 'energy',
  summary: 'Energy distance of two numeric distributions, in units of the spread of the reference.',
  source: 'Székely & Rizzo 2004',
  params: gapParams(0.2, 'distance'),
  kinds: ['numeric'],
  compare(reference, current, { alarm, floorLevel, minInstances, trim }) {
    const { n, nReference, square, scale, length, bridge } = gapOf(reference, current, trim)
    if (scale === 0) return insufficient(n, { nReference })
    const value = Math.sqrt(heldRatio(2 * square, scale))
    const noiseFloor = Math.sqrt(heldRatio(2 * squareNoise(bridge, floorLevel) * length * (1 / n + 1 / nReference), scale))
    const thin = Math.min(n, nReference) < minInstances
    return {
      value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, alarm),
      detail: { distance: 2 * Math.sqrt(square), scale: heldRatio(scale, 0.5) },
    }
  },
})
