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

/** The larger of a given design effect and the one that the entities show, where outcomes named any. */
export const largerDesignEffect = (given: number, byEntity: Float64Array | undefined, share: ShareOf): number =>
  (byEntity === undefined ? given : Math.max(given, clusterDesignEffect(byEntity, share)))

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
