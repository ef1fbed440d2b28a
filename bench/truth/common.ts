/** What every run of a world shares: the policy, the profile, and what is counted. */
import { createHash } from 'node:crypto'
import { parsePolicy } from '../../src/config/policy.ts'
import { checkUnitInTables } from '../../src/config/units.ts'
import { clonePlain } from '../../src/core/panes/merge.ts'
import { referenceOf } from '../../src/core/panes/reference.ts'
import type { ModelPolicy } from '../../src/core/policy.ts'
import type { NumericReference, Profile } from '../../src/core/records.ts'
import { createDigest } from '../../src/core/sketches/digest.ts'
import { mergeFeature, type FeatureSummary } from '../../src/core/sketches/feature.ts'
import type { DriftSight } from '../../src/core/triggers/trigger.ts'
import type { Change, World } from './worlds.ts'

export const monthPanes = 720
export const paneMs = 3_600_000
export const model = 'm'
export const version = 'v1'
export const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What happened under one budget. */
export interface Tally {
  /** months run */
  months: number
  /** times that the request condition came up, and of them within the first panes after the burn-in */
  requests: number
  born: number
  /** readings judged, beyond their level, and times that one went beyond it */
  readings: number
  beyond: number
  crossings: number
  /** readings that a verdict was refused */
  unjudged: number
  /** panes from the onset to the first warning that names the changed feature, and to the request; null: not within the month */
  warnedAfter: (number | null)[]
  requestedAfter: (number | null)[]
}

export const newTally = (): Tally => ({ months: 0, requests: 0, born: 0, readings: 0, beyond: 0, crossings: 0, unjudged: 0, warnedAfter: [], requestedAfter: [] })

/** A drift and when it begins, in panes after the burn-in. */
export interface Onset {
  change: Change
  atPane: number
}

export const policyOf = (world: World, falseAlarmEvery: string | null): ModelPolicy => parsePolicy(model, {
  time: { pane: '1h' }, profile: { reference: world.reference, referencePanes: world.referencePanes },
  drift: { falseAlarmEvery, ...(world.segments === undefined ? {} : { segments: { region: 'all' } }) }, ...(world.segments === undefined ? {} : { segments: ['region'] }),
  performance: { metrics: [], errorDetectors: [] }, triggers: [{ drift: {} }], cooldown: '0s', limits: { maxCohorts: 1000 },
}, checkUnitInTables)

export const featureName = (i: number): string => `f${String(i).padStart(3, '0')}`

/** Panes after the burn-in in which a request means that the profile was born in alarm: the dwell of the trigger. */
export const bornPanes = 3

/** A profile that fixes bins, or counts a table. */
export function profileOf(world: World, like: readonly FeatureSummary[], table: readonly FeatureSummary[] | null): Profile {
  const references = (table ?? like).map((summary) => referenceOf(table === null ? emptyOf(summary) : summary, null))
  const laid = table === null ? references.map((each) => ({ ...each, counts: [], ...(each.kind === 'numeric' ? { atomCounts: [], digest: [] } : {}) })) : references
  return {
    kind: 'profile', model, version, effectiveFrom: 0, n: world.tableRows === null || table === null ? 0 : world.tableRows,
    features: Object.fromEntries(laid.slice(0, -1).map((reference, i) => [featureName(i), reference])), score: laid.at(-1) as NumericReference,
    scoreEdges: null, calibration: null, metrics: {}, subgroups: {}, provisional: table === null,
  }
}

function emptyOf(summary: FeatureSummary): FeatureSummary {
  const empty = clonePlain(summary)
  empty.n = empty.missing = 0
  empty.counts.fill(0)
  if (empty.kind === 'numeric') {
    empty.atomCounts.fill(0)
    empty.digest = createDigest()
    empty.nonFinite = 0
  } else Object.assign(empty, { other: 0, unseen: 0, unseenNames: [] })
  return empty
}

/** As many panes as make up the rows of the table, before time begins. */
export function tableOf(world: World, draw: ReturnType<World['start']>): FeatureSummary[] {
  const [whole, ...rest] = Array.from({ length: Math.round(world.tableRows! / world.rows) }, () => draw(0, null, 0))
  for (const pane of rest) pane.forEach((summary, i) => mergeFeature(whole[i], summary))
  return whole
}

/** Counts what was read of one pane; returns the readings beyond their level. */
export function count(drift: readonly DriftSight[], before: ReadonlySet<string>, tally: Tally): Set<string> {
  const beyond = new Set<string>()
  for (const { panes, features, score, segments = [] } of drift) {
    const inSegments = segments.flatMap((each) => [...each.features, { feature: 'score', readings: each.score }].map(({ feature, readings }) => ({ feature: `${each.segment} ${feature}`, readings })))
    for (const { feature, readings } of [...features, { feature: 'score', readings: score }, ...inSegments]) {
      for (const { measure, reading } of readings) {
        if (reading.verdict === 'insufficient') {
          tally.unjudged += 1
          continue
        }
        tally.readings += 1
        if (reading.verdict === 'ok') continue
        const key = `${feature} ${measure} ${panes}`
        tally.beyond += 1
        beyond.add(key)
        if (!before.has(key)) tally.crossings += 1
      }
    }
  }
  return beyond
}

