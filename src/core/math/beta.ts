import { assert } from '../assert.ts'
import { logGamma, TINY } from './gamma.ts'
import { inverse } from './inverse.ts'

const ITERATIONS_MAX = 10_000

/** I_x(a, b), the regularised incomplete beta function, which is the distribution function of Beta(a, b), for a, b > 0 and x in [0, 1]. */
export function betaCdf(x: number, a: number, b: number): number {
  assert(a > 0 && b > 0, `a beta distribution needs a, b > 0, not ${a}, ${b}`)
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b
}

/** The x in [0, 1] at which Beta(a, b) reaches probability q. */
export function betaQuantile(q: number, a: number, b: number): number {
  if (q <= 0) return 0
  if (q >= 1) return 1
  return inverse((x) => betaCdf(x, a, b), q, 0, 1)
}

/** The continued fraction of the incomplete beta function, by Lentz's method, two terms a turn. */
function fraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || TINY)
  let result = d
  const step = (numerator: number): number => {
    d = 1 / (1 + numerator * d || TINY)
    c = 1 + numerator / c || TINY
    result *= d * c
    return d * c
  }
  for (let m = 1; m < ITERATIONS_MAX; m++) {
    step((m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)))
    const change = step((-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)))
    if (Math.abs(change - 1) < 1e-16) break
  }
  return result
}
