/**
 * Where one entity brings many outcomes they resemble each other, and n of them say less than n. Counts per hash bucket of the entity show by how much.
 */
import { idHash } from '../join/id-hash.ts'

/** Hash buckets of entities, as many as the panes keep. */
export const entityBuckets = 256

const hashed = new Uint32Array(2)

/** The bucket of an entity, 0 … 255. */
export function bucketOf(entity: string): number {
  idHash(entity, hashed)
  return hashed[0] % entityBuckets
}

/** [tp, fp, fn, tn] of each bucket. */
export const createEntityCounts = (): Float64Array => new Float64Array(4 * entityBuckets)

/** [hits, trials] of the confusion counts. */
type ShareOf = (tp: number, fp: number, fn: number, tn: number) => readonly [number, number]

/**
 * The larger of a given design effect and the one that the entities show, where outcomes named any.
 * @param trials of all outcomes: those that named no entity are each their own
 */
export function largerDesignEffect(given: number, byEntity: Float64Array | undefined, share: ShareOf, trials: number): number {
  if (byEntity === undefined || !(trials > 0)) return given
  let named = 0
  for (let at = 0; at < byEntity.length; at += 4) named += share(byEntity[at], byEntity[at + 1], byEntity[at + 2], byEntity[at + 3])[1]
  return Math.max(given, 1 + (clusterDesignEffect(byEntity, share) - 1) * Math.max(0, Math.min(1, named / trials)))
}

/** Of a mean of values that the four cells have: with 0 and 1 for values it is that of a share. */
export function meanDesignEffect(given: number, byEntity: Float64Array | undefined, values: readonly number[], confusion: ArrayLike<number>): number {
  if (byEntity === undefined) return given
  const sums = (counts: ArrayLike<number>, at: number): readonly [n: number, sum: number, squares: number] => {
    let [n, sum, squares] = [0, 0, 0]
    for (let i = 0; i < 4; i++) {
      n += counts[at + i]
      sum += counts[at + i] * values[i]
      squares += counts[at + i] * values[i] * values[i]
    }
    return [n, sum, squares]
  }
  const [n, sum, squares] = sums(confusion, 0)
  const mean = sum / n
  let [within, named, buckets] = [0, 0, 0]
  for (let at = 0; at < byEntity.length; at += 4) {
    const [count, total] = sums(byEntity, at)
    if (count > 0) buckets += 1
    named += count
    within += (total - mean * count) ** 2
  }
  const variance = squares / n - mean * mean
  if (buckets < 2 || !(variance > 0)) return given
  const ofNamed = Math.max(1, ((buckets / (buckets - 1)) * within) / (variance * named))
  return Math.max(given, 1 + (ofNamed - 1) * Math.max(0, Math.min(1, named / n)))
}

/**
 * For a metric of scores, of which no sums by entity are kept: the largest of the effects that right decisions show, over all and by class. A score says
 * more than the decision made of it, so this is a guide and no bound.
 */
export function scoreDesignEffect(given: number, byEntity: Float64Array | undefined, [tp, fp, fn, tn]: ArrayLike<number> & Iterable<number>): number {
  const ofAll = largerDesignEffect(given, byEntity, (a, b, c, d) => [a + d, a + b + c + d], tp + fp + fn + tn)
  const ofPositives = largerDesignEffect(given, byEntity, (a, _, c) => [a, a + c], tp + fn)
  return Math.max(ofAll, ofPositives, largerDesignEffect(given, byEntity, (_, b, __, d) => [d, b + d], fp + tn))
}

/**
 * The design effect of a ratio hits / trials: its variance between buckets of entities over that of independent trials, at least 1.
 * Divide n by it. 1 where fewer than two buckets have a trial, or where the ratio is 0 or 1, which has no variance to compare.
 * Buckets hold several entities each; those are independent of each other, so the ratio of variances is the same, known to about ±9 % from 256 buckets.
 * Source: Kish 1965 (design effect); linearised variance of a ratio over clusters, Cochran 1977, with the factor G / (G − 1) for G clusters.
 */
export function clusterDesignEffect(counts: Float64Array, share: ShareOf): number {
  let [hits, trials, buckets] = [0, 0, 0]
  const each = (visit: (hits: number, trials: number) => void): void => {
    for (let at = 0; at < counts.length; at += 4) visit(...share(counts[at], counts[at + 1], counts[at + 2], counts[at + 3]))
  }
  each((h, t) => {
    hits += h
    trials += t
    if (t > 0) buckets += 1
  })
  const ratio = hits / trials
  if (buckets < 2 || !(ratio > 0 && ratio < 1)) return 1
  let squares = 0
  each((h, t) => {
    squares += (h - ratio * t) ** 2
  })
  return Math.max(1, ((buckets / (buckets - 1)) * squares) / (ratio * (1 - ratio) * trials))
}
