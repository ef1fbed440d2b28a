/**
 * A merging t-digest: quantiles of a stream in a few kilobytes, fine at the tails. Source: Dunning & Ertl 2019, scale function k₂.
 * It is deterministic (the same values in the same order give the same bytes), restores exactly in the middle of a stream, and takes finite values only.
 * Up to 5 × compression values it holds every one of them, and everything read from it is exact.
 */
import { assert } from '../assert.ts'
import { viewOf } from './digest-view.ts'

/** Plain data. `means`, `weights` and `buffer` may have room to spare; only the first `used` and `buffered` entries count. */
export interface Digest {
  /** accuracy: about twice as many centroids are kept, never more than 4 × compression + 8 */
  compression: number
  /** values seen, buffered ones included */
  n: number
  /** least and greatest value seen; 0 while there is none */
  min: number
  max: number
  /** centroids, ascending by mean */
  used: number
  means: Float64Array
  weights: Float64Array
  /** values not yet folded into centroids, in order of arrival */
  buffered: number
  buffer: Float64Array
}

/** The interchange form of the npm package `tdigest`: what its `toArray` gives and its `push_centroid` takes. */
export interface Centroid {
  mean: number
  n: number
}

const BUFFER_FIRST = 16

const bufferCapacity = (compression: number): number => 5 * Math.ceil(compression)
/** neighbouring centroids together span more than one unit of k₂, whose range stays below 1.75 × compression; the two extremes stand alone; hence this bound */
const centroidCapacity = (compression: number): number => 4 * Math.ceil(compression) + 8

/** An empty digest. Compression 100 keeps the mean rank error near 3e-4 at the median and 3e-5 at the first percentile, in about 4 KB once compact. */
export function createDigest(compression = 100): Digest {
  assert(compression >= 10 && Number.isFinite(compression), `a digest needs a compression of at least 10, not ${compression}`)
  return { compression, n: 0, min: 0, max: 0, used: 0, means: new Float64Array(0), weights: new Float64Array(0), buffered: 0, buffer: new Float64Array(0) }
}

/** Adds one finite value. */
export function addToDigest(d: Digest, x: number): void {
  assert(Number.isFinite(x), 'a digest takes finite values only; count missing and non-finite ones before it')
  if (d.buffered === d.buffer.length) makeRoom(d)
  d.buffer[d.buffered++] = x
  if (d.n === 0 || x < d.min) d.min = x
  if (d.n === 0 || x > d.max) d.max = x
  d.n += 1
}

function makeRoom(d: Digest): void {
  const capacity = bufferCapacity(d.compression)
  if (d.buffered >= capacity) {
    flushDigest(d)
    return
  }
  const grown = new Float64Array(Math.min(capacity, Math.max(BUFFER_FIRST, 2 * d.buffered)))
  grown.set(d.buffer.subarray(0, d.buffered))
  d.buffer = grown
}

/** Folds buffered values into centroids. Reading does it on a copy, so that when one looks changes nothing. */
export function flushDigest(d: Digest): void {
  if (d.buffered === 0) return
  const values = (d.buffered === d.buffer.length ? d.buffer : d.buffer.subarray(0, d.buffered)).sort()
  const count = interleave(scratchFor(d.used + d.buffered), d, values)
  d.buffered = 0
  compress(d, scratch, count)
}

/** Folds `from` into `into`, leaving `from` alone. The result depends on the order of merges only within the error of the sketch. */
export function mergeDigest(into: Digest, from: Digest): void {
  if (from.n === 0) return
  into.min = into.n === 0 ? from.min : Math.min(into.min, from.min)
  into.max = into.n === 0 ? from.max : Math.max(into.max, from.max)
  into.n += from.n
  if (into.used + from.used === 0 && into.buffered + from.buffered <= bufferCapacity(into.compression)) {
    appendBuffer(into, from)
    return
  }
  const [ours, theirs] = [sortedCentroids(into), sortedCentroids(from)]
  const count = interleaveWeighted(scratchFor(ours.means.length + theirs.means.length), ours, theirs)
  into.buffered = 0
  compress(into, scratch, count)
}

function appendBuffer(into: Digest, from: Digest): void {
  const total = into.buffered + from.buffered
  if (into.buffer.length < total) {
    const grown = new Float64Array(total)
    grown.set(into.buffer.subarray(0, into.buffered))
    into.buffer = grown
  }
  into.buffer.set(from.buffer.subarray(0, from.buffered), into.buffered)
  into.buffered = total
}

/** The value at quantile q in [0, 1]: of a held value the one at ⌊q·n⌋ in order, between centroids interpolated. Null while empty. */
export function digestQuantile(d: Digest, q: number): number | null {
  assert(q >= 0 && q <= 1, `a quantile lies between 0 and 1, not at ${q}`)
  return d.n === 0 ? null : viewOf(sortedCentroids(d), d).valueAt(q * d.n)
}

/** The share of values below x, those equal to x counted half. Null while empty. */
export function digestCdf(d: Digest, x: number): number | null {
  if (d.n === 0) return null
  const { below, upTo } = viewOf(sortedCentroids(d), d).ranksOf(x)
  return (below + upTo) / 2 / d.n
}

/** Centroids and buffered values as `{ mean, n }`, ascending; loads into npm `tdigest` by `push_centroid`. */
export function digestCentroids(d: Digest): Centroid[] {
  const { means, weights } = sortedCentroids(d)
  return Array.from(means, (mean, i) => ({ mean, n: weights[i] }))
}

/** A digest of centroids from elsewhere. Their extremes are taken as least and greatest value, as npm `tdigest` does. */
export function digestFromCentroids(centroids: readonly Centroid[], compression = 100): Digest {
  const d = createDigest(compression)
  if (centroids.length === 0) return d
  for (const { mean, n } of centroids) assert(Number.isFinite(mean) && n > 0 && Number.isFinite(n), `a centroid has a finite mean and a weight above 0, not ${mean}, ${n}`)
  const sorted = [...centroids].sort((a, b) => a.mean - b.mean)
  d.n = sorted.reduce((sum, { n }) => sum + n, 0)
  d.min = sorted[0].mean
  d.max = sorted[sorted.length - 1].mean
  compress(d, { means: Float64Array.from(sorted, (c) => c.mean), weights: Float64Array.from(sorted, (c) => c.n) }, sorted.length)
  return d
}

/** A copy without spare room, for serialisation; it continues exactly as the original would. */
export function compactDigest(d: Digest): Digest {
  return { ...d, means: d.means.slice(0, d.used), weights: d.weights.slice(0, d.used), buffer: d.buffer.slice(0, d.buffered) }
}

/** Ascending means and their weights. */
export interface Weighted {
  means: Float64Array
  weights: Float64Array
}

/**
 * What reading works on, ascending, in fresh arrays: the values themselves while every one is still held, else the centroids with the buffer folded in.
 * (A buffered value put between heavy centroids as it is would claim that all of the one on its left lies below it.)
 */
export function sortedCentroids(d: Digest): Weighted {
  if (d.used === 0) return { means: d.buffer.slice(0, d.buffered).sort(), weights: new Float64Array(d.buffered).fill(1) }
  const settled = compactDigest(d)
  flushDigest(settled)
  return { means: settled.means.slice(0, settled.used), weights: settled.weights.slice(0, settled.used) }
}

/** Room for what goes into a compression; never read before it is written, so it is no state. */
let scratch: Weighted = { means: new Float64Array(1_024), weights: new Float64Array(1_024) }

function scratchFor(count: number): Weighted {
  if (scratch.means.length < count) scratch = { means: new Float64Array(2 * count), weights: new Float64Array(2 * count) }
  return scratch
}

/** Merges the centroids of `d` with sorted single values; centroids first among equals. */
function interleave(out: Weighted, d: Digest, values: Float64Array): number {
  let [i, j, count] = [0, 0, 0]
  while (i < d.used || j < values.length) {
    if (j >= values.length || (i < d.used && d.means[i] <= values[j])) {
      out.means[count] = d.means[i]
      out.weights[count++] = d.weights[i++]
    } else {
      out.means[count] = values[j++]
      out.weights[count++] = 1
    }
  }
  return count
}

/** Merges two ascending lists; the first list first among equals. */
function interleaveWeighted(out: Weighted, a: Weighted, b: Weighted): number {
  let [i, j, count] = [0, 0, 0]
  while (i < a.means.length || j < b.means.length) {
    const fromA = j >= b.means.length || (i < a.means.length && a.means[i] <= b.means[j])
    out.means[count] = fromA ? a.means[i] : b.means[j]
    out.weights[count++] = fromA ? a.weights[i++] : b.weights[j++]
  }
  return count
}

/**
 * One pass from left to right: a neighbour joins while the centroid spans at most one unit of k₂(q) = s · ln(q / (1 − q)).
 * The first and the last stay alone, so that an extreme value never pulls a centroid away from its crowd.
 */
function compress(d: Digest, input: Weighted, count: number): void {
  makeCentroidRoom(d)
  const { means, weights, n } = d
  const step = Math.exp(1 / scaleOf(n, d.compression))
  let last = -1
  let before = 0
  let limit = 0
  for (let i = 0; i < count; i++) {
    const mean = input.means[i]
    const weight = input.weights[i]
    if (i > 1 && i < count - 1 && before + weights[last] + weight <= limit) {
      weights[last] += weight
      means[last] = between(means[last], mean, weight / weights[last])
      continue
    }
    if (last >= 0) before += weights[last]
    last += 1
    means[last] = mean
    weights[last] = weight
    limit = (before * step) / (1 + (before / n) * (step - 1))
  }
  d.used = last + 1
}

/** The factor of k₂, normalised so that the number of centroids hardly depends on n. */
const scaleOf = (n: number, compression: number): number => (3.5 * compression) / (4 * Math.log(Math.max(1, n / (3.5 * compression))) + 24)

function makeCentroidRoom(d: Digest): void {
  const capacity = centroidCapacity(d.compression)
  if (d.means.length >= capacity) return
  d.means = new Float64Array(capacity)
  d.weights = new Float64Array(capacity)
}

/** The point a share t of the way from a to b ≥ a, exact when they are equal and without overflow when they are far apart. */
const between = (a: number, b: number, t: number): number => a === b ? a : Math.min(b, Math.max(a, a * (1 - t) + b * t))
