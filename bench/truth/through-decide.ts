/**
 * One month of one world through decide as the program runs it, pane summaries in, decisions out: what the faster way of `run.ts` is checked against, and the
 * way for worlds whose windows are no sums of counts.
 */
import { createDecide } from '../../src/core/decide.ts'
import type { PaneReadings } from '../../src/core/decide/readings.ts'
import { readingsPart } from '../../src/core/decide/state.ts'
import { createBinaryOutcomes } from '../../src/core/metrics/outcomes.ts'
import { layoutHash, scoreLayoutHash } from '../../src/core/panes/layout-hash.ts'
import { clonePlain } from '../../src/core/panes/merge.ts'
import type { PaneSummary } from '../../src/core/panes/summary.ts'
import { createParts } from '../../src/core/parts.ts'
import type { ModelPolicy } from '../../src/core/policy.ts'
import { seeded } from '../../src/core/random.ts'
import type { Decision, Profile } from '../../src/core/records.ts'
import { createDigest } from '../../src/core/sketches/digest.ts'
import { mergeFeature, type FeatureSummary, type NumericSummary } from '../../src/core/sketches/feature.ts'
import { bornPanes, count, featureName, hash, model, monthPanes, paneMs, policyOf, profileOf, tableOf, version, type Onset, type Tally } from './common.ts'
import type { World } from './worlds.ts'

/** Runs one month under each budget, over the same panes. */
export function runThroughDecide(
  world: World, seed: number, budgets: readonly (string | null)[], tallies: readonly Tally[], onset: Onset | null = null, months = 1,
): void {
  const draw = world.start(seeded(seed))
  const drawn = draw(0, null, 0)
  const first = world.segments === undefined ? drawn : drawn.slice(0, world.features + 1)
  const layout = profileOf(world, first, null)
  const given = world.tableRows === null ? layout : profileOf(world, first, tableOf(world, draw))
  const names = Object.keys(layout.features)
  const layouts = { features: layoutHash(layout, hash), score: scoreLayoutHash(layout, hash) }
  const runs = budgets.map((budget, i) => start(policyOf(world, budget), given, tallies[i]))
  const total = world.referencePanes + months * monthPanes
  for (let pane = 0; pane < total; pane++) {
    const after = pane - world.referencePanes
    const changed = onset !== null && after >= onset.atPane
    const progress = changed ? Math.min(1, (after - onset.atPane + 1) / Math.max(1, onset.change.rampPanes ?? 1)) : 0
    const summaries = draw(pane, changed ? onset.change : null, progress)
    for (const run of runs) run.send(paneOf(pane, summaries, names, layouts, world, run.policyHash), after, onset?.atPane ?? null)
  }
  for (const run of runs) run.end(months, onset !== null)
}

interface Layouts { features: string; score: string }

/** Of a world of segments the whole is their sum. */
function paneOf(pane: number, summaries: readonly FeatureSummary[], names: readonly string[], layouts: Layouts, { rows, segments }: World, policyHash: string): PaneSummary {
  if (segments === undefined) return onePane(pane, summaries, names, layouts, rows, policyHash)
  const values = Object.keys(segments).map((key, i) => ({ key, own: summaries.slice(i * (names.length + 1), (i + 1) * (names.length + 1)) }))
  const [whole, ...rest] = values.map(({ own }) => own.map((summary) => clonePlain(summary)))
  for (const own of rest) own.forEach((summary, i) => mergeFeature(whole[i], summary))
  const sum = onePane(pane, whole, names, layouts, whole[0].n, policyHash)
  sum.segments = Object.fromEntries(values.map(({ key, own }) => [key, { featureRecords: own[0].n, features: [featuresOf(own, names, layouts)] }]))
  sum.versions[version].segments = Object.fromEntries(values.map(({ key, own }) =>
    [key, { predictions: own[0].n, outcomes: createBinaryOutcomes(Float64Array.of(0.5)), drift: { acted: own[0].n, score: scoreOf(own) } }]))
  return sum
}

const featuresOf = (summaries: readonly FeatureSummary[], names: readonly string[], layouts: Layouts) =>
  ({ layout: layouts.features, features: Object.fromEntries(names.map((name, i) => [name, summaries[i]])), heavy: {}, ignored: 0 })

function scoreOf(summaries: readonly FeatureSummary[]): NumericSummary {
  const score = summaries[summaries.length - 1]
  if (score.kind !== 'numeric') throw new Error('a score is a number')
  return score
}

function onePane(pane: number, summaries: readonly FeatureSummary[], names: readonly string[], layouts: Layouts, rows: number, policyHash: string): PaneSummary {
  const score = scoreOf(summaries)
  return {
    kind: 'pane', model, startMs: pane * paneMs, endMs: (pane + 1) * paneMs, task: 0, policyHash, featureRecords: rows,
    features: [featuresOf(summaries, names, layouts)],
    versions: {
      [version]: {
        version, predictions: rows, acted: rows, errors: 0, timeouts: 0, nonFiniteScores: 0, positiveDecisions: 0, latency: createDigest(), costSum: 0, costCount: 0,
        scoreLayout: layouts.score, score, outcomes: createBinaryOutcomes(Float64Array.of(0.5)), segments: {}, cohorts: {}, cohortPredictions: {},
        errorSequence: { counts: new Uint32Array(64), bits: new Uint8Array(0), n: 0 }, configSequenceMax: -1, configSequenceMin: -1,
      },
    },
    pairs: [], join: noJoins, corrections: [], labelDelay: {}, learners: [],
  }
}

const noJoins = {
  predictions: 0, features: 0, labels: 0, duplicatePredictions: 0, duplicateFeatures: 0, duplicateLabels: 0, earlyLabels: 0, unmatchedLabels: 0,
  lateLabels: 0, correctedLabels: 0, withdrawnLabels: 0, joinedLabels: 0, expiredPredictions: 0, evicted: 0, addressedCorrections: 0,
}

function start(policy: ModelPolicy, profile: Profile, tally: Tally) {
  const decide = createDecide({ nextCron: (_expression, _timezone, afterMs) => afterMs + 1e12, upstreamTasks: 1, hash, defaultPolicy: () => policy })
  const parts = createParts()
  let [asked, beyond, isOn]: [boolean, Set<string>, boolean] = [false, new Set(), false]
  let [warned, requested]: (number | null)[] = [null, null]
  const emit = (_role: string, _key: string, event: object): void => {
    const { kind, decision, subject, text } = event as Decision
    if (kind === 'decision' && decision === 'reading' && subject === 'drift') [asked, isOn] = [asked || text.includes('has a reason'), text.includes('has a reason')]
  }
  decide.applyProfile(parts, profile, 0, 0)
  return {
    policyHash: policy.hash,
    send(pane: PaneSummary, after: number, onset: number | null): void {
      asked = false
      decide.pane(parts, pane, pane.endMs, emit)
      decide.broadcast(parts, { kind: 'broadcast', task: 0, streamTimeMs: pane.endMs, atLogEnd: true, final: false }, pane.endMs, emit)
      parts.takeDirty()
      if (after < 0) return
      beyond = count(parts.get<PaneReadings>(readingsPart(model))!.drift, beyond, tally)
      if (onset !== null && after >= onset) {
        if (warned === null && [...beyond].some((key) => key.includes(`${featureName(0)} `))) warned = after - onset + 1
        if (requested === null && isOn) requested = after - onset + 1
      }
      if (asked && (onset === null || after < onset)) {
        tally.requests += 1
        if (after < bornPanes) tally.born += 1
      }
    },
    end(months: number, hasOnset: boolean): void {
      tally.months += months
      if (hasOnset) {
        tally.warnedAfter.push(warned)
        tally.requestedAfter.push(requested)
      }
    },
  }
}

