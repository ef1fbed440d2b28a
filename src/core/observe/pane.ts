/** One open pane of one model on one task: summaries being filled. Its plain data is the pane's state part. */
import { createClassScoreCounts } from '../estimation/class-score-counts.ts'
import { createScoreCounts } from '../estimation/score-counts.ts'
import { createMulticlassOutcomes } from '../metrics/class-outcomes.ts'
import type { ModelPolicy } from '../policy.ts'
import { addClassEntity, addNumberEntity } from '../metrics/entity-sums.ts'
import { addBinary, addEntity, addRegression, createBinaryOutcomes, createRegressionOutcomes, errorOf, scoreEdges, type Outcomes } from '../metrics/outcomes.ts'
import { compactLossSamples } from '../panes/loss-rows.ts'
import { compactRowSample, createRowSample } from '../panes/row-sample.ts'
import { appendScore, compactScoreSequence, createScoreSequence, exactCountOf } from '../panes/score-sequence.ts'
import type { ErrorSequence, JoinCounts, PairedDifferences, PaneSummary, SegmentDrift, SegmentSummary, VersionSummary } from '../panes/summary.ts'
import { addToDigest, compactDigest, createDigest } from '../sketches/digest.ts'
import { addNumeric, compactFeature, createNumeric, type NumericSummary } from '../sketches/feature.ts'
import { addClassed, type ClassedOutcome } from './classes.ts'
import { readOf } from '../segment-keys.ts'
import { FeaturePane, NO_LAYOUT } from './features.ts'
import { inForce, layoutsInForce, type FeatureLayoutSpec, type LayoutInForce } from './model.ts'
import { RowSampler } from './rows.ts'
import { SegmentPane } from './segments.ts'

export const SUB_SLOTS = 64
export const BUCKETS = 256

/** One outcome: a prediction and what turned out to be true. */
export interface Outcome {
  /** 0 or 1, or the regression target */
  actual: number
  score: number
  /** 0 or 1; unused for regression */
  decision: number
  /** of the entity that the prediction named; −1 where it named none */
  bucket: number
  /** of a multiclass model, in place of score, decision and actual */
  classed?: ClassedOutcome
}

export class OpenPane {
  readonly summary: PaneSummary
  readonly features: FeaturePane
  /** null where the policy asks for no rows */
  readonly rows: RowSampler | null
  /** null where the policy reads no features by segment, or while there are no bins */
  readonly segments: SegmentPane | null
  readonly policy: ModelPolicy
  dirty = true
  private readonly layouts: readonly LayoutInForce[]
  /** the cohort asked for last: records of one time come together */
  private cohortMs = NaN
  private cohortKey = ''

  constructor(summary: PaneSummary, policy: ModelPolicy, layouts: readonly LayoutInForce[]) {
    this.summary = summary
    this.policy = policy
    this.layouts = layouts
    this.features = new FeaturePane(summary.features, layoutsInForce(layouts, summary.startMs, policy.limits.profilesMax), givenLayouts(policy), policy.limits.featuresMax)
    this.segments = segmentPane(summary, policy, layouts)
    this.rows = summary.rows === undefined ? null : new RowSampler(summary.rows)
  }

  version(name: string): VersionSummary {
    return (this.summary.versions[name] ??= this.createVersion(name))
  }

  /**
   * Adds (weight 1) or takes back (−1) an outcome in the sums of its version, its segments and its cohort. Entities are counted for the version alone:
   * by segment and cohort they would cost more than all else.
   */
  addOutcome(version: VersionSummary, segments: readonly string[], cohort: string, outcome: Outcome, weight: 1 | -1): void {
    add(version.outcomes, outcome, weight)
    if (outcome.bucket >= 0) countEntity(version.outcomes, outcome, weight)
    for (const key of segments) add(this.segment(version, key).outcomes, outcome, weight)
    this.addToCohort(version, cohort, outcome, weight)
  }

  addToCohort(version: VersionSummary, cohort: string, outcome: Outcome, weight: 1 | -1): void {
    add((version.cohorts[cohort] ??= this.createOutcomes(version.version)), outcome, weight)
  }

  segment(version: VersionSummary, key: string): VersionSummary['segments'][string] {
    return (version.segments[key] ??= this.createSegment(version, key))
  }

  private createSegment({ version, score: { edges, atoms }, outcomes: { kind } }: VersionSummary, key: string): SegmentSummary {
    const segment: SegmentSummary = { predictions: 0, outcomes: this.createOutcomes(version, false) }
    if (readOf(this.policy, key) !== null) {
      segment.drift = { acted: 0, ...(kind === 'binary' ? { decided: 0, positiveDecisions: 0 } : {}), score: createNumeric({ kind: 'numeric', edges, atoms }) }
    }
    return segment
  }

  /** The key under which outcomes predicted at `timeMs` are kept: the cohort's start, or `other` where the pane holds too many. */
  cohort(version: VersionSummary, timeMs: number, atMs: number): string {
    const { cohortMs, labelHorizonMs } = this.policy.time
    if (timeMs < atMs - labelHorizonMs - cohortMs || timeMs > atMs + cohortMs) return 'other'
    const startMs = Math.floor(timeMs / cohortMs) * cohortMs
    if (startMs !== this.cohortMs) [this.cohortMs, this.cohortKey] = [startMs, String(startMs)]
    const key = this.cohortKey
    const full = version.cohorts[key] === undefined && Object.keys(version.cohorts).length >= this.policy.limits.cohortsMax
    return full ? 'other' : key
  }

  addError(version: VersionSummary, atMs: number, isError: boolean, actual: number): void {
    appendError(version.errorSequence, this.slotAt(atMs), (isError ? 1 : 0) | (actual === 1 ? 2 : 0))
  }

  /** Keeps the score of a binary outcome that is counted for the first time, where the policy reads scores one by one. */
  addScore(version: VersionSummary, atMs: number, { score, actual, decision, bucket }: Outcome): void {
    if (version.newestScores !== undefined) appendScore(version.newestScores, this.slotAt(atMs), score, actual, decision, bucket)
  }

  private slotAt(atMs: number): number {
    const { startMs, endMs } = this.summary
    return Math.min(SUB_SLOTS - 1, Math.max(0, Math.floor(((atMs - startMs) * SUB_SLOTS) / (endMs - startMs))))
  }

  addPair(acted: string, other: string, bucket: number, difference: number): void {
    let pair = this.summary.pairs.find((held) => held.acted === acted && held.other === other)
    if (pair === undefined) this.summary.pairs.push((pair = newPair(acted, other)))
    pair.sums[bucket * 3] += 1
    pair.sums[bucket * 3 + 1] += difference
    pair.sums[bucket * 3 + 2] += difference * difference
  }

  addDelay(actualClass: string, delayMs: number): void {
    addToDigest((this.summary.labelDelay[actualClass] ??= createDigest()), delayMs)
  }

  /** The summary without spare capacity, ready to be sent; the pane must not be used afterwards. */
  close(): PaneSummary {
    this.features.settle()
    const { summary } = this
    for (const set of summary.features) {
      for (const name of Object.keys(set.features)) set.features[name] = compactFeature(set.features[name])
    }
    for (const version of Object.values(summary.versions)) {
      version.latency = compactDigest(version.latency)
      version.score = compactFeature(version.score) as NumericSummary
      if (version.decidedClasses !== undefined) version.decidedClasses.counts = version.decidedClasses.counts.slice(0, version.decidedClasses.names.length)
      for (const { drift } of Object.values(version.segments)) if (drift !== undefined) drift.score = compactFeature(drift.score)
      version.errorSequence.bits = version.errorSequence.bits.slice(0, Math.ceil(version.errorSequence.n / 4))
      if (version.newestScores !== undefined) version.newestScores = compactScoreSequence(version.newestScores)
      if (version.lossRows !== undefined) version.lossRows = compactLossSamples(version.lossRows)
    }
    for (const key of Object.keys(summary.labelDelay)) summary.labelDelay[key] = compactDigest(summary.labelDelay[key])
    for (const { features } of Object.values(summary.segments ?? {})) {
      for (const set of features) for (const name of Object.keys(set.features)) set.features[name] = compactFeature(set.features[name])
    }
    if (summary.rows !== undefined) summary.rows = compactRowSample(summary.rows)
    summary.pairs.sort((a, b) => (a.acted + a.other < b.acted + b.other ? -1 : 1))
    return summary
  }

  /** @param countsDecided of several classes: what estimates without labels are held against, which are made for a version and not for segments */
  private createOutcomes(version: string, countsDecided = true): Outcomes {
    if (this.policy.task === 'regression') return createRegressionOutcomes()
    if (this.policy.task === 'multiclass') return createMulticlassOutcomes(this.policy.multiclass!.classesMax, [], countsDecided)
    const layout = this.layoutOf(version)
    return createBinaryOutcomes(layout?.scoreEdges ?? scoreEdges(this.policy.profile.scoreBins))
  }

  private createVersion(version: string): VersionSummary {
    const layout = this.layoutOf(version)
    const score = layout?.score ?? { edges: [], atoms: [] }
    const [outcomes, exactCount] = [this.createOutcomes(version), exactCountOf(this.policy)]
    return {
      version, predictions: 0, acted: 0, errors: 0, timeouts: 0, nonFiniteScores: 0, positiveDecisions: 0, ...(outcomes.kind === 'regression' ? {} : { decided: 0 }),
      ...(outcomes.kind === 'multiclass' ? { decidedClasses: { names: [], counts: new Float64Array(outcomes.classesMax) } } : {}),
      latency: createDigest(), costSum: 0, costCount: 0,
      scoreLayout: layout === null || layout.score === null ? NO_LAYOUT : layout.scoreHash,
      score: createNumeric({ kind: 'numeric', edges: Float64Array.from(score.edges), atoms: Float64Array.from(score.atoms) }),
      outcomes, ...(outcomes.kind === 'binary' ? { cbpe: createScoreCounts(outcomes.scoreEdges) } : {}),
      ...(outcomes.kind === 'multiclass' ? { classCbpe: createClassScoreCounts(outcomes.classesMax) } : {}), segments: {}, cohorts: {}, cohortPredictions: {},
      errorSequence: { counts: new Uint32Array(SUB_SLOTS), bits: new Uint8Array(16), n: 0 },
      ...(exactCount === 0 ? {} : { newestScores: createScoreSequence(exactCount, SUB_SLOTS) }),
      configSequenceMax: -1, configSequenceMin: -1,
    }
  }

  /** The version's own profile, or any in force: a candidate without a profile is binned as the champion is. */
  private layoutOf(version: string): LayoutInForce | null {
    const own = this.layouts.filter((layout) => layout.version === version)
    return inForce(own, this.summary.startMs) ?? inForce(this.layouts, this.summary.startMs)
  }
}

export function newPaneSummary(model: string, task: number, startMs: number, policy: ModelPolicy): PaneSummary {
  return {
    kind: 'pane', model, startMs, endMs: startMs + policy.time.paneMs, task, policyHash: policy.hash, featureRecords: 0,
    features: [], versions: {}, pairs: [], join: newJoinCounts(), corrections: [], labelDelay: {}, learners: [],
    ...((policy.drift.rows ?? []).length > 0 ? { rows: createRowSample(policy.limits.rowsMax, policy.limits.featuresMax) } : {}),
  }
}

export const newJoinCounts = (): JoinCounts => ({
  predictions: 0, features: 0, labels: 0, duplicatePredictions: 0, duplicateFeatures: 0, duplicateLabels: 0, earlyLabels: 0, unmatchedLabels: 0,
  lateLabels: 0, correctedLabels: 0, withdrawnLabels: 0, joinedLabels: 0, expiredPredictions: 0, evicted: 0, addressedCorrections: 0,
})

function segmentPane(summary: PaneSummary, policy: ModelPolicy, layouts: readonly LayoutInForce[]): SegmentPane | null {
  if (policy.limits.segmentFeaturesMax === undefined) return null
  const laid = layoutsInForce(layouts, summary.startMs, policy.limits.profilesMax).filter(({ features }) => Object.keys(features).length > 0)
  return laid.length === 0 ? null : new SegmentPane((summary.segments ??= {}), laid, policy)
}

const newPair = (acted: string, other: string): PairedDifferences => ({ acted, other, sums: new Float64Array(BUCKETS * 3) })

function add(outcomes: Outcomes, { actual, score, decision, classed }: Outcome, weight: 1 | -1): void {
  if (outcomes.kind === 'binary') addBinary(outcomes, actual as 0 | 1, score, decision as 0 | 1, weight)
  else if (outcomes.kind === 'multiclass') addClassed(outcomes, classed!, weight)
  else addRegression(outcomes, actual, score, weight)
}

function countEntity(outcomes: Outcomes, { actual, score, decision, bucket }: Outcome, weight: 1 | -1): void {
  if (outcomes.kind === 'binary') addEntity(outcomes, actual as 0 | 1, decision as 0 | 1, bucket, weight)
  else if (outcomes.kind === 'multiclass') addClassEntity(outcomes, actual === decision, bucket, weight)
  else addNumberEntity(outcomes, errorOf(actual, score), bucket, weight)
}

function appendError(sequence: ErrorSequence, slot: number, code: number): void {
  const byte = sequence.n >> 2
  if (byte >= sequence.bits.length) {
    const bits = new Uint8Array(sequence.bits.length * 2)
    bits.set(sequence.bits)
    sequence.bits = bits
  }
  sequence.bits[byte] |= code << ((sequence.n & 3) * 2)
  sequence.n++
  sequence.counts[slot]++
}

/** Bins that the policy itself fixes, by feature name. */
export function givenLayouts({ profile }: ModelPolicy): Record<string, FeatureLayoutSpec> {
  const given: Record<string, FeatureLayoutSpec> = {}
  const names = new Set([...Object.keys(profile.edges), ...Object.keys(profile.atoms)])
  for (const name of names) given[name] = { kind: 'numeric', edges: [...(profile.edges[name] ?? [])], atoms: [...(profile.atoms[name] ?? [])] }
  for (const name of Object.keys(profile.categories)) given[name] = { kind: 'categorical', categories: [...profile.categories[name]] }
  return given
}

/** Counts a prediction in a segment whose drift is read. @param decision undefined where there is none, or the prediction failed */
export function addToSegment(drift: SegmentDrift, score: number, decision: number | undefined, acted: boolean, failed: boolean): void {
  if (acted) drift.acted++
  if (failed) return
  addNumeric(drift.score, score)
  if (!acted || drift.decided === undefined) return
  drift.decided++
  if (decision === 1) drift.positiveDecisions!++
}

/** Counts a score in the version's score sketch: NaN is a prediction without one. */
export const addScore = (version: VersionSummary, score: number): void => addNumeric(version.score, score)
