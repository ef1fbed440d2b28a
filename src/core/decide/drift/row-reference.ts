/**
 * Rows of the first panes of a reference, kept to compare later ones with: parts `rows/<model>` and, pane by pane, `rows/<model>/<start>`.
 * Of a profile made from a table nobody kept the rows: the first live panes on its bins stand for it, as they do for how much panes differ.
 */
import { compactRowSample, type RowSample } from '../../panes/row-sample.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import { partName, type Parts } from '../../parts.ts'
import type { Turn } from '../turn.ts'

/** Rows of a reference or a window, over all its panes; a pane has an even share of them, and counts no less for having more. */
const rowsMax = 6_000

/** Part `rows/<model>`. */
export interface RowReference {
  /** version and layout: another one starts afresh */
  key: string
  /** starts of the panes kept, ascending */
  starts: number[]
  /** panes that make it whole */
  panesWanted: number
  /** what classifiers see from one pane to the next though nothing changes, by what was asked; see `row-readings.ts` */
  leaks: Record<string, number>
}

const headPart = (model: string): string => partName('rows', model)
const samplePart = (model: string, startMs: number): string => partName('rows', model, startMs)
const keyOf = (version: string, layout: string): string => `${version} ${layout}`

/** Rows of one pane among so many. */
export const rowsEach = (panes: number): number => Math.ceil(rowsMax / panes)

/** Null before the first pane. */
export function rowReference(parts: Parts, model: string, version: string, layout: string): RowReference | null {
  const held = parts.get<RowReference>(headPart(model))
  return held?.key === keyOf(version, layout) ? held : null
}

export const isWhole = ({ starts, panesWanted }: RowReference): boolean => starts.length >= panesWanted

export const referenceSamples = (parts: Parts, model: string, { starts }: RowReference): RowSample[] => starts.map((start) => parts.get<RowSample>(samplePart(model, start))!)

export const keepLeak = (parts: Parts, model: string, reference: RowReference, asked: string, leak: number): void => {
  reference.leaks[asked] = leak
  parts.touch(headPart(model))
}

/** Adds a pane that has been read, until there are enough: a later drift cannot pass for the reference. */
export function gatherRows({ parts, model, policy }: Turn, { rows, startMs, features }: PaneSummary, version: string, layout: string | null): void {
  if ((policy.drift.rows ?? []).length === 0) return forgetRows(parts, model)
  if (rows === undefined || rows.n === 0 || layout === null || !features.some((set) => set.layout === layout)) return
  const held = rowReference(parts, model, version, layout)
  if (held !== null && isWhole(held)) return
  if (held === null) forgetRows(parts, model)
  const head = held ?? { key: keyOf(version, layout), starts: [], panesWanted: policy.profile.referencePanes, leaks: {} }
  head.starts.push(startMs)
  parts.put(samplePart(model, startMs), compactRowSample(rows, rowsEach(head.panesWanted)))
  parts.put(headPart(model), head)
}

function forgetRows(parts: Parts, model: string): void {
  const held = parts.get<RowReference>(headPart(model))
  if (held === undefined) return
  for (const start of held.starts) parts.delete(samplePart(model, start))
  parts.delete(headPart(model))
}
