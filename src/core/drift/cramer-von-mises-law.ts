/** The law of the Cramér–von Mises statistic: ∫B² of a Brownian bridge B. */

const NODES = 64
const TERMS_MAX = 200

/**
 * P(∫B² > x). Smirnov's formula: (2/π) Σ_k (−1)^(k−1) ∫ √(−u / sin u) e^(−xu²/2) du/u over the stretches ((2k−1)π, 2kπ), all terms positive and falling, so that small
 * tails keep their digits. The square-root poles at the ends go when u = the middle + (π/2) sin θ; what remains is summed at equal steps of θ.
 */
export function cramerVonMisesTail(x: number): number {
  if (x < 0.003) return 1
  let tail = 0
  for (let k = 1; k <= TERMS_MAX; k++) {
    const term = stretch((2 * k - 0.5) * Math.PI, x)
    tail += k % 2 === 1 ? term : -term
    if (term <= 1e-17 * tail) break
  }
  return Math.min(1, Math.max(0, (2 / Math.PI) * tail))
}

function stretch(middle: number, x: number): number {
  let total = 0
  for (let i = 0; i < NODES; i++) {
    const theta = (((i + 0.5) / NODES) - 0.5) * Math.PI
    const u = middle + (Math.PI / 2) * Math.sin(theta)
    total += (Math.cos(theta) / Math.sqrt(u * Math.cos((Math.PI / 2) * Math.sin(theta)))) * Math.exp((-x * u * u) / 2)
  }
  return (total * Math.PI * Math.PI) / (2 * NODES)
}

/** P(T ≥ t) of the two-sample statistic for samples of n and m without ties: the limit law, moved and scaled to the mean and variance at these sizes (Anderson 1962). */
export function cramerVonMisesPValue(statistic: number, n: number, m: number): number {
  const total = n + m
  const mean = (1 + 1 / total) / 6
  const variance = ((total + 1) * (4 * m * n * total - 3 * (m * m + n * n) - 2 * m * n)) / (45 * total * total * 4 * m * n)
  return variance > 0 ? cramerVonMisesTail(1 / 6 + (statistic - mean) / Math.sqrt(45 * variance)) : 1
}
