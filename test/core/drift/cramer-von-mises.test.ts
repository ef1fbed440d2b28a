import { describe, expect, it } from 'vitest'
import { cramerVonMises, cramerVonMisesTest } from '../../../src/core/drift/cramer-von-mises.ts'
import { cramerVonMisesTail } from '../../../src/core/drift/cramer-von-mises-law.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import { numericLayoutOf } from '../../../src/core/sketches/layout.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { golden } from '../golden.ts'
import { falseAlarmShare, normals, pairOf, paneOf } from './pairs.ts'

interface Case { test: string; sample: string; expected: { statistic: number; pvalue: number } }

const defaults = resolveParams(cramerVonMises)
const { samples, cases } = golden<{ samples: Record<string, { x: number[]; y: number[] }>; cases: Case[] }>('two_sample_tests')

describe('the Cramér–von Mises test on raw samples', () => {
  for (const c of cases.filter(({ test }) => test === 'cramervonmises_2samp')) {
    it(`agrees with scipy on ${c.sample}, as far as scipy carries its series`, () => {
      const { x, y } = samples[c.sample]
      const { statistic, pValue } = cramerVonMisesTest(Float64Array.from(x), Float64Array.from(y))
      expect(statistic).toBeCloseTo(c.expected.statistic, 10)
      expect(Math.abs(pValue - c.expected.pvalue)).toBeLessThan(1e-9)
    })
  }

  it('has the published percentage points of the limit law', () => {
    for (const [x, tail] of [[0.34730, 0.1], [0.46136, 0.05], [0.58061, 0.025], [0.74346, 0.01], [1.16786, 0.001]]) expect(cramerVonMisesTail(x) / tail).toBeCloseTo(1, 4)
  })

  it('keeps the digits of small tails: they fall as e^(−π²x/2)', () => {
    const ratio = cramerVonMisesTail(20) / cramerVonMisesTail(10)
    expect(Math.log(ratio) / (-10 * Math.PI ** 2 / 2)).toBeCloseTo(1, 1)
    expect(cramerVonMisesTail(20)).toBeGreaterThan(0)
  })
})

describe('cramer-von-mises', () => {
  it('has the classical statistic and p where nothing is tied, and its value is free of the sizes', () => {
    const [x, y] = [normals(200, 1), normals(90, 2, 0.4)]
    const { value, detail } = cramerVonMises.compare(...pairOf(x, y), defaults)
    const { statistic, pValue } = cramerVonMisesTest(Float64Array.from(x), Float64Array.from(y))
    expect(detail!.statistic).toBeCloseTo(statistic, 12)
    expect(detail!.pValue).toBeCloseTo(pValue, 12)
    const twice = cramerVonMises.compare(...pairOf(x, [...y, ...y, ...y]), defaults)
    expect(twice.value).toBeCloseTo(value!, 12)
  })

  it('finds no drift between equal constants, where the classical test finds it at p = .013', () => {
    const [x, y] = [Array<number>(20).fill(7), Array<number>(30).fill(7)]
    expect(cramerVonMisesTest(Float64Array.from(x), Float64Array.from(y)).pValue).toBeCloseTo(0.0129, 3)
    expect(cramerVonMises.compare(...pairOf(x, y), defaults)).toMatchObject({ value: 0, verdict: 'ok' })
    expect(cramerVonMises.compare(...pairOf(x, Array<number>(30).fill(8)), defaults).verdict).toBe('alarm')
  })

  it('is near the exact value from pane digests', () => {
    const random = seeded(3)
    const inflated = (zeros: number) => Array.from({ length: 20_000 }, () => (uniform(random) < zeros ? 0 : Math.exp(normal(random))))
    const [raw, moved] = [inflated(0.6), inflated(0.7)]
    const layout = numericLayoutOf(Float64Array.from(raw))
    const exact = cramerVonMises.compare(...pairOf(raw, moved), defaults).value!
    expect(Math.abs(cramerVonMises.compare(paneOf(raw, layout), paneOf(moved, layout), defaults).value! - exact)).toBeLessThan(0.001)
  })

  it('alarms at half a sigma, warns of a tenth that is sure, and is silent about noise and a handful', () => {
    const reference = normals(5_000, 4)
    const verdict = (current: number[]) => cramerVonMises.compare(...pairOf(reference, current), defaults).verdict
    expect([verdict(normals(2_000, 5, 0.5)), verdict(normals(5_000, 6, 0.12)), verdict(normals(2_000, 7)), verdict(normals(15, 8, 5))]).toEqual(['alarm', 'warning', 'ok', 'insufficient'])
  })

  it('passes its floor as often as the level says, atoms and ties included', () => {
    const zeroInflated = (random: Parameters<typeof uniform>[0]) => (uniform(random) < 0.6 ? 0 : Math.exp(normal(random)))
    for (const draw of [normal, zeroInflated, (random: Parameters<typeof uniform>[0]) => Number(uniform(random) < 0.3)]) {
      const share = falseAlarmShare(cramerVonMises, draw, { runs: 300 })
      expect(share).toBeGreaterThan(0.02)
      expect(share).toBeLessThan(0.085)
    }
  })
})
