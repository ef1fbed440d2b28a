/** The law of Kolmogorov's D: in the limit, and for one sample of n. */
import { logGamma } from './gamma.ts'

/** the largest n for which the exact matrix form is used; its cost grows with (n·d)³, about 1 ms here */
const MATRIX_N_MAX = 140
/** beyond this n only the corrected limit is used: sums over all n points would cost more than they tell */
const SUM_N_MAX = 100_000
const PI2 = Math.PI * Math.PI
const ROOT_HALF_PI = Math.sqrt(Math.PI / 2)

/** P(√n·D > x) for n → ∞. Source: Kolmogorov 1933; Jacobi's transform of the series below x = 1. */
export function kolmogorovTail(x: number): number {
  if (x <= 0) return 1
  if (x < 1) return 1 - limitCdf(x)
  let sum = 0
  for (let k = 1; k <= 20; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x)
  return sum
}

/**
 * P(D ≥ d) of the one-sample statistic for n observations of a continuous law.
 * Exact up to n = 140 (Marsaglia, Tsang & Wang 2003); above, the expansion of Pelz & Good (1976), within 1e-6; far out, twice the exact one-sided tail (Smirnov 1944),
 * which overstates by a relative e^(−6nd²), 2e-6 where it takes over; beyond n = 1e5 the limit with Vrbik's correction (2018).
 */
export function kolmogorovTailOf(d: number, n: number): number {
  if (n * d <= 0.5) return 1
  if (d >= 1) return 0
  if (n > SUM_N_MAX) {
    const x = Math.sqrt(n) * d
    return kolmogorovTail(x + 1 / (6 * Math.sqrt(n)) + (x - 1) / (4 * n))
  }
  if (n * d * d >= (n <= MATRIX_N_MAX ? 4 : 2.2)) return Math.min(1, 2 * oneSidedTail(d, n))
  return clampShare(1 - (n <= MATRIX_N_MAX ? matrixCdf(d, n) : pelzGoodCdf(d, n)))
}

const clampShare = (p: number): number => Math.min(1, Math.max(0, p))

const limitCdf = (x: number): number => {
  let sum = 0
  for (let k = 1; k <= 20; k++) sum += Math.exp(-(((2 * k - 1) ** 2) * PI2) / (8 * x * x))
  return (Math.sqrt(2 * Math.PI) / x) * sum
}

/** P(D⁺ ≥ d), a sum of positive terms in logarithms. */
function oneSidedTail(d: number, n: number): number {
  let sum = 0
  const logN = logGamma(n + 1)
  for (let j = 0; j <= Math.floor(n * (1 - d)); j++) {
    const rest = 1 - d - j / n
    if (rest <= 0) continue
    sum += Math.exp(logN - logGamma(j + 1) - logGamma(n - j + 1) + (j - 1) * Math.log(d + j / n) + (n - j) * Math.log(rest))
  }
  return d * sum
}

/** P(D < d) as n!/nⁿ times the middle entry of the n-th power of a (2k−1)² matrix, k = ⌈nd⌉. */
function matrixCdf(d: number, n: number): number {
  const k = Math.floor(n * d) + 1
  const size = 2 * k - 1
  const h = k - n * d
  const matrix = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < Math.min(size, i + 2); j++) matrix[i * size + j] = 1
  }
  for (let i = 0; i < size; i++) {
    matrix[i * size] -= h ** (i + 1)
    matrix[(size - 1) * size + i] -= h ** (size - i)
  }
  matrix[(size - 1) * size] += 2 * h > 1 ? (2 * h - 1) ** size : 0
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < Math.min(size, i + 2); j++) matrix[i * size + j] /= Math.exp(logGamma(i - j + 2))
  }
  const power = matrixPower(matrix, size, n)
  const middle = power.matrix[(k - 1) * size + k - 1]
  return Math.exp(Math.log(middle) + power.logScale + logGamma(n + 1) - n * Math.log(n))
}

/** matrixⁿ = matrix · e^logScale, rescaled on the way so that it cannot overflow. */
function matrixPower(base: Float64Array, size: number, n: number): { matrix: Float64Array; logScale: number } {
  if (n === 1) return { matrix: base, logScale: 0 }
  const half = matrixPower(base, size, Math.floor(n / 2))
  let matrix = product(half.matrix, half.matrix, size)
  if (n % 2 === 1) matrix = product(matrix, base, size)
  const scale = matrix.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  return { matrix: matrix.map((x) => x / scale), logScale: 2 * half.logScale + Math.log(scale) }
}

function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k]
      for (let j = 0; j < size; j++) out[i * size + j] += factor * b[k * size + j]
    }
  }
  return out
}

/** P(D < d) by the expansion in powers of n^(−½), four terms. */
function pelzGoodCdf(d: number, n: number): number {
  const z = Math.sqrt(n) * d
  const [z2, z4, z6, z8] = [z ** 2, z ** 4, z ** 6, z ** 8]
  let [k1, k2, k3, k2Whole, k3Whole] = [0, 0, 0, 0, 0]
  for (let k = -20; k <= 20; k++) {
    const h2 = PI2 * (k + 0.5) ** 2
    const weight = Math.exp(-h2 / (2 * z2))
    k1 += (h2 - z2) * weight
    k2 += (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * h2 + (1 - 2 * z2) * h2 ** 2) * weight
    k3 += ((5 - 30 * z2) * h2 ** 3 + (212 * z4 - 60 * z2) * h2 ** 2 + (135 * z4 - 96 * z6) * h2 - 30 * z6 - 90 * z8) * weight
    const w2 = PI2 * k * k
    const wholeWeight = Math.exp(-w2 / (2 * z2))
    k2Whole += w2 * wholeWeight
    k3Whole += (3 * z2 * w2 - w2 ** 2) * wholeWeight
  }
  const first = (ROOT_HALF_PI * k1) / (6 * z4)
  const second = ROOT_HALF_PI * (k2 / (72 * z ** 7) - k2Whole / (36 * z ** 3))
  const third = ROOT_HALF_PI * (k3 / (6480 * z ** 10) + k3Whole / (216 * z6))
  return limitCdf(z) + first / Math.sqrt(n) + second / n + third / n ** 1.5
}
