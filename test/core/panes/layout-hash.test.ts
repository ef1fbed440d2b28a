import { describe, expect, it } from 'vitest'
import { createHash } from 'node:crypto'
import { layoutHash, scoreLayoutHash } from '../../../src/core/panes/layout-hash.ts'
import type { CategoricalReference, NumericReference } from '../../../src/core/records.ts'

const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const amount = (given: Partial<NumericReference> = {}): NumericReference => ({
  kind: 'numeric', edges: [1, 2], counts: [3, 4, 5], atoms: [0], atomCounts: [7], digest: [], n: 19, missing: 0, nonFinite: 0, importance: 0.5, ...given,
})
const channel: CategoricalReference = { kind: 'categorical', categories: ['web', 'app'], counts: [1, 2], other: 0, n: 3, missing: 0, importance: null }

describe('the layout hash', () => {
  it('does not change with what was counted or with the order of features', () => {
    const layoutOnly = amount({ counts: [], atomCounts: [], n: 0, importance: null })
    expect(layoutHash({ features: { amount: amount(), channel } }, hash)).toBe(layoutHash({ features: { channel, amount: layoutOnly } }, hash))
  })

  it('changes with every edge, atom, category and name', () => {
    const of = (features: Parameters<typeof layoutHash>[0]['features']) => layoutHash({ features }, hash)
    const hashes = [
      of({ amount: amount() }), of({ amount: amount({ edges: [1, 3] }) }), of({ amount: amount({ atoms: [] }) }), of({ sum: amount() }),
      of({ amount: amount(), channel }), of({ amount: amount(), channel: { ...channel, categories: ['app', 'web'] } }),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  it('is none without features, and none for a profile that fixes nothing about the score', () => {
    expect(layoutHash({ features: {} }, hash)).toBe('none')
    expect(scoreLayoutHash({ score: null, scoreEdges: null }, hash)).toBe('none')
    expect(scoreLayoutHash({ score: null, scoreEdges: [0.5] }, hash)).not.toBe(scoreLayoutHash({ score: amount(), scoreEdges: null }, hash))
  })
})
