import { describe, expect, it } from 'vitest'
import { hellinger, hellingerFromCounts } from '../../../src/core/drift/hellinger.ts'
import { psi } from '../../../src/core/drift/psi.ts'
import { chiSquareQuantile } from '../../../src/core/math/chi-square.ts'
import { uniform } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { golden } from '../golden.ts'
import { falseAlarmShare, namesOf, normals, pairOf } from './pairs.ts'

interface Case { test: string; histogram: string; p_counts: number[]; q_counts: number[]; expected: { distance: number } }

const defaults = resolveParams(hellinger)

describe('hellinger', () => {
  for (const c of golden<{ cases: Case[] }>('two_sample_tests').cases.filter(({ test }) => test === 'hellinger')) {
    it(`agrees with the definition on ${c.histogram}`, () => {
      expect(hellingerFromCounts(Float64Array.from(c.p_counts), Float64Array.from(c.q_counts))).toBeCloseTo(c.expected.distance, 12)
    })
  }

  it('is an eighth of PSI for small changes, squared', () => {
    const samples = pairOf(normals(50_000, 1), normals(50_000, 2, 0.1))
    expect((8 * hellinger.compare(...samples, defaults).value! ** 2) / psi.compare(...samples, resolveParams(psi)).value!).toBeCloseTo(1, 2)
  })

  it('has the χ² floor where bins are thick', () => {
    const { noiseFloor } = hellinger.compare(...pairOf(namesOf({ a: 5_000, b: 5_000, c: 5_000 }), namesOf({ a: 500, b: 500, c: 500 })), defaults)
    expect(noiseFloor).toBeCloseTo(Math.sqrt(((1 / 15_000 + 1 / 1_500) / 8) * chiSquareQuantile(0.999, 2)), 12)
  })

  it('passes its floor as often as the level says among many rare names, where the χ² floor alone would be passed four times as often', () => {
    const rareName = (random: Parameters<typeof uniform>[0]) => `c${Math.floor(Math.min(29, -6 * Math.log(1 - uniform(random))))}`
    const share = falseAlarmShare(hellinger, rareName)
    expect(share).toBeGreaterThan(0.025)
    expect(share).toBeLessThan(0.08)
  })

  it('alarms, warns, is silent and abstains', () => {
    const reference = normals(20_000, 3)
    expect(hellinger.compare(...pairOf(reference, normals(5_000, 4, 0.5)), defaults).verdict).toBe('alarm')
    expect(hellinger.compare(...pairOf(reference, normals(20_000, 5, 0.1)), defaults).verdict).toBe('warning')
    expect(hellinger.compare(...pairOf(reference, normals(5_000, 6)), defaults).verdict).toBe('ok')
    expect(hellinger.compare(...pairOf(reference, normals(60, 7, 3)), defaults).verdict).toBe('insufficient')
  })
})
