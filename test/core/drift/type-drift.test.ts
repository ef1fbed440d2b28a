import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shareOf, yearMs } from '../../../src/core/calibration/budget.ts'
import type { FeatureDispersion } from '../../../src/core/calibration/dispersion.ts'
import { calibratedReading } from '../../../src/core/calibration/level.ts'
import { layoutOfSample, sampleSummary, type SampleValue } from '../../../src/core/drift/sample.ts'
import { typeChange } from '../../../src/core/drift/type-change.ts'
import { typeDrift } from '../../../src/core/drift/type-drift.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { policyOf } from '../decide/build.ts'

const params = resolveParams(typeDrift)
const many = (n: number, ...pattern: SampleValue[]): SampleValue[] => Array.from({ length: n }, (_, i) => pattern[i % pattern.length])
const pair = (reference: SampleValue[], current: SampleValue[]) => {
  const layout = layoutOfSample(reference)
  return [sampleSummary(reference, layout), sampleSummary(current, layout)] as const
}

describe('type-change of summaries', () => {
  it('reads of numbers what its sibling reads of the raw values', () => {
    const values = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.string(), fc.constant(null)), { maxLength: 60 })
    fc.assert(fc.property(fc.array(fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })), { minLength: 1, maxLength: 60 }), values, (reference, current) => {
      const { value, noiseFloor, verdict, detail } = typeChange.compare(reference, current, params)
      expect(typeDrift.compare(...pair(reference, current), params)).toMatchObject({ value, verdict, ...(noiseFloor === undefined ? {} : { noiseFloor, detail }) })
    }), { seed: 5 })
  })

  it('tells fractions that come or go, and numbers that come as text', () => {
    expect(typeDrift.compare(...pair(many(400, 1, 2), many(400, 1, 2, 2.5, 3)), params)).toMatchObject({ value: 0.25, verdict: 'alarm', detail: { from: 'whole number', to: 'fraction' } })
    expect(typeDrift.compare(...pair(many(400, 1.5, 2), many(400, '1.5', '2')), params)).toMatchObject({ value: 1, verdict: 'alarm', detail: { from: 'number', to: 'text', numerals: 1 } })
    expect(typeDrift.compare(...pair(many(400, 'a', 'b'), many(400, 1, 2)), params)).toMatchObject({ value: 1, verdict: 'alarm', detail: { from: 'text', to: 'number' } })
  })

  it('says nothing where one side did not count, and which', () => {
    const [{ types: _, ...reference }, current] = pair(many(400, 1), many(400, 1))
    expect(typeDrift.compare(reference, current, params)).toEqual({ value: null, n: 0, nReference: 0, verdict: 'insufficient', detail: { lacks: 'reference' } })
    expect(typeDrift.compare(current, reference, params)).toMatchObject({ verdict: 'insufficient', detail: { lacks: 'panes' } })
  })

  it('is calibrated as the wider of values and faults, and speaks as one comparison while panes are gathered', () => {
    const calm: FeatureDispersion = { panes: 60, rows: 2_000, directions: [1], curve: 1, missing: 1, other: 1, serial: { rho: 0, variance: 0 }, degrees: 59 }
    const share = shareOf(policyOf().time, 10 * yearMs, 100)
    const level = (dispersion: FeatureDispersion | null) =>
      calibratedReading(typeDrift as never, params as never, ...pair(many(20_000, 1, 2), many(2_000, 1, 2, 'x')), { share, dispersion, gathered: 60, wanted: 60, windowPanes: 1 })
    const floor = level(calm).noiseFloor!
    expect(floor).toBeGreaterThan(typeDrift.compare(...pair(many(20_000, 1, 2), many(2_000, 1, 2, 'x')), params).noiseFloor!)
    for (const wide of [{ ...calm, curve: 10 }, { ...calm, other: 10 }]) expect(level(wide).noiseFloor).toBeGreaterThan(2 * floor)
    expect(level({ ...calm, missing: 10 }).noiseFloor).toBe(floor)
    expect([level(calm).verdict, level(null).verdict]).toEqual(['alarm', 'alarm'])
  })
})
