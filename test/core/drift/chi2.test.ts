import { describe, expect, it } from 'vitest'
import { chi2, chiSquareFromCounts } from '../../../src/core/drift/chi2.ts'
import { layoutOfSample, sampleSummary } from '../../../src/core/drift/sample.ts'
import { chiSquareTail } from '../../../src/core/math/chi-square.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { golden } from '../golden.ts'

interface ContingencyCase { test: string; histogram: string; p_counts: number[]; q_counts: number[]; expected: { statistic: number; pvalue: number; dof: number } }
interface EvidentlyCase { test: string; reference: number[]; current: number[]; expected: { score: number; tolerance: number } }

const defaults = resolveParams(chi2)
const names = (counts: Record<string, number>) => Object.entries(counts).flatMap(([name, count]) => Array<string>(count).fill(name))
const compare = (reference: Record<string, number>, current: Record<string, number>) => {
  const layout = layoutOfSample(names(reference))
  return chi2.compare(sampleSummary(names(reference), layout), sampleSummary(names(current), layout), defaults)
}

describe('chi2', () => {
  for (const c of golden<{ cases: ContingencyCase[] }>('two_sample_tests').cases.filter((each) => each.test === 'chi2_contingency')) {
    it(`agrees with scipy on ${c.histogram}`, () => {
      const { statistic, pValue, df } = chiSquareFromCounts(Float64Array.from(c.p_counts), Float64Array.from(c.q_counts))
      expect(statistic).toBeCloseTo(c.expected.statistic, 9)
      expect(Math.abs(pValue / c.expected.pvalue - 1)).toBeLessThan(1e-9)
      expect(df).toBe(c.expected.dof)
    })
  }

  it('has the tail that Evidently reads for a sample against fixed expectations', () => {
    const c = golden<{ cases: EvidentlyCase[] }>('evidently_stattests').cases.find((each) => each.test === 'chisquare p')!
    const scale = c.current.reduce((a, b) => a + b) / c.reference.reduce((a, b) => a + b)
    const statistic = c.current.reduce((total, count, i) => total + (count - scale * c.reference[i]) ** 2 / (scale * c.reference[i]), 0)
    expect(Math.abs(chiSquareTail(statistic, c.current.length - 1) - c.expected.score)).toBeLessThan(c.expected.tolerance)
  })

  it('reads the same effect however large the samples are, in any proportion', () => {
    const small = compare({ a: 500, b: 500 }, { a: 700, b: 300 })
    const unequal = compare({ a: 50_000, b: 50_000 }, { a: 700, b: 300 })
    expect(small.value).toBeCloseTo(0.408, 3)
    expect(Math.abs(unequal.value! - 0.4)).toBeLessThan(0.01)
    expect(unequal.detail!.cramersV).toBeLessThan(0.05)
    expect([small.verdict, unequal.verdict]).toEqual(['alarm', 'alarm'])
  })

  it('warns of a sure but small change, and is silent about noise', () => {
    expect(compare({ a: 50_000, b: 50_000 }, { a: 5_200, b: 4_800 }).verdict).toBe('warning')
    expect(compare({ a: 500, b: 500 }, { a: 105, b: 95 }).verdict).toBe('ok')
    expect(compare({ a: 500, b: 500 }, { a: 2, b: 9 }).verdict).toBe('insufficient')
  })
})
