import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnitError } from '../../../src/core/unit.ts'
import { binOf, histogram } from '../../../src/core/sketches/histogram.ts'

describe('binOf', () => {
  it('is the number of edges up to and including x, with few edges and with many', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { maxLength: 60 }), fc.integer({ min: -60, max: 60 }), (edges, x) => {
      const sorted = Float64Array.from(edges).sort()
      expect(binOf(sorted, x)).toBe(edges.filter((edge) => edge <= x).length)
    }), { seed: 1, numRuns: 300 })
  })
})

describe('histogram', () => {
  it('counts finite values in bins and the others beside them', () => {
    const state = histogram.init({ edges: [0, 1] })
    for (const x of [-1, 0, 0.5, 1, 9, Number.NaN, Number.POSITIVE_INFINITY]) histogram.update(state, x, { edges: null })
    expect(histogram.read(state, { edges: null })).toEqual({ edges: [0, 1], counts: [1, 2, 2], n: 7, missing: 1, nonFinite: 1 })
  })

  it('tells the user that edges must ascend', () => {
    expect(() => histogram.init({ edges: [1, 1] })).toThrow(UnitError)
  })
})
