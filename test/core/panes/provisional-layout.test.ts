import { describe, expect, it } from 'vitest'
import { provisionalLayout } from '../../../src/core/panes/provisional-layout.ts'
import type { NumericReference } from '../../../src/core/records.ts'
import { paneOf, policyOf, spread, type PaneGiven } from '../decide/build.ts'

const { profile: policy } = policyOf()
const laid = (given: PaneGiven, records: number, rules = policy) => provisionalLayout(paneOf(0, given).features[0], records, rules)

describe('a provisional layout', () => {
  it('waits for enough rows', () => {
    expect(laid({ features: { amount: spread(99) } }, 99)).toEqual({})
    expect(Object.keys(laid({ features: { amount: spread(100) } }, 100))).toEqual(['amount'])
  })

  it('puts edges at the deciles of what is no atom', () => {
    const { atoms, edges } = laid({ features: { amount: [...spread(900, 0, 9), ...Array.from({ length: 100 }, () => 4.5)] } }, 1_000).amount as NumericReference
    expect(atoms).toEqual([4.5])
    expect(edges).toHaveLength(9)
    edges.forEach((edge, i) => expect(edge).toBeCloseTo(0.9 * (i + 1), 0))
  })

  it('makes no atom of a value with less than one row in twenty', () => {
    expect((laid({ features: { amount: [...spread(960), ...Array.from({ length: 40 }, () => 0)] } }, 1_000).amount as NumericReference).atoms).toEqual([])
  })

  it('gives a constant no edges and makes it an atom', () => {
    expect(laid({ features: { flag: Array.from({ length: 200 }, () => 1) } }, 200).flag).toMatchObject({ atoms: [1], edges: [] })
  })

  it('orders categories by count, equal ones by name', () => {
    const names = [...Array.from({ length: 60 }, () => 'b'), ...Array.from({ length: 60 }, () => 'a'), ...Array.from({ length: 80 }, () => 'c')]
    expect(laid({ names: { channel: names } }, 200).channel).toMatchObject({ categories: ['c', 'a', 'b'] })
  })

  it('takes what the policy fixes, whatever was seen', () => {
    const rules = { ...policy, edges: { amount: [5] }, atoms: { amount: [0] } }
    expect(laid({ features: { amount: spread(3) } }, 3, rules).amount).toMatchObject({ edges: [5], atoms: [0] })
  })

  it('does not wait for ever for a rare feature', () => {
    const given = { features: { amount: spread(400), rare: [1, 2, 3] } }
    expect(laid(given, 399)).toEqual({})
    expect(Object.keys(laid(given, 400))).toEqual(['amount'])
  })
})
