import { describe, expect, it } from 'vitest'
import { binNoiseFloor } from '../../../src/core/drift/bin-noise.ts'
import { chi2, chiSquareFromCounts } from '../../../src/core/drift/chi2.ts'
import { psi, psiFromCounts } from '../../../src/core/drift/psi.ts'
import { chiSquareQuantile } from '../../../src/core/math/chi-square.ts'
import { seeded, uniform } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'

const bins = 10
const draw = (random: ReturnType<typeof seeded>, n: number): Float64Array => {
  const drawn = new Float64Array(bins)
  for (let i = 0; i < n; i++) drawn[Math.floor(uniform(random) * bins)] += 1
  return drawn
}
const even = (n: number): Float64Array => new Float64Array(bins).fill(n / bins)

describe('the noise of thin bins', () => {
  const [m, n, draws] = [2_000, 100, 60_000]
  const random = seeded(21)
  const pairs = Array.from({ length: draws }, () => [draw(random, m), draw(random, n)] as const)
  const passed = (floor: number, statistic: (p: Float64Array, q: Float64Array) => number) => pairs.filter(([p, q]) => statistic(p, q) > floor).length / draws
  const sizes = { reference: m, current: n, bins }

  it('of PSI is passed no more often than the level says, where the χ² law is passed twice as often', () => {
    const floor = binNoiseFloor(psi.noise!.of === 'bins' ? psi.noise!.law(resolveParams(psi), sizes) : { term: () => 0, curvature: 0 }, even(m + n), m, n, 0.9999)
    expect(passed(floor, psiFromCounts)).toBeLessThan(0.0002)
    expect(passed((1 / m + 1 / n) * chiSquareQuantile(0.9999, bins - 1), psiFromCounts)).toBeGreaterThan(0.0002)
  })

  it('of χ² is passed about as often as the level says', () => {
    const law = chi2.noise!.of === 'bins' ? chi2.noise!.law(resolveParams(chi2), sizes) : { term: () => 0, curvature: 0 }
    const floor = binNoiseFloor(law, even(m + n), m, n, 0.999)
    const share = passed(floor, (p, q) => chiSquareFromCounts(p, q).statistic * (1 / m + 1 / n))
    expect(share).toBeGreaterThan(0.0004)
    expect(share).toBeLessThan(0.0016)
  })
})

describe('the noise of bins', () => {
  const law = { term: (p: number, q: number) => (p === q ? 0 : (p - q) ** 2 / ((p + q) / 2)), curvature: 1 }

  it('is that of χ² where all are thick', () => {
    expect(binNoiseFloor(law, even(40_000), 20_000, 20_000, 0.999)).toBeCloseTo((2 / 20_000) * chiSquareQuantile(0.999, bins - 1), 12)
  })

  it('falls as samples grow and rises with the level', () => {
    const at = (n: number, level: number) => binNoiseFloor(law, even(10_000 + n), 10_000, n, level)
    expect(at(100, 0.999)).toBeGreaterThan(at(200, 0.999))
    expect(at(200, 0.999)).toBeGreaterThan(at(2_000, 0.999))
    expect(at(200, 1 - 1e-8)).toBeGreaterThan(at(200, 0.999))
  })

  it('of one bin is none', () => {
    expect(binNoiseFloor(law, Float64Array.of(500), 400, 100, 0.999)).toBe(0)
  })
})
