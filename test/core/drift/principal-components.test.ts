import { describe, expect, it } from 'vitest'
import { componentsFor, symmetricEigen } from '../../../src/core/drift/principal-components.ts'
import { normal, seeded } from '../../../src/core/random.ts'

const matrix = (...rows: number[][]) => rows.map((row) => Float64Array.from(row))

describe('the eigenvectors of a symmetric matrix', () => {
  it('are those known in closed form', () => {
    const { values, vectors } = symmetricEigen(matrix([2, 1, 0], [1, 2, 0], [0, 0, 5]))
    values.forEach((value, i) => expect(value).toBeCloseTo([5, 3, 1][i], 14))
    expect(Array.from(vectors[0])).toEqual([0, 0, 1])
    vectors[1].forEach((x, i) => expect(x).toBeCloseTo([Math.SQRT1_2, Math.SQRT1_2, 0][i], 14))
    expect(vectors[2][0] * vectors[2][1]).toBeCloseTo(-0.5, 14)
  })

  it('of equal correlations have 1 + (k − 1)ρ along the diagonal and 1 − ρ elsewhere', () => {
    const { values } = symmetricEigen(Array.from({ length: 6 }, (_, i) => Float64Array.from({ length: 6 }, (_, j) => (i === j ? 1 : 0.3))))
    values.forEach((value, i) => expect(value).toBeCloseTo(i === 0 ? 2.5 : 0.7, 13))
  })

  it('rebuild the matrix, stand at right angles, and come out the same every time', () => {
    const random = seeded(1)
    const factor = Array.from({ length: 25 }, () => Float64Array.from({ length: 25 }, () => normal(random)))
    const a = factor.map((row) => Float64Array.from(factor, (other) => row.reduce((sum, x, k) => sum + x * other[k], 0)))
    const before = structuredClone(a)
    const { values, vectors } = symmetricEigen(a)
    expect(a).toEqual(before)
    for (let i = 0; i < 25; i++) {
      for (let j = 0; j < 25; j++) {
        expect(vectors[i].reduce((sum, x, k) => sum + x * vectors[j][k], 0)).toBeCloseTo(Number(i === j), 12)
        expect(values.reduce((sum, value, k) => sum + value * vectors[k][i] * vectors[k][j], 0)).toBeCloseTo(a[i][j], 10)
      }
    }
    expect([...values].sort((x, y) => y - x)).toEqual([...values])
    expect(symmetricEigen(a)).toEqual({ values, vectors })
  })

  it('are the axes of a matrix of nothing, and there are none of none', () => {
    expect(symmetricEigen(matrix([0, 0], [0, 0])).values).toEqual(Float64Array.of(0, 0))
    expect(symmetricEigen([])).toEqual({ values: new Float64Array(0), vectors: [] })
  })
})

describe('the number of components', () => {
  it('is the least that explains the share, and never all of them', () => {
    const values = Float64Array.of(6, 3, 1)
    expect([0, 0.6, 0.61, 0.9, 0.91, 1].map((share) => componentsFor(values, share))).toEqual([0, 1, 2, 2, 2, 2])
    expect(componentsFor(Float64Array.of(2), 1)).toBe(0)
  })
})
