/** The two-sample Kolmogorov–Smirnov test on raw samples. */
import { assert } from '../assert.ts'
import { kolmogorovTailOf } from './kolmogorov.ts'

/** `greater`: max(F_a − F_b); `less`: max(F_b − F_a); `two-sided`: the larger of them */
export type Alternative = 'two-sided' | 'greater' | 'less'
export type KsMethod = 'auto' | 'exact' | 'asymptotic'

/** `auto` counts lattice paths up to this n·m, about 20 ms, and takes the asymptotic law above */
const EXACT_CELLS_MAX = 2_000_000

/**
 * D = sup|F_a − F_b|, or one of its sides, compared after all ties at a value.
 * The samples need not be sorted and are left alone; both hold at least one value, all finite.
 */
export function ksStatistic(a: Float64Array, b: Float64Array, alternative: Alternative = 'two-sided'): number {
  const [x, y] = [sortedFinite(a), sortedFinite(b)]
  let [i, j, above, below] = [0, 0, 0, 0]
  while (i < x.length && j < y.length) {
    const value = Math.min(x[i], y[j])
    while (i < x.length && x[i] === value) i++
    while (j < y.length && y[j] === value) j++
    const difference = i / x.length - j / y.length
    if (difference > above) above = difference
    if (-difference > below) below = -difference
  }
  if (alternative === 'greater') return above
  return alternative === 'less' ? below : Math.max(above, below)
}

function sortedFinite(sample: Float64Array): Float64Array {
  assert(sample.length > 0, 'a Kolmogorov–Smirnov statistic needs at least one value on each side')
  const sorted = sample.slice().sort()
  assert(Number.isFinite(sorted[0]) && Number.isFinite(sorted[sorted.length - 1]), 'a Kolmogorov–Smirnov statistic takes finite values only')
  return sorted
}

/**
 * P(D ≥ d) when samples of n and m come from one continuous law; with ties it is an upper bound.
 * Exact: the share of lattice paths that reach d (Hodges 1958). Asymptotic: two-sided by the one-sample law at round(nm/(n+m)),
 * one-sided by Hodges's corrected exponential.
 */
export function ksPValue(d: number, n: number, m: number, options: { alternative?: Alternative; method?: KsMethod } = {}): number {
  const { alternative = 'two-sided', method = 'auto' } = options
  if (d <= 0) return 1
  if (method === 'exact' || (method === 'auto' && n * m <= EXACT_CELLS_MAX)) return shareOfPathsReaching(d, n, m, alternative)
  if (alternative === 'two-sided') return kolmogorovTailOf(d, Math.max(1, Math.round((n * m) / (n + m))))
  const [large, small] = [Math.max(n, m), Math.min(n, m)]
  const z = d * Math.sqrt((large * small) / (large + small))
  const correction = (2 * z * (large + 2 * small)) / (3 * Math.sqrt(large * small * (large + small)))
  return Math.min(1, Math.exp(-2 * z * z - correction))
}

/**
 * Walks the grid of (i of n, j of m) column by column: the chance that a random path to a point has reached d somewhere is 1 where the point itself does,
 * else the mean of its two predecessors weighted by where the last step came from. All terms are positive, so small p keep their digits.
 */
function shareOfPathsReaching(d: number, n: number, m: number, alternative: Alternative): number {
  const bound = d * n * m - 0.5
  const reaches = (i: number, j: number): boolean => {
    const difference = i * m - j * n
    if (alternative === 'two-sided') return Math.abs(difference) >= bound
    return (alternative === 'greater' ? difference : -difference) >= bound
  }
  const column = new Float64Array(m + 1)
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      if (reaches(i, j)) column[j] = 1
      else if (i + j === 0) column[j] = 0
      else column[j] = ((i === 0 ? 0 : i * column[j]) + (j === 0 ? 0 : j * column[j - 1])) / (i + j)
    }
  }
  return column[m]
}
