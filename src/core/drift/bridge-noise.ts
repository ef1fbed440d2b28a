/**
 * What the gap between two sample distribution functions amounts to by chance. Without drift √(nm/(n+m))·(F − G) at share s is near a Brownian bridge B(s),
 * both samples redrawn; ties and atoms only leave some shares out. Two integrals of it are wanted: Σ w·B² and Σ w·|B|.
 */
import { chiSquareQuantile } from '../math/chi-square.ts'

/** shares are gathered into this many cells, narrow near 0 and 1 */
const CELLS = 32

/** Weight by share of the pooled sample: cell i holds `weights[i]`, at `shares[i]` on average. */
export interface BridgeWeights {
  shares: Float64Array
  weights: Float64Array
}

export const createBridgeWeights = (): BridgeWeights => ({ shares: new Float64Array(CELLS).fill(0.5), weights: new Float64Array(CELLS) })

/** Adds weight ≥ 0 at a share in [0, 1]. */
export function addBridgeWeight({ shares, weights }: BridgeWeights, share: number, weight: number): void {
  if (!(weight > 0)) return
  const cell = Math.min(CELLS - 1, Math.floor((Math.acos(1 - 2 * Math.min(1, Math.max(0, share))) / Math.PI) * CELLS))
  weights[cell] += weight
  shares[cell] += (share - shares[cell]) * (weight / weights[cell])
}

/** The value that Σ w·B² stays below with probability `level`: a χ² of the same first three moments (Pearson 1959, Imhof 1961). */
export function squareNoise(bridge: BridgeWeights, level: number): number {
  const { covariances: a, size } = weighted(bridge)
  let [first, second, third] = [0, 0, 0]
  for (let i = 0; i < size; i++) {
    first += a[i * size + i]
    for (let j = 0; j <= i; j++) {
      const entry = a[i * size + j] * (i === j ? 1 : 2) // symmetric
      let product = 0
      for (let k = 0; k < size; k++) product += a[i * size + k] * a[j * size + k]
      second += a[i * size + j] * entry
      third += product * entry
    }
  }
  if (!(third > 0)) return 0
  const df = second ** 3 / third ** 2
  return Math.max(0, first + (chiSquareQuantile(level, df) - df) * Math.sqrt(second / df))
}

/** Entries √(w w′)·(min(s, s′) − s s′) of the cells that weigh anything. */
function weighted({ shares, weights }: BridgeWeights): { covariances: Float64Array; size: number } {
  const used = [...weights.keys()].filter((i) => weights[i] > 0 && shares[i] > 0 && shares[i] < 1)
  const size = used.length
  const covariances = new Float64Array(size * size)
  used.forEach((i, row) => used.forEach((j, column) => {
    covariances[row * size + column] = Math.sqrt(weights[i] * weights[j]) * (Math.min(shares[i], shares[j]) - shares[i] * shares[j])
  }))
  return { covariances, size }
}

/**
 * A value that Σ w·|B| stays below with probability `level`, on the safe side. Σ w·|B| is the greatest of the normals Σ ±w·B over all choices of signs, none of
 * them wider than Σ w·B itself. It is taken as the greatest of k such, independent: k is what gives its second moment (1 where the signs never differ, 2 for
 * two ends of a range that know nothing of each other). Over the uniform shares that is 3 % above the truth at .999.
 */
export function absoluteNoise({ shares, weights }: BridgeWeights, level: number): number {
  let [square, widest] = [0, 0]
  for (let i = 0; i < CELLS; i++) {
    for (let j = 0; j <= i; j++) {
      const a = deviation(shares[i])
      const b = deviation(shares[j])
      const weight = weights[i] * weights[j] * (i === j ? 1 : 2)
      if (!(weight * a * b > 0)) continue
      const covariance = Math.min(shares[i], shares[j]) - shares[i] * shares[j]
      square += weight * meanOfProduct(a, b, covariance)
      widest += weight * covariance
    }
  }
  if (!(widest > 0)) return 0
  const independent = 1 + Math.max(0, square / widest - 1) / SECOND_MOMENT_STEP
  return Math.sqrt(widest * chiSquareQuantile(level ** (1 / independent), 1))
}

/** how much the greater of two independent squared normals exceeds one of them on average */
const SECOND_MOMENT_STEP = 2 / Math.PI

const deviation = (share: number): number => Math.sqrt(Math.max(0, share * (1 - share)))

/** E|XY| of two centred normals (Nabeya 1951). */
function meanOfProduct(a: number, b: number, covariance: number): number {
  const correlation = Math.min(1, covariance / (a * b))
  return (2 / Math.PI) * a * b * (Math.sqrt(1 - correlation ** 2) + correlation * Math.asin(correlation))
}
