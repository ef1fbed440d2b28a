import { assert } from '../assert.ts'
import { integer, unit } from '../unit.ts'

/** Plain data; the name index is kept beside it, found by the identity of the lists. */
export interface CategoryCounts {
  /** names with a count of their own */
  categories: readonly string[]
  /** further names known from the reference; they share the count `other` and are not unseen */
  others: readonly string[]
  /** one for each of `categories` */
  counts: Float64Array
  other: number
  /** values whose name is in neither list */
  unseen: number
  /** the first of their names, in order of arrival, cut to 64 characters */
  unseenNames: string[]
}

const UNSEEN_NAMES_MAX = 20
const NAME_LENGTH_MAX = 64

/** Name → position, built once for each list that is in use and dropped with it; it holds nothing that the list does not say. */
const positions = new WeakMap<readonly string[], Map<string, number>>()

function positionsOf(names: readonly string[]): Map<string, number> {
  let known = positions.get(names)
  if (known === undefined) positions.set(names, (known = new Map(names.map((name, i) => [name, i]))))
  return known
}

/** Empty counts on fixed lists, which must not change afterwards. */
export function createCategoryCounts(categories: readonly string[], others: readonly string[] = []): CategoryCounts {
  return { categories, others, counts: new Float64Array(categories.length), other: 0, unseen: 0, unseenNames: [] }
}

export function countCategory(c: CategoryCounts, name: string): void {
  const position = positionsOf(c.categories).get(name)
  if (position !== undefined) c.counts[position] += 1
  else if (c.others.length > 0 && positionsOf(c.others).has(name)) c.other += 1
  else {
    c.unseen += 1
    if (c.unseenNames.length < UNSEEN_NAMES_MAX) noteUnseen(c, name)
  }
}

function noteUnseen(c: CategoryCounts, name: string): void {
  const short = name.slice(0, NAME_LENGTH_MAX)
  if (c.unseenNames.length < UNSEEN_NAMES_MAX && !c.unseenNames.includes(short)) c.unseenNames.push(short)
}

/** Adds the counts of `from`, which must be on the same lists. */
export function mergeCategoryCounts(into: CategoryCounts, from: CategoryCounts): void {
  assert(sameNames(into.categories, from.categories) && sameNames(into.others, from.others), 'category counts merge only on the same categories')
  for (let i = 0; i < into.counts.length; i++) into.counts[i] += from.counts[i]
  into.other += from.other
  into.unseen += from.unseen
  for (const name of from.unseenNames) noteUnseen(into, name)
}

/** Whether two lists hold the same names in the same order. */
export const sameNames = (a: readonly string[], b: readonly string[]): boolean => a === b || (a.length === b.length && a.every((name, i) => name === b[i]))

export interface LearnedCategories {
  names: string[]
  counts: number[]
  unseen: number
  unseenNames: string[]
  n: number
  missing: number
}

/**
 * Counts the first `max` distinct names it meets; later new ones are unseen. Null is missing.
 * Which names are learned depends on their order, so parts cannot be merged into what the whole would have been: there is no merge.
 * Panes use fixed lists, whose counts do merge.
 */
export const categories = unit({
  name: 'categories',
  summary: 'Counts of category names, with the names that came after the list was full.',
  source: 'by definition',
  params: { max: integer(50, 'distinct names counted one by one', { min: 1, max: 1_000 }) },
  init: (): LearnedCategories => ({ names: [], counts: [], unseen: 0, unseenNames: [], n: 0, missing: 0 }),
  update(state, name: string | null, { max }) {
    state.n += 1
    if (name === null) {
      state.missing += 1
      return
    }
    const short = name.slice(0, NAME_LENGTH_MAX)
    const known = positionsOf(state.names)
    const position = known.get(short)
    if (position !== undefined) state.counts[position] += 1
    else if (state.names.length < max) {
      known.set(short, state.names.length)
      state.names.push(short)
      state.counts.push(1)
    } else {
      state.unseen += 1
      if (state.unseenNames.length < UNSEEN_NAMES_MAX && !state.unseenNames.includes(short)) state.unseenNames.push(short)
    }
  },
  read: ({ names, counts, unseen, unseenNames, n, missing }) => ({
    categories: names.map((name, i) => ({ name, count: counts[i] })), unseen, unseenNames: [...unseenNames].sort(), n, missing,
  }),
})
