import { describe, expect, it } from 'vitest'
import { freeTextOf, isFreeText, readsFreeText } from '../../../src/core/drift/free-text.ts'
import { referenceOf } from '../../../src/core/panes/reference.ts'
import { addCategory, createCategorical, createNumeric } from '../../../src/core/sketches/feature.ts'
import { categoricalLayoutOf } from '../../../src/core/sketches/layout.ts'

function counted(values: readonly (string | null)[]) {
  const summary = createCategorical(categoricalLayoutOf(values))
  for (const value of values) addCategory(summary, value)
  return summary
}
const list = (n: number, of: (i: number) => string | null) => Array.from({ length: n }, (_, i) => of(i))

describe('free text', () => {
  it('is what hardly ever repeats', () => {
    expect(isFreeText(counted(list(1_000, (i) => `session-${i}`)))).toBe(true)
    expect(isFreeText(counted(list(1_000, (i) => `order-${i >> 1}`)))).toBe(true)
  })

  it('is nothing that has frequent values, few values, or many that repeat', () => {
    expect(isFreeText(counted(list(1_000, (i) => (i % 20 === 0 ? 'none' : `note ${i}`))))).toBe(false)
    expect(isFreeText(counted(list(5_000, (i) => `zip ${i % 1_000}`)))).toBe(true)
    expect(isFreeText(counted(list(5_000, (i) => `zip ${i % 300}`)))).toBe(false)
    expect(isFreeText(counted(list(1_000, (i) => `shop ${i % 40}`)))).toBe(false)
  })

  it('cannot be told from too few values, however many are missing, nor of numbers', () => {
    expect(isFreeText(counted(list(499, (i) => `session-${i}`)))).toBe(false)
    expect(isFreeText(counted(list(5_000, (i) => (i % 20 === 0 ? `session-${i}` : null))))).toBe(false)
    expect(isFreeText(createNumeric({ kind: 'numeric', edges: new Float64Array(0), atoms: new Float64Array(0) }))).toBe(false)
  })

  it('is told of a profile by name, and leaves missing values and types to be read', () => {
    const features = { session: referenceOf(counted(list(600, (i) => `s${i}`)), null), channel: referenceOf(counted(list(600, (i) => `c${i % 3}`)), null) }
    expect(freeTextOf(features)).toEqual(['session'])
    expect(['missing', 'type-change', 'unseen', 'psi'].map(readsFreeText)).toEqual([true, true, false, false])
  })
})
