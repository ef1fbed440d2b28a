import { insufficient } from '../reading.ts'
import { presentCount } from '../sketches/feature.ts'
import type { NumericSummary } from '../sketches/feature.ts'
import { curveOf, shareAt } from './curve.ts'
import { assertNumeric, driftMeasure, verdictOf } from './measure.ts'
import { shareParams } from './shares.ts'

/** beyond this many current values the floor is that of this many: a little wide, and as fast to find */
const COUNTED_MAX = 100_000

/**
 * The share of finite values below the least or above the greatest value of the reference. A model extrapolates there; a unit or a sensor may have changed.
 * The range comes from the exact extremes of the reference, `low` and `high`; one absurd value in it hides much, which profiles should not hold.
 * Noise floor: exact for untied values, both samples redrawn: a new value falls outside the range of m old ones with chance 2/(m + 1), and how many
 * of n do follows the negative hypergeometric law. With ties it is conservative.
 */
export const outOfRange = driftMeasure({
  name: 'out-of-range',
  summary: 'Share of values outside the range of the reference.',
  source: 'exceedances of extreme order statistics, Gumbel & von Schelling 1950',
  params: shareParams(0.01),
  kinds: ['numeric'],
  noise: { of: 'tail' },
  compare(reference, current, { alarm, floorLevel, minInstances }) {
    const [p, q] = assertNumeric(reference, current)
    const [n, nReference, outside] = [presentCount(q), presentCount(p), outsideOf(p, q)]
    if (outside === null) return insufficient(n, { nReference })
    const { value, ...detail } = outside
    const noiseFloor = exceedanceNoise(nReference, n, floorLevel)
    const thin = Math.min(n, nReference) < minInstances
    return { value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, alarm), detail }
  },
})

/** Where the finite values lie against the range of the reference: the share outside of it, and on either side. Null without values or a range. */
export function outsideOf(reference: NumericSummary, current: NumericSummary): { value: number; below: number; above: number; low: number; high: number } | null {
  const [n, range] = [presentCount(current), rangeOf(reference)]
  if (n === 0 || range === null) return null
  const curve = curveOf(current)
  const [below, above] = [shareAt(curve, range.low).below, Math.max(0, 1 - shareAt(curve, range.high).upTo)]
  // as counts: a share taken from 1 is off by a rounding, and would pass a floor that the same share below the range does not
  return { value: Math.min(1, (counted(below * n) + counted(above * n)) / n), below, above, ...range }
}

/** A count that is whole but for rounding, whole. */
const counted = (count: number): number => (Math.abs(count - Math.round(count)) < 1e-6 ? Math.round(count) : count)

/** The least and the greatest finite value; null without any. */
function rangeOf({ digest, atoms, atomCounts }: NumericSummary): { low: number; high: number } | null {
  const heavy = atoms.filter((_, i) => atomCounts[i] > 0)
  if (digest.n > 0) return { low: Math.min(digest.min, ...heavy), high: Math.max(digest.max, ...heavy) }
  return heavy.length === 0 ? null : { low: heavy[0], high: heavy[heavy.length - 1] }
}

/** The share of n values outside the range of m others from the same law that is passed with a chance of at most 1 − level. */
function exceedanceNoise(m: number, n: number, level: number): number {
  const counted = Math.min(n, COUNTED_MAX)
  let outside = 0
  let chance = (m * (m - 1)) / ((counted + m) * (counted + m - 1))
  let upTo = chance
  while (upTo < level && outside < counted) {
    chance *= ((outside + 2) / (outside + 1)) * ((counted - outside) / (counted - outside + m - 2))
    outside += 1
    upTo += chance
  }
  return outside / counted
}
