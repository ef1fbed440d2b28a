import { describe, expect, it } from 'vitest'
import { importanceShares } from '../../../src/core/triggers/drift.ts'
import { triggers } from '../../../src/core/triggers/table.ts'

describe('the trigger table', () => {
  it('lists every trigger under its own name, with a sentence', () => {
    for (const [name, trigger] of Object.entries(triggers)) {
      expect(trigger.name).toBe(name)
      expect(trigger.summary).toMatch(/^\S.{9,}\.$/)
    }
  })
})

describe('importance', () => {
  const of = (...importances: (number | null)[]) => Object.values(importanceShares({ features: importances.map((importance, i) => ({ feature: `f${i}`, importance, readings: [] })) }))

  it('that nobody gave is equal', () => {
    expect(of(null, null, null, null)).toEqual([0.25, 0.25, 0.25, 0.25])
  })

  it('that is given is normalised to 1', () => {
    expect(of(2, 6)).toEqual([0.25, 0.75])
  })

  it('that is missing shares what the given ones leave', () => {
    expect(of(0.6, null, null)).toEqual([0.6, 0.2, 0.2])
  })

  it('that is zero everywhere is equal', () => {
    expect(of(0, 0)).toEqual([0.5, 0.5])
  })
})
