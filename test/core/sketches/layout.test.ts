import { describe, expect, it } from 'vitest'
import { normal, seeded } from '../../../src/core/random.ts'
import { addNumeric, createNumeric } from '../../../src/core/sketches/feature.ts'
import { categoricalLayoutOf, numericLayoutOf } from '../../../src/core/sketches/layout.ts'

const list = (a: Float64Array) => Array.from(a)

describe('the numeric layout of a reference', () => {
  it('has nine edges at the deciles, which share the reference evenly', () => {
    const random = seeded(1)
    const reference = Float64Array.from({ length: 1_000 }, () => normal(random))
    const s = createNumeric(numericLayoutOf(reference))
    for (const x of reference) addNumeric(s, x)
    expect(list(s.counts)).toEqual(Array.from({ length: 10 }, () => 100))
  })

  it('is not moved by one outlier', () => {
    const reference = Float64Array.from({ length: 1_000 }, (_, i) => i)
    const withOutlier = reference.slice()
    withOutlier[999] = 1e12
    expect(numericLayoutOf(withOutlier).edges).toEqual(numericLayoutOf(reference).edges)
  })

  it('takes values with a twentieth of the reference as atoms and bins the rest', () => {
    const reference = Float64Array.from([...Array.from({ length: 60 }, () => 0), ...Array.from({ length: 40 }, (_, i) => i + 1)])
    const { atoms, edges } = numericLayoutOf(reference, { bins: 4 })
    expect(list(atoms)).toEqual([0])
    expect(list(edges)).toEqual([10.75, 20.5, 30.25])
  })

  it('has atoms only, and one empty bin for what may come, where the reference has few values', () => {
    const { atoms, edges } = numericLayoutOf(Float64Array.of(0, 1, 0, 1, 1, 0))
    expect([list(atoms), list(edges)]).toEqual([[0, 1], []])
  })

  it('merges equal edges and leaves no bin of the reference empty', () => {
    const reference = Float64Array.from({ length: 400 }, (_, i) => Math.floor(i / 16))
    const { atoms, edges } = numericLayoutOf(reference, { bins: 100 })
    expect(atoms).toHaveLength(0)
    expect(new Set(edges).size).toBe(edges.length)
    const s = createNumeric({ kind: 'numeric', edges, atoms })
    for (const x of reference) addNumeric(s, x)
    expect(s.counts.every((count) => count > 0)).toBe(true)
  })

  it('ignores missing and non-finite values, and has one bin when nothing is left', () => {
    expect(numericLayoutOf(Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY))).toEqual({ kind: 'numeric', edges: Float64Array.of(), atoms: Float64Array.of() })
    expect(list(numericLayoutOf(Float64Array.of(3, Number.NaN, 1, 2, 4), { bins: 2 }).edges)).toEqual([2.5])
  })
})

describe('the categorical layout of a reference', () => {
  it('counts the most frequent names, knows the next, and orders equals by name', () => {
    const values = ['c', 'a', 'b', 'a', null, 'd', 'b', 'e']
    expect(categoricalLayoutOf(values, { max: 2, othersMax: 2 })).toEqual({ kind: 'categorical', categories: ['a', 'b'], others: ['c', 'd'] })
  })
})
