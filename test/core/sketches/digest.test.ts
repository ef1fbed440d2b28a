import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { InvariantError } from '../../../src/core/assert.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import {
  addToDigest, compactDigest, createDigest, digestCdf, digestCentroids, digestFromCentroids, digestQuantile, flushDigest, mergeDigest, mergeDigests,
} from '../../../src/core/sketches/digest.ts'
import type { Centroid, Digest } from '../../../src/core/sketches/digest.ts'
import { golden } from '../golden.ts'

interface NpmDigest { push(x: number): void; push_centroid(c: Centroid[]): void; compress(): void; percentile(q: number): number; p_rank(x: number): number; toArray(): Centroid[] }
const { TDigest } = createRequire(import.meta.url)('tdigest') as { TDigest: new () => NpmDigest }

const over = (values: Iterable<number>, compression = 100): Digest => {
  const d = createDigest(compression)
  for (const x of values) addToDigest(d, x)
  return d
}
const shareWhere = (sample: Float64Array, test: (v: number) => boolean): number => sample.reduce((count, v) => count + Number(test(v)), 0) / sample.length
/** how far q lies outside the shares of the sample below x and up to x */
const rankError = (sorted: Float64Array, x: number, q: number): number => {
  const [below, upTo] = [shareWhere(sorted, (v) => v < x), shareWhere(sorted, (v) => v <= x)]
  return q < below ? below - q : Math.max(0, q - upTo)
}
const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

interface Check { quantile?: number; cdf?: number; expected: number; tolerance: number }
interface GoldenCase { name: string; values: number[] | string; compression: number; checks: Check[] }
interface ErrorRow { compression: number; q: number; mean_abs_error: number; max_abs_error: number }
const facts = golden<{ cases: GoldenCase[]; published_error_scaling: { rows: ErrorRow[] } }>('tdigest')

const repeat = (count: number, x: number) => Array.from({ length: count }, () => x)
const valuesByName: Record<string, number[]> = {
  'bigJump singletons': [...Array.from({ length: 19 }, (_, i) => i + 1), 1_000_000],
  'issue 114': Array.from({ length: 100 }, () => [1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 5, 6, 7]).flat(),
  'issue 167': [...repeat(2, 9_000), ...repeat(11, 3_000), ...repeat(26, 1_000)],
  'singleton in a crowd': [...repeat(10_000, 10), 20],
  'DataSketches 0..9999': Array.from({ length: 10_000 }, (_, i) => i),
}

describe('the digest against published facts', () => {
  for (const { name, values, compression, checks } of facts.cases.filter((c) => Array.isArray(c.checks))) {
    it(`holds on ${name}`, () => {
      const d = over(Array.isArray(values) ? values : valuesByName[name], compression)
      for (const { quantile, cdf, expected, tolerance } of checks) {
        const got = quantile === undefined ? digestCdf(d, cdf!) : digestQuantile(d, quantile)
        expect(Math.abs(got! - expected), `${JSON.stringify({ quantile, cdf })} gave ${got}`).toBeLessThanOrEqual(tolerance)
      }
    })
  }

  it('keeps weight and extremes over DataSketches merge large', () => {
    const d = over(Array.from({ length: 5_000 }, (_, i) => i))
    mergeDigest(d, over(Array.from({ length: 5_000 }, (_, i) => i + 5_000)))
    expect([d.n, d.min, d.max]).toEqual([10_000, 0, 9_999])
    expect(digestCentroids(d).reduce((sum, c) => sum + c.n, 0)).toBe(10_000)
  })

  it('keeps the median of issue 114 when merged into another digest', () => {
    const first = over(valuesByName['issue 114'])
    const merged = createDigest()
    mergeDigest(merged, first)
    expect(Math.abs(digestQuantile(merged, 0.5)! - digestQuantile(first, 0.5)!)).toBeLessThanOrEqual(0.01)
  })

  const uniforms = (random = seeded(1)) => Float64Array.from({ length: 100_000 }, () => uniform(random))

  it('stays within the published error envelope at compression 100', () => {
    const random = seeded(20)
    const rows = facts.published_error_scaling.rows.filter((row) => row.compression === 100)
    const samples = Array.from({ length: 20 }, () => uniforms(random))
    const sorted = samples.map((sample) => sample.slice().sort())
    const digests = samples.map((sample) => over(sample))
    expect(rows.map((row) => row.q)).toEqual([0.001, 0.01, 0.1, 0.5])
    for (const { q, mean_abs_error: mean, max_abs_error: max } of rows) {
      const errors = digests.map((d, i) => rankError(sorted[i], digestQuantile(d, q)!, q))
      expect(errors.reduce((a, b) => a + b) / errors.length, `mean at ${q}`).toBeLessThanOrEqual(mean)
      expect(Math.max(...errors), `worst at ${q}`).toBeLessThanOrEqual(max)
    }
  })

  it('stays within the accuracy bound of the reference suite on uniform, skewed and narrow values', () => {
    const random = seeded(3)
    const samples = [uniforms(random), uniforms(random).map((u) => u ** 10), uniforms(random).map(() => 1e6 + 1e-3 * normal(random))]
    for (const sample of samples) {
      const sorted = sample.slice().sort()
      const d = over(sample)
      const errors = [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999].map((q) => {
        expect(Math.abs(digestCdf(d, sorted[Math.floor(q * sorted.length)])! - q)).toBeLessThanOrEqual(0.08)
        return rankError(sorted, digestQuantile(d, q)!, q)
      })
      expect(Math.max(...errors)).toBeLessThanOrEqual(0.005)
    }
  })
})

describe('the digest beside npm tdigest', () => {
  it('agrees with it on quantiles of any finite values within both errors', () => {
    fc.assert(fc.property(fc.integer(), fc.integer({ min: 200, max: 3_000 }), fc.constantFrom(1, 3, 0.2), (seed, n, power) => {
      const random = seeded(seed)
      const sample = Float64Array.from({ length: n }, () => uniform(random) ** power)
      const sorted = sample.slice().sort()
      const [ours, theirs] = [over(sample), new TDigest()]
      for (const x of sample) theirs.push(x)
      for (const q of [0.01, 0.1, 0.5, 0.9, 0.99]) {
        expect(rankError(sorted, digestQuantile(ours, q)!, q)).toBeLessThan(0.006)
        const oursAt = digestQuantile(ours, q)!
        expect(rankError(sorted, theirs.percentile(q), shareWhere(sorted, (v) => v <= oursAt))).toBeLessThan(0.02)
      }
    }), { seed: 4, numRuns: 25 })
  })

  it('gives and takes its centroids', () => {
    const random = seeded(5)
    const sample = Float64Array.from({ length: 20_000 }, () => normal(random))
    const theirs = new TDigest()
    theirs.push_centroid(digestCentroids(over(sample)))
    const back = digestFromCentroids(theirs.toArray())
    expect(back.n).toBe(20_000)
    for (const q of [0.01, 0.5, 0.99]) expect(rankError(sample.slice().sort(), digestQuantile(back, q)!, q)).toBeLessThan(0.01)
  })
})

describe('the digest as state', () => {
  const stream = (n: number, seed = 6) => {
    const random = seeded(seed)
    return Array.from({ length: n }, () => normal(random))
  }

  it('gives the same bytes for the same values in the same order', () => {
    expect(isDeepStrictEqual(over(stream(10_000)), over(stream(10_000)))).toBe(true)
  })

  for (const at of [0, 3, 499, 500, 501, 4_321]) {
    it(`continues bit by bit from a compact copy taken after ${at} values`, () => {
      const original = over(stream(at))
      const restored = structuredClone(compactDigest(original))
      for (const x of stream(5_000, 7)) {
        addToDigest(original, x)
        addToDigest(restored, x)
      }
      expect(isDeepStrictEqual(compactDigest(restored), compactDigest(original))).toBe(true)
      const [into, intoToo] = [over(stream(700, 8)), over(stream(700, 8))]
      mergeDigest(into, original)
      mergeDigest(intoToo, restored)
      expect(isDeepStrictEqual(compactDigest(into), compactDigest(intoToo))).toBe(true)
    })
  }

  it('holds every value, hence is exact, up to five times its compression', () => {
    fc.assert(fc.property(fc.array(finite, { minLength: 1, maxLength: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
      const d = over(values)
      const sorted = Float64Array.from(values).sort()
      const middle = (digestQuantile(d, q)!)
      expect(middle).toBe(sorted[Math.min(values.length - 1, Math.floor(q * values.length))])
      const x = sorted[values.length >> 1]
      const [below, upTo] = [values.filter((v) => v < x).length, values.filter((v) => v <= x).length]
      expect(digestCdf(d, x)).toBe((below + upTo) / 2 / values.length)
    }), { seed: 9, numRuns: 60 })
  })

  it('merges parts in any grouping within its error', () => {
    const random = seeded(10)
    const parts = Array.from({ length: 12 }, () => Float64Array.from({ length: 3_000 }, () => normal(random)))
    const sorted = Float64Array.from(parts.flatMap((p) => [...p])).sort()
    const left = createDigest()
    for (const part of parts) mergeDigest(left, over(part))
    const halves = [parts.slice(0, 6), parts.slice(6)].map((half) => half.map((p) => over(p)).reduce((a, b) => (mergeDigest(a, b), a)))
    mergeDigest(halves[0], halves[1])
    const atOnce = createDigest()
    mergeDigests(atOnce, parts.map((p) => over(p)))
    for (const d of [left, halves[0], atOnce]) {
      expect([d.n, d.min, d.max]).toEqual([36_000, sorted[0], sorted[sorted.length - 1]])
      for (const q of [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999]) expect(rankError(sorted, digestQuantile(d, q)!, q), `at ${q}`).toBeLessThan(0.004)
    }
  })

  it('merged from many at once holds what it would hold merged one after the other, and leaves them alone', () => {
    fc.assert(fc.property(fc.array(fc.array(finite, { maxLength: 300 }), { maxLength: 12 }), fc.array(finite, { maxLength: 700 }), (lists, begun) => {
      const froms = lists.map((values) => over(values))
      const copies = structuredClone(froms)
      const [into, one] = [over(begun), over(begun)]
      mergeDigests(into, froms)
      for (const from of froms) mergeDigest(one, from)
      expect(isDeepStrictEqual(froms, copies)).toBe(true)
      expect([into.n, into.min, into.max]).toEqual([one.n, one.min, one.max])
      expect(digestCentroids(into).reduce((sum, c) => sum + c.n, 0)).toBe(into.n)
      if (into.n <= 500) expect(digestCentroids(into)).toEqual(digestCentroids(one))
    }), { seed: 12, numRuns: 100 })
  })

  it('stays finite, ascending and complete on any finite values, extremes included', () => {
    fc.assert(fc.property(fc.array(fc.oneof(finite, fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 0, -0, 5e-324)), { minLength: 1, maxLength: 900, size: 'max' }), (values) => {
      const d = over(values, 20)
      flushDigest(d)
      const centroids = digestCentroids(d)
      expect(centroids.every((c, i) => Number.isFinite(c.mean) && (i === 0 || centroids[i - 1].mean <= c.mean))).toBe(true)
      expect(centroids.reduce((sum, c) => sum + c.n, 0)).toBe(values.length)
      for (const q of [0, 0.3, 0.7, 1]) expect(Number.isFinite(digestQuantile(d, q))).toBe(true)
      for (const x of [d.min, d.max, 0]) expect(digestCdf(d, x)).toBeGreaterThanOrEqual(0)
    }), { seed: 11, numRuns: 60 })
  })

  it('says where a number lies between neighbours among the least of numbers', () => {
    for (const [below, between, above] of [[-Number.MIN_VALUE, 0, Number.MIN_VALUE], [3 * Number.MIN_VALUE, 4 * Number.MIN_VALUE, 5 * Number.MIN_VALUE]]) {
      expect(digestCdf(digestFromCentroids([{ mean: below, n: 2 }, { mean: above, n: 2 }]), between)).toBe(0.5)
    }
  })

  it('keeps its size however much it sees', () => {
    const d = createDigest()
    for (const x of stream(200_000)) addToDigest(d, x)
    expect(d.used).toBeLessThanOrEqual(250)
    expect(d.buffer.length).toBe(500)
  })

  it('refuses what would silently poison it: NaN and infinities', () => {
    const d = over([1, 2, 3])
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) expect(() => addToDigest(d, x)).toThrow(InvariantError)
    expect([d.n, digestQuantile(d, 1)]).toEqual([3, 3])
    expect(() => digestFromCentroids([{ mean: Number.NaN, n: 1 }])).toThrow(InvariantError)
  })

  it('says nothing while empty', () => {
    expect([digestQuantile(createDigest(), 0.5), digestCdf(createDigest(), 1), digestCentroids(createDigest())]).toEqual([null, null, []])
  })
})
