import { describe, expect, it } from 'vitest'
import { categories, countCategory, createCategoryCounts, mergeCategoryCounts } from '../../../src/core/sketches/categories.ts'
import { InvariantError } from '../../../src/core/assert.ts'

describe('categories', () => {
  it('learns the first names and calls later ones unseen', () => {
    const state = categories.init({ max: 2 })
    for (const name of ['b', 'a', 'b', 'z', null, 'c', 'z']) categories.update(state, name, { max: 2 })
    expect(categories.read(state, { max: 2 })).toEqual({
      categories: [{ name: 'b', count: 2 }, { name: 'a', count: 1 }], unseen: 3, unseenNames: ['c', 'z'], n: 7, missing: 1,
    })
  })
})

describe('category counts on fixed lists', () => {
  it('are not fooled by names that every object has', () => {
    const counts = createCategoryCounts(['a'])
    for (const name of ['__proto__', 'toString', 'a']) countCategory(counts, name)
    expect([counts.counts[0], counts.unseen]).toEqual([1, 2])
  })

  it('merge on the same lists only', () => {
    expect(() => mergeCategoryCounts(createCategoryCounts(['a']), createCategoryCounts(['b']))).toThrow(InvariantError)
    expect(() => mergeCategoryCounts(createCategoryCounts(['a']), createCategoryCounts(['a'], ['b']))).toThrow(InvariantError)
  })
})
