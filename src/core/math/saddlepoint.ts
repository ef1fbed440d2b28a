/** Tails of a sum from its cumulant generating function, far out where no simulation reaches. Source: Lugannani & Rice 1980. */
import { normalTail } from './normal.ts'

/** ln E e^(tX) and its first two derivatives. */
export interface Cumulants {
  k: number
  k1: number
  k2: number
}

const STEPS_MAX = 200
/** of the logarithm of a chance: nearer is beyond what the approximation knows */
const CLOSE = 1e-4
const SQRT_2PI = Math.sqrt(2 * Math.PI)

/**
 * The x that X passes with chance `tail`, for tails below about a quarter; good to a few percent of the chance, at 1e-9 as at 1e-2.
 * @param cumulants at t in (0, limit), where they are finite
 * @param limit where they cease to be; Infinity for a bounded X
 */
export function upperPoint(cumulants: (t: number) => Cumulants, limit: number, tail: number): number {
  const wanted = Math.log(tail)
  const mean = cumulants(0)
  if (!(mean.k2 > 0)) return mean.k1
  let [low, high] = [0, Number.isFinite(limit) ? limit : 1 / Math.sqrt(mean.k2)]
  let [atLow, atHigh] = [Math.log(0.5), Number.isFinite(limit) ? -Infinity : logTailAt(cumulants(high), high)]
  for (let i = 0; i < STEPS_MAX && atHigh > wanted; i++) {
    ;[low, atLow, high] = [high, atHigh, high * 2]
    atHigh = logTailAt(cumulants(high), high)
  }
  let x = mean.k1
  for (let i = 0; i < STEPS_MAX && high - low > 1e-9 * high; i++) {
    const secant = low + ((high - low) * (atLow - wanted)) / (atLow - atHigh)
    const t = i % 3 !== 2 && secant > low && secant < high ? secant : (low + high) / 2
    const at = cumulants(t)
    x = at.k1
    const reached = logTailAt(at, t)
    if (Math.abs(reached - wanted) < CLOSE) break
    if (reached > wanted) [low, atLow] = [t, reached]
    else [high, atHigh] = [t, reached]
  }
  return x
}

/** ln P(X > K′(t)) by the saddlepoint t > 0 itself, which spares solving for it. */
function logTailAt({ k, k1, k2 }: Cumulants, t: number): number {
  const square = 2 * (t * k1 - k)
  if (!(square > 1e-12) || !(k2 > 0)) return square > 1e-12 ? -Infinity : Math.log(0.5)
  const w = Math.sqrt(square)
  const tail = normalTail(w) + (Math.exp(-square / 2) / SQRT_2PI) * (1 / (t * Math.sqrt(k2)) - 1 / w)
  return tail > 0 ? Math.log(tail) : -Infinity
}

/** The x that Σ weight · χ²₁ passes with chance `tail`; weights ≥ 0. */
export function weightedChiSquarePoint(weights: readonly number[], tail: number): number {
  const most = weights.reduce((a, b) => Math.max(a, b), 0)
  if (most === 0) return 0
  return upperPoint((t) => {
    let [k, k1, k2] = [0, 0, 0]
    for (const weight of weights) {
      const ratio = weight / (1 - 2 * weight * t)
      k -= 0.5 * Math.log1p(-2 * weight * t)
      k1 += ratio
      k2 += 2 * ratio * ratio
    }
    return { k, k1, k2 }
  }, 1 / (2 * most), tail)
}
