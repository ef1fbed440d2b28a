import { describe, expect, it } from 'vitest'
import { logHypergeometricTail } from '../../../src/core/math/hypergeometric.ts'

const choose = (n: number, k: number): number => Array.from({ length: k }, (_, i) => (n - i) / (k - i)).reduce((a, b) => a * b, 1)

describe('the tail of the hypergeometric law', () => {
  it.each([[3, 5, 4, 20], [1, 5, 4, 20], [4, 12, 7, 15], [7, 7, 7, 30]])('from %d hits of %d drawn, %d of %d marked, is the sum of its terms', (hits, drawn, marked, all) => {
    let sum = 0
    for (let k = hits; k <= Math.min(drawn, marked); k++) sum += (choose(marked, k) * choose(all - marked, drawn - k)) / choose(all, drawn)
    expect(Math.exp(logHypergeometricTail(hits, drawn, marked, all))).toBeCloseTo(sum, 10)
  })

  it('is certain of what must be, and rules out what cannot', () => {
    expect(logHypergeometricTail(0, 5, 4, 20)).toBe(0)
    expect(logHypergeometricTail(2, 10, 12, 20)).toBe(0)
    expect(logHypergeometricTail(5, 5, 4, 20)).toBe(-Infinity)
  })

  it('stays finite far out, where it is near the binomial bound', () => {
    const tail = logHypergeometricTail(2_000, 4_000, 3_000, 1_000_000)
    expect(tail).toBeLessThan(-5_000)
    expect(Number.isFinite(tail)).toBe(true)
  })
})
