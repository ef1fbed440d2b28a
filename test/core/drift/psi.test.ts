import { describe, expect, it } from 'vitest'
import { InvariantError } from '../../../src/core/assert.ts'
import { psi, psiFromCounts } from '../../../src/core/drift/psi.ts'
import type { PsiSmoothing } from '../../../src/core/drift/psi.ts'
import { layoutOfSample, sampleSummary } from '../../../src/core/drift/sample.ts'
import type { SampleValue } from '../../../src/core/drift/sample.ts'
import { chiSquareQuantile } from '../../../src/core/math/chi-square.ts'
import { ksPValue, ksStatistic } from '../../../src/core/math/two-sample-ks.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import type { FeatureSummary } from '../../../src/core/sketches/feature.ts'
import { numericLayoutOf } from '../../../src/core/sketches/layout.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { californiaColumn, ofMonth } from '../california.ts'
import { golden } from '../golden.ts'

interface EdgesCase {
  name: string; kind: string; edges: number[]; missing_bin: boolean; reference_counts: number[]; current_counts: number[]
  reference: number[]; current: number[]; column?: string; expected: Record<string, { psi: number }>
  per_month: Record<string, { n: number; current_counts: number[]; 'psi_floor_1e-4': number; psi_half: number }>
}
interface NullCase { bins: number; reference_n: number; current_n: number; mean: number; p95: number; p99: number }
interface EvidentlyCase { name: string; reference: number[]; current: number[]; expected: { score: number; tolerance: number } }

const defaults = resolveParams(psi)
const HALF: PsiSmoothing = { kind: 'add-half' }
const smoothingOf = (name: string): PsiSmoothing => name === 'half' ? HALF : { kind: 'floor', floor: Number(name.replace('floor ', '')) }
const counts = (list: readonly number[]) => Float64Array.from(list)
const pair = (reference: readonly SampleValue[], current: readonly SampleValue[], edges?: number[]): [FeatureSummary, FeatureSummary] => {
  const layout = layoutOfSample(reference, edges)
  return [sampleSummary(reference, layout), sampleSummary(current, layout)]
}
const normals = (n: number, seed: number, mean = 0) => {
  const random = seeded(seed)
  return Array.from({ length: n }, () => mean + normal(random))
}

describe('psiFromCounts against PSI at explicit edges', () => {
  for (const c of golden<{ cases: EdgesCase[] }>('psi_explicit_edges').cases) {
    it(`gives every term sum of ${c.name}`, () => {
      for (const [smoothing, { psi: expected }] of Object.entries(c.expected)) {
        expect(psiFromCounts(counts(c.reference_counts), counts(c.current_counts), smoothingOf(smoothing)), smoothing).toBeCloseTo(expected, 10)
      }
    })

    if (c.kind === 'numeric' && c.reference !== undefined && !c.missing_bin) {
      it(`counts and scores ${c.name} from the samples`, () => {
        const [reference, current] = pair(c.reference, c.current, c.edges)
        expect(reference).toMatchObject({ counts: counts(c.reference_counts) })
        expect(current).toMatchObject({ counts: counts(c.current_counts) })
        for (const floor of [1e-4, 1e-2]) {
          const name = floor === 1e-4 ? 'floor 0.0001' : 'floor 0.01'
          expect(psi.compare(reference, current, { ...defaults, smoothing: 'floor', floor }).value).toBeCloseTo(c.expected[name].psi, 10)
        }
        expect(psi.compare(reference, current, defaults).value).toBeCloseTo(c.expected.half.psi, 10)
      })
    }

    if (c.column !== undefined) {
      it(`finds the deciles of ${c.name} and scores each month`, () => {
        const reference = californiaColumn('reference', c.column!)
        const analysis = californiaColumn('analysis', c.column!)
        const { edges } = numericLayoutOf(Float64Array.from(reference.values), { atomShareMin: 1 })
        expect(Array.from(edges)).toEqual(c.edges.map((edge) => expect.closeTo(edge, 10)))
        for (const [month, expected] of Object.entries(c.per_month)) {
          const [p, q] = pair(reference.values, ofMonth(analysis, month), c.edges)
          expect(q).toMatchObject({ n: expected.n, counts: counts(expected.current_counts) })
          if (p.kind !== 'numeric' || q.kind !== 'numeric') throw new Error('a column of numbers')
          expect(psiFromCounts(p.counts, q.counts), month).toBeCloseTo(expected.psi_half, 10)
          expect(psiFromCounts(p.counts, q.counts, { kind: 'floor', floor: 1e-4 }), month).toBeCloseTo(expected['psi_floor_1e-4'], 10)
        }
      })
    }
  }

  it('gives what Evidently gives on its categorical case', () => {
    const c = golden<{ cases: EvidentlyCase[] }>('evidently_stattests').cases[0]
    expect(c.name).toBe('column_drift psi')
    const countOf = (list: number[]) => counts([1, 2, 3].map((value) => list.filter((x) => x === value).length))
    const value = psiFromCounts(countOf(c.reference), countOf(c.current), { kind: 'floor', floor: 1e-4 })
    expect(Math.abs(value - c.expected.score)).toBeLessThan(c.expected.tolerance)
  })

  it('scores an emptied tenth 0.218 to 70.6, depending on nothing but the floor', () => {
    const [p, q] = [counts(Array(10).fill(100)), counts([...Array(9).fill(100), 0])]
    const at = (floor: number) => psiFromCounts(p, q, { kind: 'floor', floor })
    for (const [floor, expected] of [[1e-2, 0.218], [1e-4, 0.701], [1e-6, 1.16], [2.2e-308, 70.6]]) expect(Math.abs(at(floor) / expected - 1)).toBeLessThan(0.01)
  })
})

describe('PSI under no drift', () => {
  const draw = (random: ReturnType<typeof seeded>, n: number, bins: number) => {
    const drawn = new Float64Array(bins)
    for (let i = 0; i < n; i++) drawn[Math.floor(uniform(random) * bins)] += 1
    return drawn
  }

  for (const c of golden<{ cases: NullCase[] }>('psi_null_law').cases.filter((each) => each.reference_n + each.current_n <= 2_000)) {
    it(`has the recorded mean and tails with ${c.bins} bins, ${c.reference_n} against ${c.current_n}`, () => {
      const random = seeded(c.bins * 1_000 + c.reference_n)
      const draws = 3_000
      const scores = Float64Array.from({ length: draws }, () =>
        psiFromCounts(draw(random, c.reference_n, c.bins), draw(random, c.current_n, c.bins), { kind: 'floor', floor: 1e-4 })).sort()
      expect(Math.abs(scores.reduce((a, b) => a + b) / draws / c.mean - 1)).toBeLessThan(0.04)
      expect(Math.abs(scores[Math.floor(0.95 * draws)] / c.p95 - 1)).toBeLessThan(0.06)
      expect(Math.abs(scores[Math.floor(0.99 * draws)] / c.p99 - 1)).toBeLessThan(0.12)
    })
  }

  it('exceeds its own floor as often as the level says, and 0.1 most of the time at a hundred against a hundred', () => {
    const random = seeded(12)
    const draws = 4_000
    let [beyondFloor, beyondTenth] = [0, 0]
    for (let i = 0; i < draws; i++) {
      beyondFloor += Number(psiFromCounts(draw(random, 1_000, 10), draw(random, 300, 10)) > (1 / 1_000 + 1 / 300) * chiSquareQuantile(0.95, 9))
      beyondTenth += Number(psiFromCounts(draw(random, 100, 10), draw(random, 100, 10)) > 0.1)
    }
    expect(beyondFloor / draws).toBeGreaterThan(0.035)
    expect(beyondFloor / draws).toBeLessThan(0.06)
    expect(beyondTenth / draws).toBeGreaterThan(0.75)
  })

  it('keeps its false warnings rare on categories of very unequal weight', () => {
    const random = seeded(13)
    const names = Array.from({ length: 30 }, (_, i) => `c${i}`)
    const sample = (n: number) => Array.from({ length: n }, () => names[Math.min(29, Math.floor(-6 * Math.log(1 - uniform(random))))])
    let beyond = 0
    for (let i = 0; i < 400; i++) {
      const reading = psi.compare(...pair(sample(2_000), sample(500)), { ...defaults, floorLevel: 0.99 })
      expect(reading.verdict).not.toBe('insufficient')
      beyond += Number(reading.verdict !== 'ok')
    }
    expect(beyond / 400).toBeLessThan(0.03)
  })
})

describe('psi', () => {
  it('is not blinded by one outlier', () => {
    const current = normals(2_000, 2, 0.5)
    const clean = psi.compare(...pair(normals(2_000, 1), current), defaults)
    const spoilt = psi.compare(...pair(normals(2_000, 1), [...current.slice(1), 1e4]), defaults)
    expect(Math.abs(spoilt.value! - clean.value!)).toBeLessThan(0.01)
    expect(spoilt.verdict).toBe('alarm')
  })

  it('sees California AveOccup move, which equal-width bins over a few outliers read as .0000127', () => {
    const [reference, analysis] = (['reference', 'analysis'] as const).map((part) => californiaColumn(part, 'AveOccup').values)
    const reading = psi.compare(...pair(reference, analysis), defaults)
    expect(reading.value).toBeCloseTo(0.056, 3)
    expect(reading.verdict).toBe('warning')
    expect(ksPValue(ksStatistic(Float64Array.from(reference), Float64Array.from(analysis)), reference.length, analysis.length) / 3e-21).toBeCloseTo(1, 0)
  })

  it('scores half a sigma .238, which .25 would miss for ever and .2 does not', () => {
    const reading = psi.compare(...pair(normals(100_000, 3), normals(100_000, 4, 0.5)), defaults)
    expect(Math.abs(reading.value! - 0.238)).toBeLessThan(0.01)
    expect(reading.verdict).toBe('alarm')
    expect(psi.compare(...pair(normals(100_000, 3), normals(100_000, 4, 0.5)), { ...defaults, alarm: 0.25 }).verdict).toBe('warning')
  })

  it('stays silent beyond the threshold while the noise reaches further', () => {
    const [reference, current] = pair(normals(110, 31), normals(110, 32))
    const reading = psi.compare(reference, current, { ...defaults, alarm: 0.001 })
    expect(reading.value).toBeGreaterThan(0.001)
    expect(reading.verdict).toBe('ok')
  })

  it('gives no verdict below ten expected in a bin, but says what it saw', () => {
    const reading = psi.compare(...pair(normals(400, 5), normals(60, 6, 3)), defaults)
    expect(reading).toMatchObject({ verdict: 'insufficient', n: 60, nReference: 400, value: expect.any(Number) })
    expect(psi.compare(...pair(normals(400, 5), []), defaults)).toEqual({ value: null, n: 0, nReference: 400, verdict: 'insufficient' })
  })

  it('leaves missing and unseen values to their own measures', () => {
    const reference = Array.from({ length: 400 }, (_, i) => 'ab'[i % 2])
    const plain = psi.compare(...pair(reference, reference), defaults)
    const disturbed = psi.compare(...pair(reference, [...reference, ...Array<null>(300).fill(null), ...Array<string>(300).fill('new')]), defaults)
    expect([disturbed.value, disturbed.n]).toEqual([plain.value, 400])
  })

  it('publishes its smoothing with the score', () => {
    const [reference, current] = pair(normals(400, 7), normals(400, 8))
    expect(psi.compare(reference, current, defaults).detail).toMatchObject({ smoothing: 'add-half', floor: null, bins: 10 })
    expect(psi.compare(reference, current, { ...defaults, smoothing: 'floor' }).detail).toMatchObject({ smoothing: 'floor', floor: 0.0001 })
  })

  it('does not call a constant feature drifted, nor miss that it moved', () => {
    const constant = Array<number>(300).fill(7)
    expect(psi.compare(...pair(constant, constant), defaults)).toMatchObject({ value: 0, verdict: 'ok' })
    expect(psi.compare(...pair(constant, Array<number>(300).fill(8)), defaults).verdict).toBe('alarm')
  })

  it('refuses summaries of different layouts', () => {
    expect(() => psi.compare(sampleSummary([1, 2, 3]), sampleSummary([4, 5, 6, 7]), defaults)).toThrow(InvariantError)
    expect(() => psi.compare(sampleSummary([1, 2]), sampleSummary(['a']), defaults)).toThrow(InvariantError)
  })
})
