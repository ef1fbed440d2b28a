/** Bins of scores, and sums by bin. */
import { binOf } from '../sketches/histogram.ts'

/** Inner edges of `bins` bins of equal width over [0, 1]. */
export function scoreEdges(bins = 200): Float64Array {
  return Float64Array.from({ length: bins - 1 }, (_, i) => (i + 1) / bins)
}

/** The bin of a score: how many inner edges are at or below it. */
export function scoreBin(edges: Float64Array, score: number): number {
  const guess = Math.floor(score * (edges.length + 1)) // right for edges of equal width over [0, 1]
  if (guess > 0 && guess < edges.length && edges[guess - 1] <= score && score < edges[guess]) return guess
  return binOf(edges, score)
}

export function addAll(into: Float64Array, from: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] += from[i]
}
