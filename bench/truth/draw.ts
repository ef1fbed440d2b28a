/** Draws from the exact law of counts: what a pane of n independent rows looks like in bins, without its rows. */
import { normal, uniform, type Random } from '../../src/core/random.ts'

/** A Gamma(shape) draw, shape ≥ 1 (Marsaglia & Tsang 2000). */
function gamma(random: Random, shape: number): number {
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(random)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - uniform(random)) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

/** A Binomial(n, p) draw: halved by the middle order statistic until few are left, then counted (Devroye 1986, X.4.3). */
export function binomial(random: Random, n: number, p: number): number {
  if (p <= 0) return 0
  if (p >= 1) return n
  let [left, share, count] = [n, p, 0]
  while (left > 40) {
    const middle = Math.floor((left + 1) / 2)
    const a = gamma(random, middle)
    const statistic = a / (a + gamma(random, left + 1 - middle))
    if (statistic <= share) {
      count += middle
      share = (share - statistic) / (1 - statistic)
      left -= middle
    } else {
      share /= statistic
      left = middle - 1
    }
  }
  for (let i = 0; i < left; i++) count += Number(uniform(random) < share)
  return count
}

/** Counts of n rows over cells with these shares, which add up to 1. */
export function multinomial(random: Random, n: number, shares: readonly number[]): Float64Array {
  const counts = new Float64Array(shares.length)
  let [left, rest] = [n, 1]
  for (let b = 0; b < shares.length - 1 && left > 0; b++) {
    counts[b] = binomial(random, left, Math.min(1, shares[b] / rest))
    left -= counts[b]
    rest -= shares[b]
  }
  counts[shares.length - 1] += left
  return counts
}
