/** Drift where the reference knows the season: each window against what its own hours of the week are expected to be, beside what the profile says of it. */
import { driftMeasures } from '../../drift/table.ts'
import type { DriftMeasure } from '../../drift/measure.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import type { Window } from '../../panes/window.ts'
import type { Reading } from '../../reading.ts'
import { expectedSummary, withinBinsAs } from '../../season/summary.ts'
import { hourOfWeek, weekHours } from '../../season/cells.ts'
import type { FeatureSummary } from '../../sketches/feature.ts'
import type { DriftReading, DriftSight } from '../../triggers/trigger.ts'
import { member } from '../../unit.ts'
import type { Reference } from './reference.ts'
import { expectedShares, type SeasonKnown } from './season.ts'
import type { Turn } from '../turn.ts'

const dayMs = 86_400_000
const isOfWholeDays = ({ fromMs, toMs }: Pick<DriftSight, 'fromMs' | 'toMs'>): boolean => (toMs - fromMs) % dayMs === 0
const noiseOf = (measure: string) => member('drift measure', driftMeasures as unknown as Readonly<Record<string, DriftMeasure>>, measure).noise?.of ?? 'curve'

type Read = (window: Window, reference: Reference) => DriftSight

/** One window read against the season, or, until that is known, against the profile where it is of whole days. `panes` are those kept. */
export function seasonalDrift(turn: Turn, season: SeasonKnown, window: Window, pooled: Reference, panes: readonly PaneSummary[], layout: string, read: Read): DriftSight {
  const beside = read(window, pooled)
  if (season.found === null) return isOfWholeDays(window) ? beside : ofUnknownSeason(beside, season)
  const rows = rowsByHour(panes.filter(({ startMs }) => startMs >= window.fromMs), layout, pooled.profile.version)
  const { reference, cells } = expected(turn, season, pooled, rows)
  return joined(read(likeExpected(window, pooled), reference), beside, cells)
}

/** No season is ever learned of the decision rate and of rows of features together: over less than whole days theirs would pass for drift, so that nothing is said. */
export function withoutSeason(sight: DriftSight): DriftSight {
  if (isOfWholeDays(sight)) return sight
  const unknown = (held: DriftReading): DriftReading => ({ ...held, reading: { ...held.reading, verdict: 'insufficient', detail: { ...held.reading.detail, season: 'unknown' } } })
  const { decision, rows } = sight
  return { ...sight, ...(decision === undefined ? {} : { decision: decision.map(unknown) }), ...(rows === undefined ? {} : { rows: rows.map(unknown) }) }
}

/** A season that is not known would pass for drift, so that nothing is said; of missing and non-finite or unseen values what one comparison says, for the incident they open. */
function ofUnknownSeason(sight: DriftSight, { panes, wanted }: SeasonKnown): DriftSight {
  return mapped(sight, ({ measure, reading }) => {
    if (noiseOf(measure) === 'types') return reading
    const isFault = noiseOf(measure) === 'missing' || noiseOf(measure) === 'other'
    return { ...reading, verdict: isFault ? reading.verdict : 'insufficient', detail: { ...reading.detail, season: 'unknown', panesGathered: panes, panesWanted: wanted } }
  })
}

const mapped = (sight: DriftSight, change: (held: DriftReading, feature: string | null, nth: number) => Reading): DriftSight => ({
  ...sight, score: sight.score.map((held, i) => ({ ...held, reading: change(held, null, i) })),
  features: sight.features.map((each) => ({ ...each, readings: each.readings.map((held, i) => ({ ...held, reading: change(held, each.feature, i) })) })),
})

interface Rows {
  features: Map<string, Float64Array>
  score: Float64Array
}

function rowsByHour(panes: readonly PaneSummary[], layout: string, version: string): Rows {
  const rows: Rows = { features: new Map(), score: new Float64Array(weekHours) }
  for (const { startMs, features, versions } of panes) {
    const hour = hourOfWeek(startMs)
    for (const [name, { n }] of Object.entries(features.find((set) => set.layout === layout)?.features ?? {})) {
      const held = rows.features.get(name) ?? new Float64Array(weekHours)
      held[hour] += n
      rows.features.set(name, held)
    }
    rows.score[hour] += versions[version]?.score.n ?? 0
  }
  return rows
}

/** What the season expects of the window, with the levels of its own residuals; what it says nothing of is compared with the profile. */
function expected(turn: Turn, { found, panes }: SeasonKnown, pooled: Reference, rows: Rows): { reference: Reference; cells: Map<string | null, number> } {
  const cells = new Map<string | null, number>()
  const of = (feature: string | null, like: FeatureSummary, byHour: Float64Array | undefined): FeatureSummary => {
    const mixture = byHour === undefined ? null : expectedShares(turn, feature, byHour)
    if (mixture === null) return like
    cells.set(feature, mixture.cells)
    return expectedSummary(like, mixture.shares, mixture.worth)
  }
  const { calibration } = pooled
  const reference: Reference = {
    ...pooled, features: Object.fromEntries(Object.entries(pooled.features).map(([name, like]) => [name, of(name, like, rows.features.get(name))])),
    score: pooled.score && of(null, pooled.score, rows.score),
    calibration: calibration && {
      ...calibration, features: { panes, features: found!.features }, score: { panes, features: found!.score && { score: found!.score } },
    },
  }
  return { reference, cells }
}

/** Within a bin the season is not known: there the window is taken as the profile is, so that only what bins hold is compared. */
const likeExpected = (window: Window, { features, score }: Reference): Window => ({
  ...window, score: window.score && score && withinBinsAs(window.score, score) as Window['score'],
  features: Object.fromEntries(Object.entries(window.features).map(([name, summary]) => [name, features[name] === undefined ? summary : withinBinsAs(summary, features[name])])),
})

/** The seasonal reading decides; its detail tells the one against the profile. Types, and how many values lie outside the range that was ever seen, have no season. */
function joined(seasonal: DriftSight, pooled: DriftSight, cells: ReadonlyMap<string | null, number>): DriftSight {
  const beside = new Map(pooled.features.map(({ feature, readings }) => [feature, readings]))
  return mapped(seasonal, ({ measure, reading }, feature, nth) => {
    const other = (feature === null ? pooled.score : beside.get(feature)!)[nth].reading
    if (noiseOf(measure) === 'tail' || noiseOf(measure) === 'types' || !cells.has(feature)) return other
    return {
      ...reading, detail: {
        ...reading.detail, cells: cells.get(feature)!, pooledValue: other.value, pooledNoiseFloor: other.noiseFloor ?? null, pooledVerdict: other.verdict,
      },
    }
  })
}
