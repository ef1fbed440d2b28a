import { assert } from '../assert.ts'
import { numbers, unit, UnitError } from '../unit.ts'

/**
 * The bin of a finite x among ascending inner edges: the number of edges ≤ x, so that k edges make the k + 1 bins
 * (−∞, e₁), [e₁, e₂), …, [eₖ, ∞).
 *
 * Cuts the places that are left into four by three comparisons that do not wait for each other, and adds their outcomes up.
 * Nothing branches on x: where a value falls cannot be foretold, and a processor that guesses it wrongly loses more than all the comparisons take.
 */
export function binOf(edges: Float64Array, x: number): number {
  let bin = 0
  let left = edges.length
  while (left > 3) {
    const quarter = left >>> 2
    bin += quarter * (Number(edges[bin + quarter - 1] <= x) + Number(edges[bin + 2 * quarter - 1] <= x) + Number(edges[bin + 3 * quarter - 1] <= x))
    left -= 3 * quarter
  }
  const end = bin + left
  for (let i = bin; i < end; i++) bin += Number(edges[i] <= x)
  return bin
}

/** Asserts that edges are finite and strictly ascending. */
export function assertAscending(edges: Float64Array, what: string): void {
  for (let i = 0; i < edges.length; i++) {
    assert(Number.isFinite(edges[i]) && (i === 0 || edges[i - 1] < edges[i]), `${what} must be finite and ascend, but entry ${i} is ${edges[i]}`)
  }
}

/** Whether two lists hold the same numbers in the same order. */
export function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export interface Histogram {
  edges: Float64Array
  /** one more than edges */
  counts: Float64Array
  /** values seen, the missing and non-finite ones included */
  n: number
  missing: number
  nonFinite: number
}

/** Counts between fixed edges. NaN counts as missing, ±Infinity as non-finite; neither enters a bin. */
export const histogram = unit({
  name: 'histogram',
  summary: 'Counts of values between fixed edges.',
  source: 'Pearson 1895',
  params: { edges: numbers([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], 'inner edges, ascending; null for a single bin') },
  init({ edges: given }): Histogram {
    const edges = Float64Array.from(given ?? [])
    if (edges.some((edge, i) => i > 0 && edges[i - 1] >= edge)) throw new UnitError(`histogram: parameter 'edges' must ascend, not ${JSON.stringify(given)}`)
    return { edges, counts: new Float64Array(edges.length + 1), n: 0, missing: 0, nonFinite: 0 }
  },
  update(state, x: number) {
    state.n += 1
    if (Number.isFinite(x)) state.counts[binOf(state.edges, x)] += 1
    else if (Number.isNaN(x)) state.missing += 1
    else state.nonFinite += 1
  },
  read: ({ edges, counts, n, missing, nonFinite }) => ({ edges: Array.from(edges), counts: Array.from(counts), n, missing, nonFinite }),
  merge(into, from) {
    assert(sameNumbers(into.edges, from.edges), 'histograms merge only on the same edges')
    for (let i = 0; i < into.counts.length; i++) into.counts[i] += from.counts[i]
    into.n += from.n
    into.missing += from.missing
    into.nonFinite += from.nonFinite
  },
})
