/** Samples on which rules in common use go wrong, each with the rule written out as it is found, and what the measures here make of the same samples. */
import { describe, expect, it } from 'vitest'
import type { DriftMeasure } from '../../../src/core/drift/measure.ts'
import type { SampleValue } from '../../../src/core/drift/sample.ts'
import { driftMeasures, sampleMeasures } from '../../../src/core/drift/table.ts'
import { chiSquareTail } from '../../../src/core/math/chi-square.ts'
import { ksPValue, ksStatistic } from '../../../src/core/math/two-sample-ks.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { namesOf, normals, pairOf } from './pairs.ts'

/** Ten bins of one width over both samples (or over what is given), shares of at least 1e-4; drift beyond .2. */
function equalWidthPsi(reference: readonly number[], current: readonly number[], over = [...reference, ...current]): number {
  const [low, high] = [over.reduce((a, b) => Math.min(a, b)), over.reduce((a, b) => Math.max(a, b))]
  const place = (x: number) => Math.min(9, Math.floor((10 * (x - low)) / (high - low)))
  return psiOver(Array.from({ length: 10 }, (_, bin) => bin), place, reference, current)
}

/** Between the deciles of the reference, equal ones merged. */
function decilePsi(reference: readonly number[], current: readonly number[]): number {
  const sorted = [...reference].sort((a, b) => a - b)
  const edges = [...new Set(Array.from({ length: 9 }, (_, i) => sorted[Math.floor(((i + 1) / 10) * sorted.length)]))]
  return psiOver(Array.from({ length: edges.length + 1 }, (_, bin) => bin), (x) => edges.filter((edge) => edge <= x).length, reference, current)
}

function psiOver<T>(bins: readonly unknown[], place: (x: T) => unknown, reference: readonly T[], current: readonly T[]): number {
  const share = (sample: readonly T[], bin: unknown) => Math.max(1e-4, sample.filter((x) => place(x) === bin).length / sample.length)
  return bins.reduce<number>((sum, bin) => sum + (share(current, bin) - share(reference, bin)) * Math.log(share(current, bin) / share(reference, bin)), 0)
}

/** Steps through both sorted samples one value at a time, comparing within ties too. */
function ksWithoutTies(reference: readonly number[], current: readonly number[]): number {
  const [a, b] = [[...reference].sort((x, y) => x - y), [...current].sort((x, y) => x - y)]
  let [i, j, d] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    if (a[i] <= b[j]) i++
    else j++
    d = Math.max(d, Math.abs(i / a.length - j / b.length))
  }
  return d
}

const ksP = (reference: readonly number[], current: readonly number[]) =>
  ksPValue(ksStatistic(Float64Array.from(reference), Float64Array.from(current)), reference.length, current.length)

/** Σ (observed − expected)² / expected, what the reference lacks being expected once in a million. */
const pearson = (names: readonly string[], reference: readonly string[], current: readonly string[]) => names.reduce((sum, name) => {
  const expected = Math.max(1e-6, reference.filter((x) => x === name).length / reference.length) * current.length
  return sum + (current.filter((x) => x === name).length - expected) ** 2 / expected
}, 0)

/** What we say of the same samples, with every parameter at its default. */
const ours = (name: keyof typeof driftMeasures, reference: readonly SampleValue[], current: readonly SampleValue[]) => {
  const measure: DriftMeasure = driftMeasures[name]
  return measure.compare(...pairOf(reference, current), resolveParams(measure))
}
const constant = (value: number, n = 1_000) => Array<number>(n).fill(value)
const everyThird = (values: readonly number[], value: (x: number, i: number) => number) => values.map((x, i) => (i % 3 === 0 ? value(x, i) : x))

describe('a heavy atom', () => {
  const reference = everyThird(normals(6_000, 1), () => 0)
  const dissolved = everyThird(normals(3_000, 2), (x) => 0.02 * x)

  it('that dissolves into values beside it is one bin as before to equal widths, and nothing to deciles', () => {
    expect(equalWidthPsi(reference, dissolved)).toBeLessThan(0.02)
    expect(ours('psi', reference, dissolved).verdict).toBe('alarm')
    expect(ours('psi', reference, dissolved).value).toBeGreaterThan(1)
  })

  it('that stays is no drift', () => {
    const same = everyThird(normals(3_000, 3), () => 0)
    for (const name of ['psi', 'ks', 'wasserstein', 'energy', 'cramer-von-mises'] as const) expect(ours(name, reference, same).verdict, name).toBe('ok')
  })
})

describe('zero inflation', () => {
  const inflated = (n: number, seed: number, scale: number) => normals(n, seed).map((x, i) => (i % 100 < 92 ? 0 : scale * Math.abs(x)))
  const [reference, grown] = [inflated(20_000, 1, 1), inflated(5_000, 2, 30)]

  it('leaves deciles a single edge, so that what is not zero may grow thirtyfold unseen', () => {
    expect(decilePsi(reference, grown)).toBeLessThan(0.001)
    expect(ours('psi', reference, grown).verdict).toBe('alarm')
  })

  it('that stays is no drift', () => expect(ours('psi', reference, inflated(5_000, 3, 1)).verdict).toBe('ok'))
})

describe('one huge value', () => {
  const reference = normals(5_000, 1)
  const [shifted, same] = [[...normals(4_999, 2, 1), 1e9], [...normals(4_999, 3), 1e9]]

  it('stretches equal widths until a shift by a whole deviation is gone', () => {
    expect(equalWidthPsi(reference, shifted.slice(0, -1))).toBeGreaterThan(0.5)
    expect(equalWidthPsi(reference, shifted)).toBeLessThan(0.01)
    for (const name of ['psi', 'ks', 'wasserstein', 'energy'] as const) expect(ours(name, reference, shifted).verdict, name).toBe('alarm')
  })

  it('makes a plain mean distance that of the value alone, and ours that of the crowd', () => {
    const meanGap = Math.abs(same.reduce((a, b) => a + b) / same.length - reference.reduce((a, b) => a + b) / reference.length)
    expect(meanGap).toBeGreaterThan(100_000)
    for (const name of ['psi', 'ks', 'wasserstein', 'energy', 'out-of-range'] as const) expect(ours(name, reference, same).verdict, name).toBe('ok')
  })
})

describe('a constant feature', () => {
  it('has no width: what falls below it is in none of the bins of its range, and reads 0', () => {
    expect(equalWidthPsi(constant(5), constant(4), constant(5))).toBe(0)
    expect(ours('psi', constant(5), constant(5))).toMatchObject({ value: 0, verdict: 'ok' })
    for (const moved of [4, 6]) {
      expect(ours('psi', constant(5), constant(moved)).verdict).toBe('alarm')
      expect(ours('ks', constant(5), constant(moved))).toMatchObject({ value: 1, verdict: 'alarm' })
    }
  })

  it('is one tie: compared within it, equal samples are as far apart as can be', () => {
    expect(ksWithoutTies(constant(5), constant(5))).toBe(1)
    expect(ours('ks', constant(5), constant(5))).toMatchObject({ value: 0, verdict: 'ok' })
  })
})

describe('a pane in which everything is missing', () => {
  const reference = normals(2_000, 1)
  const missing = Array<null>(500).fill(null)

  it('is no drift to a rule that drops what is missing, and a huge one to a rule that fills in zeros', () => {
    const shifted = reference.map((x) => x + 10)
    expect(decilePsi(shifted, []) > 0.2).toBe(false)
    expect(decilePsi(shifted, constant(0, 500)) > 0.2).toBe(true)
    for (const name of ['psi', 'ks', 'wasserstein', 'energy', 'cramer-von-mises', 'out-of-range'] as const) {
      expect(ours(name, shifted, missing), name).toMatchObject({ value: null, verdict: 'insufficient' })
    }
    expect(ours('missing', shifted, missing)).toMatchObject({ value: 1, verdict: 'alarm' })
  })
})

describe('a tiny pane', () => {
  const runs = 100
  const pairs = Array.from({ length: runs }, (_, run) => [normals(100, 2 * run + 1), normals(100, 2 * run + 2)] as const)
  const share = (isDrift: (pair: readonly [number[], number[]]) => boolean) => pairs.filter(([p, q]) => isDrift([p, q])).length / runs

  it('passes .1 by its noise alone in most cases, and p < .05 once in twenty, pane after pane', () => {
    expect(share(([p, q]) => decilePsi(p, q) > 0.1)).toBeGreaterThan(0.7)
    expect(share(([p, q]) => ksP(p, q) < 0.05)).toBeGreaterThan(0.01)
    for (const name of ['psi', 'ks', 'wasserstein', 'energy', 'cramer-von-mises'] as const) {
      expect(share(([p, q]) => !['ok', 'insufficient'].includes(ours(name, p, q).verdict)), name).toBeLessThanOrEqual(0.02)
    }
  })

  it('of five values says nothing, whatever they are', () => {
    for (const name of ['psi', 'ks', 'wasserstein', 'energy', 'cramer-von-mises', 'missing'] as const) {
      expect(ours(name, normals(1_000, 1), [100, 101, 102, 103, 104]).verdict, name).toBe('insufficient')
    }
  })
})

describe('a huge pane', () => {
  it('makes a hundredth of a deviation certain to p, and no alarm to us', () => {
    const [reference, current] = [normals(400_000, 1), normals(400_000, 2, 0.015)]
    expect(ksP(reference, current)).toBeLessThan(1e-4)
    for (const name of ['psi', 'ks'] as const) expect(['ok', 'warning'], name).toContain(ours(name, reference, current).verdict)
  })
})

describe('categories that the reference does not know', () => {
  const [reference, current] = [namesOf({ a: 600, b: 400 }), namesOf({ a: 420, b: 280, c: 300 })]

  it('are nothing to a rule over the known ones, which hold their proportions', () => {
    const known = current.filter((name) => reference.includes(name))
    expect(psiOver(['a', 'b'], (name) => name, reference, known)).toBeCloseTo(0, 12)
    expect(ours('unseen', reference, current)).toMatchObject({ value: expect.closeTo(0.3, 12) as unknown, verdict: 'alarm', detail: { names: 'c' } })
    expect(ours('psi', reference, current).verdict).toBe('ok')
  })

  it('make one new name in a thousand endless where an empty bin is nearly nothing, and no drift to us', () => {
    const one = [...namesOf({ a: 600, b: 399 }), 'c']
    expect(chiSquareTail(pearson(['a', 'b', 'c'], reference, one), 2)).toBeLessThan(1e-100)
    expect(ours('unseen', reference, one).verdict).toBe('ok')
    expect(ours('chi2', reference, one).verdict).toBe('ok')
  })
})

describe('an integer read as a float', () => {
  const whole = Array.from({ length: 2_000 }, (_, i) => (i * 7) % 12)
  const asText = (values: readonly number[], digits: number) => values.map((x) => x.toFixed(digits))
  const typeChange = (reference: readonly SampleValue[], current: readonly SampleValue[]) =>
    sampleMeasures['type-change'].compare(reference, current, resolveParams(sampleMeasures['type-change']))

  it('is all new names to a rule over its text, and the same values to us', () => {
    expect(psiOver(asText([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 0), (name) => name, asText(whole, 0), asText(whole, 1))).toBeGreaterThan(5)
    const floats = asText(whole, 1).map(Number)
    for (const name of ['psi', 'ks'] as const) expect(ours(name, whole, floats), name).toMatchObject({ value: 0, verdict: 'ok' })
    expect(typeChange(whole, floats)).toMatchObject({ value: 0, verdict: 'ok' })
    // where a number meets a list of names, it is looked up by its value, not by how it was written
    expect(ours('unseen', asText(whole, 0), floats)).toMatchObject({ value: 0, verdict: 'ok' })
  })

  it('whose values change by it is named: fractions that came, or fractions that were cut off', () => {
    const fractions = whole.map((x, i) => x + (i % 2) / 4)
    expect(typeChange(whole, fractions)).toMatchObject({ value: 0.5, verdict: 'alarm', detail: { from: 'whole number', to: 'fraction' } })
    expect(typeChange(fractions, whole)).toMatchObject({ value: 0.5, verdict: 'alarm', detail: { from: 'fraction', to: 'whole number' } })
    expect(ours('ks', fractions, fractions.map(Math.trunc)).verdict).not.toBe('alarm')
  })
})
