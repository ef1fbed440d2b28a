import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RawValue } from '../../../src/core/drift/sample-measure.ts'
import { compareTypes, typeChange } from '../../../src/core/drift/type-change.ts'
import { countType, createTypeCounts, mergeTypeCounts, typeCountsOf } from '../../../src/core/drift/type-counts.ts'
import { seeded, uniform } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'

const defaults = resolveParams(typeChange)
const many = (n: number, ...pattern: RawValue[]): RawValue[] => Array.from({ length: n }, (_, i) => pattern[i % pattern.length])
const read = (reference: readonly RawValue[], current: readonly RawValue[]) => typeChange.compare(reference, current, defaults)

describe('type-change', () => {
  it.each([
    ['numbers that come as text', many(400, 1.5, 2), many(400, '1.5', '2'), { value: 1, verdict: 'alarm', detail: { from: 'number', to: 'text', numerals: 1 } }],
    ['names where numbers were, in one of four', many(400, 1, 2), many(400, 1, 2, 3, 'three'), { value: 0.25, verdict: 'alarm', detail: { from: 'number', to: 'text', numerals: 0 } }],
    ['0 and 1 where true and false were', many(400, true, false), many(400, 1, 0), { value: 1, verdict: 'alarm', detail: { from: 'boolean', to: 'number' } }],
    ['numbers where names were', many(400, 'a', 'b'), many(400, 1, 2), { value: 1, verdict: 'alarm', detail: { from: 'text', to: 'number' } }],
    ['an integer feature read as a float with the same values', many(400, 1, 2, 3), many(400, Number('1.0'), Number('2e0'), 3), { value: 0, verdict: 'ok', detail: { from: null, to: null } }],
    ['fractions in a feature of whole numbers', many(400, 1, 2, 3), many(400, 1, 2, 3, 2.5), { value: 0.25, verdict: 'alarm', detail: { from: 'whole number', to: 'fraction' } }],
    ['fractions cut off a feature that had them', many(400, 1.5, 2.25, 3, 4.75), many(400, 1, 2, 3, 4), { value: 0.75, verdict: 'alarm', detail: { from: 'fraction', to: 'whole number' } }],
    ['more whole numbers among fractions', many(400, 1.5, 2, 3.5, 4.5), many(400, 1, 2, 3, 4.5), { value: 0, verdict: 'ok' }],
    ['the same mixture of types', many(400, 1, 'a', true), many(300, 'b', false, 2), { value: expect.closeTo(0, 2) as unknown, verdict: 'ok' }],
    ['a mixture that leans the other way', many(400, 1, 'a'), many(400, 1, 'a', 'b', 'c'), { value: 0.25, verdict: 'alarm', detail: { from: 'number', to: 'text' } }],
  ] as const)('reads %s', (_, reference, current, reading) => expect(read(reference, current)).toMatchObject(reading))

  it('leaves missing values aside, NaN among them', () => {
    expect(read(many(100, 1, null), many(100, 2, null, NaN, 3))).toMatchObject({ value: 0, n: 50, nReference: 50, verdict: 'ok' })
  })

  it('warns of few that are sure, and is silent about one of few', () => {
    const odd = (n: number, count: number) => [...many(n - count, 1, 2), ...many(count, 'x')]
    expect(read(many(100_000, 1, 2), odd(20_000, 60)).verdict).toBe('warning')
    expect(read(many(100, 1, 2), odd(100, 1)).verdict).toBe('ok')
  })

  it('says nothing of too few or of none', () => {
    expect(read(many(400, 1), many(10, 'a')).verdict).toBe('insufficient')
    expect(read(many(400, 1), many(40, null))).toEqual({ value: null, n: 0, nReference: 400, verdict: 'insufficient' })
    expect(read([], [1])).toEqual({ value: null, n: 1, nReference: 0, verdict: 'insufficient' })
  })

  it('passes its floor at most as often as the level says where three types are mixed', () => {
    const random = seeded(1)
    const draw = (n: number): RawValue[] => Array.from({ length: n }, () => [1, 'a', true][Math.floor(3 * uniform(random))])
    const params = resolveParams(typeChange, { floorLevel: 0.9 })
    let beyond = 0
    for (let run = 0; run < 1_000; run++) {
      const { value, noiseFloor } = typeChange.compare(draw(300), draw(150), params)
      beyond += Number(value! > noiseFloor!)
    }
    expect(beyond).toBeGreaterThan(5)
    expect(beyond).toBeLessThan(100)
  })

  it('reads finite numbers of any values, and no change of a sample from itself', () => {
    const samples = fc.array(fc.oneof(fc.double(), fc.boolean(), fc.string(), fc.constant(null), fc.integer()), { maxLength: 100 })
    fc.assert(fc.property(samples, samples, (reference, current) => {
      const { value, noiseFloor = 0, verdict } = read(reference, current)
      expect(Number.isFinite(value ?? 0) && Number.isFinite(noiseFloor)).toBe(true)
      if (value === null) expect(verdict).toBe('insufficient')
      expect(read(reference, reference).value ?? 0).toBe(0)
    }), { seed: 3 })
  })
})

describe('type counts', () => {
  it('put every value in one place', () => {
    expect(typeCountsOf([1, -0, 2.5, 1e300, Infinity, NaN, null, true, '', ' ', '12', '1e3', 'x'])).toEqual(
      { n: 13, missing: 2, boolean: 1, whole: 4, fraction: 1, text: 5, numerals: 2 },
    )
  })

  it('merge into what the whole would have been, and are enough to compare by', () => {
    const values = many(90, 1, 2.5, 'a', null, true, '7')
    const into = typeCountsOf(values.slice(0, 40))
    const from = typeCountsOf(values.slice(40))
    mergeTypeCounts(into, from)
    expect(into).toEqual(typeCountsOf(values))
    expect(from).toEqual(typeCountsOf(values.slice(40)))
    const other = many(50, 1)
    expect(compareTypes(into, typeCountsOf(other), defaults)).toEqual(read(values, other))
  })

  it('start from nothing', () => {
    const counts = createTypeCounts()
    countType(counts, 3)
    expect([counts.n, counts.whole]).toEqual([1, 1])
  })
})
