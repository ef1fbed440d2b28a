/** Performance of a multiclass model as estimated without labels: CBPE on class scores as predictions came, and on those of recent mature labels. */
import { expectedClasses, fitClassOutcomes } from '../../estimation/cbpe-class-counts.ts'
import { cbpeMulticlass, type ClassCalibration } from '../../estimation/cbpe-multiclass.ts'
import { createClassScoreCounts, meanScores, sum, type ClassScoreCounts } from '../../estimation/class-score-counts.ts'
import { calibrationQuality } from '../../estimation/calibrator.ts'
import type { Estimates } from '../../estimation/estimator.ts'
import type { MulticlassOutcomes } from '../../metrics/class-outcomes.ts'
import type { Outcomes } from '../../metrics/outcomes.ts'
import { addClassScoreCounts } from '../../panes/merge.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import { insufficient, type Reading } from '../../reading.ts'
import { resolveParams } from '../../unit.ts'
import { keptCohorts } from './cohort.ts'
import { matureBefore } from './mature.ts'
import { maturityOf } from './maturity.ts'
import { panePart } from '../state.ts'
import type { Turn } from '../turn.ts'
import type { EstimateSight, PaneEstimates } from './pane-estimates.ts'

const params = resolveParams(cbpeMulticlass)
/** In the order in which they are shown. */
const metricNames = ['accuracy', 'macro-precision', 'macro-recall', 'macro-f1', 'micro-precision', 'micro-recall', 'micro-f1'] as const

type Fitted = { fit: ClassCalibration } | { why: string }

/** Estimates over every window that ends with this pane, shortest first, and what says what scores mean. */
export function classEstimates(turn: Turn, pane: PaneSummary, champion: string): Pick<PaneEstimates, 'reference' | 'windows'> {
  const { policy: { time, multiclass } } = turn
  const series = keptScores(turn, pane.policyHash, champion)
  const whole = createClassScoreCounts(multiclass!.classesMax)
  for (const { counts } of series) addClassScoreCounts(whole, counts)
  const fitted = fitOf(turn, champion, whole)
  const windowed = createClassScoreCounts(multiclass!.classesMax)
  let next = series.length - 1
  const windows = time.windows.map((panes): EstimateSight => {
    const fromMs = pane.endMs - panes * time.paneMs
    for (; next >= 0 && series[next].startMs >= fromMs; next--) addClassScoreCounts(windowed, series[next].counts)
    return { panes, fromMs, toMs: pane.endMs, predictions: windowed.n + windowed.unusable, readings: readingsOf(windowed, fitted) }
  })
  if ('why' in fitted) return { reference: null, windows }
  const { classes, calibrations, n } = fitted.fit
  return { reference: { from: 'labels', n, quality: Object.fromEntries(classes.map((name, k) => [name, calibrationQuality(calibrations[k])])) }, windows }
}

function keptScores({ state, parts, model }: Turn, policyHash: string, champion: string): { startMs: number; counts: ClassScoreCounts }[] {
  return state.panes.map((start) => parts.get<PaneSummary>(panePart(model, start))!).flatMap((pane) => {
    const counts = pane.policyHash === policyHash ? pane.versions[champion]?.classCbpe : undefined
    return counts === undefined ? [] : [{ startMs: pane.startMs, counts }]
  })
}

function fitOf({ parts, state, policy }: Turn, champion: string, scores: ClassScoreCounts): Fitted {
  const [cohorts, nowMs] = [keptCohorts(parts, state), state.paneEndMs!]
  const earlier = earlierWith(scores.classesMax, matureBefore(cohorts, champion, maturityOf(cohorts, nowMs, policy), nowMs, policy))
  if (earlier.length === 0) return { why: `nothing tells yet what the class scores of ${champion} mean: wait until its own labels are mature` }
  return { fit: fitClassOutcomes(earlier, scores.classes, (name) => meanScores(scores, name), params) }
}

/** Corrections can leave a part with counts below zero, which only the whole makes good. */
const earlierWith = (classesMax: number, outcomes: readonly Outcomes[]): MulticlassOutcomes[] => outcomes.filter((each): each is MulticlassOutcomes =>
  each.kind === 'multiclass' && each.classesMax === classesMax && each.scored > 0 && [...each.positives, ...each.negatives].every((counts) => counts.every((count) => count >= 0)))

function readingsOf(counts: ClassScoreCounts, fitted: Fitted): EstimateSight['readings'] {
  const { readings, refusals } = 'why' in fitted ? { readings: {}, refusals: [fitted.why] } : estimatesFrom(counts, fitted.fit)
  if (refusals.length === 0) return readings
  const why = refusals.join('; ')
  return Object.fromEntries(metricNames.map((name) => [name, insufficient(counts.n, { detail: { why } })]))
}

function estimatesFrom(counts: ClassScoreCounts, fit: ClassCalibration): Estimates {
  const expected = expectedClasses(counts, fit, params)
  return cbpeMulticlass.read(expected.counts, expected.fit, params)
}

/**
 * The metric as expected of recent mature labels by their scores, calibrated on earlier ones, or why it is not. Outcomes keep scores by bin: where in its bin a
 * score lies is taken from the newest predictions.
 */
export function classesEstimatedOn(turn: Turn, metric: string, recent: MulticlassOutcomes, cohorts: readonly Outcomes[]): { reading: Reading } | { refusal: string } {
  const earlier = earlierWith(recent.classesMax, cohorts)
  if (earlier.length === 0) return { refusal: 'no earlier mature labels with class scores are kept' }
  const scores = createClassScoreCounts(recent.classesMax)
  const newest = turn.parts.get<PaneSummary>(panePart(turn.model, turn.state.panes.at(-1) ?? NaN))
  for (const { counts } of newest === undefined ? [] : keptScores(turn, newest.policyHash, turn.state.champion!.version)) addClassScoreCounts(scores, counts)
  const counts = scoresOf(recent, (name) => meanScores(scores, name))
  if (typeof counts === 'string') return { refusal: counts }
  const { readings, refusals } = estimatesFrom(counts, fitClassOutcomes(earlier, recent.classes, (name) => meanScores(scores, name), params))
  if (refusals.length > 0) return { refusal: refusals.join('; ') }
  const reading = readings[metric]
  return reading === undefined || reading.value === null ? { refusal: `${metric} is none of the metrics that it estimates` } : { reading }
}

/** Labelled outcomes as predictions without labels. */
function scoresOf(outcomes: MulticlassOutcomes, meansOf: (name: string) => Float64Array): ClassScoreCounts | string {
  const { classes, classesMax, positives, negatives, decidedBins, scored, n } = outcomes
  if (decidedBins === undefined) return 'scores of these labels were not counted by the class decided'
  if (earlierWith(classesMax, [outcomes]).length === 0) return 'corrections left counts below zero, or there are no scores'
  const counts = createClassScoreCounts(classesMax)
  const weighted = (counted: Float64Array, means: Float64Array) => counted.map((count, bin) => count * means[bin])
  const made = classes.slice(0, positives.length)
  Object.assign(counts, { n: scored, unusable: n - scored, classes: made })
  made.forEach((name, code) => {
    const means = meansOf(name)
    const all = positives[code].map((count, bin) => count + negatives[code][bin])
    counts.all.push(all)
    counts.scoreSums.push(weighted(all, means))
    counts.decided.push(decidedBins[code])
    counts.decidedSums.push(sum(weighted(decidedBins[code], means)))
  })
  counts.otherDecided = Math.max(0, scored - counts.decided.reduce((total, decided) => total + sum(decided), 0))
  return counts
}
