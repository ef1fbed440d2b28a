import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvariantError } from '../../../src/core/assert.ts'
import {
  addCategory, addNumeric, compactFeature, createCategorical, createNumeric, mergeFeature, presentCount,
} from '../../../src/core/sketches/feature.ts'
import type { CategoricalSummary, NumericSummary } from '../../../src/core/sketches/feature.ts'
import { digestCentroids } from '../../../src/core/sketches/digest.ts'
import { faultsOf, throughBytes } from '../plain-data.ts'

const layout = { kind: 'numeric' as const, edges: Float64Array.of(1, 2, 5), atoms: Float64Array.of(0) }
const numericOver = (values: number[]): NumericSummary => {
  const s = createNumeric(layout)
  for (const x of values) addNumeric(s, x)
  return s
}
const names = { kind: 'categorical' as const, categories: ['a', 'b'], others: ['rare'] }
const categoricalOver = (values: (string | null)[]): CategoricalSummary => {
  const s = createCategorical(names)
  for (const value of values) addCategory(s, value)
  return s
}
const anyNumber = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1, 2, 5, Number.NaN, Number.POSITIVE_INFINITY))
const anyName = fc.oneof(fc.constantFrom('a', 'b', 'rare', null, '__proto__', 'constructor'), fc.string())

describe('a numeric summary', () => {
  it('puts every record in exactly one place', () => {
    fc.assert(fc.property(fc.array(anyNumber, { maxLength: 200 }), (values) => {
      const s = numericOver(values)
      const binned = s.counts.reduce((a, b) => a + b, 0)
      expect(s.n).toBe(values.length)
      expect(s.missing + s.nonFinite + binned + s.atomCounts[0]).toBe(s.n)
      expect(s.digest.n).toBe(binned)
      expect(presentCount(s)).toBe(values.filter(Number.isFinite).length)
      expect(faultsOf(s)).toEqual([])
    }), { seed: 1 })
  })

  it('counts NaN as missing and infinities as non-finite, and keeps both out of the digest', () => {
    const s = numericOver([Number.NaN, 1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0])
    expect([s.n, s.missing, s.nonFinite, s.atomCounts[0], s.digest.n]).toEqual([6, 2, 2, 1, 1])
  })

  it('counts an atom beside the bins and the digest', () => {
    const s = numericOver([0, 0, -0, 0.5, 7])
    expect(Array.from(s.atomCounts)).toEqual([3])
    expect(Array.from(s.counts)).toEqual([1, 0, 0, 1])
    expect(digestCentroids(s.digest).map((c) => c.mean)).toEqual([0.5, 7])
  })

  it('merges counts exactly and in any grouping, leaving the source alone', () => {
    fc.assert(fc.property(fc.array(anyNumber), fc.array(anyNumber), fc.array(anyNumber), (a, b, c) => {
      const left = numericOver(a)
      const source = numericOver(b)
      const before = throughBytes(source)
      mergeFeature(left, source)
      mergeFeature(left, numericOver(c))
      expect(source).toEqual(before)
      const tail = numericOver(b)
      mergeFeature(tail, numericOver(c))
      const right = numericOver(a)
      mergeFeature(right, tail)
      const whole = numericOver([...a, ...b, ...c])
      for (const s of [left, right]) expect({ ...s, digest: null }).toEqual({ ...whole, digest: null })
      expect(digestCentroids(left.digest)).toEqual(digestCentroids(whole.digest))
    }), { seed: 2 })
  })

  it('refuses to merge with another layout, which would mix bins', () => {
    expect(() => mergeFeature(numericOver([1]), createNumeric({ ...layout, edges: Float64Array.of(1, 2) }))).toThrow(InvariantError)
    expect(() => mergeFeature(numericOver([1]), createNumeric({ ...layout, atoms: Float64Array.of(3) }))).toThrow(InvariantError)
    expect(() => mergeFeature(numericOver([1]), categoricalOver(['a']))).toThrow(InvariantError)
    expect(() => createNumeric({ ...layout, edges: Float64Array.of(2, 1) })).toThrow(InvariantError)
  })

  it.each([40, 500, 501, 1_700])('reads from a compact copy of %i values that went through bytes exactly as from the original, which is left alone', (n) => {
    const original = numericOver(Array.from({ length: n }, (_, i) => (i * 7919) % 1_000 / 100))
    const before = throughBytes(original)
    const compact = throughBytes(compactFeature(original))
    expect({ ...compact, digest: null }).toEqual({ ...original, digest: null })
    expect(digestCentroids(compact.digest)).toEqual(digestCentroids(original.digest))
    expect(original).toEqual(before)
    if (compact.digest.used > 0) expect(compact.digest.buffer).toHaveLength(0)
  })
})

describe('a categorical summary', () => {
  it('puts every record in exactly one place', () => {
    fc.assert(fc.property(fc.array(anyName, { maxLength: 200 }), (values) => {
      const s = categoricalOver(values)
      expect(s.missing + s.other + s.unseen + s.counts[0] + s.counts[1]).toBe(s.n)
      expect(s.n).toBe(values.length)
      expect(s.unseenNames.length).toBeLessThanOrEqual(20)
    }), { seed: 3 })
  })

  it('counts a known but rare name as OTHER, and only a new one as unseen', () => {
    const s = categoricalOver(['a', 'rare', 'new', 'a', null])
    expect({ counts: Array.from(s.counts), other: s.other, unseen: s.unseen, names: s.unseenNames, missing: s.missing }).toEqual({
      counts: [2, 0], other: 1, unseen: 1, names: ['new'], missing: 1,
    })
  })

  it('finds its names again after a round trip through bytes', () => {
    const restored = throughBytes(compactFeature(categoricalOver(['a', 'b'])))
    addCategory(restored, 'b')
    expect(Array.from(restored.counts)).toEqual([1, 2])
  })

  it('keeps a bounded sample of unseen names, in order of arrival through merges', () => {
    const [first, second] = [categoricalOver(['x1', 'x2']), categoricalOver(Array.from({ length: 50 }, (_, i) => `x${i + 2}`))]
    mergeFeature(first, second)
    expect(first.unseen).toBe(52)
    expect(first.unseenNames).toEqual(Array.from({ length: 20 }, (_, i) => `x${i + 1}`))
    expect(categoricalOver(['y'.repeat(1_000)]).unseenNames[0]).toHaveLength(64)
  })
})
