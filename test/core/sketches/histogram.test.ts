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

  it('is that of every length up to 300, at each edge, beside it and beyond all', () => {
    for (let length = 0; length <= 300; length++) {
      const edges = Float64Array.from({ length }, (_, i) => i / 7)
      edges.forEach((edge, i) => expect([binOf(edges, edge), binOf(edges, edge - 1e-9), binOf(edges, edge + 1e-9)]).toEqual([i + 1, i, i + 1]))
      expect([binOf(edges, -1), binOf(edges, 1e300), binOf(edges, -Number.MAX_VALUE), binOf(edges, Number.MAX_VALUE)]).toEqual([0, length, 0, length])
    }
  })

  it('is what counting the edges gives, whatever the numbers: tiny, huge, next to one another', () => {
    const numbers = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(fc.property(fc.uniqueArray(numbers, { minLength: 17, maxLength: 250, comparator: (a, b) => a === b, size: 'max' }), fc.array(numbers), (edges, others) => {
      const sorted = Float64Array.from(edges).sort()
      for (const x of [...edges, ...others]) expect(binOf(sorted, x)).toBe(edges.filter((edge) => edge <= x).length)
    }), { seed: 2, numRuns: 100 })
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
