/**
 * A merging t-digest: quantiles of a stream in a few kilobytes, fine at the tails. Source: Dunning & Ertl 2019, scale function k₂.
 * It is deterministic (the same values in the same order give the same bytes), restores exactly in the middle of a stream, and takes finite values only.
 * Up to 5 × compression values it holds every one of them, and everything read from it is exact.
 */
import { assert } from '../assert.ts'
import { putInOrder, type Run, type Weighted } from './digest-order.ts'
import { viewOf } from './digest-view.ts'
import { sortAscending } from './sort.ts'

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
  const values = ownValuesOf(d)
  d.buffered = 0
  fold(d, [d, values])
}

/** Folds `from` into `into`, leaving `from` alone. The result depends on the order of merges only within the error of the sketch. */
export function mergeDigest(into: Digest, from: Digest): void {
  if (from.n === 0) return
  const held = into.used + from.used === 0
  if (!held && into.used > 0) flushDigest(into)
  into.min = into.n === 0 ? from.min : Math.min(into.min, from.min)
  into.max = into.n === 0 ? from.max : Math.max(into.max, from.max)
  into.n += from.n
  if (held && into.buffered + from.buffered <= bufferCapacity(into.compression)) {
    appendBuffer(into, from)
    return
  }
  const theirs = settled(from)
  const ours = into.used > 0 ? into : ownValuesOf(into)
  into.buffered = 0
  fold(into, [ours, theirs])
}

/** Digests that one fold takes in beside what is there: with more, putting them in order costs what fewer folds save. */
const foldedAtOnce = 3

/** The same of many, in their order: three at a time are put in order and folded once. */
export function mergeDigests(into: Digest, froms: readonly Digest[]): void {
  const full = froms.filter(({ n }) => n > 0)
  for (let at = 0; at < full.length; at += foldedAtOnce) {
    const some = full.slice(at, at + foldedAtOnce)
    const n = some.reduce((sum, from) => sum + from.n, into.n)
    if (some.length === foldedAtOnce && n > bufferCapacity(into.compression)) mergeThree(into, some, n)
    else for (const from of some) mergeDigest(into, from)
  }
}

function mergeThree(into: Digest, froms: readonly Digest[], n: number): void {
  if (into.used > 0) flushDigest(into)
  const runs = [into.used > 0 ? into : ownValuesOf(into), ...froms.map(settled)]
  if (into.n === 0) [into.min, into.max] = [froms[0].min, froms[0].max]
  for (const { min, max } of froms) {
    if (min < into.min) into.min = min
    if (max > into.max) into.max = max
  }
  into.n = n
  into.buffered = 0
  fold(into, runs)
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
  fold(d, [{ means: Float64Array.from(sorted, (c) => c.mean), weights: Float64Array.from(sorted, (c) => c.n), used: sorted.length }, nothing])
  return d
}

/** A digest of all these values, which ascend: held while there are few, else folded once. */
export function digestOfSorted(values: Float64Array, compression = 100): Digest {
  const d = createDigest(compression)
  if (values.length === 0) return d
  d.n = values.length
  d.min = values[0]
  d.max = values[values.length - 1]
  if (values.length > bufferCapacity(compression)) fold(d, [{ means: values, weights: null, used: values.length }, nothing])
  else {
    d.buffer = values.slice()
    d.buffered = values.length
  }
  return d
}

/** A copy without spare room, its buffer sorted, for serialisation; it continues exactly as the original would. */
export function compactDigest(d: Digest): Digest {
  return { ...d, means: d.means.slice(0, d.used), weights: d.weights.slice(0, d.used), buffer: sorted(d.buffer.slice(0, d.buffered)) }
}

/** The same where the buffer need not be kept apart, since nothing will be added: folded in, unless every value is still held. It reads exactly as the original. */
export function settleDigest(d: Digest): Digest {
  const compact = compactDigest(d)
  if (compact.used === 0 || compact.buffered === 0) return compact
  flushDigest(compact)
  return { ...compact, means: compact.means.slice(0, compact.used), weights: compact.weights.slice(0, compact.used), buffer: new Float64Array(0) }
}

/**
 * What reading works on, ascending, in fresh arrays: the values themselves while every one is still held, else the centroids with the buffer folded in.
 * (A buffered value put between heavy centroids as it is would claim that all of the one on its left lies below it.)
 */
export function sortedCentroids(d: Digest): Weighted {
  const { means, weights, used } = settled(d)
  return { means: means.slice(0, used), weights: weights === null ? new Float64Array(used).fill(1) : weights.slice(0, used) }
}

/** The same where it lies, or in room of its own; leaves `d` alone. */
function settled(d: Digest): Run {
  if (d.buffered === 0) return d
  const values = valuesOf(d)
  if (d.used === 0) return values
  const own = { ...d, means: new Float64Array(0), weights: new Float64Array(0) }
  fold(own, [d, values])
  return own
}

/** The buffer in order, where it lies if it is in order already. */
function valuesOf({ buffer, buffered }: Digest): Run {
  const values = buffered === buffer.length ? buffer : buffer.subarray(0, buffered)
  return { means: isAscending(values) ? values : sortAscending(values.slice()), weights: null, used: buffered }
}

/** The same of a digest that is about to fold its buffer away: sorted in place. */
function ownValuesOf({ buffer, buffered }: Digest): Run {
  return { means: sorted(buffered === buffer.length ? buffer : buffer.subarray(0, buffered)), weights: null, used: buffered }
}

const sorted = (values: Float64Array): Float64Array => isAscending(values) ? values : sortAscending(values)

function isAscending(values: Float64Array): boolean {
  let i = 1
  while (i < values.length && values[i - 1] <= values[i]) i++
  return i >= values.length
}

const nothing: Run = { means: new Float64Array(0), weights: null, used: 0 }

/**
 * Makes the centroids of `d`, in one pass from left to right, of ascending runs. A neighbour joins while the centroid spans at most one unit of
 * k₂(q) = s · ln(q / (1 − q)). The first and the last stay alone, so that an extreme value never pulls a centroid away from its crowd.
 * The mean of a centroid is kept as the sum of half distances from its first value, as shares of n: exact when all are equal, without overflow when they are
 * far apart, and divided once.
 */
function fold(d: Digest, runs: readonly Run[]): void {
  let count = 0
  for (const { used } of runs) count += used
  const ordered = putInOrder(runs)
  makeCentroidRoom(d)
  d.used = condense(ordered, count, d, d.n, Math.exp(1 / scaleOf(d.n, d.compression)))
}

/** @param n of all values @param step factor between the odds at which a centroid begins and may end @returns how many centroids are in `into` */
function condense({ means: xs, weights: ws }: Weighted, count: number, { means, weights }: Weighted, n: number, step: number): number {
  const share = 1 / n
  const last = count - 1
  let used = 0
  let before = 0
  let at = 0
  while (at < count) {
    const first = xs[at]
    const limit = at === 0 ? 0 : (before * step) / (1 + (before / n) * (step - 1))
    let upTo = before + ws[at]
    let x = first
    let halves = 0
    // the bound of `at` keeps the last one alone
    for (at++; at < last && upTo + ws[at] <= limit; at++) {
      x = xs[at]
      upTo += ws[at]
      halves += ws[at] * share * (x * 0.5 - first * 0.5)
    }
    const weight = upTo - before
    means[used] = meanOf(first, x, halves * (n / weight))
    weights[used++] = weight
    before = upTo
  }
  return used
}

/** The mean of values from `first` to `last`, given half its distance from the first. */
function meanOf(first: number, last: number, half: number): number {
  const mean = first + half + half
  return mean < first ? first : mean < last ? mean : last
}

/** The factor of k₂, normalised so that the number of centroids hardly depends on n. */
const scaleOf = (n: number, compression: number): number => (3.5 * compression) / (4 * Math.log(Math.max(1, n / (3.5 * compression))) + 24)

function makeCentroidRoom(d: Digest): void {
  const capacity = centroidCapacity(d.compression)
  if (d.means.length >= capacity) return
  d.means = new Float64Array(capacity)
  d.weights = new Float64Array(capacity)
}
