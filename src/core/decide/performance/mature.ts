/** Labels of the champion's mature cohorts: those of recent predictions, and all earlier ones to hold them against. */
import type { LabelRateEvidence, PrevalenceEvidence, ArrivalEvidence } from '../../diagnosis/evidence.ts'
import { prevalenceByConfusion, prevalenceByEm } from '../../diagnosis/prevalence.ts'
import type { BinaryOutcomes, Outcomes } from '../../metrics/outcomes.ts'
import { addOutcomes, clonePlain } from '../../panes/merge.ts'
import type { ModelPolicy } from '../../policy.ts'
import { allCurves } from './class-maturity.ts'
import { largest, type Cohort } from './cohort.ts'
import { isComplete, labelsOf, shareDue, type Maturity } from './maturity.ts'

/** From this share of its labels on a cohort is mature. */
const matureShare = 0.9
/** Labels that each of both samples needs for anything to be told from them. */
export const labelsMin = 100

export interface MatureLabels {
  /** newest mature cohorts: as many as span what raised the question and hold enough labels; null with too few */
  recent: Outcomes | null
  /** mature cohorts older than the longest window: before whatever the windows show */
  before: Outcomes | null
  /** outcomes of each mature cohort, before and recent, for how much cohorts differ */
  cohorts: { before: readonly Outcomes[]; recent: readonly Outcomes[] }
  /** when the predictions behind `recent` were made */
  spans: readonly LabelledSpan[]
}

export interface LabelledSpan {
  startMs: number
  endMs: number
  labels: number
}

/** Share of labels whose predictions were made since; evenly within a span. 0 of none. */
export function shareSince(spans: readonly LabelledSpan[], sinceMs: number): number {
  const total = spans.reduce((sum, { labels }) => sum + labels, 0)
  const since = spans.reduce((sum, { startMs, endMs, labels }) => sum + labels * Math.min(1, Math.max(0, (endMs - sinceMs) / (endMs - startMs))), 0)
  return total === 0 ? 0 : since / total
}

/** A cohort counts as mature when its labels are due by the arrival curve, or when nearly every prediction has one. */
function isMature(cohort: Cohort, version: string, maturity: Maturity, nowMs: number, policy: ModelPolicy): boolean {
  const held = cohort.versions[version]
  if (held === undefined || held.predictions === 0) return false
  if (isComplete(cohort, nowMs, policy) || labelsOf(held) >= matureShare * held.predictions) return true
  const { byClass, ofClasses = null } = maturity
  const curves = ofClasses !== null ? allCurves(ofClasses) : byClass === null ? [] : [byClass.positive, byClass.negative]
  if (curves.length === 0 || cohort.startMs === null) return false
  const due = curves.map((curve) => shareDue({ ...maturity, curve }, cohort, nowMs, policy))
  return due.every((share) => share !== null && share >= matureShare)
}

/** Outcomes of the mature cohorts that end before the longest window begins: what was true before whatever the windows show. */
export function matureBefore(cohorts: readonly Cohort[], version: string, maturity: Maturity, nowMs: number, policy: ModelPolicy): Outcomes[] {
  const { windows, paneMs } = policy.time
  const beforeMs = nowMs - Math.max(...windows) * paneMs
  return outcomesOf(cohorts.filter((cohort) => cohort.endMs! <= beforeMs && isMature(cohort, version, maturity, nowMs, policy)), version)
}

/** @param wanted `spanMs` of prediction time and `labels` that recent ones should hold: no more, so that what changed lately is not lost in what was before */
export function matureLabels(
  cohorts: readonly Cohort[], version: string, maturity: Maturity, nowMs: number, policy: ModelPolicy, wanted: { spanMs: number; labels: number },
): MatureLabels {
  const mature = cohorts.filter((cohort) => isMature(cohort, version, maturity, nowMs, policy))
  let [first, labels] = [mature.length, 0]
  while (first > 0 && (labels < Math.max(labelsMin, wanted.labels) || mature.at(-1)!.endMs! - mature[first].startMs! < wanted.spanMs)) {
    first -= 1
    labels += labelsOf(mature[first].versions[version])
  }
  const recent = mature.slice(first)
  const longestMs = Math.max(...policy.time.windows) * policy.time.paneMs
  const before = mature.slice(0, first).filter(({ endMs }) => endMs! <= mature.at(-1)!.endMs! - longestMs)
  return {
    recent: together(recent, version), before: together(before, version),
    cohorts: { before: outcomesOf(before, version), recent: outcomesOf(recent, version) },
    spans: recent.map(({ startMs, endMs, versions }) => ({ startMs: startMs!, endMs: endMs!, labels: labelsOf(versions[version]) })),
  }
}

function together(cohorts: readonly Cohort[], version: string): Outcomes | null {
  let sum: Outcomes | null = null
  for (const { versions } of [...cohorts].reverse()) {
    const main = largest(versions[version].outcomes)
    if (main === undefined) continue
    if (sum === null) sum = clonePlain(main)
    else addOutcomes(sum, main) // what is on other score bins stays out: newer bins win
  }
  return sum === null || sum.n < labelsMin ? null : sum
}

const outcomesOf = (cohorts: readonly Cohort[], version: string): Outcomes[] =>
  cohorts.map(({ versions }) => largest(versions[version].outcomes)).filter((outcomes) => outcomes !== undefined)

const binaryOf = ({ recent, before }: MatureLabels): { recent: BinaryOutcomes; before: BinaryOutcomes } | null =>
  recent?.kind === 'binary' && before?.kind === 'binary' ? { recent, before } : null

const rateOf = ({ n, confusion: [tp, , fn] }: BinaryOutcomes) => ({ positive: tp + fn, n })

/** The label rate before and now; null where there are too few mature labels on either side. */
export function labelRateOf(labels: MatureLabels): LabelRateEvidence | null {
  const both = binaryOf(labels)
  if (both === null) return null
  const { cohorts } = labels
  const terms = [...heterogeneity(cohorts.before), ...heterogeneity(cohorts.recent)].sort((a, b) => a - b)
  // the median, so that a cohort from after the change, or an odd one, does not make everything look usual
  const median = terms.length === 0 ? 0 : terms[terms.length >> 1]
  return { before: rateOf(both.before), now: rateOf(both.recent), designEffect: Math.max(1, median / chiSquareMedian) }
}

/** Of one degree of freedom. */
const chiSquareMedian = 0.4549

/** Terms of Pearson's χ² of the label rate over cohorts. */
function heterogeneity(cohorts: readonly Outcomes[]): number[] {
  const counts = cohorts.flatMap((outcomes) => (outcomes.kind === 'binary' && outcomes.n > 0 ? [rateOf(outcomes)] : []))
  const n = counts.reduce((sum, cohort) => sum + cohort.n, 0)
  const rate = n === 0 ? 0 : counts.reduce((sum, cohort) => sum + cohort.positive, 0) / n
  return rate <= 0 || rate >= 1 ? [] : counts.map((cohort) => (cohort.positive - cohort.n * rate) ** 2 / (cohort.n * rate * (1 - rate)))
}

/** Prevalence of recent predictions by both methods, calibrated on the labels before; null without both samples. */
export function prevalenceOf(labels: MatureLabels): PrevalenceEvidence[] | null {
  const both = binaryOf(labels)
  if (both === null) return null
  const { before, recent } = both
  const [tp, fp] = recent.confusion
  const sameBins = before.positives.length === recent.positives.length && before.scoreEdges.every((edge, i) => edge === recent.scoreEdges[i])
  return [
    ...(sameBins ? [{ method: 'EM', reading: prevalenceByEm({ positives: before.positives, negatives: before.negatives, target: recent.positives.map((count, i) => count + recent.negatives[i]) }) }] : []),
    { method: 'BBSE', reading: prevalenceByConfusion(before.confusion, { n: recent.n, positive: tp + fp }) },
  ]
}

/** Labels of the cohorts that still wait, against what is due; null while the arrival of labels is not known, or nothing is due. */
export function arrivalOf(cohorts: readonly Cohort[], version: string, maturity: Maturity, nowMs: number, policy: ModelPolicy): ArrivalEvidence | null {
  if (maturity.labelledShare === null || maturity.curve === null) return null
  let [expected, come, total] = [0, 0, 0]
  for (const cohort of cohorts) {
    const held = cohort.versions[version]
    if (held === undefined || isComplete(cohort, nowMs, policy)) continue
    const inEnd = held.predictions * maturity.labelledShare
    expected += inEnd * shareDue(maturity, cohort, nowMs, policy)!
    come += labelsOf(held)
    total += inEnd
  }
  return expected < 1 ? null : { expected, come, error: Math.sqrt(maturity.dispersion * expected), maturity: expected / total }
}
