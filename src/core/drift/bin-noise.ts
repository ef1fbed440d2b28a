/**
 * What a divergence over bins reaches by chance when its bins are thin: both samples redrawn from the pooled one, bin by bin given what the bin holds of
 * both, and the tail of the sum of their terms taken by a saddlepoint. A χ² passes too often there: with ten values expected in a bin, an empty one
 * comes once in 20,000 and scores as if it came once in 10 million.
 */
import { upperPoint } from '../math/saddlepoint.ts'
import type { Cumulants } from '../math/saddlepoint.ts'
import { chiSquareQuantile } from '../math/chi-square.ts'

/** a bin that expects this many values in the smaller sample, times −ln of the tail sought, is thick: its term is taken as that of a χ² */
const EXPECTED_THICK = 8
/** outcomes of one bin this much rarer than the tail sought are left out: they cannot make it, but their terms would rule its moments */
const RARER = 0.01

/** A divergence that is a sum over bins of `term(p, q)` ≥ 0, which is 0 where p = q; near there it is curvature · (p − q)² / p. */
export interface Divergence {
  term(p: number, q: number): number
  curvature: number
}

/** Terms of a thin bin with their chances. */
interface BinLaw {
  values: number[]
  chances: number[]
  /** the bins share one total each way: together they lose one degree of freedom, each as much as it holds */
  free: number
}

/**
 * The sum of terms that chance passes with probability 1 − level.
 * @param pooled what each bin holds of both samples, in units that vary independently; parts of a unit are rounded
 * @param m units of the reference
 * @param n units of the current sample
 */
export function binNoiseFloor(divergence: Divergence, pooled: Float64Array, m: number, n: number, level: number): number {
  const rate = Math.min(m, n) / (m + n)
  const thick = divergence.curvature * (1 / m + 1 / n)
  const expectedThick = -EXPECTED_THICK * Math.log(1 - level)
  const laws: BinLaw[] = []
  let thickFree = 0
  for (const units of pooled) {
    const free = 1 - units / (m + n)
    if (units * rate > expectedThick) thickFree += free
    else if (units > 0) laws.push(lawOf(divergence, Math.max(1, Math.round(units)), m, n, free, RARER * (1 - level)))
  }
  if (laws.length === 0) return thick * chiSquareQuantile(level, thickFree)
  return upperPoint((t) => cumulantsOf(laws, thick, thickFree, t), thickFree > 0 ? 1 / (2 * thick) : Infinity, 1 - level)
}

function cumulantsOf(laws: readonly BinLaw[], thick: number, thickFree: number, t: number): Cumulants {
  const ratio = thick / (1 - 2 * thick * t)
  let [k, k1, k2] = [-0.5 * thickFree * Math.log1p(-2 * thick * t), thickFree * ratio, 2 * thickFree * ratio * ratio]
  for (const { values, chances, free } of laws) {
    const shift = t * values[values.length - 1] // the last value is the greatest: nothing overflows
    let [sum, first, second] = [0, 0, 0]
    for (let i = 0; i < values.length; i++) {
      const weight = chances[i] * Math.exp(t * values[i] - shift)
      sum += weight
      first += weight * values[i]
      second += weight * values[i] * values[i]
    }
    const mean = first / sum
    k += free * (Math.log(sum) + shift)
    k1 += free * mean
    k2 += free * Math.max(0, second / sum - mean * mean)
  }
  return { k, k1, k2 }
}

/** The law of one bin's term when each of its `pooled` units fell into either sample in proportion to their sizes. */
function lawOf({ term }: Divergence, pooled: number, m: number, n: number, free: number, chanceMin: number): BinLaw {
  const small = Math.min(m, n)
  const rate = small / (m + n)
  const last = Math.min(pooled, Math.ceil(pooled * rate + 12 * Math.sqrt(pooled * rate) + 24))
  const entries: [number, number][] = []
  let chance = Math.exp(pooled * Math.log1p(-rate))
  for (let inSmaller = 0; inSmaller <= last; inSmaller++) {
    const [inSmall, inLarge] = [inSmaller / small, (pooled - inSmaller) / Math.max(m, n)]
    if (chance > chanceMin) entries.push([m <= n ? term(inSmall, inLarge) : term(inLarge, inSmall), chance])
    chance *= ((pooled - inSmaller) / (inSmaller + 1)) * (rate / (1 - rate))
  }
  entries.sort(([a], [b]) => a - b)
  return { values: entries.map(([value]) => value), chances: entries.map(([, each]) => each), free }
}
