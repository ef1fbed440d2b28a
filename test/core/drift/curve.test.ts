import { describe, expect, it } from 'vitest'
import { curveOf, curvePair, curveQuantile, shareAt } from '../../../src/core/drift/curve.ts'
import { numericLayoutOf, sortedQuantile } from '../../../src/core/sketches/layout.ts'
import type { NumericSummary } from '../../../src/core/sketches/feature.ts'
import { normals, pairOf, paneOf } from './pairs.ts'

const summaries = (reference: number[], current: number[]) => pairOf(reference, current) as readonly [NumericSummary, NumericSummary]

describe('the curve of a summary', () => {
  it('counts values and atoms exactly, on both sides of a step and between them', () => {
    const [reference] = summaries([...Array<number>(6).fill(2), 1, 3, 3.5, 5], [])
    const curve = curveOf(reference)
    expect(reference.atoms).toEqual(Float64Array.of(2))
    expect([0, 1, 2, 2.5, 3, 5, 9].map((x) => shareAt(curve, x))).toEqual(
      [[0, 0], [0, 0.1], [0.1, 0.7], [0.7, 0.7], [0.7, 0.8], [0.9, 1], [1, 1]].map(([below, upTo]) => ({ below: expect.closeTo(below, 12), upTo: expect.closeTo(upTo, 12) })))
  })

  it('has the values of a sample for its quantiles, the least that reaches each share', () => {
    const curve = curveOf(summaries([10, 20, 30, 40], [])[0])
    expect([0.001, 0.25, 0.2501, 0.5, 0.75, 1].map((q) => curveQuantile(curve, q))).toEqual([10, 10, 20, 20, 30, 40])
  })

  it('has the quantiles of a condensed pane where those of the values are', () => {
    const raw = normals(20_000, 1)
    const curve = curveOf(paneOf(raw, numericLayoutOf(Float64Array.from(raw))))
    const sorted = Float64Array.from(raw).sort()
    for (const q of [0.001, 0.25, 0.5, 0.75, 0.999]) expect(Math.abs(curveQuantile(curve, q) - sortedQuantile(sorted, q))).toBeLessThan(0.03)
  })
})

describe('a pair of curves', () => {
  it('holds the shares of both wherever either steps', () => {
    const pair = curvePair(curveOf(summaries([1, 3], [])[0]), curveOf(summaries([2, 3], [])[0]))
    expect(pair).toEqual({
      places: Float64Array.of(1, 2, 3), belowReference: Float64Array.of(0, 0.5, 0.5), upToReference: Float64Array.of(0.5, 0.5, 1),
      belowCurrent: Float64Array.of(0, 0, 0.5), upToCurrent: Float64Array.of(0, 0.5, 1),
    })
  })

  it('keeps apart neighbours among the least of numbers', () => {
    const tiny = curveOf(summaries([0, Number.MIN_VALUE], [])[0])
    expect(shareAt(tiny, 0).upTo).toBe(0.5)
    expect(shareAt(tiny, Number.MIN_VALUE).upTo).toBe(1)
  })
})
