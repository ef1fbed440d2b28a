/**
 * How much panes of a model differ from each other, gathered over as many panes as a reference takes, on the bins in force: parts `dispersion/<model>/…`.
 * A provisional reference and its dispersion come from the same panes. Of a reference made from rows nobody knows what a pane of it was: the first live panes say.
 */
import { cellsOf } from '../../calibration/cells.ts'
import { dispersionOf, type FeatureDispersion, type PaneCells } from '../../calibration/dispersion.ts'
import { commonSerial, type Serial } from '../../calibration/serial.ts'
import { decisionsOf, decisionSummary } from '../../panes/decisions.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import { partName, type Parts } from '../../parts.ts'
import type { DecisionCounts } from '../../records.ts'
import type { FeatureSummary } from '../../sketches/feature.ts'
import type { Turn } from '../turn.ts'

interface Gathering {
  /** layout, or version and layout of the score: another one starts afresh */
  key: string
  panes: number
  gathered: Record<string, PaneCells>
  /** null until enough panes are there; then nothing more is gathered, so that a later drift cannot pass for dispersion */
  found: Record<string, FeatureDispersion> | null
  /** decisions by class, pane by pane, as long as they are gathered: which classes there are is known once all panes are there; absent for others */
  decided?: DecisionCounts[]
}

/** What is known of one set of summaries. */
export interface Dispersion {
  panes: number
  features: Readonly<Record<string, FeatureDispersion>> | null
}

const noneYet: Dispersion = { panes: 0, features: null }
/** The score waits for features that are still being gathered until it has so many times the panes of a reference. */
const waitedFor = 2
const scoreName = 'score'
const decisionName = 'decision'
type Of = 'features' | 'score' | 'decision'
const dispersionPart = (model: string, of: Of, segment: string | null): string =>
  segment === null ? partName('dispersion', model, of) : partName('dispersion', model, 'segment', segment, of)
const scoreKey = (version: string, layout: string): string => `${version} ${layout}`

/** Of the features on a layout, or of the score of a version; of one segment value, or of the whole. */
export const featureDispersion = (parts: Parts, model: string, layout: string, segment: string | null = null): Dispersion =>
  held(parts, dispersionPart(model, 'features', segment), layout)
export const scoreDispersion = (parts: Parts, model: string, version: string, layout: string, segment: string | null = null): Dispersion =>
  held(parts, dispersionPart(model, 'score', segment), scoreKey(version, layout))

/** Of the decision rate of a version. */
export const decisionDispersion = (parts: Parts, model: string, version: string, segment: string | null = null): Dispersion =>
  held(parts, dispersionPart(model, 'decision', segment), version)

function held(parts: Parts, part: string, key: string): Dispersion {
  const gathering = parts.get<Gathering>(part)
  return gathering?.key === key ? { panes: gathering.panes, features: gathering.found } : noneYet
}

/** Adds a pane that has been read, or what it holds of a segment value. Nothing is gathered where nothing is calibrated. */
export function gatherDispersion(turn: Turn, pane: PaneSummary, version: string, layout: string | null, segment: string | null = null): void {
  const { model, policy } = turn
  if (policy.drift.falseAlarmEveryMs === null) return
  const set = pane.features.find((features) => features.layout === layout)
  if (layout !== null && set !== undefined) gather(turn, dispersionPart(model, 'features', segment), layout, set.features)
  const seen = pane.versions[version]
  if (seen === undefined) return
  const shared = sharedByFeatures(turn, layout, segment)
  if (seen.score.n > 0) gather(turn, dispersionPart(model, 'score', segment), scoreKey(version, seen.scoreLayout), { [scoreName]: seen.score }, shared)
  const decisions = decisionsOf(seen)
  if (decisions !== null) gather(turn, dispersionPart(model, 'decision', segment), version, { [decisionName]: decisionSummary(decisions) }, shared, decisions)
}

/**
 * What features show together is believed of the score too, which alone shows too little; `wait` while they are still being gathered. In a segment whose features
 * are not read those of the whole stand for them: of the fewer rows of a segment they make too much, never too little.
 */
function sharedByFeatures({ parts, model }: Turn, layout: string | null, segment: string | null): Serial | null | 'wait' {
  const own = layout === null ? noneYet : featureDispersion(parts, model, layout, segment)
  const { panes, features } = layout !== null && segment !== null && own.panes === 0 ? featureDispersion(parts, model, layout) : own
  if (features === null) return panes > 0 ? 'wait' : null
  return commonSerial(Object.values(features).map(({ serial }) => serial))
}

function gather({ parts, policy }: Turn, part: string, key: string, summaries: Readonly<Record<string, FeatureSummary>>, shared: Serial | null | 'wait' = null, decisions: DecisionCounts | null = null): void {
  const before = parts.get<Gathering>(part)
  const gathering: Gathering = before?.key === key ? before : { key, panes: 0, gathered: {}, found: null }
  if (gathering.found !== null || Object.keys(summaries).length === 0) return
  if (decisions?.classes !== undefined) (gathering.decided ??= []).push(decisions)
  else for (const [name, summary] of Object.entries(summaries)) {
    const cells = cellsOf(summary)
    const into = (gathering.gathered[name] ??= { cells: cells.length, isOrdered: summary.kind === 'numeric', counts: [] })
    into.counts.push(...cells)
  }
  gathering.panes += 1
  const { referencePanes } = policy.profile
  if (gathering.panes >= (shared === 'wait' ? waitedFor * referencePanes : referencePanes)) {
    const cells = gathering.decided === undefined ? gathering.gathered : { [decisionName]: classCells(gathering.decided) }
    Object.assign(gathering, { found: dispersionOf(cells, shared === 'wait' ? null : shared), gathered: {} })
    delete gathering.decided
  }
  parts.put(part, gathering)
}

/** Panes over all classes that any of them decided for. */
function classCells(panes: readonly DecisionCounts[]): PaneCells {
  const names = [...new Set(panes.flatMap(({ classes }) => Object.keys(classes ?? {})))].sort()
  const cells = panes.map((decisions) => cellsOf(decisionSummary(decisions, names)))
  return { cells: cells[0].length, isOrdered: false, counts: cells.flat() }
}
