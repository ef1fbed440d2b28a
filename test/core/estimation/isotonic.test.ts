import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvariantError } from '../../../src/core/assert.ts'
import { poolAdjacentViolators, type Blocks } from '../../../src/core/estimation/isotonic.ts'

const valuesOf = ({ starts, sums, weights }: Blocks, bins: number): number[] => {
  const values: number[] = []
  for (let block = 0; block < starts.length; block++) {
    const end = block + 1 < starts.length ? starts[block + 1] : bins
    for (let bin = starts[block]; bin < end; bin++) values.push(sums[block] / weights[block])
  }
  return values
}

describe('pool adjacent violators', () => {
  it('pools neighbours that fall, by their weights, and leaves those that rise', () => {
    const blocks = poolAdjacentViolators([1, 3, 2, 8], [10, 10, 20, 10])
    expect(Array.from(blocks.starts)).toEqual([0, 1, 3])
    expect(valuesOf(blocks, 4)).toEqual([0.1, 5 / 30, 5 / 30, 0.8])
  })

  it('pools back as far as it must', () => {
    expect(valuesOf(poolAdjacentViolators([1, 2, 3, 0], [1, 1, 1, 1]), 4)).toEqual([1, 5 / 3, 5 / 3, 5 / 3])
    expect(valuesOf(poolAdjacentViolators([3, 2, 1], [1, 1, 1]), 3)).toEqual([2, 2, 2])
  })

  it('makes one block of equal neighbours, and gives empty bins to the block below', () => {
    expect(Array.from(poolAdjacentViolators([1, 1, 2], [2, 2, 2]).starts)).toEqual([0, 2])
    expect(Array.from(poolAdjacentViolators([0, 1, 0, 2, 0], [0, 4, 0, 4, 0]).starts)).toEqual([0, 3])
    expect(poolAdjacentViolators([0, 0], [0, 0])).toEqual({ starts: Uint32Array.of(0), sums: Float64Array.of(0), weights: Float64Array.of(0) })
  })

  it('gives the max-min of interval means, whatever the bins', () => {
    const bins = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 20 })), { minLength: 1, maxLength: 12 })
    fc.assert(fc.property(bins, (list) => {
      const [sums, weights] = [list.map(([sum]) => sum), list.map(([, weight]) => weight)]
      const mean = (a: number, b: number) => sums.slice(a, b + 1).reduce((x, y) => x + y, 0) / weights.slice(a, b + 1).reduce((x, y) => x + y, 0)
      const all = list.map((_, i) => i)
      const expected = all.map((i) => Math.max(...all.slice(0, i + 1).map((a) => Math.min(...all.slice(i).map((b) => mean(a, b))))))
      valuesOf(poolAdjacentViolators(sums, weights), list.length).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 10))
    }), { seed: 4, numRuns: 200 })
  })

  it('asserts that there are as many weights as sums', () => {
    expect(() => poolAdjacentViolators([1], [1, 2])).toThrow(InvariantError)
    expect(() => poolAdjacentViolators([], [])).toThrow(InvariantError)
  })
})
