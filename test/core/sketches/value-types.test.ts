import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../src/codec/state.ts'
import { countType, createTypeCounts } from '../../../src/core/drift/type-counts.ts'
import { compactFeature, createCategorical, createNumeric, mergeFeature, type FeatureSummary } from '../../../src/core/sketches/feature.ts'
import { countName, countNumber, createValueTypes, mergeValueTypes, typedCount } from '../../../src/core/sketches/value-types.ts'

describe('types of values', () => {
  it('are counted as raw values are, once a missing one has become NaN or null and a sent NaN infinite', () => {
    const [types, raw] = [createValueTypes(), createTypeCounts()]
    for (const x of [1, -0, 2.5, 1e300, Infinity, -1e-9, NaN]) {
      countNumber(types, x)
      countType(raw, x)
    }
    for (const text of ['', ' ', '12', '1e3', 'x']) {
      countName(types, text, 'text', true)
      countType(raw, text)
    }
    countName(types, 'true', 'boolean', true)
    countType(raw, true)
    expect({ ...types, n: typedCount(types) + 1, missing: 1 }).toEqual(raw)
  })

  it('of names that were sent as numbers are those of numbers, and no text is read as a number where names are expected', () => {
    const types = createValueTypes()
    for (const code of ['10115', '2.5']) countName(types, code, 'number', false)
    countName(types, '12', 'text', false)
    expect(types).toEqual({ boolean: 0, whole: 1, fraction: 1, text: 1, numerals: 0 })
  })

  it('add up', () => {
    const [a, b] = [{ boolean: 1, whole: 2, fraction: 3, text: 4, numerals: 5 }, { boolean: 10, whole: 20, fraction: 30, text: 40, numerals: 50 }]
    mergeValueTypes(a, b)
    expect([a, b.whole]).toEqual([{ boolean: 11, whole: 22, fraction: 33, text: 44, numerals: 55 }, 20])
  })

  it.each([
    ['numeric', () => createNumeric({ kind: 'numeric', edges: Float64Array.of(1), atoms: new Float64Array(0) })],
    ['categorical', () => createCategorical({ kind: 'categorical', categories: ['a'] })],
  ] as const)('travel with a %s summary: merged, compacted, as bytes, and from one that never counted them', (_, make: () => FeatureSummary) => {
    const typed = (whole: number): FeatureSummary => ({ ...make(), types: { ...createValueTypes(), whole } })
    const into = typed(2)
    mergeFeature(into, typed(3))
    mergeFeature(into, make())
    expect(into.types?.whole).toBe(5)
    const compact = compactFeature(into)
    into.types!.whole = 9
    expect(compact.types?.whole).toBe(5)
    expect(stateCodec.decode(stateCodec.encode(compact))).toEqual(compact)
    const old = make()
    const from = typed(4)
    mergeFeature(old, from)
    from.types!.whole = 0
    expect(old.types?.whole).toBe(4)
    expect(compactFeature(make())).not.toHaveProperty('types')
  })
})
