import { describe, expect, it } from 'vitest'
import { stepPart } from '../../../src/core/drift/step.ts'
import { addCategory, addNumeric, createCategorical, createNumeric } from '../../../src/core/sketches/feature.ts'
import { spread } from '../decide/build.ts'

const edges = Float64Array.from([0.2, 0.4, 0.6, 0.8])
const numeric = (low: number, high: number, n = 100, own = edges) => {
  const summary = createNumeric({ kind: 'numeric', edges: own, atoms: new Float64Array(0) })
  for (const x of spread(n, low, high)) addNumeric(summary, x)
  return summary
}
const names = (...values: string[]) => {
  const summary = createCategorical({ kind: 'categorical', categories: ['a', 'b'] })
  for (const value of values) addCategory(summary, value)
  return summary
}

describe('the part of a change that came at an instant', () => {
  const reference = numeric(0, 1, 1_000)
  it('is all of it where nothing had moved before, however the panes are counted', () => {
    expect(stepPart(reference, [numeric(0, 1), numeric(0, 1, 50)], [numeric(0.5, 1.5), numeric(0.5, 1.5, 30)])).toBeCloseTo(1, 9)
    expect(stepPart(reference, [], [numeric(0.5, 1.5)])).toBe(1)
  })

  it('is none of it where all had moved, and what there was left where some had', () => {
    expect(stepPart(reference, [numeric(0.5, 1.5)], [numeric(0.5, 1.5)])).toBe(0)
    expect(stepPart(reference, [numeric(0.25, 1.25)], [numeric(0.5, 1.5)])).toBeCloseTo(0.5, 1)
  })

  it('is of names as well, those never seen among them', () => {
    expect(stepPart(names('a', 'a', 'b', 'b'), [names('a', 'b')], [names('c', 'c', 'b')])).toBeCloseTo(1, 9)
  })

  it('is null where nothing moved, nothing is there, or bins differ', () => {
    expect(stepPart(reference, [], [numeric(0, 1)])).toBeNull()
    expect(stepPart(reference, [], [numeric(0, 1, 0)])).toBeNull()
    expect(stepPart(reference, [], [])).toBeNull()
    expect(stepPart(reference, [numeric(0, 1)], [numeric(0, 1, 10, Float64Array.from([0.5]))])).toBeNull()
  })
})
