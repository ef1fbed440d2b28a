import { describe, expect, it } from 'vitest'
import { InvariantError } from '../../../src/core/assert.ts'
import { ksPValue, ksStatistic } from '../../../src/core/math/two-sample-ks.ts'
import type { Alternative, KsMethod } from '../../../src/core/math/two-sample-ks.ts'
import { golden } from '../golden.ts'

interface ScipyCase { name: string; alternative: Alternative; mode: string; input_rule?: string; x: number[]; y: number[]; expected: { statistic: number; pvalue: number } }
interface SampleCase { test: string; sample: string; params: { alternative: Alternative; method: string }; expected: { statistic: number; pvalue: number; warned: string[] } }

const methodOf = (name: string): KsMethod => name === 'asymp' ? 'asymptotic' : name as KsMethod
const linspace = (from: number, to: number, n: number) => Float64Array.from({ length: n }, (_, i) => i * ((to - from) / (n - 1)) + from)

/** The samples of a case; the larger ones are written as a rule in numpy's words. */
function samplesOf(rule: string | undefined, x: number[], y: number[]): [Float64Array, Float64Array] {
  if (rule === undefined) return [Float64Array.from(x), Float64Array.from(y)]
  const delta = /delta=([\d/]+)/.exec(rule)?.[1].split('/').map(Number).reduce((a, b) => a / b) ?? 0
  const [a, b] = ['x', 'y'].map((side) => new RegExp(`${side}=linspace\\((\\d+),(\\d+),(\\d+)\\)(?:\\+([\\d.]+))?`).exec(rule))
  const line = (match: RegExpExecArray, shift: number) => linspace(Number(match[1]), Number(match[2]), Number(match[3])).map((v) => v + shift)
  const first = line(a!, -delta)
  return [first, b === null ? first.map((v) => v + Number(/y=x\+([\d.]+)/.exec(rule)![1])) : line(b, Number(b[4] ?? 0))]
}

describe('the two-sample Kolmogorov–Smirnov test', () => {
  for (const [i, c] of golden<{ cases: ScipyCase[] }>('scipy_ks2samp').cases.entries()) {
    it(`agrees with scipy on ${c.name} ${c.alternative} ${c.mode} (case ${i})`, () => {
      const [x, y] = samplesOf(c.input_rule, c.x, c.y)
      const d = ksStatistic(x, y, c.alternative)
      expect(d).toBeCloseTo(c.expected.statistic, 6)
      expect(ksPValue(d, x.length, y.length, { alternative: c.alternative, method: methodOf(c.mode) })).toBeCloseTo(c.expected.pvalue, 6)
    })
  }

  const { samples, cases } = golden<{ samples: Record<string, { x: number[]; y: number[] }>; cases: SampleCase[] }>('two_sample_tests')
  for (const { sample, params, expected } of cases.filter((c) => c.test === 'ks_2samp')) {
    it(`agrees with scipy on ${sample} ${params.alternative} ${params.method}`, () => {
      const [x, y] = [Float64Array.from(samples[sample].x), Float64Array.from(samples[sample].y)]
      const d = ksStatistic(x, y, params.alternative)
      expect(d).toBeCloseTo(expected.statistic, 12)
      const gaveUp = expected.warned.length > 0
      const p = ksPValue(d, x.length, y.length, { alternative: params.alternative, method: gaveUp ? 'asymptotic' : methodOf(params.method) })
      expect(Math.abs(p / expected.pvalue - 1)).toBeLessThan(1e-7)
    })
  }

  it('compares after all ties at a value', () => {
    expect(ksStatistic(Float64Array.of(0, 0, 0, 1), Float64Array.of(0, 0, 1, 1))).toBe(0.25)
  })

  it('leaves the samples as they were', () => {
    const sample = Float64Array.of(3, 1, 2)
    ksStatistic(sample, sample)
    expect(sample).toEqual(Float64Array.of(3, 1, 2))
  })

  it('refuses samples that are empty or not finite', () => {
    expect(() => ksStatistic(Float64Array.of(), Float64Array.of(1))).toThrow(InvariantError)
    expect(() => ksStatistic(Float64Array.of(1), Float64Array.of(1, Number.NaN))).toThrow(InvariantError)
    expect(() => ksStatistic(Float64Array.of(Number.NEGATIVE_INFINITY), Float64Array.of(1))).toThrow(InvariantError)
  })

  it('calls a shift of a hundredth of a sigma certain at a million, which is why nothing decides on p alone', () => {
    expect(ksPValue(0.004, 1e6, 1e6)).toBeLessThan(1e-6)
  })
})
