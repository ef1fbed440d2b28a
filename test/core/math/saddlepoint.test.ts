import { describe, expect, it } from 'vitest'
import { chiSquareQuantile } from '../../../src/core/math/chi-square.ts'
import { symmetricEigenvalues } from '../../../src/core/math/eigenvalues.ts'
import { upperPoint, weightedChiSquarePoint } from '../../../src/core/math/saddlepoint.ts'
import { cautionOf, studentPoint, studentTail } from '../../../src/core/math/student.ts'
import { normal, seeded } from '../../../src/core/random.ts'

describe('a tail by saddlepoint', () => {
  it.each([1e-2, 1e-4, 1e-7, 1e-9])('is that of χ² where all weights are one, at %f', (tail) => {
    for (const df of [1, 3, 9, 40]) {
      expect(Math.abs(weightedChiSquarePoint(Array<number>(df).fill(1), tail) / chiSquareQuantile(1 - tail, df) - 1)).toBeLessThan(0.012)
    }
  })

  it('of unequal weights is passed as often as it says', () => {
    const random = seeded(3)
    const [weights, draws] = [[5, 1, 1, 0.5], 200_000]
    const [rare, rarer] = [weightedChiSquarePoint(weights, 1e-2), weightedChiSquarePoint(weights, 1e-3)]
    let [beyondRare, beyondRarer] = [0, 0]
    for (let i = 0; i < draws; i++) {
      const sum = weights.reduce((total, weight) => total + weight * normal(random) ** 2, 0)
      beyondRare += Number(sum > rare)
      beyondRarer += Number(sum > rarer)
    }
    expect(Math.abs(beyondRare / draws / 1e-2 - 1)).toBeLessThan(0.08)
    expect(Math.abs(beyondRarer / draws / 1e-3 - 1)).toBeLessThan(0.25)
  })

  it('of a bounded sum stays within its bound', () => {
    const coin = (t: number) => ({ k: Math.log((1 + Math.exp(t)) / 2), k1: 1 / (1 + Math.exp(-t)), k2: Math.exp(t) / (1 + Math.exp(t)) ** 2 })
    const x = upperPoint((t) => { const { k, k1, k2 } = coin(t); return { k: 20 * k, k1: 20 * k1, k2: 20 * k2 } }, Infinity, 1e-5)
    expect(x).toBeGreaterThan(18)
    expect(x).toBeLessThan(20)
  })

  it('of a constant is the constant', () => {
    expect(upperPoint((t) => ({ k: 3 * t, k1: 3, k2: 0 }), Infinity, 1e-6)).toBe(3)
    expect(weightedChiSquarePoint([0, 0], 1e-6)).toBe(0)
  })
})

describe("Student's t", () => {
  it('has the points of the tables', () => {
    expect(studentPoint(0.05, 9)).toBeCloseTo(2.262157, 5)
    expect(studentPoint(0.001, 59)).toBeCloseTo(3.463, 3)
    expect(studentTail(12.706205, 1)).toBeCloseTo(0.05, 7)
  })

  it('asks for more caution the shorter the acquaintance and the rarer the event', () => {
    expect(cautionOf(1e-7, 59)).toBeCloseTo(1.297, 2)
    expect(cautionOf(1e-7, 13)).toBeGreaterThan(3)
    expect(cautionOf(1e-9, 59)).toBeGreaterThan(cautionOf(1e-7, 59))
    expect(cautionOf(1e-7, 1e6)).toBeCloseTo(1, 3)
  })
})

describe('eigenvalues of a symmetric matrix', () => {
  it('come in descending order and keep the trace', () => {
    expect(symmetricEigenvalues(Float64Array.of(2, 1, 1, 2), 2)).toEqual([expect.closeTo(3, 12), expect.closeTo(1, 12)])
    const random = seeded(5)
    const a = new Float64Array(100)
    for (let i = 0; i < 10; i++) for (let j = 0; j <= i; j++) a[i * 10 + j] = a[j * 10 + i] = normal(random)
    const found = symmetricEigenvalues(a, 10)
    expect(found).toEqual([...found].sort((x, y) => y - x))
    expect(found.reduce((x, y) => x + y)).toBeCloseTo(Array.from({ length: 10 }, (_, i) => a[i * 11]).reduce((x, y) => x + y), 10)
    expect(found.reduce((x, y) => x + y * y, 0)).toBeCloseTo(a.reduce((x, y) => x + y * y, 0), 9)
  })

  it('of a diagonal are what stands there', () => {
    expect(symmetricEigenvalues(Float64Array.of(1, 0, 0, 0, 4, 0, 0, 0, 0), 3)).toEqual([4, 1, 0])
  })
})
