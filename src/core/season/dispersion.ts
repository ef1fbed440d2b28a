/** How much panes differ once their season is known: each pane against what the other weeks expect of its hour. */
import { dispersionOf, type FeatureDispersion, type PaneCells } from '../calibration/dispersion.ts'
import type { Serial } from '../calibration/serial.ts'
import { poolingOf, seasonCells, type HourSeen, type SeasonCells } from './cells.ts'

/** One pane: its week, its hour of the week, and its counts by place as `cellsOf` groups them. */
export type PaneSeen = HourSeen

export interface FeatureSeen {
  places: number
  isOrdered: boolean
  /** by time */
  panes: readonly PaneSeen[]
}

/**
 * All features of one layout over the same panes. What the other weeks do not know of an hour is taken out of its residual, since the level adds it again for the
 * cells in use. Of W weeks one is spent on the cells: degrees of freedom are W − 1 of W.
 * @param known what others showed together over these panes
 */
export function seasonDispersion(features: Readonly<Record<string, FeatureSeen>>, known: Serial | null = null): Record<string, FeatureDispersion> {
  const gathered = Object.fromEntries(Object.entries(features).map(([name, seen]): [string, PaneCells] =>
    [name, { cells: seen.places, isOrdered: seen.isOrdered, counts: withoutSeason(seen.panes, seen.places) }]))
  const weeks = new Set(Object.values(features).flatMap(({ panes }) => panes.map(({ week }) => week))).size
  return Object.fromEntries(Object.entries(dispersionOf(gathered, known)).map(([name, found]) => [name, { ...found, degrees: (found.degrees * (weeks - 1)) / Math.max(1, weeks) }]))
}

/** Counts that the same panes would have shown if every hour were like the whole: their residuals, in the shape that sampling from the whole has. */
export function withoutSeason(panes: readonly PaneSeen[], places: number): number[] {
  const seen = hourly(panes, places)
  const pooling = poolingOf(seen, places)
  const others = new Map<number, SeasonCells>()
  for (const { week } of panes) if (!others.has(week)) others.set(week, seasonCells(seen.filter((each) => each.week !== week), pooling))
  return panes.flatMap((pane) => turned(pane, others.get(pane.week)!, pooling.overall))
}

/** Panes of one hour added up. */
function hourly(panes: readonly PaneSeen[], places: number): HourSeen[] {
  const hours = new Map<number, { week: number; hour: number; counts: Float64Array }>()
  for (const { week, hour, counts } of panes) {
    const key = week * 168 + hour
    const held = hours.get(key) ?? { week, hour, counts: new Float64Array(places) }
    for (let k = 0; k < places; k++) held.counts[k] += counts[k]
    hours.set(key, held)
  }
  return [...hours.values()]
}

/**
 * Standardised residuals have the covariance I − aaᵀ, a = √(shares of the hour). The rotation that takes a to b = √(shares of the whole), and leaves alone what is at right
 * angles to both, makes them I − bbᵀ: what a pane of the whole would have.
 */
function turned({ hour, counts }: PaneSeen, { width, shares, worth }: SeasonCells, overall: Float64Array): number[] {
  let rows = 0
  for (let k = 0; k < width; k++) rows += counts[k]
  if (rows === 0) return Array<number>(width).fill(0)
  const share = (k: number): number => shares[hour * width + k]
  const residual = Array.from({ length: width }, (_, k) => share(k) > 0 ? (counts[k] - rows * share(k)) / Math.sqrt(rows * share(k)) : 0)
  let [along, cosine] = [0, 0]
  for (let k = 0; k < width; k++) {
    along += Math.sqrt(overall[k]) * residual[k]
    cosine += Math.sqrt(overall[k] * share(k))
  }
  const known = Math.sqrt(1 + rows / worth[hour])
  return residual.map((z, k) => {
    const root = Math.sqrt(overall[k])
    return rows * overall[k] + (Math.sqrt(rows) * root * (z - (along / (1 + cosine)) * (Math.sqrt(share(k)) + root))) / known
  })
}
