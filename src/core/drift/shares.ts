import { shareNoise } from '../math/proportion.ts'
import { insufficient } from '../reading.ts'
import type { Reading } from '../reading.ts'
import { number } from '../unit.ts'
import { verdictOf } from './measure.ts'

/** The parameters of a measure that compares two shares. */
export const shareParams = (alarm: number) => ({
  alarm: number(alarm, 'change of the share beyond which it matters, 0 to 1', { min: 0, max: 1 }),
  floorLevel: number(0.999, 'probability that pure noise stays below the noise floor', { min: 0.5, max: 0.999999999 }),
  minInstances: number(20, 'records that each sample must hold for a verdict', { min: 1 }),
})

interface Part {
  count: number
  of: number
}

/** Reads how a share moved: by its rise (`sides` 1) or by its change either way (`sides` 2). Both shares are published. */
export function compareShares(
  reference: Part, current: Part, sides: 1 | 2, params: { alarm: number; floorLevel: number; minInstances: number }, detail: Reading['detail'] = {},
): Reading {
  const [n, nReference] = [current.of, reference.of]
  if (n === 0 || nReference === 0) return insufficient(n, { nReference })
  const [share, shareReference] = [current.count / n, reference.count / nReference]
  const value = sides === 1 ? Math.max(0, share - shareReference) : Math.abs(share - shareReference)
  const noiseFloor = shareNoise(reference.count + current.count, n, nReference, params.floorLevel, sides)
  const thin = Math.min(n, nReference) < params.minInstances
  return {
    value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, params.alarm),
    detail: { share, shareReference, ...detail },
  }
}
