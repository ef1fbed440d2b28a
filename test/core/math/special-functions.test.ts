import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { betaCdf, betaQuantile } from '../../../src/core/math/beta.ts'
import { chiSquareCdf, chiSquareQuantile, chiSquareTail } from '../../../src/core/math/chi-square.ts'
import { gammaP, gammaQ, logGamma } from '../../../src/core/math/gamma.ts'
import { kolmogorovTail, kolmogorovTailOf } from '../../../src/core/math/kolmogorov.ts'
import { normalCdf, normalQuantile, normalTail } from '../../../src/core/math/normal.ts'
import { exactInterval, shareNoise, wilsonInterval } from '../../../src/core/math/proportion.ts'
import { seeded, uniform } from '../../../src/core/random.ts'
import { golden } from '../golden.ts'

interface SpecialCase { test: string; params: Record<string, number> & { method: string }; expected: { value: number; low: number; high: number } }
const cases = golden<{ cases: SpecialCase[] }>('two_sample_tests').cases

const functions: Record<string, (p: Record<string, number>) => number> = {
  'chi2.sf': ({ x, df }) => chiSquareTail(x, df),
  'chi2.ppf': ({ q, df }) => chiSquareQuantile(q, df),
  'kstwo.sf': ({ d, n }) => kolmogorovTailOf(d, n),
  'kstwobign.sf': ({ x }) => kolmogorovTail(x),
  'beta.cdf': ({ x, a, b }) => betaCdf(x, a, b),
  'beta.ppf': ({ q, a, b }) => betaQuantile(q, a, b),
}

describe('the special functions', () => {
  for (const { test, params, expected } of cases.filter((c) => Object.hasOwn(functions, c.test))) {
    it(`agree with scipy on ${test}(${JSON.stringify(params)})`, () => {
      const relative = test === 'kstwo.sf' ? 1e-8 : 1e-10
      expect(Math.abs(functions[test](params) / expected.value - 1)).toBeLessThan(relative)
    })
  }

  for (const { params, expected } of cases.filter((c) => c.test === 'binomial_ci')) {
    it(`give the ${params.method} interval of ${params.k} in ${params.n}`, () => {
      const [low, high] = (params.method === 'wilson' ? wilsonInterval : exactInterval)(params.k, params.n, params.confidence)
      expect(low).toBeCloseTo(expected.low, 10)
      expect(high).toBeCloseTo(expected.high, 10)
    })
  }

  it('know ln Γ at integers, halves and far out', () => {
    expect(logGamma(1)).toBeCloseTo(0, 13)
    expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 12)
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13)
    expect(logGamma(1e6) / 12_815_504.569147611).toBeCloseTo(1, 13)
  })

  it('keep P + Q = 1 on both sides of the switch between series and fraction', () => {
    fc.assert(fc.property(fc.double({ min: 0.01, max: 500, noNaN: true }), fc.double({ min: 0, max: 3, noNaN: true }), (a, times) => {
      expect(gammaP(a, a * times) + gammaQ(a, a * times)).toBeCloseTo(1, 12)
    }), { seed: 1 })
  })

  it('invert the χ² distribution at any level', () => {
    fc.assert(fc.property(fc.double({ min: 1e-6, max: 1 - 1e-9, noNaN: true }), fc.integer({ min: 1, max: 200 }), (q, df) => {
      expect(chiSquareCdf(chiSquareQuantile(q, df), df)).toBeCloseTo(q, 10)
    }), { seed: 1 })
  })

  it('know the normal distribution, its far tail included', () => {
    expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 14)
    expect(normalTail(10) / 7.619853024160527e-24).toBeCloseTo(1, 10)
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12)
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 12)
    expect(normalQuantile(0.5)).toBe(0)
  })

  it('treat no degrees of freedom as a constant', () => {
    expect([chiSquareQuantile(0.999, 0), chiSquareTail(0, 0), chiSquareTail(0.1, 0)]).toEqual([0, 1, 0])
  })

  it('pass between the forms of the one-sample Kolmogorov law without a step', () => {
    const curve = [138, 139, 140, 141, 142, 143].map((n) => kolmogorovTailOf(0.09, n))
    const bends = curve.slice(2).map((p, i) => p - 2 * curve[i + 1] + curve[i])
    expect(Math.max(...bends) - Math.min(...bends), 'second differences across n = 140').toBeLessThan(5e-6)
    for (const n of [300, 1_000, 5_000]) {
      const [near, far] = [1, 1.000001].map((times) => times * Math.sqrt(2.2)).map((x) => kolmogorovTailOf(x / Math.sqrt(n), n))
      expect(Math.abs(near / far - 1), `n = ${n}, at n·d² = 2.2`).toBeLessThan(5e-4)
    }
    const [summed, corrected] = [100_000, 100_001].map((n) => kolmogorovTailOf(1.5 / Math.sqrt(n), n))
    expect(Math.abs(summed / corrected - 1)).toBeLessThan(1e-5)
  })
})

describe('the noise of a difference of shares', () => {
  it('is exceeded no more often than its level says, rare events and unequal samples included', () => {
    const random = seeded(7)
    const binomial = (n: number, p: number) => {
      let successes = 0
      for (let i = 0; i < n; i++) successes += Number(uniform(random) < p)
      return successes
    }
    const draws = 2_000
    for (const [p, n, m] of [[0.5, 100, 100], [0.05, 200, 1_000], [0.002, 100, 2_000], [0, 50, 50]]) {
      let exceeded = 0
      for (let i = 0; i < draws; i++) {
        const [a, b] = [binomial(n, p), binomial(m, p)]
        exceeded += Number(Math.abs(a / n - b / m) > shareNoise(a + b, n, m, 0.99))
      }
      expect(exceeded / draws, `p=${p} n=${n} m=${m}`).toBeLessThan(0.017)
    }
  })

  it('is small enough to see a jump of five points in a thousand', () => {
    expect(shareNoise(60, 1_000, 10_000, 0.999)).toBeLessThan(0.02)
  })
})
