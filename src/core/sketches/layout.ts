/** What a reference sample fixes for every later pane: bins, heavy values, categories. */
import type { CategoricalLayout, NumericLayout } from './feature.ts'
import { sortAscending } from './sort.ts'

/**
 * Edges at the quantiles of the reference values that are no atoms, atoms being values with at least `atomShareMin` of the finite reference.
 * Equal edges are merged, and an edge that would close an empty bin is dropped, so that every bin holds part of the reference.
 * Missing and non-finite values are ignored; without finite values there are no edges, hence a single bin.
 * @param values in any order; left alone
 */
export const numericLayoutOf = (values: Float64Array, options: LayoutOptions = {}): NumericLayout => layoutOfSorted(sortAscending(finiteOf(values)), options).layout

export interface LayoutOptions {
  bins?: number
  atomShareMin?: number
}

/** The same of finite values that ascend, with those of them that are no atoms. */
export function layoutOfSorted(finite: Float64Array, { bins = 10, atomShareMin = 0.05 }: LayoutOptions = {}): { layout: NumericLayout; rest: Float64Array } {
  const atoms = heavyValues(finite, Math.max(2, atomShareMin * finite.length))
  const rest = without(finite, atoms)
  return { layout: { kind: 'numeric', edges: Float64Array.from(quantileEdges(rest, bins)), atoms: Float64Array.from(atoms) }, rest }
}

/** A copy of the finite values, in their order. */
export function finiteOf(values: Float64Array): Float64Array {
  const kept = new Float64Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) kept[count++] = values[i]
  return kept.subarray(0, count)
}

/** An ascending list without some of its values, which ascend too. */
function without(sorted: Float64Array, some: readonly number[]): Float64Array {
  if (some.length === 0) return sorted
  const kept = new Float64Array(sorted.length)
  let [count, next] = [0, 0]
  for (let i = 0; i < sorted.length; i++) {
    while (next < some.length && some[next] < sorted[i]) next++
    if (some[next] !== sorted[i]) kept[count++] = sorted[i]
  }
  return kept.subarray(0, count)
}

/** The quantiles of an ascending list that are edges of bins with something in them. */
function quantileEdges(sorted: Float64Array, bins: number): number[] {
  const edges: number[] = []
  let below = 0
  for (let i = 1; i < bins && sorted.length > 0; i++) {
    const edge = sortedQuantile(sorted, i / bins)
    const binStart = below
    while (sorted[below] < edge) below++
    if (below > binStart) edges.push(edge)
  }
  return edges
}

/** The values that occur at least `countMin` times in an ascending list. */
function heavyValues(sorted: Float64Array, countMin: number): number[] {
  const heavy: number[] = []
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (end < sorted.length && sorted[end] === sorted[start]) end++
    if (end - start >= countMin) heavy.push(sorted[start])
  }
  return heavy
}

/** The quantile of an ascending list, interpolated between neighbours (Hyndman & Fan 1996, type 7, numpy's default). */
export function sortedQuantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1)
  const low = Math.floor(at)
  const share = at - low
  return share === 0 ? sorted[low] : sorted[low] * (1 - share) + sorted[low + 1] * share
}

/**
 * The `max` most frequent names get a count of their own; the next `othersMax` are known, and counted together as OTHER.
 * Names rarer still cannot be told from new ones: they count as unseen, in the reference as well as in what is compared with it,
 * so that only a rise of the unseen share says anything. Equal counts are ordered by name.
 */
export function categoricalLayoutOf(values: readonly (string | null)[], options: { max?: number; othersMax?: number } = {}): CategoricalLayout {
  const { max = 50, othersMax = 200 } = options
  const counts = new Map<string, number>()
  for (const value of values) {
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  const names = [...counts].sort(([a, na], [b, nb]) => nb - na || (a < b ? -1 : 1)).map(([name]) => name)
  return { kind: 'categorical', categories: names.slice(0, max), others: names.slice(max, max + othersMax) }
}
