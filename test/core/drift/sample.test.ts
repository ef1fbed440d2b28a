import { describe, expect, it } from 'vitest'
import { layoutOfSample, sampleSummary } from '../../../src/core/drift/sample.ts'
import { digestQuantile } from '../../../src/core/sketches/digest.ts'
import { UnitError } from '../../../src/core/unit.ts'

describe('a sample', () => {
  it('is numeric when all that is present is numbers, else categorical', () => {
    expect(sampleSummary([1, null, 2])).toMatchObject({ kind: 'numeric', n: 3, missing: 1 })
    expect(sampleSummary(['a', null, 2])).toMatchObject({ kind: 'categorical', categories: ['2', 'a'], n: 3, missing: 1 })
    expect(sampleSummary([null, null])).toMatchObject({ kind: 'categorical', n: 2, missing: 2 })
  })

  it('takes edges as they are, and refuses those that do not ascend or meet names', () => {
    expect(sampleSummary([0, 0, 0, 5], layoutOfSample([0, 0, 0, 5], [1]))).toMatchObject({ counts: Float64Array.of(3, 1), atoms: Float64Array.of() })
    expect(() => layoutOfSample([1], [2, 1])).toThrow(UnitError)
    expect(() => layoutOfSample(['a'], [1])).toThrow(/leave edges out/)
  })

  it('keeps every value, whatever its size', () => {
    const values = Array.from({ length: 12_345 }, (_, i) => (i * 7_919) % 12_345)
    const summary = sampleSummary(values)
    if (summary.kind !== 'numeric') throw new Error('numbers')
    expect(summary.digest.used).toBe(0)
    expect(digestQuantile(summary.digest, 0.5)).toBe(6_172)
  })

  it('counts a name among numbers as non-finite and a number among names by its text', () => {
    expect(sampleSummary(['x', 1], layoutOfSample([1, 2, 3]))).toMatchObject({ n: 2, nonFinite: 1 })
    expect(sampleSummary([7, 'a'], layoutOfSample(['7', 'a']))).toMatchObject({ unseen: 0, n: 2 })
  })
})
