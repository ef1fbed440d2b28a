import { ksPValue } from '../math/two-sample-ks.ts'
import { insufficient } from '../reading.ts'
import { presentCount } from '../sketches/feature.ts'
import type { NumericSummary } from '../sketches/feature.ts'
import { number } from '../unit.ts'
import { curveOf, curvePair } from './curve.ts'
import { assertNumeric, driftMeasure, verdictOf } from './measure.ts'

/**
 * Kolmogorov–Smirnov D = sup|F − G| of the finite values, compared after all ties at a value.
 * The digests' curves are compared at every value where either bends or steps, on both sides of it, with atoms counted exactly beside them; while a digest
 * still holds every value (up to 5 × its compression) that is exact. Exact counts at the shared edges bound what the digests may say:
 * D at the edges ≤ D ≤ D at the edges + the fullest bin, published as `edgeD` and `bound`.
 * Noise floor: c(level)·√(1/n + 1/m), c = √(−½ ln((1 − level)/2)), conservative with ties.
 */
export const ks = driftMeasure({
  name: 'ks',
  summary: 'Kolmogorov–Smirnov distance of two numeric distributions.',
  source: 'Kolmogorov 1933; Smirnov 1939',
  params: {
    alarm: number(0.1, 'distance D beyond which a change matters', { min: 0, max: 1 }),
    floorLevel: number(0.999, 'probability that pure noise stays below the noise floor', { min: 0.5, max: 0.999999999 }),
    minInstances: number(20, 'finite values that each sample must hold for a verdict', { min: 1 }),
  },
  kinds: ['numeric'],
  compare(reference, current, { alarm, floorLevel, minInstances }, calibrated) {
    const [p, q] = assertNumeric(reference, current)
    const [n, nReference] = [presentCount(q), presentCount(p)]
    if (n === 0 || nReference === 0) return insufficient(n, { nReference })
    const { edgeD, bound } = edgeDistances(p, q, nReference, n)
    const value = Math.min(bound, Math.max(edgeD, curveDistance(p, q)))
    const noiseFloor = Math.min(1, Math.sqrt(-0.5 * Math.log((1 - floorLevel) / 2)) * Math.sqrt(1 / n + 1 / nReference))
    const thin = Math.min(n, nReference) < minInstances || noiseFloor >= 1
    const exact = p.digest.used + q.digest.used === 0
    const pValue = calibrated === undefined ? ksPValue(value, n, nReference, { method: exact ? 'auto' : 'asymptotic' }) : null
    return {
      value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, alarm),
      detail: { pValue, bound, edgeD, bins: p.counts.length + p.atoms.length },
    }
  },
})

/** D at the shared edges from exact counts, and the most that D can be given what the bins hold. An atom steps inside its bin. */
function edgeDistances(p: NumericSummary, q: NumericSummary, m: number, n: number): { edgeD: number; bound: number } {
  let [edgeD, fullest, upToP, upToQ, atom] = [0, 0, 0, 0, 0]
  for (let b = 0; b < p.counts.length; b++) {
    let [inP, inQ] = [p.counts[b], q.counts[b]]
    for (; atom < p.atoms.length && (b === p.edges.length || p.atoms[atom] < p.edges[b]); atom++) {
      inP += p.atomCounts[atom]
      inQ += q.atomCounts[atom]
    }
    upToP += inP
    upToQ += inQ
    edgeD = Math.max(edgeD, Math.abs(upToP / m - upToQ / n))
    fullest = Math.max(fullest, inP / m, inQ / n)
  }
  return { edgeD, bound: Math.min(1, edgeD + fullest) }
}

/** The greatest distance of the two curves at all places where either bends or steps. */
function curveDistance(p: NumericSummary, q: NumericSummary): number {
  const { places, belowReference, upToReference, belowCurrent, upToCurrent } = curvePair(curveOf(p), curveOf(q))
  let greatest = 0
  for (let i = 0; i < places.length; i++) {
    greatest = Math.max(greatest, Math.abs(belowReference[i] - belowCurrent[i]), Math.abs(upToReference[i] - upToCurrent[i]))
  }
  return greatest
}
