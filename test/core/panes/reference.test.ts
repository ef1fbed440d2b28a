import { describe, expect, it } from 'vitest'
import { referenceOf, summaryOf } from '../../../src/core/panes/reference.ts'
import { addCategory, addNumeric, createCategorical, createNumeric } from '../../../src/core/sketches/feature.ts'
import { digestQuantile } from '../../../src/core/sketches/digest.ts'

const numeric = () => {
  const summary = createNumeric({ kind: 'numeric', edges: Float64Array.of(1, 2), atoms: Float64Array.of(0) })
  for (const value of [0, 0, 0.5, 1, 1.5, 7, NaN, Infinity]) addNumeric(summary, value)
  return summary
}

describe('a reference', () => {
  it('keeps every count of a numeric summary, missing and non-finite ones included', () => {
    expect(referenceOf(numeric(), 0.4)).toEqual({
      kind: 'numeric', edges: [1, 2], counts: [1, 2, 1], atoms: [0], atomCounts: [2], n: 8, missing: 1, nonFinite: 1, importance: 0.4,
      digest: [0.5, 1, 1.5, 7].map((mean) => ({ mean, n: 1 })),
    })
  })

  it('becomes the summary it was made of, as far as measures look', () => {
    const back = summaryOf(referenceOf(numeric(), null))
    const summary = numeric()
    expect({ ...back, digest: null }).toEqual({ ...summary, digest: null })
    if (back.kind === 'numeric') expect([0, 0.5, 1].map((q) => digestQuantile(back.digest, q))).toEqual([0, 0.5, 1].map((q) => digestQuantile(summary.digest, q)))
  })

  it('that fixes only the layout becomes an empty summary on its bins', () => {
    const back = summaryOf({ kind: 'numeric', edges: [1, 2], counts: [], atoms: [0], atomCounts: [], digest: [], n: 0, missing: 0, nonFinite: 0, importance: null })
    expect(back).toMatchObject({ n: 0, counts: new Float64Array(3), atomCounts: new Float64Array(1) })
  })

  it('counts names outside its categories together, and they are the unseen ones of the summary', () => {
    const summary = createCategorical({ kind: 'categorical', categories: ['web', 'app'] })
    for (const value of ['web', 'app', 'web', 'fax', null]) addCategory(summary, value)
    const reference = referenceOf(summary, null)
    expect(reference).toEqual({ kind: 'categorical', categories: ['web', 'app'], counts: [2, 1], other: 1, n: 5, missing: 1, importance: null })
    expect(summaryOf(reference)).toMatchObject({ n: 5, missing: 1, unseen: 1, other: 0, others: [] })
  })
})
