/** What the fleet itself reports of its predictions: counts, latencies, costs, scores. */
import { addScored } from '../estimation/score-counts.ts'
import { heldCost } from '../metrics/service-outcomes.ts'
import type { VersionSummary } from '../panes/summary.ts'
import type { Prediction } from '../records.ts'
import { addToDigest } from '../sketches/digest.ts'
import { addDecided, addScores } from './classes.ts'
import { addScore, addToSegment } from './pane.ts'
import type { ModelRuntime } from './runtime.ts'

type DeadLetter = (code: string, message: string) => void

/** Counts what the fleet reported; returns whether the prediction has no usable outcome. */
export function countPrediction(model: ModelRuntime, record: Prediction, atMs: number, deadLetter: DeadLetter): boolean {
  const pane = model.paneAt(atMs)
  pane.dirty = true
  const version = pane.version(record.version)
  const score = model.scoreOf(record)
  const nonFinite = score === Infinity || score === -Infinity
  const decision = nonFinite ? undefined : model.decisionOf(record.decision, score)
  const failed = record.outcome !== 'ok' || decision === undefined
  version.predictions++
  if (record.acted) version.acted++
  if (record.outcome === 'error') version.errors++
  else if (record.outcome === 'timeout') version.timeouts++
  else if (nonFinite) version.nonFiniteScores++
  if (!failed && record.acted) {
    if (model.classes !== null) addDecided(version, model.classes, decision!)
    else countDecided(version, decision)
  }
  if (!failed) {
    addScore(version, score)
    if (version.cbpe !== undefined) addScored(version.cbpe, score, decision === 1 ? 1 : 0)
    if (version.classCbpe !== undefined && model.classes !== null) addScores(version.classCbpe, model.classes, decision!)
  }
  if (!Number.isNaN(record.latencyMs)) addToDigest(version.latency, record.latencyMs)
  if (!Number.isNaN(record.cost)) {
    const cost = heldCost(record.cost)
    version.costSum += cost
    // a pane that an older program opened has costs without squares: they stay unknown
    if (version.costCount === 0 || version.costSquareSum !== undefined) version.costSquareSum = (version.costSquareSum ?? 0) + cost * cost
    version.costCount++
  }
  const cohort = pane.cohort(version, record.predictedAt, atMs)
  version.cohortPredictions[cohort] = (version.cohortPredictions[cohort] ?? 0) + 1
  for (const key of model.segmentsOf(model.segmentCode(record.segments))) {
    const segment = pane.segment(version, key)
    segment.predictions++
    if (segment.drift !== undefined) addToSegment(segment.drift, score, decision, record.acted, failed)
  }
  if (record.acted) countWatch(model, version, record, nonFinite, atMs)
  if (nonFinite) {
    deadLetter('NON_FINITE_SCORE', `version '${record.version}' of model '${record.model}' sent a score that is not finite; it counts as an error of that version`)
  } else if (record.outcome === 'ok' && decision === undefined) {
    deadLetter('MISSING_FIELD', `a prediction of model '${record.model}' is ok but has neither a usable decision nor ${wanted(model, record)}`)
  }
  return failed
}

function wanted({ policy: { task } }: ModelRuntime, { classScores }: Prediction): string {
  if (task === 'multiclass') return '`classScores`; send one of them'
  const hasClasses = classScores !== null && classScores !== undefined
  return hasClasses ? `a score; it has \`classScores\`, and the task is ${task}: write \`task: multiclass\` into the policy, then redrive` : 'a score; send one of them'
}

function countWatch(model: ModelRuntime, version: VersionSummary, record: Prediction, nonFinite: boolean, atMs: number): void {
  const { configSequence } = record
  if (configSequence !== null) {
    version.configSequenceMax = Math.max(version.configSequenceMax, configSequence)
    version.configSequenceMin = version.configSequenceMin === -1 ? configSequence : Math.min(version.configSequenceMin, configSequence)
  }
  const watch = model.watchVersion(atMs, record.version)
  watch.acted++
  if (record.outcome === 'error') watch.errors++
  else if (record.outcome === 'timeout') watch.timeouts++
  else if (nonFinite) watch.nonFiniteScores++
  if (Number.isFinite(record.latencyMs)) addToDigest(watch.latency, record.latencyMs)
}

function countDecided(version: VersionSummary, decision: number | undefined): void {
  if (decision === 1) version.positiveDecisions++
  if (version.decided !== undefined) version.decided++
}
