/**
 * The seasonal reference: what every hour of the week looked like over the first full weeks on the bins in force, and how much panes differed from it.
 * While it is gathered each hour is a part of its own (`season/<model>/<hour>`), so that a pane writes little; then each feature has one
 * (`season/<model>/cells/…`): 168 cells of shares, whatever the traffic. Afterwards nothing is gathered any more, so that a later drift cannot pass for a season.
 */
import { cellsOf } from '../../calibration/cells.ts'
import type { FeatureDispersion } from '../../calibration/dispersion.ts'
import { commonSerial } from '../../calibration/serial.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import { partName } from '../../parts.ts'
import { hourMs, mixtureOf, poolingOf, seasonCells, weekHours, type HourSeen, type SeasonCells } from '../../season/cells.ts'
import { seasonDispersion, type FeatureSeen, type PaneSeen } from '../../season/dispersion.ts'
import { placesOf } from '../../season/summary.ts'
import type { FeatureSummary } from '../../sketches/feature.ts'
import { isOnSameBins, onBins } from './on-bins.ts'
import type { Turn } from '../turn.ts'

/** Of one hour of one feature, or of the score. */
interface HourCounts {
  /** by place, see `placesOf` */
  places: Float64Array
  /** of each pane in turn, see `cellsOf` */
  cells: number
  isOrdered: boolean
  panes: number[]
}

interface HourPart {
  features: Record<string, HourCounts>
  score: HourCounts | null
}

interface Season {
  /** version and layout of the features: another one starts afresh */
  key: string
  /** of the version's scores; null before the first */
  scoreLayout: string | null
  /** hours since the epoch: the first, and those that have a part */
  fromHour: number
  hours: number[]
  panes: number
  found: Found | null
}

interface Found {
  panes: number
  rows: number
  features: Record<string, FeatureDispersion>
  score: FeatureDispersion | null
}

/** What drift may be read against, or how far it is. */
export interface SeasonKnown {
  panes: number
  wanted: number
  /** null until enough weeks are there */
  found: Found | null
}

/** A week with less than this share of the hours of the fullest is no full cycle. */
const fullShare = 0.5
/** Weeks that may be held before the leanest goes, in cycles wanted. */
const weeksHeldMax = 2

const seasonPart = (model: string): string => partName('season', model)
const hourPart = (model: string, hour: number): string => partName('season', model, hour)
const featureCells = (model: string, name: string): string => partName('season', model, 'cells', 'features', name)
const scoreCells = (model: string): string => partName('season', model, 'cells', 'score')
const keyOf = (version: string, layout: string): string => `${version} ${layout}`

/** Adds a pane that has been read. */
export function gatherSeason(turn: Turn, pane: PaneSummary): void {
  const { parts, model, policy } = turn
  const held = parts.get<Season>(seasonPart(model))
  if (policy.profile.reference !== 'seasonal') {
    if (held !== undefined) drop(turn, held)
    return
  }
  const found = onBins(turn, pane)
  if (found === null) return
  const { version, layout, features, seen } = found
  const season = seasonFor(turn, held, keyOf(version, layout), seen?.scoreLayout ?? null, pane)
  if (season.found !== null) return
  endWeek(turn, season, pane.startMs)
  if (season.found !== null) return
  addPane(turn, season, pane, features?.features ?? {}, seen?.score ?? null)
  endWeek(turn, season, pane.endMs)
}

function seasonFor(turn: Turn, held: Season | undefined, key: string, scoreLayout: string | null, { startMs }: PaneSummary): Season {
  const fits = held !== undefined && isOnSameBins(held, key, scoreLayout)
  if (held !== undefined && !fits) drop(turn, held)
  const season: Season = fits ? held : { key, scoreLayout, fromHour: Math.floor(startMs / hourMs), hours: [], panes: 0, found: null }
  if (season.found === null) {
    season.scoreLayout ??= scoreLayout
    turn.parts.put(seasonPart(turn.model), season)
  }
  return season
}

function addPane({ parts, model }: Turn, season: Season, { startMs }: PaneSummary, features: Readonly<Record<string, FeatureSummary>>, score: FeatureSummary | null): void {
  const hour = Math.floor(startMs / hourMs)
  if (season.hours.at(-1) !== hour) {
    season.hours.push(hour)
    parts.put(hourPart(model, hour), { features: {}, score: null } satisfies HourPart)
  }
  parts.touch(hourPart(model, hour))
  const part = parts.get<HourPart>(hourPart(model, hour))!
  for (const [name, summary] of Object.entries(features)) part.features[name] = added(part.features[name] ?? null, summary)
  if (score !== null) part.score = added(part.score, score)
  season.panes += 1
}

function added(into: HourCounts | null, summary: FeatureSummary): HourCounts {
  const [places, cells] = [placesOf(summary), cellsOf(summary)]
  if (into === null) return { places, cells: cells.length, isOrdered: summary.kind === 'numeric', panes: cells }
  for (let k = 0; k < places.length; k++) into.places[k] += places[k]
  into.panes.push(...cells)
  return into
}

/** Where a time lies in another week than the newest hour: are there enough full ones? */
function endWeek(turn: Turn, season: Season, atMs: number): void {
  const weekOf = (hour: number): number => Math.floor((hour - season.fromHour) / weekHours)
  if (season.hours.length === 0 || weekOf(Math.floor(atMs / hourMs)) === weekOf(season.hours.at(-1)!)) return
  const counts = new Map<number, number>()
  for (const hour of season.hours) counts.set(weekOf(hour), (counts.get(weekOf(hour)) ?? 0) + 1)
  const fullest = Math.max(...counts.values())
  const full = [...counts].filter(([, hours]) => hours >= fullest * fullShare).map(([week]) => week)
  const wanted = turn.policy.profile.seasonWeeks
  if (full.length >= wanted) finish(turn, season, new Set(full.slice(0, wanted)), weekOf)
  else if (counts.size >= wanted * weeksHeldMax) {
    const leanest = [...counts].reduce((least, each) => each[1] < least[1] ? each : least)[0]
    for (const hour of season.hours) if (weekOf(hour) === leanest) turn.parts.delete(hourPart(turn.model, hour))
    season.hours = season.hours.filter((hour) => weekOf(hour) !== leanest)
  }
}

interface Gathered {
  hours: HourSeen[]
  panes: PaneSeen[]
  places: number
  isOrdered: boolean
}

function finish({ parts, model }: Turn, season: Season, weeks: ReadonlySet<number>, weekOf: (hour: number) => number): void {
  const features: Record<string, Gathered> = {}
  const score: Record<string, Gathered> = {}
  for (const hour of season.hours) {
    const part = parts.get<HourPart>(hourPart(model, hour))!
    parts.delete(hourPart(model, hour))
    if (!weeks.has(weekOf(hour))) continue
    const at = { week: weekOf(hour), hour: hour % weekHours }
    for (const [name, counts] of Object.entries(part.features)) gather((features[name] ??= gatheredAs(counts)), at, counts)
    if (part.score !== null) gather((score.score ??= gatheredAs(part.score)), at, part.score)
  }
  for (const [name, { hours }] of Object.entries(features)) parts.put(featureCells(model, name), cellsFrom(hours))
  if (score.score !== undefined) parts.put(scoreCells(model), cellsFrom(score.score.hours))
  const rows = Math.max(0, ...[...Object.values(features), ...Object.values(score)].map(({ hours }) => hours.reduce((sum, { counts }) => sum + total(counts), 0)))
  const dispersions = seasonDispersion(seenOf(features))
  const ofScore = seasonDispersion(seenOf(score), commonSerial(Object.values(dispersions).map(({ serial }) => serial))).score ?? null
  Object.assign(season, { hours: [], found: { panes: season.panes, rows, features: dispersions, score: ofScore } satisfies Found })
}

const gatheredAs = ({ cells, isOrdered }: HourCounts): Gathered => ({ hours: [], panes: [], places: cells, isOrdered })

function gather(into: Gathered, at: { week: number; hour: number }, { places, cells, panes }: HourCounts): void {
  into.hours.push({ ...at, counts: places })
  for (let i = 0; i < panes.length; i += cells) into.panes.push({ ...at, counts: panes.slice(i, i + cells) })
}

const total = (counts: ArrayLike<number>): number => Array.prototype.reduce.call(counts, (sum: unknown, each: unknown) => (sum as number) + (each as number), 0) as number
const cellsFrom = (hours: readonly HourSeen[]): SeasonCells => seasonCells(hours, poolingOf(hours, hours[0].counts.length))
const seenOf = (gathered: Readonly<Record<string, Gathered>>): Record<string, FeatureSeen> => gathered

function drop({ parts, model }: Turn, { hours }: Season): void {
  for (const hour of hours) parts.delete(hourPart(model, hour))
  for (const name of parts.names(partName('season', model, 'cells'))) parts.delete(name)
  parts.delete(seasonPart(model))
}

/** Null where the policy asks for no season. */
export function seasonKnown({ parts, model, policy }: Turn, version: string, layout: string): SeasonKnown | null {
  if (policy.profile.reference !== 'seasonal') return null
  const wanted = Math.round((policy.profile.seasonWeeks * weekHours * hourMs) / policy.time.paneMs)
  const held = parts.get<Season>(seasonPart(model))
  return held === undefined || held.key !== keyOf(version, layout) ? { panes: 0, wanted, found: null } : { panes: held.panes, wanted, found: held.found }
}

/** What is expected of a feature (null: of the score) in a window of these rows by hour of the week; null where nothing is known of them. */
export function expectedShares({ parts, model }: Turn, feature: string | null, rows: Float64Array): ReturnType<typeof mixtureOf> {
  const cells = parts.get<SeasonCells>(feature === null ? scoreCells(model) : featureCells(model, feature))
  return cells === undefined ? null : mixtureOf(cells, rows)
}
