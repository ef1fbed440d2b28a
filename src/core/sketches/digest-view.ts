/**
 * How the centroids of a digest are read: as a piecewise linear curve of rank against value. A centroid of weight 1 is a value that was seen, hence a
 * vertical step of 1 at it; a heavier one is a point at half its weight; the curve starts at the minimum with rank 0 and ends at the maximum with rank n.
 */
export interface DigestView {
  /** ascending values at which the curve bends or steps */
  values: Float64Array
  /** the value at a rank in [0, n]; at a step between two held values the upper one */
  valueAt(rank: number): number
  /** how many values lie below x, and how many up to and including x */
  ranksOf(x: number): { below: number; upTo: number }
}

/** Reads ascending centroids that hold at least one value. */
export function viewOf(centroids: { means: Float64Array; weights: Float64Array }, extremes: { min: number; max: number; n: number }): DigestView {
  const { values, ranks } = knotsOf(centroids, extremes)
  return {
    values,
    valueAt(rank) {
      const next = countWhere(ranks, (r) => r <= rank)
      if (next === ranks.length) return values[next - 1]
      const [from, to] = [ranks[next - 1], ranks[next]]
      return lerp(values[next - 1], values[next], (rank - from) / (to - from))
    },
    ranksOf(x) {
      const below = countWhere(values, (v) => v < x)
      const upTo = countWhere(values, (v) => v <= x)
      if (below < upTo) return { below: ranks[below], upTo: ranks[upTo - 1] }
      if (below === 0) return { below: 0, upTo: 0 }
      if (below === values.length) return { below: extremes.n, upTo: extremes.n }
      const [from, to] = [values[below - 1], values[below]]
      const width = to / 2 - from / 2
      const rank = lerp(ranks[below - 1], ranks[below], width === 0 ? 0.5 : (x / 2 - from / 2) / width) // neighbours among the least of numbers may have the same half
      return { below: rank, upTo: rank }
    },
  }
}

function knotsOf({ means, weights }: { means: Float64Array; weights: Float64Array }, { min, max, n }: { min: number; max: number; n: number }) {
  const values = new Float64Array(2 * means.length + 2)
  const ranks = new Float64Array(2 * means.length + 2)
  let count = 0
  const put = (value: number, rank: number) => {
    values[count] = value
    ranks[count++] = rank
  }
  put(min, 0)
  let before = 0
  for (let i = 0; i < means.length; i++) {
    if (weights[i] <= 1) {
      put(means[i], before)
      put(means[i], before + weights[i])
    } else put(means[i], before + weights[i] / 2)
    before += weights[i]
  }
  put(max, n)
  return { values: values.subarray(0, count), ranks: ranks.subarray(0, count) }
}

/** How many of an ascending list satisfy a test that holds for a prefix of it. */
function countWhere(ascending: Float64Array, holds: (x: number) => boolean): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(ascending[middle])) low = middle + 1
    else high = middle
  }
  return low
}

const lerp = (a: number, b: number, t: number): number => a === b ? a : Math.min(b, Math.max(a, a * (1 - t) + b * t))
