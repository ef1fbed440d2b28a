/** Gathers what a diagnosis looks at from what decide holds of a model. What cannot be told from it is null, and the diagnosis says so. */
import { noPositives, type BrokenFeature, type DropEvidence, type Evidence, type InputEvidence } from '../../diagnosis/evidence.ts'
import { shareJump, volumeJump, type Jump, type ShareAt } from '../../diagnosis/jump.ts'
import { outOfRange } from '../../drift/out-of-range.ts'
import { directionOf } from '../../gates/improvement.ts'
import type { Outcomes } from '../../metrics/outcomes.ts'
import { summaryOf } from '../../panes/reference.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import type { ModelPolicy, TriggerPolicy } from '../../policy.ts'
import type { Reading } from '../../reading.ts'
import type { Finding, Profile, RankedFeature } from '../../records.ts'
import type { FeatureSummary } from '../../sketches/feature.ts'
import { importanceShares } from '../../triggers/drift.ts'
import type { DriftSight, PerformanceSight } from '../../triggers/trigger.ts'
import { keptCohorts } from '../performance/cohort.ts'
import { metricReadings } from '../performance/cohorts.ts'
import { classesEstimatedOn } from '../performance/class-estimates.ts'
import { estimatedOn } from '../performance/estimated.ts'
import { earlyEstimate } from '../performance/estimates.ts'
import { leftRange } from './left-range.ts'
import { lossEstimatedOn } from '../performance/loss-estimates.ts'
import { arrivalOf, labelRateOf, matureLabels, prevalenceOf, shareSince, type LabelledSpan, type MatureLabels } from '../performance/mature.ts'
import { maturityOf } from '../performance/maturity.ts'
import type { PaneReadings } from '../readings.ts'
import { panePart, readingsPart } from '../state.ts'
import { referenceAt, type ProfileEntry } from '../tables.ts'
import type { Turn } from '../turn.ts'

/** Measures whose jump is a fault of what feeds the model rather than a change of the world. */
const faultMeasures: ReadonlySet<string> = new Set(['missing', 'unseen', 'non-finite', 'out-of-range', 'type-change'])
export const isFaultMeasure = (measure: string): boolean => faultMeasures.has(measure)

/** A drop of ROC AUC up to this is none, and that of any metric whose policy sets no other bound. */
const toleranceDefault = 0.05
/** Panes without which traffic has no usual volume. */
const volumePanesMin = 5

/** What a diagnosis is asked to explain. */
export interface Question {
  reasons: readonly Finding[]
  claim: Claim
  /** the moved features */
  blamed: readonly RankedFeature[]
  /** stream time since which the drift among the reasons has been seen; null without any */
  driftSinceMs: number | null
}

/** What it is explained from: the whole, or what is kept of one segment. */
export interface Ground {
  /** kept, oldest first */
  panes: readonly PaneSummary[]
  reference: { entry: ProfileEntry; profile: Profile } | null
  readings: Pick<PaneReadings, 'drift' | 'performance' | 'reference'> | null
  /** labels of a segment; null: those of the model's cohorts */
  labels: MatureLabels | null
}

export function wholeGround({ parts, model, state, atMs }: Turn): Ground {
  return {
    panes: state.panes.map((start) => parts.get<PaneSummary>(panePart(model, start))!), readings: parts.get<PaneReadings>(readingsPart(model)) ?? null,
    reference: state.champion === null ? null : referenceAt(parts, model, state.champion.version, atMs), labels: null,
  }
}

/** What is known, at the newest pane read, to explain `reasons`. */
export function gatherEvidence(turn: Turn, question: Question, ground: Ground = wholeGround(turn)): Evidence {
  const { reasons, blamed } = question
  const { policy } = turn
  const { readings, panes } = ground
  return {
    rules: [...new Set(reasons.map(({ rule }) => rule))], broken: brokenOf(ground, blamed), volume: volumeOf(panes, policy), inputs: inputsOf(policy, readings, blamed),
    detectors: detectorsOf(turn), positivesRefusal: positivesRefusalOf(policy), ...fromLabels(turn, question, ground),
  }
}

// ---- data quality and traffic -----------------------------------------------------------------------------------------------

function brokenOf({ readings, panes, reference: found }: Ground, blamed: readonly RankedFeature[]): BrokenFeature[] | null {
  const watched = (readings?.drift ?? []).flatMap(({ features }) => features.flatMap((held) => held.readings.map((reading) => ({ feature: held.feature, ...reading }))))
    .filter(({ measure }) => isFaultMeasure(measure))
  if (found === null) return null
  const broken = new Map<string, BrokenFeature>()
  for (const { feature, measure, reading } of watched) {
    if (reading.verdict !== 'alarm' || measure === outOfRange.name || broken.has(`${measure} ${feature}`)) continue
    broken.set(`${measure} ${feature}`, { feature, measure, value: reading.value!, jump: jumpOf(found, panes, feature, measure, reading) })
  }
  const alarmed = watched.filter(({ measure, reading }) => measure === outOfRange.name && reading.verdict === 'alarm').map(({ feature }) => feature)
  const left = leftRange(panes, found.profile, found.entry.layout, blamed.map(({ feature }) => feature), alarmed)
  return watched.length === 0 && left.length === 0 ? null : [...broken.values(), ...left]
}

/** Pane by pane where the share is kept; of the others only the size is known, and that the shortest window to alarm shows it. */
function jumpOf({ entry, profile }: { entry: { layout: string }; profile: Profile }, panes: readonly PaneSummary[], feature: string, measure: string, { value }: Reading): Jump | null {
  const frozen = profile.features[feature]
  const before = frozen === undefined ? null : faultShare(summaryOf(frozen), measure)
  if (before === null) return { atMs: null, before: 0, after: value! }
  const series = panes.flatMap(({ startMs, features }): ShareAt[] => {
    const summary = features.find(({ layout }) => layout === entry.layout)?.features[feature]
    const share = summary === undefined ? null : faultShare(summary, measure)
    return share === null ? [] : [{ atMs: startMs, ...share }]
  })
  return shareJump(series, before.of === 0 ? 0 : before.hits / before.of)
}

function faultShare(summary: FeatureSummary, measure: string): { hits: number; of: number } | null {
  if (measure === 'missing') return { hits: summary.missing, of: summary.n }
  if (measure === 'non-finite' && summary.kind === 'numeric') return { hits: summary.nonFinite, of: summary.n }
  if (measure === 'unseen' && summary.kind === 'categorical') return { hits: summary.unseen, of: summary.n - summary.missing }
  return null
}

/** Acted inferences a pane, panes without any counted as empty. */
function volumeOf(panes: readonly PaneSummary[], { time: { paneMs } }: ModelPolicy): Evidence['volume'] {
  const held = new Map(panes.filter(({ startMs, endMs }) => endMs - startMs === paneMs).map((pane) => [pane.startMs, actedIn(pane)]))
  const starts = [...held.keys()]
  if (starts.length === 0) return null
  const counts: { atMs: number; n: number }[] = []
  for (let atMs = Math.min(...starts); atMs <= Math.max(...starts); atMs += paneMs) counts.push({ atMs, n: held.get(atMs) ?? 0 })
  return counts.length < volumePanesMin ? null : { jump: volumeJump(counts) }
}

const actedIn = ({ versions }: PaneSummary): number => Object.values(versions).reduce((sum, { acted }) => sum + acted, 0)

// ---- inputs -----------------------------------------------------------------------------------------------------------------

function inputsOf({ triggers }: ModelPolicy, readings: Ground['readings'], blamed: readonly RankedFeature[]): InputEvidence | null {
  if (readings === null || readings.reference === null) return null
  const moving = ({ features, score, rows = [] }: DriftSight) => [...features.flatMap((held) => held.readings), ...score, ...rows].filter(({ measure }) => !isFaultMeasure(measure))
  const named = new Set(blamed.map(({ feature }) => feature))
  return {
    moved: blamed.map(({ feature }) => feature),
    importanceShare: Math.max(0, ...readings.drift.map((window) => shareOf(window, named))),
    shareMin: triggers.find((trigger): trigger is Extract<TriggerPolicy, { trigger: 'drift' }> => trigger.trigger === 'drift')?.minImportanceShare ?? 0.05,
    isSevere: readings.drift.flatMap(moving).some(({ reading, severe }) => reading.verdict === 'alarm' && severe !== null && reading.value! >= severe),
    isScoreMoved: readings.drift.some(({ score }) => score.some(({ reading }) => reading.verdict === 'alarm')),
    rowsMoved: readings.drift.flatMap(({ rows = [] }) => rows).find(({ reading }) => reading.verdict === 'alarm')?.reading.detail?.strongest?.toString() ?? null,
    read: readings.drift.flatMap(moving).filter(({ reading }) => reading.verdict !== 'insufficient').length,
  }
}

function shareOf(window: DriftSight, named: ReadonlySet<string>): number {
  const shares = importanceShares(window)
  return window.features.reduce((sum, { feature }) => sum + (named.has(feature) ? shares[feature] : 0), 0)
}

function detectorsOf({ state, policy, atMs }: Turn): Evidence['detectors'] {
  const since = atMs - Math.max(...policy.time.windows) * policy.time.paneMs
  const fired = state.detectors.filter(({ alarmMs }) => alarmMs !== null && alarmMs > since)
  return { watched: policy.performance.errorDetectors.map(({ unit }) => unit), fired: [...new Set(fired.map(({ unit }) => unit))] }
}

/** Why labels of this model, however many, tell no rate of positives; null where they do. */
function positivesRefusalOf({ task, labels }: ModelPolicy): string | null {
  if (task === 'regression') return noPositives
  if (task !== 'binary') return `a ${task} model has no positives`
  return labels.exist === 'actedOnly' ? 'only what was acted on gets a label' : null
}

// ---- labels -----------------------------------------------------------------------------------------------------------------

function fromLabels(turn: Turn, { reasons, claim, driftSinceMs }: Question, { readings, labels: given }: Ground) {
  const { parts, model, state, policy } = turn
  const version = state.champion?.version
  const nowMs = state.paneEndMs
  if (version === undefined || nowMs === null) return { arrival: null, labelRate: null, auc: null, prevalence: null, realised: null, estimate: null, estimateRefusal: null, since: null }
  const cohorts = keptCohorts(parts, state)
  const maturity = maturityOf(cohorts, nowMs, policy)
  const spanMs = spanOf(reasons, policy)
  const labels = given ?? matureLabels(cohorts, version, maturity, nowMs, policy, { spanMs, labels: performanceRules(policy)[0]?.minLabels ?? 0 })
  const early: Early = (metric) => given === null ? earlyEstimate(parts, model, version, metric, spanMs) : ofSegment
  const expected: Early = (metric) => expectedOn(turn, metric, labels, given !== null)
  const performance = performanceOf(policy, labels, readings?.performance ?? [], claim, maturity.curve === null, { early, expected })
  const spans = performance.realised?.isMature === true ? labels.spans : liveSpan(readings)
  return {
    arrival: arrivalOf(cohorts, version, maturity, nowMs, policy),
    // acted inferences alone tell the rate of neither class
    ...(policy.labels.exist === 'actedOnly' ? { labelRate: null, prevalence: null } : { labelRate: labelRateOf(labels), prevalence: prevalenceOf(labels) }),
    auc: dropOn('roc-auc', labels, claim, aucTolerance(policy), policy),
    ...performance, ...(policy.performance.estimate === 'dle' ? { estimator: 'DLE' } : {}),
    since: driftSinceMs === null ? null : {
      labelledShare: performance.realised === null ? 1 : shareSince(spans, driftSinceMs), ...earlyDrop(policy, labels, claim, early),
    },
  }
}

/** What scores mean is known of the whole, and need not be the same in each of its parts. */
const ofSegment = { refusal: 'scores of a segment are not estimated before its labels come' }

/** Of the longest window, for outcomes that are not mature. */
const liveSpan = (readings: Ground['readings']): LabelledSpan[] =>
  (readings?.performance ?? []).slice(-1).map(({ fromMs, toMs, labels }) => ({ startMs: fromMs, endMs: toMs, labels }))

/**
 * Performance on labels, and as estimated without them on the same predictions, held against the same. While too few labels are mature the estimate is of the
 * newest predictions instead: it says what to expect, and no labels are compared with it.
 */
function performanceOf(
  policy: ModelPolicy, labels: MatureLabels, windows: readonly PerformanceSight[], claim: Claim, isCurveUnknown: boolean, { early, expected }: { early: Early; expected: Early },
): Pick<Evidence, 'realised' | 'estimate' | 'estimateRefusal'> {
  const realised = realisedOf(policy, labels, windows, claim, isCurveUnknown)
  if (realised?.isMature !== true) return { realised, ...earlyDrop(policy, labels, claim, early) }
  if (policy.labels.exist === 'actedOnly') return { realised, estimate: null, estimateRefusal: 'labels of what was acted on alone cannot be compared with it' }
  const estimated = expected(realised.metric)
  if ('refusal' in estimated) return { realised, estimate: null, estimateRefusal: estimated.refusal }
  return { realised, estimate: dropOf(realised.metric, estimated.reading, realised.against, 0, realised.tolerance), estimateRefusal: null }
}

/** The metric as expected of the predictions behind recent mature labels. */
function expectedOn(turn: Turn, metric: string, { recent, cohorts: { before }, spans }: MatureLabels, isSegment: boolean): ReturnType<Early> {
  if (recent?.kind === 'multiclass') return classesEstimatedOn(turn, metric, recent, before)
  if (turn.policy.performance.estimate !== 'dle') return estimatedOn(metric, recent, before)
  return isSegment ? ofSegmentLoss : lossEstimatedOn(turn, metric, spans)
}

/** Rows are kept of the whole alone. */
const ofSegmentLoss = { refusal: 'the loss of a segment is not estimated by itself' }

type Claim = Readonly<Record<string, number>> | null
type Early = (metric: string) => ReturnType<typeof earlyEstimate>

function earlyDrop(policy: ModelPolicy, { before }: MatureLabels, given: Claim, early: Early): Pick<Evidence, 'estimate' | 'estimateRefusal'> {
  const { metric, claim, tolerance } = boundOf(policy, given)
  const said = early(metric)
  if ('refusal' in said) return { estimate: null, estimateRefusal: said.refusal }
  if (policy.task === 'regression' && performanceRules(policy).length === 0) return { estimate: null, estimateRefusal: noBound }
  const past = claim?.[metric] === undefined ? readingOf(before, metric, policy) : null
  const against = claim?.[metric] ?? past?.value ?? null
  if (against === null) return { estimate: null, estimateRefusal: `there is neither a claim of ${metric} nor earlier labels to hold it against` }
  return { estimate: { ...dropOf(metric, said.reading, against, past === null ? 0 : halfOf(past), tolerance), labels: 0 }, estimateRefusal: null }
}

/** The default of other tasks is a share. */
const noBound = 'no performance rule says how much worse, in the unit of the target, is too much'

/** What the first performance rule holds which metric against; without a rule the metric of promotions against its claim. */
function boundOf(policy: ModelPolicy, claim: Claim): { metric: string; claim: Claim; tolerance: number } {
  const rule = performanceRules(policy)[0]
  const metric = rule?.metric ?? policy.promotion.metric
  return rule?.minDrop === null ? { metric, claim: { [metric]: rule.floor! }, tolerance: 0 } : { metric, claim, tolerance: rule?.minDrop ?? toleranceDefault }
}

/** The shortest stretch that a reason was seen over; without any the longest window. */
function spanOf(reasons: readonly Finding[], { time }: ModelPolicy): number {
  const spans = reasons.flatMap(({ fromMs, toMs }) => (fromMs === null || toMs === null ? [] : [toMs - fromMs]))
  return spans.length > 0 ? Math.min(...spans) : Math.max(...time.windows) * time.paneMs
}

type PerformancePolicy = Extract<TriggerPolicy, { trigger: 'performance' }>
const performanceRules = ({ triggers }: ModelPolicy): PerformancePolicy[] => triggers.filter((trigger) => trigger.trigger === 'performance')

const aucTolerance = (policy: ModelPolicy): number => performanceRules(policy).find(({ metric }) => metric === 'roc-auc')?.minDrop ?? toleranceDefault

/** How far a metric on recent mature labels lies below the claim, or where there is none below the labels before them. */
function dropOn(
  metric: string, { recent, before }: MatureLabels, claim: Readonly<Record<string, number>> | null, tolerance: number, policy: ModelPolicy,
): DropEvidence | null {
  const now = readingOf(recent, metric, policy)
  if (now === null) return null
  const claimed = claim?.[metric]
  if (claimed !== undefined) return dropOf(metric, now, claimed, 0, tolerance)
  const past = readingOf(before, metric, policy)
  return past === null ? null : dropOf(metric, now, past.value!, halfOf(past), tolerance)
}

const readingOf = (outcomes: Outcomes | null, metric: string, { labels, performance }: ModelPolicy): Reading | null => {
  const reading = outcomes === null ? undefined : metricReadings(outcomes, [metric], labels, performance.params)[metric]
  return reading === undefined || reading.value === null ? null : reading
}

const halfOf = ({ interval }: Reading): number => (interval === undefined ? Infinity : (interval[1] - interval[0]) / 2)

/** A drop of a reading against a number that may itself be off by `noise`. */
function dropOf(metric: string, { value, interval, n }: Reading, against: number, noise: number, tolerance: number): DropEvidence {
  const sign = directionOf(metric) === 'lower' ? -1 : 1
  const drop = sign * (against - value!)
  const ends = interval?.map((end) => sign * (against - end)).sort((a, b) => a - b)
  const wide = ends === undefined || !Number.isFinite(noise) ? null : [drop - Math.hypot(drop - ends[0], noise), drop + Math.hypot(ends[1] - drop, noise)] as const
  return { metric, value: value!, against, drop, interval: wide, tolerance, labels: n }
}

/** The metric of the first performance rule on mature labels; without such, on the longest window, whose labels are then not mature or not known to be. */
function realisedOf(
  policy: ModelPolicy, labels: MatureLabels, windows: readonly PerformanceSight[], claim: Readonly<Record<string, number>> | null, isCurveUnknown: boolean,
): Evidence['realised'] {
  const rule = performanceRules(policy)[0]
  if (rule === undefined && policy.task !== 'binary') return null
  const { metric, ...bound } = boundOf(policy, claim)
  const mature = dropOn(metric, labels, bound.claim, bound.tolerance, policy)
  if (mature !== null) return { ...mature, isMature: true }
  const window = windows.at(-1)
  const reading = window?.readings[metric]
  const claimed = bound.claim?.[metric]
  if (window === undefined || reading === undefined || reading.value === null || claimed === undefined || window.labels < (rule?.minLabels ?? 0)) return null
  return { ...dropOf(metric, reading, claimed, 0, bound.tolerance), isMature: isCurveUnknown ? null : false }
}
