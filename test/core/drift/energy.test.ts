import { describe, expect, it } from 'vitest'
import { energy, energyDistance } from '../../../src/core/drift/energy.ts'
import { normal, uniform } from '../../../src/core/random.ts'
import { numericLayoutOf } from '../../../src/core/sketches/layout.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { golden } from '../golden.ts'
import { falseAlarmShare, normals, pairOf, paneOf } from './pairs.ts'

interface Case { test: string; sample: string; expected: { value: number } }
interface EvidentlyCase { test: string; reference: number[]; current: number[]; expected: { score: number; tolerance: number }; rederived: { value: number } }

const defaults = resolveParams(energy)
const untrimmed = resolveParams(energy, { trim: 0 })
const { samples, cases } = golden<{ samples: Record<string, { x: number[]; y: number[] }>; cases: Case[] }>('two_sample_tests')

describe('energy', () => {
  for (const c of cases.filter(({ test }) => test === 'energy_distance')) {
    it(`agrees with scipy on ${c.sample}, from raw values and from summaries`, () => {
      const { x, y } = samples[c.sample]
      expect(energyDistance(Float64Array.from(x), Float64Array.from(y))).toBeCloseTo(c.expected.value, 12)
      const reading = energy.compare(...pairOf(x, y), untrimmed)
      if (reading.value === null) expect(new Set(x).size).toBe(1)
      else expect(reading.detail!.distance).toBeCloseTo(c.expected.value, 12)
    })
  }

  it('gives what Evidently gives for a shift by 5', () => {
    const c = golden<{ cases: EvidentlyCase[] }>('evidently_stattests').cases.find(({ test, reference }) => test === 'distance' && reference.length === 8)!
    const distance = energyDistance(Float64Array.from(c.reference), Float64Array.from(c.current))
    expect(Math.abs(distance - c.expected.score)).toBeLessThan(c.expected.tolerance)
    expect(distance).toBeCloseTo(c.rederived.value, 9)
  })

  it('is 2E|X − Y| − E|X − X′| − E|Y − Y′|, squared', () => {
    const [x, y] = [normals(60, 1), normals(50, 2, 1, 2)]
    const mean = (a: number[], b: number[]) => a.reduce((total, p) => total + b.reduce((sum, q) => sum + Math.abs(p - q), 0), 0) / (a.length * b.length)
    expect(energyDistance(Float64Array.from(x), Float64Array.from(y)) ** 2).toBeCloseTo(2 * mean(x, y) - mean(x, x) - mean(y, y), 12)
  })

  it('alarms at half a sigma and at twice the spread, in any unit, and is silent about noise and an outlier', () => {
    const reference = normals(5_000, 3)
    const verdict = (current: number[]) => energy.compare(...pairOf(reference, current), defaults).verdict
    expect([verdict(normals(5_000, 4, 0.5)), verdict(normals(5_000, 5, 0, 3)), verdict(normals(5_000, 6)), verdict([...normals(4_999, 7), 1e12])]).toEqual(['alarm', 'alarm', 'ok', 'ok'])
    const scaled = energy.compare(...pairOf(reference.map((x) => 1e6 * x), normals(5_000, 4, 0.5).map((x) => 1e6 * x)), defaults)
    expect(scaled.value).toBeCloseTo(energy.compare(...pairOf(reference, normals(5_000, 4, 0.5)), defaults).value!, 9)
  })

  it('is near the exact distance from pane digests', () => {
    const [raw, moved] = [normals(20_000, 8), normals(20_000, 9, 0.3)]
    const layout = numericLayoutOf(Float64Array.from(raw))
    const fromPanes = energy.compare(paneOf(raw, layout), paneOf(moved, layout), defaults)
    expect(fromPanes.value! / energy.compare(...pairOf(raw, moved), defaults).value!).toBeCloseTo(1, 2)
  })

  it('abstains on a constant reference, an empty sample and a handful', () => {
    expect(energy.compare(...pairOf(Array<number>(90).fill(7), Array<number>(90).fill(8)), defaults)).toMatchObject({ value: null, verdict: 'insufficient' })
    expect(energy.compare(...pairOf(normals(90, 10), [null]), defaults)).toEqual({ value: null, n: 0, nReference: 90, verdict: 'insufficient' })
    expect(energy.compare(...pairOf(normals(90, 10), normals(9, 11)), defaults).verdict).toBe('insufficient')
  })

  it('passes its floor as often as the level says: even, zero-inflated and two-valued features', () => {
    const zeroInflated = (random: Parameters<typeof uniform>[0]) => (uniform(random) < 0.6 ? 0 : Math.exp(normal(random)))
    for (const draw of [normal, zeroInflated, (random: Parameters<typeof uniform>[0]) => Number(uniform(random) < 0.3)]) {
      const share = falseAlarmShare(energy, draw, { runs: 300 })
      expect(share).toBeGreaterThan(0.015)
      expect(share).toBeLessThan(0.085)
    }
  })
})
