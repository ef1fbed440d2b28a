import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { ks } from '../../../src/core/drift/ks.ts'
import { layoutOfSample, sampleSummary } from '../../../src/core/drift/sample.ts'
import { ksPValue, ksStatistic } from '../../../src/core/math/two-sample-ks.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import { addNumeric, createNumeric, mergeFeature } from '../../../src/core/sketches/feature.ts'
import type { NumericLayout, NumericSummary } from '../../../src/core/sketches/feature.ts'
import { numericLayoutOf } from '../../../src/core/sketches/layout.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { californiaColumn, ofMonth } from '../california.ts'
import { golden } from '../golden.ts'

const defaults = resolveParams(ks)
const paneOf = (values: Iterable<number>, layout: NumericLayout): NumericSummary => {
  const s = createNumeric(layout)
  for (const x of values) addNumeric(s, x)
  return s
}
const normals = (n: number, seed: number, mean = 0) => {
  const random = seeded(seed)
  return Float64Array.from({ length: n }, () => mean + normal(random))
}
const compareSamples = (a: readonly number[], b: readonly number[]) => {
  const layout = layoutOfSample(a)
  return ks.compare(sampleSummary(a, layout), sampleSummary(b, layout), defaults)
}

describe('ks on raw samples', () => {
  const { samples } = golden<{ samples: Record<string, { x: number[]; y: number[] }> }>('two_sample_tests')
  for (const [name, { x, y }] of Object.entries(samples)) {
    it(`is exact on ${name}, ties and atoms included`, () => {
      const d = ksStatistic(Float64Array.from(x), Float64Array.from(y))
      const reading = compareSamples(x, y)
      expect(reading.value).toBeCloseTo(d, 12)
      expect(reading.detail!.pValue).toBeCloseTo(ksPValue(d, x.length, y.length), 9)
    })
  }

  /** columns of few distinct values, below a twentieth each: a centroid then holds a step that the curve draws as a slope */
  const heavilyTied = ['Longitude', 'Latitude', 'HouseAge']
  const [months] = golden<{ cases: { rederived: { per_chunk: Record<string, Record<string, number>> } }[] }>('nannyml_univariate').cases
  for (const [column, byChunk] of Object.entries(months.rederived.per_chunk)) {
    it(`gives NannyML's distance of every month of California ${column}, exactly and from pane digests`, () => {
      const parts = { reference: californiaColumn('reference', column), analysis: californiaColumn('analysis', column) }
      const layout = numericLayoutOf(Float64Array.from(parts.reference.values))
      const exact = sampleSummary(parts.reference.values, layout)
      const digested = paneOf(parts.reference.values, layout)
      expect(Object.keys(byChunk)).toHaveLength(20)
      for (const [chunk, expected] of Object.entries(byChunk)) {
        const [part, month] = chunk.split(' ') as ['reference' | 'analysis', string]
        const rows = ofMonth(parts[part], month)
        expect(ks.compare(exact, sampleSummary(rows, layout), defaults).value, chunk).toBeCloseTo(expected, 10)
        expect(Math.abs(ks.compare(digested, paneOf(rows, layout), defaults).value! - expected), chunk).toBeLessThan(heavilyTied.includes(column) ? 0.02 : 0.008)
      }
    })
  }
})

describe('ks from digests', () => {
  it('reads a zero-inflated feature right, where digests that average across the atom do not', () => {
    const random = seeded(1)
    const inflated = (n: number, zeros: number) => Float64Array.from({ length: n }, () => uniform(random) < zeros ? 0 : Math.exp(normal(random)))
    const [a, b] = [inflated(50_000, 0.6), inflated(50_000, 0.6945)]
    const truth = ksStatistic(a, b)
    const layout = numericLayoutOf(a)
    expect(layout.atoms).toEqual(Float64Array.of(0))
    expect(Math.abs(ks.compare(paneOf(a, layout), paneOf(b, layout), defaults).value! - truth)).toBeLessThan(0.002)
    expect(Math.abs(digestOnlyDistance(a, b) - truth)).toBeGreaterThan(0.02)
  })

  it('stays within its published bound and near the truth after merging panes', () => {
    const layout = numericLayoutOf(normals(5_000, 2))
    const [reference, current] = [paneOf(normals(20_000, 3), layout), paneOf(normals(3_000, 100, 0.2), layout)]
    const all = [...normals(3_000, 100, 0.2)]
    for (let pane = 1; pane < 6; pane++) {
      const values = normals(3_000, 100 + pane, 0.2)
      all.push(...values)
      mergeFeature(current, paneOf(values, layout))
    }
    const truth = ksStatistic(normals(20_000, 3), Float64Array.from(all))
    const { value, detail } = ks.compare(reference, current, defaults)
    expect(Math.abs(value! - truth)).toBeLessThan(0.004)
    expect(truth).toBeGreaterThanOrEqual((detail!.edgeD as number) - 1e-12)
    expect(truth).toBeLessThanOrEqual(detail!.bound as number)
  })

  it('decides on the distance: a hundredth of a sigma is significant at a million and still no alarm', () => {
    const layout = numericLayoutOf(normals(5_000, 4))
    const reading = ks.compare(paneOf(normals(1_000_000, 5), layout), paneOf(normals(1_000_000, 6, 0.01), layout), defaults)
    expect(reading.detail!.pValue).toBeLessThan(1e-3)
    expect(reading.verdict).not.toBe('alarm')
  })

  it('gives half a sigma an alarm, no shift an ok, and too few values no verdict', () => {
    const layout = numericLayoutOf(normals(2_000, 7))
    const reference = paneOf(normals(2_000, 7), layout)
    expect(ks.compare(reference, paneOf(normals(1_000, 8, 0.5), layout), defaults).verdict).toBe('alarm')
    expect(ks.compare(reference, paneOf(normals(1_000, 9), layout), defaults).verdict).toBe('ok')
    expect(ks.compare(reference, paneOf(normals(10, 10, 5), layout), defaults)).toMatchObject({ verdict: 'insufficient', n: 10 })
    expect(ks.compare(reference, paneOf([Number.NaN, Number.POSITIVE_INFINITY], layout), defaults)).toEqual({ value: null, n: 0, nReference: 2_000, verdict: 'insufficient' })
  })

  it('does not lose values to NaN: they are missing, and the rest counts in full', () => {
    const layout = numericLayoutOf(normals(1_000, 11))
    const spoilt = paneOf([...normals(1_000, 12)].flatMap((x) => [x, Number.NaN]), layout)
    const plain = ks.compare(paneOf(normals(1_000, 11), layout), paneOf(normals(1_000, 12), layout), defaults)
    expect(ks.compare(paneOf(normals(1_000, 11), layout), spoilt, defaults)).toEqual(plain)
    expect([spoilt.n, spoilt.missing]).toEqual([2_000, 1_000])
  })
})

/** What a reader of plain npm digests would do: the greatest difference of their curves. */
function digestOnlyDistance(a: Float64Array, b: Float64Array): number {
  interface NpmDigest { push(x: number[]): void; p_rank(x: number): number; percentile(q: number): number; toArray(): { mean: number }[] }
  const { TDigest } = createRequire(import.meta.url)('tdigest') as { TDigest: new () => NpmDigest }
  const [p, q] = [new TDigest(), new TDigest()]
  p.push([...a])
  q.push([...b])
  return Math.max(...[...p.toArray(), ...q.toArray()].map(({ mean }) => Math.abs(p.p_rank(mean) - q.p_rank(mean))))
}
