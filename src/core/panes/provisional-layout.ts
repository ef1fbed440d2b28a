/** Bins from what was seen while there were none: quantiles of the digest, heavy values as atoms, frequent names as categories. */
import type { ModelPolicy } from '../policy.ts'
import type { CategoricalReference, FeatureReference, NumericReference } from '../records.ts'
import { digestQuantile } from '../sketches/digest.ts'
import type { NumericSummary } from '../sketches/feature.ts'
import type { FeaturesSummary } from './summary.ts'

/** Quantile bins of a numeric feature. */
const binCount = 10
/** A value with at least this share of the rows is an atom of its own. */
const atomShareMin = 0.05
/** Categories with a count of their own. */
const categoriesMax = 50
/** Once a feature has this many times the rows asked for, features that are still short of rows are left out rather than waited for. */
const patience = 4

type ProfilePolicy = ModelPolicy['profile']

/**
 * References that fix bins and count nothing, by feature; empty while rows are too few.
 * Bins that the policy fixes win, and need no rows.
 * @param records feature records behind the summaries
 */
export function provisionalLayout(set: FeaturesSummary, records: number, policy: ProfilePolicy): Record<string, FeatureReference> {
  const names = Object.keys(set.features).sort()
  const ready = names.filter((name) => isFixed(name, policy) || set.features[name].n >= policy.layoutRowsMin)
  if (ready.length < names.length && records < patience * policy.layoutRowsMin) return {}
  return Object.fromEntries(ready.map((name) => [name, layoutFor(set, name, policy)]))
}

const isFixed = (name: string, { edges, atoms, categories }: ProfilePolicy): boolean => [edges, atoms, categories].some((fixed) => Object.hasOwn(fixed, name))

function layoutFor(set: FeaturesSummary, name: string, policy: ProfilePolicy): FeatureReference {
  const summary = set.features[name]
  const heavy = set.heavy[name] ?? []
  return summary.kind === 'numeric' ? numericLayout(summary, heavy, policy.edges[name], policy.atoms[name]) : categoricalLayout(heavy, policy.categories[name])
}

/** Quantile bins and atoms of one numeric quantity; what is fixed wins. */
export function numericLayout(summary: NumericSummary, heavy: readonly [number | string, number][] = [], fixedEdges?: readonly number[], fixedAtoms?: readonly number[]): NumericReference {
  const rows = summary.n - summary.missing - summary.nonFinite
  const found = heavy.filter(([value, count]) => typeof value === 'number' && count >= Math.max(2, atomShareMin * rows)).map(([value]) => value as number)
  const atoms = [...(fixedAtoms ?? found)].sort((a, b) => a - b)
  const edges = fixedEdges ?? quantileEdges(summary, fixedAtoms === undefined ? heavy.filter(([value]) => atoms.includes(value as number)) as [number, number][] : [])
  return { kind: 'numeric', edges: [...edges], counts: [], atoms, atomCounts: [], digest: [], n: 0, missing: 0, nonFinite: 0, importance: null }
}

/**
 * Edges at the quantiles of the values that are no atoms. The digest holds the atoms too, so a quantile of the rest is looked up
 * at the rank it has among all; each edge once, and none at or below the least value.
 */
function quantileEdges({ digest }: NumericSummary, atoms: readonly [number, number][]): number[] {
  const heavy = atoms.reduce((sum, [, count]) => sum + count, 0)
  const rest = digest.n - heavy
  const edges: number[] = []
  for (let i = 1; i < binCount && rest > 0; i++) {
    const edge = valueAtRank((i / binCount) * rest, digest, atoms)
    if (edge > (edges.at(-1) ?? digest.min)) edges.push(edge)
  }
  return edges
}

/** The value with this many non-atom values below it. */
function valueAtRank(rank: number, digest: NumericSummary['digest'], atoms: readonly [number, number][]): number {
  let [passed, value] = [0, digestQuantile(digest, Math.min(1, rank / digest.n))!]
  for (const [atom, count] of atoms) {
    if (atom > value) break
    passed += count
    value = digestQuantile(digest, Math.min(1, (rank + passed) / digest.n))!
  }
  return value
}

function categoricalLayout(heavy: readonly [number | string, number][], fixed?: readonly string[]): CategoricalReference {
  const byCount = [...heavy].sort(([a, x], [b, y]) => y - x || (String(a) < String(b) ? -1 : 1))
  const categories = fixed ?? byCount.slice(0, categoriesMax).map(([value]) => String(value))
  return { kind: 'categorical', categories: [...categories], counts: [], other: 0, n: 0, missing: 0, importance: null }
}
