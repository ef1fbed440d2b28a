import type { ModelPolicy } from '../policy.ts'

/** 365.25 days. */
export const yearMs = 31_557_600_000

/** No reading may cry wolf more often than one comparison in a thousand, however short `falseAlarmEvery` is. */
const chanceMax = 1e-3
/** Rarer than this no law of ours is to be trusted. */
const chanceMin = 1e-12

/** The longest `falseAlarmEvery` that so many readings of panes of this length can be held to, in ms: each would have to be rarer than any law here is trusted with. */
export const longestEveryMs = (paneMs: number, readings: number): number => paneMs / (chanceMin * Math.max(1, readings))

/** What one reading of one pane may spend. */
export interface Share {
  /** readings of one pane that share the budget, over features, measures and windows */
  readings: number
  /** chance that a reading of one pane passes its level without drift, over profiles as well as panes */
  chance: number
  /** the same for all panes of a year: its level is crossed upwards no more often */
  ratePerYear: number
}

/**
 * Deals `falseAlarmEvery` out evenly over panes and readings: a union bound, which holds however readings, overlapping windows and panes depend on each other.
 * @param readings of one pane; at least 1
 */
export function shareOf({ paneMs }: ModelPolicy['time'], falseAlarmEveryMs: number, readings: number): Share {
  const chance = Math.min(chanceMax, Math.max(chanceMin, paneMs / (falseAlarmEveryMs * Math.max(1, readings))))
  return { readings, chance, ratePerYear: (chance * yearMs) / paneMs }
}
