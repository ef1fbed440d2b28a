/** Small builders of what decide reads: each gives a complete record from what the test cares about. */
import { createHash } from 'node:crypto'
import { createDecide, type DecideRole, type Emit } from '../../../src/core/decide.ts'
import { modelPart, type ModelState } from '../../../src/core/decide/state.ts'
import { addBinary, createBinaryOutcomes, scoreEdges, type BinaryOutcomes } from '../../../src/core/metrics/outcomes.ts'
import { layoutHash } from '../../../src/core/panes/layout-hash.ts'
import { referenceOf } from '../../../src/core/panes/reference.ts'
import type { ErrorSequence, FeaturesSummary, JoinCounts, PaneCorrection, PaneSummary, VersionSummary, WatchCounters } from '../../../src/core/panes/summary.ts'
import { createParts } from '../../../src/core/parts.ts'
import type { ModelPolicy } from '../../../src/core/policy.ts'
import type {
  Candidate, CategoricalReference, Command, CommandKind, DecideEvent, Evaluation, NumericReference, Profile,
} from '../../../src/core/records.ts'
import { addToDigest, createDigest } from '../../../src/core/sketches/digest.ts'
import { addCategory, addNumeric, createCategorical, createNumeric } from '../../../src/core/sketches/feature.ts'
import { numericLayoutOf } from '../../../src/core/sketches/layout.ts'

type Given<T> = { [K in keyof T]?: T[K] extends readonly unknown[] | null ? T[K] : T[K] extends object ? Given<T[K]> : T[K] }

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** A policy that acts on nothing by itself: no triggers, no drift rules, no budgets, panes of ten minutes. */
export function policyOf(given: Given<ModelPolicy> = {}): ModelPolicy {
  const { time, profile, drift, performance, promotion, rollback, limits, ...rest } = given
  const { watch, ...keep } = rollback ?? {}
  return {
    model: 'fraud', hash: 'p1', mode: 'act', task: 'binary', positive: true, threshold: 0.5, labels: { exist: 'all' },
    segments: [], learners: [], triggers: [], cooldownMs: 12 * HOUR, requestExpiresMs: 3 * DAY,
    time: {
      paneMs: 10 * MINUTE, windows: [1, 6], labelHorizonMs: 7 * DAY, correctionHorizonMs: DAY, maxFutureSkewMs: MINUTE,
      paneGraceMs: 5_000, watchEveryMs: 5_000, cohortMs: HOUR, ...time,
    },
    profile: { reference: 'frozen', referencePanes: 2, seasonWeeks: 3, layoutRowsMin: 100, edges: {}, atoms: {}, categories: {}, scoreBins: 20, ...profile } as ModelPolicy['profile'],
    drift: { all: [], byName: {}, score: [], rows: [], severe: {}, falseAlarmEveryMs: null, ...drift } as ModelPolicy['drift'],
    performance: { metrics: [], errorDetectors: [], ...performance } as ModelPolicy['performance'],
    promotion: {
      goal: 'superior', metric: 'recall', minImprovement: 0.005, maxSubgroupRegression: 0.01,
      maxLatencyP99Ms: null, maxCostPerThousand: null, decideByMs: 14 * DAY, ...promotion,
    },
    rollback: {
      keepVersions: 5, ...keep,
      watch: { maxErrorRate: null, maxLatencyP99Ms: null, minPredictions: 100, performance: null, bakeMs: DAY, ...watch } as ModelPolicy['rollback']['watch'],
    },
    limits: { pendingMax: 1e6, profilesMax: 8, segmentsMax: 100, cohortsMax: 200, featuresMax: 100, rowsMax: 100, ...limits },
    ...(rest as Partial<ModelPolicy>),
  }
}

export function evaluationOf(given: Partial<Evaluation> = {}): Evaluation {
  return { testSetId: 'test-1', n: 1_000, metrics: { recall: 0.8, 'roc-auc': 0.84 }, standardErrors: null, subgroups: {}, latencyMsP99: 10, costPerThousand: 0.1, ...given }
}

/** Version v2 with recall .9 and ROC AUC .9, measured against v1 with .8 and .84. */
export function candidateOf(given: Partial<Candidate> = {}): Candidate {
  return {
    kind: 'candidate', model: 'fraud', version: 'v2', parentVersion: 'v1', trainingMode: 'full', trainedBy: 'trainer', retrainRequestId: null,
    evaluation: evaluationOf({ metrics: { recall: 0.9, 'roc-auc': 0.9 } }), baselineVersion: 'v1', baseline: evaluationOf(),
    artifactUri: 's3://models/v2', profile: null, ...given,
  }
}

// ---- panes ------------------------------------------------------------------------------------------------------------------

/** Outcomes of a version in a pane: counts by cell, all scored .9 or .1 by their decision. */
export interface Cells {
  tp?: number
  fp?: number
  fn?: number
  tn?: number
}

export function outcomesOf({ tp = 0, fp = 0, fn = 0, tn = 0 }: Cells = {}, bins = 20): BinaryOutcomes {
  const outcomes = createBinaryOutcomes(scoreEdges(bins))
  const add = (count: number, actual: 0 | 1, decision: 0 | 1) => {
    for (let i = 0; i < count; i++) addBinary(outcomes, actual, decision === 1 ? 0.9 : 0.1, decision)
  }
  add(tp, 1, 1)
  add(fp, 0, 1)
  add(fn, 1, 0)
  add(tn, 0, 0)
  return outcomes
}

export interface VersionGiven extends Cells {
  predictions?: number
  /** defaults to all predictions */
  acted?: number
  /** scores seen */
  scores?: readonly number[]
  /** cells by cohort start; by default the cells above, in the pane's own hour */
  cohorts?: Record<string, Cells>
  /** error bits in order, spread over the sub-slots from the first on, one a slot */
  errors?: readonly (0 | 1)[]
  /** actual classes of these, in the same order; by default all negative */
  actuals?: readonly (0 | 1)[]
  configSequence?: number
}

export interface PaneGiven {
  task?: number
  policyHash?: string
  versions?: Record<string, VersionGiven>
  /** numeric features by name */
  features?: Record<string, readonly number[]>
  names?: Record<string, readonly (string | null)[]>
  /** profile on whose bins the features are summarised; none: no layout */
  profile?: Profile
  join?: Partial<JoinCounts>
  corrections?: PaneCorrection[]
}

/** The n-th pane of ten minutes of model `fraud`. */
export function paneOf(nth: number, given: PaneGiven = {}): PaneSummary {
  const startMs = nth * 10 * MINUTE
  const rows = Math.max(0, ...Object.values({ ...given.features, ...given.names }).map((values) => values.length))
  const versions = Object.entries(given.versions ?? {})
  return {
    kind: 'pane', model: 'fraud', startMs, endMs: startMs + 10 * MINUTE, task: given.task ?? 0, policyHash: given.policyHash ?? 'p1', featureRecords: rows,
    features: rows === 0 ? [] : [featuresOf(given)],
    versions: Object.fromEntries(versions.map(([version, cells]) => [version, versionOf(version, startMs, cells)])),
    pairs: [], join: { ...noJoins(), ...given.join }, corrections: given.corrections ?? [], labelDelay: {}, learners: [],
  }
}

function featuresOf({ features = {}, names = {}, profile }: PaneGiven): FeaturesSummary {
  const set: FeaturesSummary = { layout: profile === undefined ? 'none' : layoutHash(profile, sha256), features: {}, heavy: {}, ignored: 0 }
  for (const [name, values] of Object.entries(features)) {
    const bins = profile?.features[name] as NumericReference | undefined
    const summary = createNumeric({ kind: 'numeric', edges: Float64Array.from(bins?.edges ?? []), atoms: Float64Array.from(bins?.atoms ?? []) })
    for (const value of values) addNumeric(summary, value)
    set.features[name] = summary
    if (bins === undefined) set.heavy[name] = heavyOf(values)
  }
  for (const [name, values] of Object.entries(names)) {
    const bins = profile?.features[name] as CategoricalReference | undefined
    const summary = createCategorical({ kind: 'categorical', categories: bins?.categories ?? [] })
    for (const value of values) addCategory(summary, value)
    set.features[name] = summary
    if (bins === undefined) set.heavy[name] = heavyOf(values.filter((value) => value !== null))
  }
  return set
}

function heavyOf<T extends number | string>(values: readonly T[]): [T, number][] {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].filter(([, count]) => count > 1).sort(([a], [b]) => (a < b ? -1 : 1))
}

function versionOf(version: string, startMs: number, given: VersionGiven): VersionSummary {
  const { tp = 0, fp = 0, fn = 0, tn = 0 } = given
  const predictions = given.predictions ?? Math.max(tp + fp + fn + tn, given.acted ?? 0)
  const score = createNumeric({ kind: 'numeric', edges: new Float64Array(0), atoms: new Float64Array(0) })
  for (const value of given.scores ?? []) addNumeric(score, value)
  const hour = String(Math.floor(startMs / HOUR) * HOUR)
  const cohorts = given.cohorts ?? (tp + fp + fn + tn > 0 ? { [hour]: given } : {})
  return {
    version, predictions, acted: given.acted ?? predictions, errors: 0, timeouts: 0, nonFiniteScores: 0, positiveDecisions: tp + fp,
    latency: createDigest(), costSum: 0, costCount: 0, scoreLayout: 'none', score, outcomes: outcomesOf(given), segments: {},
    cohorts: Object.fromEntries(Object.entries(cohorts).map(([start, cells]) => [start, outcomesOf(cells)])),
    cohortPredictions: predictions > 0 ? { [hour]: predictions } : {}, errorSequence: sequenceOf(given.errors ?? [], given.actuals),
    configSequenceMax: given.configSequence ?? -1, configSequenceMin: given.configSequence ?? -1,
  }
}

/** Error bits packed two bits each, one a sub-slot (the last slot takes the rest). */
export function sequenceOf(errors: readonly (0 | 1)[], actuals: readonly (0 | 1)[] = []): ErrorSequence {
  const sequence = { counts: new Uint32Array(64), bits: new Uint8Array((errors.length + 3) >> 2), n: errors.length }
  errors.forEach((error, i) => {
    sequence.counts[Math.min(i, 63)] += 1
    sequence.bits[i >> 2] |= (error | ((actuals[i] ?? 0) << 1)) << ((i & 3) * 2)
  })
  return sequence
}

export const noJoins = (): JoinCounts => ({
  predictions: 0, features: 0, labels: 0, duplicatePredictions: 0, duplicateFeatures: 0, duplicateLabels: 0, earlyLabels: 0, unmatchedLabels: 0,
  lateLabels: 0, correctedLabels: 0, withdrawnLabels: 0, joinedLabels: 0, expiredPredictions: 0, evicted: 0, addressedCorrections: 0,
})

/** A profile whose numeric features are counted from samples, on decile bins. */
export function profileOf(samples: Record<string, readonly number[]>, given: Partial<Profile> & { importances?: Record<string, number>; categories?: Record<string, readonly string[]> } = {}): Profile {
  const { importances = {}, categories = {}, ...rest } = given
  const numeric = Object.entries(samples).map(([name, values]) => {
    const summary = createNumeric(numericLayoutOf(Float64Array.from(values)))
    for (const value of values) addNumeric(summary, value)
    return [name, referenceOf(summary, importances[name] ?? null)] as const
  })
  const categorical = Object.entries(categories).map(([name, values]) => {
    const summary = createCategorical({ kind: 'categorical', categories: [...new Set(values)].sort() })
    for (const value of values) addCategory(summary, value)
    return [name, referenceOf(summary, importances[name] ?? null)] as const
  })
  return {
    kind: 'profile', model: 'fraud', version: 'v1', effectiveFrom: 0, n: Math.max(...[...Object.values(samples), ...Object.values(categories)].map((values) => values.length)),
    features: Object.fromEntries([...numeric, ...categorical]), score: null, scoreEdges: null, calibration: null, metrics: {}, subgroups: {}, provisional: false, ...rest,
  }
}

/** Evenly spread values: the same every time, and without ties. */
export const spread = (n: number, low = 0, high = 1): number[] => Array.from({ length: n }, (_, i) => low + ((i + 0.5) / n) * (high - low))

export function commandOf(command: CommandKind, given: Partial<Command> = {}): Command {
  return { kind: 'command', commandId: `${command}-1`, model: 'fraud', issuedAt: 0, issuer: 'ada', command, version: null, reason: 'a reason', ...given }
}

export function watchOf(fromMs: number, versions: Record<string, { acted: number; errors?: number; latenciesMs?: readonly number[] }>, task = 0): WatchCounters {
  return {
    kind: 'watch', model: 'fraud', task, fromMs, toMs: fromMs + 5_000,
    versions: Object.fromEntries(Object.entries(versions).map(([version, { acted, errors = 0, latenciesMs = [] }]) => {
      const latency = createDigest()
      for (const value of latenciesMs) addToDigest(latency, value)
      return [version, { acted, errors, timeouts: 0, nonFiniteScores: 0, latency }]
    })),
  }
}

// ---- a decide task ----------------------------------------------------------------------------------------------------------

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What was emitted, in order. */
export interface Emitted {
  role: DecideRole
  event: DecideEvent
}

/** A decide task of so many observe tasks, with everything it has said. Time goes on by panes; every pane is followed by a broadcast of each task. */
export function decideTask(policy: ModelPolicy = policyOf(), upstreamTasks = 1) {
  const decide = createDecide({
    nextCron: (_expression, _timezone, afterMs) => (Math.floor(afterMs / DAY) + 1) * DAY, upstreamTasks, hash: sha256, defaultPolicy: () => policy,
  })
  const parts = createParts()
  const said: Emitted[] = []
  const emit: Emit = (role, _key, event) => void said.push({ role, event: structuredClone(event) })
  const events = <K extends DecideEvent['kind']>(kind: K) => said.map(({ event }) => event).filter((event) => event.kind === kind) as Extract<DecideEvent, { kind: K }>[]
  return {
    decide, parts, said, emit, events,
    decisions: (decision: string) => events('decision').filter((event) => event.decision === decision),
    incidents: (incident: string) => events('incident').filter((event) => event.incident === incident).map(({ state }) => state),
    state: () => parts.get<ModelState>(modelPart('fraud'))!,
    view: () => decide.view(parts, 'fraud') as Record<string, never>,
    send(...panes: PaneSummary[]) {
      for (const pane of panes) {
        decide.pane(parts, pane, pane.endMs, emit)
        for (let task = 0; task < upstreamTasks; task++) this.pass(pane.endMs, task)
      }
      return this
    },
    pass(streamTimeMs: number, task = 0, final = false) {
      decide.broadcast(parts, { kind: 'broadcast', task, streamTimeMs, atLogEnd: true, final }, streamTimeMs, emit)
    },
    candidate: (candidate: Candidate, atMs: number) => decide.candidate(parts, candidate, atMs, emit),
    command: (command: Command, atMs: number) => decide.command(parts, command, atMs, emit),
    watch: (counters: WatchCounters) => decide.watch(parts, counters, counters.toMs, emit),
    tick: (atMs: number) => decide.advance(parts, atMs, emit),
    profile: (profile: Profile) => decide.applyProfile(parts, profile, profile.effectiveFrom ?? 0, 0),
    policy: (changed: ModelPolicy, fromMs: number, nowMs: number) => decide.applyPolicy(parts, changed, fromMs, nowMs),
  }
}
