import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normal, seeded } from '../../../src/core/random.ts'
import { digestCdf, digestQuantile } from '../../../src/core/sketches/digest.ts'
import { addNumeric, createNumeric, type NumericSummary } from '../../../src/core/sketches/feature.ts'
import { numericLayoutOf } from '../../../src/core/sketches/layout.ts'
import { numericSummaryOfSample } from '../../../src/core/sketches/whole-sample.ts'

const oneByOne = (values: Float64Array): NumericSummary => {
  const summary = createNumeric(numericLayoutOf(values))
  for (const x of values) addNumeric(summary, x)
  return summary
}
const countsOf = ({ digest: { n, min, max }, ...counts }: NumericSummary) => ({ ...counts, n, min, max })

const value = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 1), fc.integer({ min: 0, max: 20 }))

test('a sample at once has the layout and the counts that its values make one by one', () => {
  fc.assert(fc.property(fc.array(value, { maxLength: 900, size: 'max' }), (list) => {
    const values = Float64Array.from(list)
    expect(countsOf(numericSummaryOfSample(values))).toEqual(countsOf(oneByOne(values)))
  }), { seed: 4, numRuns: 150 })
})

test('its digest holds every value of a small sample, and of a large one reads as exactly as one that was filled value by value', () => {
  const random = seeded(6)
  const small = Float64Array.from({ length: 500 }, () => normal(random))
  expect(digestQuantile(numericSummaryOfSample(small).digest, 0.3)).toBe(digestQuantile(oneByOne(small).digest, 0.3))
  const large = Float64Array.from({ length: 50_000 }, () => normal(random))
  const sorted = large.slice().sort()
  const { digest } = numericSummaryOfSample(large)
  for (const q of [0.001, 0.01, 0.1, 0.5, 0.9, 0.999]) expect(Math.abs(digestCdf(digest, sorted[Math.floor(q * 50_000)])! - q), `at ${q}`).toBeLessThan(0.002)
  expect(digest.used).toBeLessThan(408)
})

test('the sample itself is left alone', () => {
  const values = Float64Array.of(3, NaN, 1, Infinity, 2)
  numericSummaryOfSample(values)
  expect([...values]).toEqual([3, NaN, 1, Infinity, 2])
})
