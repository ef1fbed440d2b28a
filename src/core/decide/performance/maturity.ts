/** How complete the labels of cohorts are, learned from cohorts older than the label horizon, and what younger ones will come to. */
import { addArrivals, ageEdges, arrivalCurve, createArrivals, mergeArrivals, shareBy, type Arrivals, type ArrivalCurve, type Arrived } from '../../maturity/arrivals.ts'
import { delayAgainstScore } from '../../maturity/independence.ts'
import { expectedPrecision, expectedRecall, weighted, weightsAt, type AgedCounts, type ClassCurves } from '../../maturity/weights.ts'
import { readMetric, type Metric } from '../../metrics/metric.ts'
import type { BinaryOutcomes, Outcomes } from '../../metrics/outcomes.ts'
import { metrics } from '../../metrics/table.ts'
import type { ModelPolicy } from '../../policy.ts'
import type { Reading } from '../../reading.ts'
import { figure } from '../../text.ts'
import { unidentifiedText } from '../labels.ts'
import { arrivedByClass, curvesOfClasses, waitingClasses, type CurvesOfClasses } from './class-maturity.ts'
import { largest, type Cohort, type CohortVersion } from './cohort.ts'

/** Notes what came of a cohort in one pane, by class, at the age that the cohort had when the pane ended. */
export function noteArrivals(held: CohortVersion, outcomes: Outcomes, ageMs: number, { time }: ModelPolicy): void {
  held.arrivals ??= createArrivals(ageEdges(time.paneMs, time.labelHorizonMs + time.cohortMs))
  for (const [actualClass, arrived] of classesOf(outcomes)) if (arrived.count !== 0) addArrivals(held.arrivals, actualClass, ageMs, arrived)
}

function classesOf(outcomes: Outcomes): [string, Arrived][] {
  if (outcomes.kind === 'multiclass') return arrivedByClass(outcomes)
  if (outcomes.kind === 'regression') return [['value', { count: outcomes.n, scored: 0, scoreSum: 0, scoreSquareSum: 0 }]]
  const [tp, fp, fn, tn] = outcomes.confusion
  return [['positive', scoresOf(outcomes, outcomes.positives, tp + fn)], ['negative', scoresOf(outcomes, outcomes.negatives, fp + tn)]]
}

/** Scores of one class at the mean score of their bin. */
function scoresOf({ positives, negatives, scoreSums }: BinaryOutcomes, ofClass: Float64Array, count: number): Arrived {
  const arrived: Arrived = { count, scored: 0, scoreSum: 0, scoreSquareSum: 0 }
  for (let bin = 0; bin < ofClass.length; bin++) {
    const inBin = positives[bin] + negatives[bin]
    if (ofClass[bin] === 0 || inBin === 0) continue
    const score = scoreSums[bin] / inBin
    arrived.scored += ofClass[bin]
    arrived.scoreSum += ofClass[bin] * score
    arrived.scoreSquareSum += ofClass[bin] * score * score
  }
  return arrived
}

/** What is known of how labels come. */
export interface Maturity {
  /** cohorts past the label horizon, which it is learned from */
  cohorts: number
  /** share of predictions that get a label in the end, in [0, 1]; null without such cohorts */
  labelledShare: number | null
  /** how much more cohorts differ in it than counts alone would; at least 1 */
  dispersion: number
  /** arrival curve of all labels, and by class; null where too few came */
  curve: ArrivalCurve | null
  byClass: ClassCurves | null
  /** of a multiclass model, in place of it; absent for others, null where too few came */
  ofClasses?: CurvesOfClasses | null
  /** delay against score, by class */
  independence: Readonly<Record<string, Reading>>
  /** why outcomes are not weighted by class; null when they are */
  refusal: string | null
}

/** Learns from every kept cohort that is past the horizon at `nowMs`, of each the version with most predictions. */
export function maturityOf(cohorts: readonly Cohort[], nowMs: number, policy: ModelPolicy): Maturity {
  const { time } = policy
  const complete = cohorts.filter((cohort) => isComplete(cohort, nowMs, policy)).map(leading).filter((held) => held !== null)
  const all = createArrivals(ageEdges(time.paneMs, time.labelHorizonMs + time.cohortMs))
  for (const { arrivals } of complete) if (arrivals !== undefined) mergeArrivals(all, arrivals)
  if (policy.task === 'multiclass') {
    const { curves, independence, refusal } = curvesOfClasses(all.edgesMs, complete.flatMap(({ arrivals }) => arrivals ?? []))
    return { ...knownOf(complete, all), independence, refusal, byClass: null, ofClasses: curves }
  }
  const independence = Object.fromEntries(Object.entries(all.classes).map(([name, held]) => [name, delayAgainstScore(held)]))
  const [positive, negative] = [arrivalCurve(all.edgesMs, all.classes.positive), arrivalCurve(all.edgesMs, all.classes.negative)]
  const refusal = refusalOf(policy, complete.length, { positive, negative }, independence)
  return { ...knownOf(complete, all), independence, refusal, byClass: refusal === null ? { positive: positive!, negative: negative! } : null }
}

function knownOf(complete: readonly CohortVersion[], all: Arrivals): Pick<Maturity, 'cohorts' | 'labelledShare' | 'dispersion' | 'curve'> {
  const share = labelledShareOf(complete)
  return { cohorts: complete.length, labelledShare: share, dispersion: dispersionOf(complete, share), curve: pooledCurve(all) }
}

function refusalOf({ task, labels }: ModelPolicy, cohorts: number, curves: Record<string, ArrivalCurve | null>, independence: Maturity['independence']): string | null {
  if (task !== 'binary') return 'Labels of this task have no classes that could come at different times.'
  const hidden = unidentifiedText(labels)
  if (hidden !== null) return hidden
  if (cohorts === 0) return 'No cohort is past the label horizon yet: when labels come is not known.'
  for (const [name, curve] of Object.entries(curves)) if (curve === null) return `Too few ${name} labels of cohorts past the label horizon: when they come is not known.`
  for (const [name, { verdict, value }] of Object.entries(independence)) {
    if (verdict === 'insufficient') return `Too few ${name} labels with a score: whether delay depends on the score cannot be checked.`
    if (verdict === 'alarm') return `Among ${name} labels delay depends on the score (correlation ratio ${figure(value)}): those that came do not stand for those to come.`
  }
  return null
}

/** The version with most predictions: versions share their labels. */
function leading({ versions }: Cohort): CohortVersion | null {
  const names = Object.keys(versions).sort()
  return names.length === 0 ? null : versions[names.reduce((best, name) => (versions[name].predictions > versions[best].predictions ? name : best))]
}

/** The label horizon has passed since its last prediction. */
export const isComplete = ({ endMs }: Pick<Cohort, 'endMs'>, nowMs: number | null, { time }: ModelPolicy): boolean =>
  endMs === null || (nowMs !== null && nowMs >= endMs + time.labelHorizonMs)

export const labelsOf = ({ outcomes }: CohortVersion): number => outcomes.reduce((sum, { n }) => sum + n, 0)

function labelledShareOf(complete: readonly CohortVersion[]): number | null {
  const predictions = complete.reduce((sum, held) => sum + held.predictions, 0)
  return predictions === 0 ? null : Math.min(1, complete.reduce((sum, held) => sum + labelsOf(held), 0) / predictions)
}

function dispersionOf(complete: readonly CohortVersion[], share: number | null): number {
  if (share === null || share === 0) return 1
  const terms = complete.filter(({ predictions }) => predictions > 0).map((held) => (labelsOf(held) - share * held.predictions) ** 2 / (share * held.predictions))
  return Math.max(1, terms.reduce((sum, term) => sum + term, 0) / Math.max(1, terms.length - 1))
}

function pooledCurve({ edgesMs, classes }: Arrivals): ArrivalCurve | null {
  const counts = new Float64Array(edgesMs.length)
  for (const held of Object.values(classes)) for (let bin = 0; bin < counts.length; bin++) counts[bin] += held.counts[bin]
  return arrivalCurve(edgesMs, { counts, scored: counts, scoreSums: counts, scoreSquareSum: 0 })
}

/** Share of its labels that a cohort of this age should have; null where it is not known. 1 past the horizon. */
export const shareDue = ({ curve }: Maturity, cohort: Cohort, nowMs: number, policy: ModelPolicy): number | null =>
  isComplete(cohort, nowMs, policy) ? 1 : curve === null ? null : shareBy(curve, nowMs - cohort.startMs!)

/** Outcomes at one age as they will be: only what is kept by class, so confusion and score bins. Null where a weight would be too large. */
export function completedOutcomes(outcomes: BinaryOutcomes, curves: ClassCurves, ageMs: number): BinaryOutcomes | null {
  const weights = weightsAt(curves, ageMs)
  if (weights === null) return null
  const [ofPositive, ofNegative] = weights
  const confusion = outcomes.confusion.map((count, cell) => count * weights[cell % 2])
  const [positives, negatives] = [outcomes.positives.map((count) => count * ofPositive), outcomes.negatives.map((count) => count * ofNegative)]
  const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0)
  return { ...outcomes, byEntity: undefined, n: total(confusion), scored: total(positives) + total(negatives), confusion, positives, negatives }
}

/** Metrics of the policy that are made of counts by class alone: the others cannot be weighted after the fact. */
const byClassMetrics: ReadonlySet<string> = new Set([
  'accuracy', 'precision', 'recall', 'f1', 'specificity', 'positive-rate', 'balanced-accuracy', 'mcc', 'kappa', 'roc-auc', 'pr-auc',
])

export function expectedValues(outcomes: BinaryOutcomes, names: readonly string[]): Record<string, number | null> {
  const table = metrics as unknown as Readonly<Record<string, Metric>>
  return Object.fromEntries(names.filter((name) => byClassMetrics.has(name)).map((name) => [name, readMetric(table[name], outcomes).value]))
}

/** Precision and recall, of several classes accuracy and macro F1, over cohorts that still wait for labels: as they stand, and as expected once every label has come. */
export interface MaturityView {
  cohorts: number
  labelledShare: number | null
  refusal: string | null
  independence: Maturity['independence']
  /** by class: labels behind the curve, and the ages by which half and nine tenths have come */
  arrival: Record<string, { n: number; medianMs: number; ninetyMs: number }>
  waiting: { labels: number; tooYoung: number; soFar: Record<string, Reading>; expected: Record<string, Reading> } | null
}

/** What is known of maturity, and what it makes of the cohorts of `version` that still wait. */
export function maturityView(maturity: Maturity, cohorts: readonly Cohort[], version: string | null, nowMs: number, policy: ModelPolicy): MaturityView {
  const { byClass, ofClasses = null, refusal, independence, labelledShare } = maturity
  const arrival = Object.fromEntries(Object.entries(byClass ?? ofClasses?.own ?? {}).map(([name, curve]: [string, ArrivalCurve]) =>
    [name, { n: curve.n, medianMs: ageOf(curve, 0.5), ninetyMs: ageOf(curve, 0.9) }]))
  const aged = version === null ? [] : waitingAt(cohorts, version, nowMs, policy)
  const waiting = version === null ? null : ofClasses !== null ? waitingClasses(ofClasses, aged.flatMap(({ ageMs, outcomes }) => outcomes.kind === 'multiclass' ? [{ ageMs, outcomes }] : []))
    : byClass === null ? null : waitingOf(byClass, aged)
  return { cohorts: maturity.cohorts, labelledShare, refusal, independence, arrival, waiting }
}

/** The first edge by which this share has come. */
const ageOf = ({ edgesMs, shares }: ArrivalCurve, share: number): number => edgesMs[shares.findIndex((held) => held >= share)]

function waitingAt(cohorts: readonly Cohort[], version: string, nowMs: number, policy: ModelPolicy): { ageMs: number; outcomes: Outcomes }[] {
  return cohorts.filter((cohort) => cohort.startMs !== null && !isComplete(cohort, nowMs, policy)).flatMap(({ startMs, versions }) => {
    const outcomes = largest(versions[version]?.outcomes ?? [])
    return outcomes === undefined ? [] : [{ ageMs: nowMs - startMs!, outcomes }]
  })
}

function waitingOf(curves: ClassCurves, held: readonly { ageMs: number; outcomes: Outcomes }[]): MaturityView['waiting'] {
  const aged = held.flatMap(({ ageMs, outcomes }): AgedCounts[] => outcomes.kind === 'binary' ? [{ ageMs, confusion: outcomes.confusion }] : [])
  const counts = weighted(aged, curves)
  const plain = weighted(aged.filter(({ ageMs }) => weightsAt(curves, ageMs) !== null).map(({ confusion }) => ({ ageMs: Infinity, confusion })), curves)
  return {
    labels: counts.n, tooYoung: counts.leftOut,
    soFar: { precision: expectedPrecision(plain), recall: expectedRecall(plain) }, expected: { precision: expectedPrecision(counts), recall: expectedRecall(counts) },
  }
}
