/** Coefficients of Lanczos's series for g = 7 (Godfrey 2001); relative error below 1e-14 for positive arguments. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]
const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI)
const ITERATIONS_MAX = 10_000
const EPSILON = 1e-16
/** stands in for a zero denominator in Lentz's continued fractions */
export const TINY = 1e-300

/** ln Γ(x) for x > 0. Source: Lanczos 1964. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const z = x - 1
  let sum = LANCZOS[0]
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i] / (z + i)
  const t = z + 7.5
  return HALF_LOG_2PI + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** P(a, x), the regularised lower incomplete gamma function, for a > 0 and x ≥ 0; 0 at x = 0. */
export function gammaP(a: number, x: number): number {
  if (x <= 0) return 0
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x)
}

/** Q(a, x) = 1 − P(a, x), computed on its own so that a small tail keeps its digits. */
export function gammaQ(a: number, x: number): number {
  if (x <= 0) return 1
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x)
}

/** P(a, x) by its power series, which converges fast below a + 1. */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let i = 1; i < ITERATIONS_MAX && Math.abs(term) > EPSILON * Math.abs(sum); i++) {
    term *= x / (a + i)
    sum += term
  }
  return sum * Math.exp(a * Math.log(x) - x - logGamma(a))
}

/** Q(a, x) by Legendre's continued fraction (Lentz's evaluation), which converges fast above a + 1. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1 / TINY
  let d = 1 / b
  let fraction = d
  for (let i = 1; i < ITERATIONS_MAX; i++) {
    const numerator = i * (a - i)
    b += 2
    d = 1 / (numerator * d + b || TINY)
    c = b + numerator / c || TINY
    fraction *= d * c
    if (Math.abs(d * c - 1) < EPSILON) break
  }
  return fraction * Math.exp(a * Math.log(x) - x - logGamma(a))
}
