import { describe, expect, it } from 'vitest'
import { ks } from '../../../src/core/drift/ks.ts'
import { wasserstein } from '../../../src/core/drift/wasserstein.ts'
import { normal, seeded } from '../../../src/core/random.ts'
import { expectedSummary, placesOf, withinBinsAs } from '../../../src/core/season/summary.ts'
import { addCategory, addNumeric, createCategorical, createNumeric, presentCount, type NumericSummary } from '../../../src/core/sketches/feature.ts'
import { resolveParams } from '../../../src/core/unit.ts'

const random = seeded(1)
const edges = Float64Array.of(-1, -0.3, 0.3, 1)
function numeric(n: number, by = 0): NumericSummary {
  const summary = createNumeric({ kind: 'numeric', edges, atoms: Float64Array.of(0) })
  for (let i = 0; i < n; i++) addNumeric(summary, i % 50 === 0 ? NaN : i % 25 === 1 ? 0 : i % 100 === 7 ? Infinity : normal(random) + by)
  return summary
}

describe('counts by place', () => {
  it('count every record once, and make the same summary again', () => {
    const [number, names] = [numeric(2_000), createCategorical({ kind: 'categorical', categories: ['a', 'b'] })]
    for (const name of ['a', 'b', 'a', 'c', null]) addCategory(names, name)
    for (const summary of [number, names]) {
      const places = placesOf(summary)
      expect(places.reduce((a, b) => a + b)).toBe(summary.n)
      const again = expectedSummary(summary, places.map((count) => count / summary.n), summary.n)
      expect(placesOf(again).map((count) => Math.round(count * 1e6) / 1e6)).toEqual(places)
    }
  })
})

describe('values within bins', () => {
  it('lie as in the profile, so that a distance of distributions is that at the edges', () => {
    const [profile, current] = [numeric(20_000), numeric(2_000, 0.4)]
    const [expected, seen] = [expectedSummary(profile, placesOf(profile).map((count) => count / profile.n), 9_000), withinBinsAs(current, profile) as NumericSummary]
    expect(seen.digest.n).toBeCloseTo(current.counts.reduce((a, b) => a + b), 6)
    expect(presentCount(seen)).toBe(presentCount(current))
    const { value, detail } = ks.compare(expected, seen, resolveParams(ks, {}))
    expect(value! - (detail!.edgeD as number)).toBeLessThan(0.01)
    expect(value).toBeGreaterThan(0.1)
    const moved = (reference: NumericSummary, now: NumericSummary): number => wasserstein.compare(reference, now, resolveParams(wasserstein, {})).value!
    expect(moved(expected as NumericSummary, seen) / moved(profile, current)).toBeGreaterThan(0.8)
    expect(moved(expected as NumericSummary, seen) / moved(profile, current)).toBeLessThan(1.2)
  })

  it('have a place even in a bin that the profile never filled', () => {
    const [profile, far] = [createNumeric({ kind: 'numeric', edges, atoms: new Float64Array(0) }), createNumeric({ kind: 'numeric', edges, atoms: new Float64Array(0) })]
    for (let i = 0; i < 100; i++) addNumeric(profile, 0.1 + i / 1_000)
    for (let i = 0; i < 100; i++) addNumeric(far, i < 50 ? 0.5 + i / 1_000 : i < 75 ? -5 : 5)
    const seen = withinBinsAs(far, profile) as NumericSummary
    expect(seen.digest.n).toBe(100)
    expect(ks.compare(profile, seen, resolveParams(ks, {})).value).toBe(0.75)
  })
})
