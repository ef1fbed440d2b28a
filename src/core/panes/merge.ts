/**
 * Merging the parts of one pane that different tasks sent. Parts are folded in task order, never in arrival order.
 * What is not on one layout is never added together: it is left out and counted, since a stopped task would be worse than a smaller sample.
 */
import { mergeClassScoreCounts, type ClassScoreCounts } from '../estimation/class-score-counts.ts'
import { mergeScoreCounts, type ScoreCounts } from '../estimation/score-counts.ts'
import { createMulticlassOutcomes } from '../metrics/class-outcomes.ts'
import { mergeOutcomes, type BinaryOutcomes, type Outcomes } from '../metrics/outcomes.ts'
import { mergeDigest, type Digest } from '../sketches/digest.ts'
import { mergeFeatures, type FeatureSummary } from '../sketches/feature.ts'
import { mergeLossSamples } from './loss-rows.ts'
import { mergeRowSamples } from './row-sample.ts'
import { joinScoreSequences } from './score-sequence.ts'
import type { ErrorSequence, FeaturesSummary, JoinCounts, LearnerReading, PairedDifferences, PaneSummary, SegmentDrift, SegmentSummary, VersionSummary } from './summary.ts'

export interface MergedPane {
  /** `task` is −1 */
  pane: PaneSummary
  /** parts, sketches and sums that were on another policy or layout than the rest and stayed out */
  leftOut: number
}

/** Heavy values kept per feature. */
const heavyMax = 64

/**
 * One pane of all tasks. The parts are left alone and share nothing with the result.
 * @param parts at least one, of one model and pane, in any order
 * @param policyHash the policy in force: parts made under another are left out, unless all were
 */
export function mergePane(parts: readonly PaneSummary[], policyHash: string): MergedPane {
  const ordered = [...parts].sort((a, b) => a.task - b.task)
  const hash = ordered.some((part) => part.policyHash === policyHash) ? policyHash : ordered[0].policyHash
  const [first, ...rest] = ordered.filter((part) => part.policyHash === hash)
  const merged = { pane: { ...clonePlain(first), task: -1 }, leftOut: ordered.length - rest.length - 1 }
  for (const part of rest) addPart(merged, part)
  return merged
}

function addPart(merged: MergedPane, part: PaneSummary): void {
  const { pane } = merged
  pane.featureRecords += part.featureRecords
  for (const set of part.features) merged.leftOut += addFeatures(pane.features, set)
  for (const version of Object.values(part.versions)) {
    const held = pane.versions[version.version]
    if (held === undefined) pane.versions[version.version] = clonePlain(version)
    else merged.leftOut += addVersion(held, version)
  }
  for (const pair of part.pairs) addPair(pane.pairs, pair)
  addJoinCounts(pane.join, part.join)
  pane.corrections.push(...clonePlain(part.corrections))
  for (const [actual, digest] of Object.entries(part.labelDelay)) addDigest(pane.labelDelay, actual, digest)
  for (const reading of part.learners) addLearner(pane.learners, reading)
  if (part.segments !== undefined) merged.leftOut += addSegmentFeatures(pane, part.segments)
  if (part.rows !== undefined && pane.rows !== undefined) mergeRowSamples(pane.rows, part.rows)
  else if (part.rows !== undefined) pane.rows = clonePlain(part.rows)
}

function addSegmentFeatures(pane: PaneSummary, from: NonNullable<PaneSummary['segments']>): number {
  let leftOut = 0
  const into = (pane.segments ??= {})
  for (const [key, { featureRecords, features }] of Object.entries(from)) {
    const held = (into[key] ??= { featureRecords: 0, features: [] })
    held.featureRecords += featureRecords
    for (const set of features) leftOut += addFeatures(held.features, set)
  }
  return leftOut
}

/** Adds one segment's score and decisions; returns how many sketches stayed out. */
function addSegmentDrift(held: SegmentSummary, from: SegmentDrift, sameScores: boolean): number {
  if (held.drift === undefined) {
    if (!sameScores) return 1
    held.drift = clonePlain(from)
    return 0
  }
  held.drift.acted += from.acted
  if (held.drift.decided !== undefined && from.decided !== undefined) {
    held.drift.decided += from.decided
    held.drift.positiveDecisions! += from.positiveDecisions!
  }
  return sameScores ? addSummary(held.drift.score, from.score) : 1
}

/** Returns how many sketches stayed out. */
export function addFeatures(into: FeaturesSummary[], from: FeaturesSummary): number {
  const held = into.find(({ layout }) => layout === from.layout)
  if (held === undefined) {
    into.push(clonePlain(from))
    return 0
  }
  held.ignored = Math.max(held.ignored, from.ignored)
  for (const name of Object.keys(from.heavy)) held.heavy[name] = addHeavyValues(held.heavy[name] ?? [], from.heavy[name])
  return addFeatureSummaries(held.features, from.features)
}

/** Adds summaries by name; returns how many stayed out because they are on another layout. */
export function addFeatureSummaries(into: Record<string, FeatureSummary>, from: Readonly<Record<string, FeatureSummary>>): number {
  let leftOut = 0
  for (const [name, summary] of Object.entries(from)) {
    if (into[name] === undefined) into[name] = clonePlain(summary)
    else leftOut += addSummary(into[name], summary)
  }
  return leftOut
}

/** Adds one summary to another; 1 when it is on another layout and stays out, else 0. */
export const addSummary = (into: FeatureSummary, from: FeatureSummary): number => addSummaries(into, [from])

/** Adds summaries in their order; returns how many stayed out because they are on another layout. */
export function addSummaries(into: FeatureSummary, from: readonly FeatureSummary[]): number {
  const fitting = from.filter((each) => onOneLayout(into, each))
  mergeFeatures(into, fitting)
  return from.length - fitting.length
}

/** Whether two summaries have the same bins, atoms or categories. */
export function onOneLayout(a: FeatureSummary, b: FeatureSummary): boolean {
  if (a.kind === 'numeric') return b.kind === 'numeric' && sameList(a.edges, b.edges) && sameList(a.atoms, b.atoms)
  return b.kind === 'categorical' && sameList(a.categories, b.categories) && sameList(a.others, b.others)
}

/** Adds outcomes; 1 when they are on other score bins and stay out, else 0. */
export function addOutcomes(into: Outcomes, from: Outcomes): 0 | 1 {
  if (!mergeableOutcomes(into, from)) return 1
  mergeOutcomes(into, from)
  return 0
}

/** Adds scores by decision; 1 when they are on other score bins and stay out, else 0. */
export function addScoreCounts(into: ScoreCounts, from: ScoreCounts): 0 | 1 {
  if (!sameList(into.scoreEdges, from.scoreEdges)) return 1
  mergeScoreCounts(into, from)
  return 0
}

/** Adds class scores; 1 when they keep other numbers of classes apart and stay out, else 0. */
export function addClassScoreCounts(into: ClassScoreCounts, from: ClassScoreCounts): 0 | 1 {
  if (into.classesMax !== from.classesMax) return 1
  mergeClassScoreCounts(into, from)
  return 0
}

/** Whether two sets of outcomes can be added: one kind of task, one set of score bins, as many classes kept apart. */
export function mergeableOutcomes(a: Outcomes, b: Outcomes): boolean {
  if (a.kind === 'binary') return b.kind === 'binary' && sameList(a.scoreEdges, b.scoreEdges)
  return a.kind === 'multiclass' ? b.kind === 'multiclass' && a.classesMax === b.classesMax : a.kind === b.kind
}

function addVersion(into: VersionSummary, from: VersionSummary): number {
  let leftOut = 0
  addCostSquares(into, from)
  for (const count of ['predictions', 'acted', 'errors', 'timeouts', 'nonFiniteScores', 'positiveDecisions', 'costSum', 'costCount'] as const) into[count] += from[count]
  // positives of one that did not count decisions have nothing to be a share of
  if (from.decided === undefined) delete into.decided
  else if (into.decided !== undefined) into.decided += from.decided
  addDecidedClasses(into, from)
  mergeDigest(into.latency, from.latency)
  leftOut += into.scoreLayout === from.scoreLayout ? addSummary(into.score, from.score) : 1
  leftOut += addOutcomes(into.outcomes, from.outcomes)
  if (from.cbpe !== undefined && into.cbpe !== undefined) leftOut += addScoreCounts(into.cbpe, from.cbpe)
  else if (from.cbpe !== undefined) into.cbpe = clonePlain(from.cbpe)
  if (from.classCbpe !== undefined && into.classCbpe !== undefined) leftOut += addClassScoreCounts(into.classCbpe, from.classCbpe)
  else if (from.classCbpe !== undefined) into.classCbpe = clonePlain(from.classCbpe)
  for (const [key, { predictions, outcomes, drift }] of Object.entries(from.segments)) {
    const held = (into.segments[key] ??= { predictions: 0, outcomes: emptied(outcomes) })
    held.predictions += predictions
    leftOut += addOutcomes(held.outcomes, outcomes)
    if (drift !== undefined) leftOut += addSegmentDrift(held, drift, into.scoreLayout === from.scoreLayout)
  }
  for (const [cohort, outcomes] of Object.entries(from.cohorts)) leftOut += addOutcomes((into.cohorts[cohort] ??= emptied(outcomes)), outcomes)
  addCounts(into.cohortPredictions, from.cohortPredictions)
  into.errorSequence = joinSequences(into.errorSequence, from.errorSequence)
  if (from.newestScores !== undefined) into.newestScores = into.newestScores === undefined ? clonePlain(from.newestScores) : joinScoreSequences(into.newestScores, from.newestScores)
  if (from.lossRows !== undefined && into.lossRows !== undefined) mergeLossSamples(into.lossRows, from.lossRows)
  else if (from.lossRows !== undefined) into.lossRows = clonePlain(from.lossRows)
  into.configSequenceMax = Math.max(into.configSequenceMax, from.configSequenceMax)
  into.configSequenceMin = leastSequence(into.configSequenceMin, from.configSequenceMin)
  return leftOut
}

/**
 * A class that finds no place among those of the outcomes, which hold as many as the policy keeps apart, goes with the others. A part that counted no classes
 * counted no decisions of them either.
 */
function addDecidedClasses(version: VersionSummary, { decidedClasses: from }: VersionSummary): void {
  const { decidedClasses: into, outcomes } = version
  if (from === undefined || outcomes.kind !== 'multiclass') return
  if (into === undefined) {
    version.decidedClasses = clonePlain(from)
    return
  }
  const names = [...into.names, ...from.names.filter((name) => !into.names.includes(name))].slice(0, Math.max(outcomes.classesMax, into.names.length))
  const sums = Float64Array.from(names, (_, i) => into.counts[i] ?? 0)
  from.names.forEach((name, i) => {
    const at = names.indexOf(name)
    if (at >= 0) sums[at] += from.counts[i]
  })
  Object.assign(into, { names, counts: sums })
}

/** Before the counts are added. Where one of the two has costs that nobody squared, squares of both are not known. */
function addCostSquares(into: VersionSummary, from: VersionSummary): void {
  if ([into, from].some(({ costCount, costSquareSum }) => costCount > 0 && costSquareSum === undefined)) delete into.costSquareSum
  else if (from.costSquareSum !== undefined) into.costSquareSum = (into.costSquareSum ?? 0) + from.costSquareSum
}

/** −1 means that none was seen. */
const leastSequence = (a: number, b: number): number => (a === -1 ? b : b === -1 ? a : Math.min(a, b))

/** The same bins with nothing in them. */
export function emptied(outcomes: Outcomes): Outcomes {
  if (outcomes.kind === 'multiclass') return createMulticlassOutcomes(outcomes.classesMax, outcomes.classes, outcomes.decidedBins !== undefined)
  const zero = (value: unknown): unknown => typeof value === 'number' ? 0 : ArrayBuffer.isView(value) ? (value as Float64Array).slice().fill(0) : value
  const empty = Object.fromEntries(Object.entries(outcomes).map(([key, value]) => [key, zero(value)])) as unknown as Outcomes
  if (empty.kind === 'binary') empty.scoreEdges = (outcomes as BinaryOutcomes).scoreEdges.slice()
  return empty
}

/** Two sequences as one: sub-slot by sub-slot, within one sub-slot `a` before `b`. */
export function joinSequences(a: ErrorSequence, b: ErrorSequence): ErrorSequence {
  const joined: ErrorSequence = { counts: new Uint32Array(a.counts.length), bits: new Uint8Array((a.n + b.n + 3) >> 2), n: 0 }
  const from = [{ sequence: a, at: 0 }, { sequence: b, at: 0 }]
  for (let slot = 0; slot < joined.counts.length; slot++) {
    for (const part of from) {
      for (let i = 0; i < part.sequence.counts[slot]; i++) append(joined, codeAt(part.sequence, part.at++))
      joined.counts[slot] += part.sequence.counts[slot]
    }
  }
  return joined
}

/** The i-th outcome of a sequence: bit 0 the error, bit 1 the actual class. */
export const codeAt = ({ bits }: ErrorSequence, i: number): number => (bits[i >> 2] >> ((i & 3) * 2)) & 3

function append(sequence: ErrorSequence, code: number): void {
  sequence.bits[sequence.n >> 2] |= code << ((sequence.n & 3) * 2)
  sequence.n += 1
}

function addPair(into: PairedDifferences[], from: PairedDifferences): void {
  const held = into.find(({ acted, other }) => acted === from.acted && other === from.other)
  if (held === undefined) into.push(clonePlain(from))
  else for (let i = 0; i < held.sums.length; i++) held.sums[i] += from.sums[i]
}

function addDigest(into: Record<string, Digest>, key: string, from: Digest): void {
  if (into[key] === undefined) into[key] = clonePlain(from)
  else mergeDigest(into[key], from)
}

/** Readings of one learner on several tasks: means weighted by what each saw. */
function addLearner(into: LearnerReading[], from: LearnerReading): void {
  const held = into.find(({ unit }) => unit === from.unit)
  if (held === undefined) {
    into.push({ ...from })
    return
  }
  const n = held.n + from.n
  if (n === 0) return
  held.logLoss = (held.logLoss * held.n + from.logLoss * from.n) / n
  held.accuracy = (held.accuracy * held.n + from.accuracy * from.n) / n
  held.n = n
}

export function addCounts(into: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(from)) into[key] = (into[key] ?? 0) + count
}

/** Counts of equal values added; the most frequent kept, ascending by value as they came. */
function addHeavyValues(a: readonly [number | string, number][], b: readonly [number | string, number][]): [number | string, number][] {
  const counts = new Map(a)
  for (const [value, count] of b) counts.set(value, (counts.get(value) ?? 0) + count)
  const byValue = ([x]: [number | string, number], [y]: [number | string, number]) => (x < y ? -1 : x > y ? 1 : 0)
  return [...counts].sort((x, y) => y[1] - x[1] || byValue(x, y)).slice(0, heavyMax).sort(byValue)
}

export const addJoinCounts = (into: JoinCounts, from: JoinCounts): void =>
  addCounts(into as unknown as Record<string, number>, from as unknown as Record<string, number>)

/** Whether two lists hold the same, in order. */
export const sameList = (a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** A copy of plain data that shares nothing with the original. */
export function clonePlain<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return (value as unknown as Float64Array).slice() as T
  if (Array.isArray(value)) return value.map(clonePlain) as T
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clonePlain(item)])) as T
}
