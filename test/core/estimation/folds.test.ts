import { describe, expect, it } from 'vitest'
import { drawFolds } from '../../../src/core/estimation/folds.ts'
import { seeded, uniform } from '../../../src/core/random.ts'

describe('folds', () => {
  it('are about as large as each other, the same from the same seed, others from another', () => {
    const folds = drawFolds(5_000, 5, 1)
    for (let fold = 0; fold < 5; fold++) expect(Math.abs(folds.filter((at) => at === fold).length - 1_000)).toBeLessThan(120)
    expect(drawFolds(5_000, 5, 1)).toEqual(folds)
    expect(drawFolds(5_000, 5, 2)).not.toEqual(folds)
    expect(drawFolds(0, 5, 1)).toHaveLength(0)
  })

  it('do not know rows that were drawn from their own seed', () => {
    const random = seeded(1)
    const rows = Float64Array.from({ length: 5_000 }, () => uniform(random))
    const folds = drawFolds(5_000, 5, 1)
    for (let fold = 0; fold < 5; fold++) {
      const held = rows.filter((_, row) => folds[row] === fold)
      expect(Math.abs(held.reduce((sum, x) => sum + x, 0) / held.length - 0.5)).toBeLessThan(0.04)
    }
  })
})
