/** Summaries of a feature ⇄ counts by place, which is what a season is known of. */
import type { Digest } from '../sketches/digest.ts'
import { sortedCentroids } from '../sketches/digest.ts'
import type { FeatureSummary, NumericSummary } from '../sketches/feature.ts'
import { binOf } from '../sketches/histogram.ts'

/** Missing, non-finite, bins, atoms; of names missing, unseen, others, categories. They add up to all records. */
export const placesOf = (s: FeatureSummary): Float64Array => s.kind === 'numeric'
  ? Float64Array.of(s.missing, s.nonFinite, ...s.counts, ...s.atomCounts)
  : Float64Array.of(s.missing, s.unseen, s.other, ...s.counts)

/**
 * The summary of so many records with these shares by place, on the layout of `like`. Within a bin values lie as they do in `like`, whose range it keeps.
 * Counts need not be whole.
 */
export function expectedSummary(like: FeatureSummary, shares: Float64Array, n: number): FeatureSummary {
  const counts = shares.map((share) => share * n)
  if (like.kind === 'categorical') return { ...like, n, missing: counts[0], unseen: counts[1], other: counts[2], counts: counts.slice(3), unseenNames: [] }
  const bins = like.counts.length
  const expected: NumericSummary = { ...like, n, missing: counts[0], nonFinite: counts[1], counts: counts.slice(2, 2 + bins), atomCounts: counts.slice(2 + bins) }
  return withinBinsAs(expected, like)
}

/** The same bins with values lying in them as in `like`: two of these differ only where their bins do, which is all that a season is known of. */
export function withinBinsAs(s: FeatureSummary, like: FeatureSummary): FeatureSummary {
  if (s.kind !== 'numeric' || like.kind !== 'numeric') return s
  return { ...s, digest: reweighted(like, s.counts) }
}

function reweighted({ digest, edges }: NumericSummary, counts: Float64Array): Digest {
  const { means, weights } = sortedCentroids(digest)
  const held = new Float64Array(counts.length)
  means.forEach((mean, i) => { held[binOf(edges, mean)] += weights[i] })
  const points = Array.from(means, (mean, i) => ({ mean, weight: (weights[i] * counts[binOf(edges, mean)]) / held[binOf(edges, mean)] })).filter(({ weight }) => weight > 0)
  if (means.length > 0) counts.forEach((count, b) => { if (count > 0 && held[b] === 0) points.push({ mean: middleOf(edges, b), weight: count }) })
  points.sort((a, b) => a.mean - b.mean)
  const own = { means: Float64Array.from(points, ({ mean }) => mean), weights: Float64Array.from(points, ({ weight }) => weight) }
  const [least, greatest] = points.length === 0 ? [0, 0] : [points[0].mean, points[points.length - 1].mean]
  return {
    ...digest, ...own, used: points.length, buffered: 0, buffer: new Float64Array(0), n: own.weights.reduce((a, b) => a + b, 0),
    min: Math.min(digest.min, least), max: Math.max(digest.max, greatest),
  }
}

/** Of an open bin its one edge. */
function middleOf(edges: Float64Array, bin: number): number {
  if (edges.length === 0) return 0
  if (bin === 0) return edges[0] - Math.abs(edges[0]) * 1e-9
  return bin === edges.length ? edges[bin - 1] : edges[bin - 1] / 2 + edges[bin] / 2
}
