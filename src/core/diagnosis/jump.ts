/** Whether a change came at one instant, as a broken pipeline makes it, or grew, as the world does. */
import { normalQuantile } from '../math/normal.ts'

/** A level that changed between two neighbouring panes and stayed. */
export interface Jump {
  /** start of the first pane after it; null: it was there in the oldest pane looked at */
  atMs: number | null
  before: number
  after: number
}

export interface ShareAt {
  atMs: number
  hits: number
  of: number
}

/**
 * The jump of a share from its reference to what it is now, or null where it grew in steps none of which makes half of the way.
 * @param series panes ascending in time; those with `of` 0 say nothing
 * @param reference the share before everything; a first pane that is already up began before what is looked at
 */
export function shareJump(series: readonly ShareAt[], reference: number): Jump | null {
  const panes = series.filter(({ of }) => of > 0)
  if (panes.length === 0) return null
  const shares = panes.map(({ hits, of }) => hits / of)
  const steps = shares.map((share, i) => share - (i === 0 ? reference : shares[i - 1]))
  const way = levelOf(shares.slice(-3)) - reference
  const at = steps.reduce((best, step, i) => (Math.sign(way) * step > Math.sign(way) * steps[best] ? i : best), 0)
  if (way === 0 || steps[at] / way < 0.5) return null
  return { atMs: at === 0 ? null : panes[at].atMs, before: at === 0 ? reference : levelOf(shares.slice(Math.max(0, at - 3), at)), after: levelOf(shares.slice(at)) }
}

/** Factor by which traffic must change to be a fault rather than a busy day. */
const volumeFactor = 2
const [panesBeforeMin, panesAfterMin] = [3, 2]
/** panes on each side whose median is its level: few, so that a swing is none */
const levelPanes = 6
const z = normalQuantile(1 - 1e-6)

/**
 * The last jump of traffic that stayed: a step between neighbouring panes far beyond the usual step (Poisson noise, or what panes usually differ by), with at
 * least three panes before and two after; the medians of up to six on each side differ at least twofold. Null while there is none; a slow swing, like a day's, is none.
 * @param counts inferences a pane, ascending in time, 0 where a pane is empty
 */
export function volumeJump(counts: readonly { atMs: number; n: number }[]): Jump | null {
  const roots = counts.map(({ n }) => 2 * Math.sqrt(n))
  const steps = roots.slice(1).map((root, i) => root - roots[i])
  const usual = Math.max(Math.SQRT2, 1.4826 * levelOf(steps.map(Math.abs)))
  for (let at = counts.length - panesAfterMin; at >= panesBeforeMin; at--) {
    if (Math.abs(steps[at - 1]) <= z * usual) continue
    const [before, after, now] = [counts.slice(Math.max(0, at - levelPanes), at), counts.slice(at, at + levelPanes), counts.slice(Math.max(at, counts.length - 3))].map(volumeOf)
    if (differ(before, after) && differ(before, now)) return { atMs: counts[at].atMs, before, after: now }
  }
  return null
}

const volumeOf = (counts: readonly { n: number }[]): number => levelOf(counts.map(({ n }) => n))
const differ = (a: number, b: number): boolean => Math.max(a, b) > 0 && Math.max(a, b) >= volumeFactor * Math.min(a, b)

/** The median; 0 of nothing. */
function levelOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length === 0 ? 0 : sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
