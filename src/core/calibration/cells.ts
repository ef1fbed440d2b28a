import type { FeatureSummary } from '../sketches/feature.ts'

/** Bins or categories beyond this many are gathered into so many neighbours: how panes differ shows as well in a few. */
const groupsMax = 16
/** missing, and non-finite or unseen */
export const faultCells = 2

/**
 * One pane of one feature as counts: missing, non-finite or unseen, then the rest from the least to the greatest (bins with their atoms beside them) or
 * category by category. Its length depends on the layout alone; all cells together count every record.
 */
export function cellsOf(summary: FeatureSummary): number[] {
  if (summary.kind === 'numeric') return [summary.missing, summary.nonFinite, ...grouped(ordered(summary))]
  return [summary.missing, summary.unseen, ...grouped([...summary.counts, summary.other])]
}

/** Bins by position, each followed by the atoms inside it. */
function ordered({ edges, counts, atoms, atomCounts }: Extract<FeatureSummary, { kind: 'numeric' }>): number[] {
  const cells: number[] = []
  let atom = 0
  for (let b = 0; b < counts.length; b++) {
    cells.push(counts[b])
    for (; atom < atoms.length && (b === edges.length || atoms[atom] < edges[b]); atom++) cells.push(atomCounts[atom])
  }
  return cells
}

function grouped(cells: readonly number[]): number[] {
  if (cells.length <= groupsMax) return [...cells]
  const groups = Array<number>(groupsMax).fill(0)
  cells.forEach((count, i) => { groups[Math.floor((i * groupsMax) / cells.length)] += count })
  return groups
}
