import { describe, expect, it } from 'vitest'
import { wasserstein, wassersteinDistance } from '../../../src/core/drift/wasserstein.ts'
import { normal, uniform } from '../../../src/core/random.ts'
import { numericLayoutOf } from '../../../src/core/sketches/layout.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { golden } from '../golden.ts'
import { falseAlarmShare, normals, pairOf, paneOf } from './pairs.ts'

interface Case { test: string; sample: string; expected: { value: number } }

const defaults = resolveParams(wasserstein)
const untrimmed = resolveParams(wasserstein, { trim: 0 })
const { samples, cases } = golden<{ samples: Record<string, { x: number[]; y: number[] }>; cases: Case[] }>('two_sample_tests')

describe('wasserstein', () => {
  for (const c of cases.filter(({ test }) => test === 'wasserstein_distance')) {
    it(`agrees with scipy on ${c.sample}, from raw values and from summaries`, () => {
      const { x, y } = samples[c.sample]
      expect(wassersteinDistance(Float64Array.from(x), Float64Array.from(y))).toBeCloseTo(c.expected.value, 12)
      const reading = wasserstein.compare(...pairOf(x, y), untrimmed)
      if (reading.value === null) expect(new Set(x).size).toBe(1)
      else expect(reading.detail!.distance).toBeCloseTo(c.expected.value, 12)
    })
  }

  it('reads a shift as that shift, in interquartile ranges', () => {
    const reading = wasserstein.compare(...pairOf(normals(20_000, 1), normals(20_000, 1).map((x) => x + 0.5)), untrimmed)
    expect(reading.detail!.distance).toBeCloseTo(0.5, 9)
    expect(reading.value).toBeCloseTo(0.5 / 1.349, 2)
    expect(reading.verdict).toBe('alarm')
  })

  it('is not moved by one huge outlier, which without winsorising would rule', () => {
    const [reference, current] = [normals(5_000, 2), [...normals(4_999, 3), 1e9]]
    expect(wasserstein.compare(...pairOf(reference, current), defaults).verdict).toBe('ok')
    expect(wasserstein.compare(...pairOf(reference, current), untrimmed).value).toBeGreaterThan(1e5)
  })

  it('is near the exact distance from pane digests', () => {
    const [raw, moved] = [normals(20_000, 4), normals(20_000, 5, 0.2, 1.3)]
    const layout = numericLayoutOf(Float64Array.from(raw))
    const fromPanes = wasserstein.compare(paneOf(raw, layout), paneOf(moved, layout), defaults)
    expect(fromPanes.value! / wasserstein.compare(...pairOf(raw, moved), defaults).value!).toBeCloseTo(1, 2)
  })

  it('takes the range for its unit where the quartiles coincide, and abstains where there is no spread at all', () => {
    const inflated = [...Array<number>(900).fill(0), ...Array.from({ length: 100 }, (_, i) => 1 + i / 100)]
    const reading = wasserstein.compare(...pairOf(inflated, [...Array<number>(700).fill(0), ...Array<number>(300).fill(1)]), defaults)
    expect(reading.detail!.scale).toBeCloseTo(1.98, 1)
    expect(reading.verdict).toBe('warning')
    expect(wasserstein.compare(...pairOf(Array<number>(90).fill(7), Array<number>(90).fill(8)), defaults)).toEqual({ value: null, n: 90, nReference: 90, verdict: 'insufficient' })
  })

  it('stays finite at the ends of the range of numbers, and exact far from zero', () => {
    const reading = wasserstein.compare(...pairOf([-Number.MAX_VALUE, 0, 1, Number.MAX_VALUE], [Number.MAX_VALUE, Number.MAX_VALUE]), untrimmed)
    expect([reading.value, reading.noiseFloor, reading.detail!.distance].every(Number.isFinite)).toBe(true)
    const stamps = Array.from({ length: 1_000 }, (_, i) => 1.7e12 + i)
    expect(wasserstein.compare(...pairOf(stamps, stamps.map((x) => x + 100)), untrimmed).detail!.distance).toBeCloseTo(100, 9)
  })

  it('passes its floor no more often than the level says: even, skewed, zero-inflated and two-valued features', () => {
    const zeroInflated = (random: Parameters<typeof uniform>[0]) => (uniform(random) < 0.6 ? 0 : Math.exp(normal(random)))
    for (const draw of [normal, zeroInflated, (random: Parameters<typeof uniform>[0]) => Number(uniform(random) < 0.3)]) {
      const share = falseAlarmShare(wasserstein, draw, { runs: 300 })
      expect(share).toBeGreaterThan(0.005)
      expect(share).toBeLessThan(0.08)
    }
  })
})
