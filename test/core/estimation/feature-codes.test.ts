import { describe, expect, it } from 'vitest'
import { codeRows, isOutside, layCodes, writeCodes, type FeatureRow } from '../../../src/core/estimation/feature-codes.ts'

const reference: FeatureRow[] = [1, 2, 3, 4].map((a) => ({ x: { a, b: a > 2, ...(a === 1 ? { c: null } : { c: 7 }) }, prediction: a * 10 }))
const coding = layCodes(reference, 4)
const codesOf = (row: FeatureRow): number[] => {
  const codes = new Uint8Array(coding.names.length)
  writeCodes(coding, row, codes, 0)
  return Array.from(codes)
}

describe('feature codes', () => {
  it('count up from 1 in the order of values, the prediction first and features by name', () => {
    expect(coding.names).toEqual(['', 'a', 'b', 'c'])
    expect(reference.map(codesOf)).toEqual([[1, 1, 1, 0], [2, 2, 1, 1], [3, 3, 2, 1], [4, 4, 2, 1]])
    expect(codeRows(coding, reference)).toEqual({ codes: Uint8Array.from(reference.flatMap(codesOf)), width: 4 })
  })

  it('are 0 for what is missing or no number, and do not heed features that the reference lacks', () => {
    expect(codesOf({ x: { a: NaN, b: null, z: 5 }, prediction: 25 })).toEqual([2, 0, 0, 0])
    expect(codesOf({ x: {}, prediction: -Infinity })).toEqual([0, 0, 0, 0])
  })

  it('stay within the range of a byte, whatever the bins asked for', () => {
    const rows = Array.from({ length: 1_000 }, (_, i): FeatureRow => ({ x: {}, prediction: i }))
    const { codes } = codeRows(layCodes(rows, 10_000), rows)
    expect(codes.reduce((most, code) => Math.max(most, code), 0)).toBe(255)
    expect(Array.from(codes)).toEqual(Array.from(codes).sort((a, b) => a - b))
  })

  it('know a row that lies outside of the reference', () => {
    const row: FeatureRow = { x: { a: 2, b: true, c: 7 }, prediction: 15 }
    const outside = (change: Record<string, number | boolean | null>, prediction = 15) => isOutside(coding, { x: { ...row.x, ...change }, prediction })
    expect([outside({}), outside({ c: null }), outside({ z: 9 })]).toEqual([false, false, false])
    expect([outside({ a: 4.1 }), outside({ a: 0.9 }), outside({ a: null }), outside({ c: 8 }), outside({}, 41)]).toEqual([true, true, true, true, true])
  })
})
