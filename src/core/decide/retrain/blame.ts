/** Moved features in their order: how far each is beyond its level, its importance, and whether its drift went along with the model's loss. */
import { rankFeatures, type MovedFeature } from '../../diagnosis/ranking.ts'
import { driftMeasures } from '../../drift/table.ts'
import type { DriftMeasure } from '../../drift/measure.ts'
import { wrongOf } from '../../metrics/class-outcomes.ts'
import type { Outcomes } from '../../metrics/outcomes.ts'
import { onOneLayout } from '../../panes/merge.ts'
import { summaryOf } from '../../panes/reference.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import type { UnitUse } from '../../policy.ts'
import type { RankedFeature } from '../../records.ts'
import { importanceShares } from '../../triggers/drift.ts'
import type { DriftReading, DriftSight } from '../../triggers/trigger.ts'
import { member, resolveParams } from '../../unit.ts'
import { keptCohorts } from '../performance/cohort.ts'
import { wholeGround, type Ground } from './evidence.ts'
import type { Turn } from '../turn.ts'

/** Features whose drift is read again pane by pane: those furthest beyond their level. */
const followedMax = 20

interface Moved {
  feature: string
  use: UnitUse
  value: number
  level: number
  importanceShare: number
}

/** Features with an alarm in any window, each by the reading furthest beyond its level; `isMoving` says which measures count. */
export function blamedFeatures(turn: Turn, windows: readonly DriftSight[], isMoving: (measure: string) => boolean, ground: Ground = wholeGround(turn)): RankedFeature[] {
  const moved = movedFeatures(turn, windows, isMoving)
  if (moved.length === 0) return []
  const { panes } = ground
  const followed = new Set([...moved].sort((a, b) => weightOf(b) - weightOf(a)).slice(0, followedMax))
  const given = moved.map((each): MovedFeature => ({
    feature: each.feature, measure: each.use.unit, value: each.value, level: each.level, importanceShare: each.importanceShare,
    driftSeries: followed.has(each) ? driftSeries(ground, each) : [],
  }))
  return rankFeatures(given, panes.map((pane) => ground.labels === null ? lossDuring(turn, pane) : lossOfJoined(turn, pane)))
}

const weightOf = ({ value, level, importanceShare }: Moved): number => (value / (level > 0 ? level : 1)) * importanceShare

function movedFeatures(turn: Turn, windows: readonly DriftSight[], isMoving: (measure: string) => boolean): Moved[] {
  const worst = new Map<string, Moved>()
  for (const window of windows) {
    const shares = importanceShares(window)
    for (const { feature, readings } of window.features) {
      for (const held of readings) {
        if (held.reading.verdict !== 'alarm' || !isMoving(held.measure)) continue
        const candidate = movedOf(turn, feature, held, shares[feature])
        const before = worst.get(feature)
        if (before === undefined || candidate.value / candidate.level > before.value / before.level) worst.set(feature, candidate)
      }
    }
  }
  return [...worst.values()]
}

/** The level is what made it an alarm: the larger of noise floor and the practical threshold that the policy uses. */
function movedOf({ policy }: Turn, feature: string, { measure, reading }: DriftReading, importanceShare: number): Moved {
  const use = [...(policy.drift.byName[feature] ?? []), ...policy.drift.all].find(({ unit }) => unit === measure) ?? { unit: measure, params: {} }
  const { alarm } = resolveParams(measureOf(measure), use.params) as { alarm?: unknown }
  return { feature, use, value: reading.value!, level: Math.max(reading.noiseFloor ?? 0, typeof alarm === 'number' ? alarm : 0), importanceShare }
}

const measureOf = (name: string): DriftMeasure => member('drift measure', driftMeasures as unknown as Readonly<Record<string, DriftMeasure>>, name)

function driftSeries({ panes, reference: found }: Ground, { feature, use }: Moved): (number | null)[] {
  const frozen = found?.profile.features[feature]
  if (found === null || frozen === undefined) return []
  const reference = summaryOf(frozen)
  const measure = measureOf(use.unit)
  const params = resolveParams(measure, use.params)
  return panes.map((pane) => {
    const current = pane.features.find(({ layout }) => layout === found.entry.layout)?.features[feature]
    const compares = current !== undefined && current.n > 0 && measure.kinds.includes(reference.kind) && onOneLayout(reference, current)
    return compares ? measure.compare(reference, current, params).value : null
  })
}

/** Loss of the champion on predictions of the pane's time, from their cohorts: drift is of that time too, labels come later. */
function lossDuring({ parts, state, policy }: Turn, { startMs, endMs }: PaneSummary): number | null {
  if (state.champion === null) return null
  let [loss, n] = [0, 0]
  for (const cohort of keptCohorts(parts, state)) {
    if (cohort.startMs! >= endMs || cohort.startMs! + policy.time.cohortMs <= startMs) continue
    for (const outcomes of cohort.versions[state.champion.version]?.outcomes ?? []) {
      loss += lossOf(outcomes)
      n += outcomes.n
    }
  }
  return n > 0 ? loss / n : null
}

/** In a segment, which has no cohorts: loss on the labels that came during the pane. */
function lossOfJoined({ state }: Turn, { versions }: PaneSummary): number | null {
  const outcomes = state.champion === null ? undefined : versions[state.champion.version]?.outcomes
  return outcomes === undefined || outcomes.n <= 0 ? null : lossOf(outcomes) / outcomes.n
}

/** Wrong decisions, or absolute error. */
function lossOf(outcomes: Outcomes): number {
  if (outcomes.kind === 'multiclass') return wrongOf(outcomes)
  return outcomes.kind === 'binary' ? outcomes.confusion[1] + outcomes.confusion[2] : outcomes.absoluteErrorSum
}
