import { describe, expect, it } from 'vitest'
import { firstTrees, forestValue, growForest, type CodedRows } from '../../../src/core/estimation/boosted-trees.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import { throughBytes } from '../plain-data.ts'

const all = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i)

function coded(codes: readonly (readonly number[])[]): CodedRows {
  return { codes: Uint8Array.from(codes.flat()), width: codes[0].length }
}

describe('boosted trees', () => {
  it('learn a step at once when a tree counts in full', () => {
    const rows = coded([[1], [1], [2], [2]])
    const forest = growForest(rows, Float64Array.of(0, 0, 6, 6), all(4), { trees: 1, learningRate: 1, leafRows: 2 })
    expect([forestValue(forest, rows.codes, 0), forestValue(forest, rows.codes, 2)]).toEqual([0, 6])
    expect([forest.features[0], forest.cuts[0]]).toEqual([0, 1])
  })

  it('split nothing that would leave a side too small, nor what is all the same', () => {
    const rows = coded([[1], [2], [2], [2]])
    const values = (targets: number[]) => {
      const forest = growForest(rows, Float64Array.from(targets), all(4), { trees: 3, learningRate: 1, leafRows: 2 })
      return [0, 1].map((row) => forestValue(forest, rows.codes, row))
    }
    expect(values([9, 1, 1, 1])).toEqual([3, 3])
    expect(values([1, 1, 1, 1])).toEqual([1, 1])
  })

  it('find what two features make together, which neither makes alone', () => {
    const random = seeded(1)
    const codes = Array.from({ length: 2_000 }, () => [Math.floor(uniform(random) * 4), Math.floor(uniform(random) * 4), Math.floor(uniform(random) * 4)])
    const truth = codes.map(([a, b]) => (a >= 2 && b >= 2 ? 4 : 1))
    const rows = coded(codes)
    const forest = growForest(rows, Float64Array.from(truth, (value) => value + normal(random)), all(2_000), { trees: 50, learningRate: 0.1, leafRows: 20 })
    const worst = Math.max(...truth.map((value, row) => Math.abs(forestValue(forest, rows.codes, row * 3) - value)))
    expect(worst).toBeLessThan(0.5)
  })

  it('are the same for the same rows, plain data, and each other\'s beginnings', () => {
    const random = seeded(2)
    const rows = coded(Array.from({ length: 300 }, () => [Math.floor(uniform(random) * 9), Math.floor(uniform(random) * 9)]))
    const targets = Float64Array.from({ length: 300 }, () => normal(random))
    const grow = (trees: number) => growForest(rows, targets, all(300), { trees, learningRate: 0.1, leafRows: 10 })
    expect(grow(8)).toStrictEqual(grow(8))
    expect(throughBytes(grow(8))).toStrictEqual(grow(8))
    expect(firstTrees(grow(8), 3)).toStrictEqual(grow(3))
  })

  it('learn from the rows they are given only, and give 0 without any', () => {
    const rows = coded([[1], [1], [2], [2]])
    const targets = Float64Array.of(0, 100, 6, 100)
    const settings = { trees: 4, learningRate: 1, leafRows: 1 }
    const forest = growForest(rows, targets, Int32Array.of(0, 2), settings)
    expect([0, 1, 2, 3].map((row) => forestValue(forest, rows.codes, row))).toEqual([0, 0, 6, 6])
    expect(forestValue(growForest(rows, targets, new Int32Array(0), settings), rows.codes, 0)).toBe(0)
  })
})
