/**
 * What a feature looks like in each hour of the week: 168 cells, partially pooled. From a few weeks a cell alone is noisy, so it is drawn towards what its hour of the day and
 * its day come to, and those towards the whole, each by as much as empirical Bayes says: variance between cells against variance within.
 * Source: James & Stein 1961; Efron & Morris 1973.
 */

export const hourMs = 3_600_000
export const weekHours = 168
const dayHours = 24
const weekDays = 7
/** parameters of hours and days together, which cells do not vary about freely */
const marginFree = dayHours + weekDays - 1
/** values that a place must be expected to hold in a cell before it can have a season of its own; rarer ones share that of the rest */
const expectedMin = 5

/** Whether panes fill hours of the week: they divide an hour, or are whole hours that divide a week. */
export const fillsWeek = (paneMs: number): boolean => hourMs % paneMs === 0 || (paneMs % hourMs === 0 && (weekHours * hourMs) % paneMs === 0)

/** Of the week that began with the epoch, a Thursday in UTC: 0 to 167. */
export const hourOfWeek = (atMs: number): number => Math.floor(atMs / hourMs) % weekHours

/** Counts by place (missing, bins, atoms or categories) of one hour of one week. */
export interface HourSeen {
  week: number
  /** of the week, 0 to 167 */
  hour: number
  counts: ArrayLike<number>
}

/** What all weeks together say before any cell is looked at. Variances are of shares, per degree of freedom, in units where sampling makes 1 / rows. */
export interface Pooling {
  /** shares of the whole */
  overall: Float64Array
  /** places that are common enough for a season */
  isCommon: boolean[]
  /** the design effect of the same hour over weeks; at least 1 */
  within: number
  /** between hours of the day, between days, and of cells about what these come to */
  hours: number
  days: number
  cells: number
}

export interface SeasonCells {
  /** places of a cell */
  width: number
  /** shares cell by cell, each cell summing to 1 */
  shares: Float64Array
  /** rows that each cell's shares are worth, those that it borrows included */
  worth: Float64Array
}

interface Totals {
  /** rows, and counts place by place, of so many groups one after the other */
  rows: Float64Array
  counts: Float64Array
}

const add = ({ rows, counts }: Totals, group: number, from: ArrayLike<number>): void => {
  for (let k = 0; k < from.length; k++) {
    rows[group] += from[k]
    counts[group * from.length + k] += from[k]
  }
}

const totals = (groups: number, width: number): Totals => ({ rows: new Float64Array(groups), counts: new Float64Array(groups * width) })

interface Margins {
  all: Totals
  hours: Totals
  days: Totals
  cells: Totals
}

function marginsOf(seen: readonly HourSeen[], width: number): Margins {
  const margins = { all: totals(1, width), hours: totals(dayHours, width), days: totals(weekDays, width), cells: totals(weekHours, width) }
  for (const { hour, counts } of seen) {
    add(margins.all, 0, counts)
    add(margins.hours, hour % dayHours, counts)
    add(margins.days, Math.floor(hour / dayHours), counts)
    add(margins.cells, hour, counts)
  }
  return margins
}

const shareOf = ({ rows, counts }: Totals, group: number, k: number, width: number): number => rows[group] > 0 ? counts[group * width + k] / rows[group] : 0

/** Learns from all weeks how far cells may be trusted. */
export function poolingOf(seen: readonly HourSeen[], width: number): Pooling {
  const margins = marginsOf(seen, width)
  const places = Array.from({ length: width }, (_, k) => k)
  const overall = Float64Array.from(places, (k) => shareOf(margins.all, 0, k, width))
  const occupied = Math.max(1, margins.cells.rows.filter((rows) => rows > 0).length)
  const isCommon = places.map((k) => (overall[k] * margins.all.rows[0]) / occupied >= expectedMin)
  const common = places.filter((k) => isCommon[k])
  const free = common.reduce((sum, k) => sum + 1 - overall[k], 0)
  const pooling: Pooling = { overall, isCommon, within: 1, hours: 0, days: 0, cells: 0 }
  if (!(free > 0)) return pooling
  const distance = (share: (k: number) => number, from: (k: number) => number): number =>
    common.reduce((sum, k) => sum + (share(k) - from(k)) ** 2 / overall[k], 0) / free
  pooling.within = withinOf(seen, margins.cells, width, distance)
  const between = (of: Totals, kept: number, from: (group: number, k: number) => number): number => {
    const groups = Array.from(of.rows.keys()).filter((group) => of.rows[group] > 0)
    const excess = groups.map((group) => distance((k) => shareOf(of, group, k, width), (k) => from(group, k)) - (pooling.within * kept) / of.rows[group])
    return Math.max(0, excess.reduce((a, b) => a + b, 0) / Math.max(1, groups.length) / kept)
  }
  pooling.hours = between(margins.hours, 1 - 1 / dayHours, (_, k) => overall[k])
  pooling.days = between(margins.days, 1 - 1 / weekDays, (_, k) => overall[k])
  const targets = Array.from({ length: weekHours }, (_, hour) => targetOf(margins, pooling, hour, width))
  pooling.cells = between(margins.cells, 1 - marginFree / weekHours, (hour, k) => targets[hour][k])
  return pooling
}

/** How much more the same hour differs between weeks than sampling makes it. */
function withinOf(seen: readonly HourSeen[], cells: Totals, width: number, distance: (share: (k: number) => number, from: (k: number) => number) => number): number {
  let [square, free] = [0, 0]
  const weeks = new Float64Array(weekHours)
  for (const { hour, counts } of seen) {
    let rows = 0
    for (let k = 0; k < width; k++) rows += counts[k]
    if (rows === 0) continue
    square += rows * distance((k) => counts[k] / rows, (k) => shareOf(cells, hour, k, width))
    weeks[hour] += 1
  }
  for (const count of weeks) free += Math.max(0, count - 1)
  return free > 0 ? Math.max(1, square / free) : 1
}

const weightOf = (variance: number, within: number, rows: number): number => variance > 0 && rows > 0 ? variance / (variance + within / rows) : 0

/**
 * What hour of the day and day come to together: each drawn towards the whole, then multiplied, as independent effects are in a log-linear model. Where they move the mean of a
 * number that is nearly exact, while their sum is not. Shares sum to 1.
 */
function targetOf({ all, hours, days }: Margins, pooling: Pooling, hour: number, width: number): Float64Array {
  const [inDay, day] = [hour % dayHours, Math.floor(hour / dayHours)]
  const [ofHour, ofDay] = [weightOf(pooling.hours, pooling.within, hours.rows[inDay]), weightOf(pooling.days, pooling.within, days.rows[day])]
  const target = new Float64Array(width)
  let sum = 0
  for (let k = 0; k < width; k++) {
    const whole = shareOf(all, 0, k, width)
    if (whole === 0) continue
    const inHour = whole + ofHour * (shareOf(hours, inDay, k, width) - whole)
    sum += target[k] = (inHour * (whole + ofDay * (shareOf(days, day, k, width) - whole))) / whole
  }
  if (sum > 0) for (let k = 0; k < width; k++) target[k] /= sum
  return target
}

/** The cells as these weeks have them, pooled as all weeks ask. An hour that was never seen is what its hour of the day and its day come to. */
export function seasonCells(seen: readonly HourSeen[], pooling: Pooling): SeasonCells {
  const width = pooling.overall.length
  const margins = marginsOf(seen, width)
  const cells: SeasonCells = { width, shares: new Float64Array(weekHours * width), worth: new Float64Array(weekHours) }
  for (let hour = 0; hour < weekHours; hour++) fillCell(cells, margins, pooling, hour)
  return cells
}

function fillCell({ width, shares, worth }: SeasonCells, margins: Margins, pooling: Pooling, hour: number): void {
  const { overall, isCommon, within } = pooling
  const rows = margins.cells.rows[hour]
  const own = weightOf(pooling.cells, within, rows)
  const borrowed = 1 / Math.max(1, margins.hours.rows[hour % dayHours]) + 1 / Math.max(1, margins.days.rows[Math.floor(hour / dayHours)])
  worth[hour] = Math.min(margins.all.rows[0], 1 / (pooling.cells / (pooling.cells * rows + within) + (1 - own) ** 2 * borrowed))
  const at = hour * width
  const target = targetOf(margins, pooling, hour, width)
  let [common, rare, sum] = [0, 0, 0]
  for (let k = 0; k < width; k++) {
    if (!isCommon[k]) {
      rare += overall[k]
      continue
    }
    const share = target[k] + own * (shareOf(margins.cells, hour, k, width) - target[k])
    shares[at + k] = Math.max(share, Math.min(overall[k], 1 / Math.max(1, worth[hour])))
    common += shares[at + k]
  }
  for (let k = 0; k < width; k++) sum += (shares[at + k] = isCommon[k] ? (shares[at + k] * (1 - rare)) / common : overall[k])
  if (sum > 0) for (let k = 0; k < width; k++) shares[at + k] /= sum
}

/** What a window of these rows in these hours of the week is expected to be; null without rows. */
export function mixtureOf({ width, shares, worth }: SeasonCells, rows: ArrayLike<number>): { shares: Float64Array; worth: number; cells: number } | null {
  let [all, variance, cells] = [0, 0, 0]
  for (let hour = 0; hour < weekHours; hour++) all += rows[hour]
  if (!(all > 0)) return null
  const mixed = new Float64Array(width)
  for (let hour = 0; hour < weekHours; hour++) {
    const weight = rows[hour] / all
    if (weight === 0) continue
    cells += 1
    variance += (weight * weight) / worth[hour]
    for (let k = 0; k < width; k++) mixed[k] += weight * shares[hour * width + k]
  }
  return { shares: mixed, worth: 1 / variance, cells }
}
