/**
 * Performance of a regression model as estimated without labels: the loss expected of the predictions of each window, from their features (DLE), and of those whose
 * labels came, beside what these labels say.
 */
import { dle, type LabelledFeatureRow, type LossFit } from '../../estimation/dle.ts'
import { percent } from '../../estimation/estimator.ts'
import { expectedOfSample } from '../../estimation/sampled-losses.ts'
import { evenly, type LossSamples, type RowPlace } from '../../panes/loss-rows.ts'
import type { PaneSummary, VersionSummary } from '../../panes/summary.ts'
import { insufficient, type Reading } from '../../reading.ts'
import type { EstimateSight, PaneEstimates, RealisedLoss } from './pane-estimates.ts'
import { cohortOf, featureRows, forgetLosses, gatherLosses, labelledRows, lossParams, lossReference, rowsOf, type LossReference } from './loss-reference.ts'
import type { LabelledSpan } from './mature.ts'
import { panePart } from '../state.ts'
import type { Turn } from '../turn.ts'

export const lossMetrics = ['mae', 'rmse'] as const
type LossMetric = (typeof lossMetrics)[number]

/** Share of the acted predictions of a window whose features must be known. */
const withFeaturesMin = 0.9

/** Estimates over every window that ends with this pane, shortest first; null where the policy asks for none. */
export function lossEstimates(turn: Turn, pane: PaneSummary, champion: string): Pick<PaneEstimates, 'reference' | 'windows'> | null {
  const { parts, model, policy } = turn
  if (policy.performance.estimate !== 'dle') {
    forgetLosses(parts, model)
    return null
  }
  const held = gatherLosses(turn, pane, champion)
  const series = keptVersions(turn, champion)
  const windows = policy.time.windows.map((panes): EstimateSight => {
    const fromMs = pane.endMs - panes * policy.time.paneMs
    const versions = series.filter(({ startMs }) => startMs >= fromMs).map(({ version }) => version)
    const acted = versions.reduce((sum, version) => sum + version.acted, 0)
    return { panes, fromMs, toMs: pane.endMs, predictions: acted, ...readWindow(versions, acted, held) }
  })
  const { fit } = held
  return { reference: fit === null ? null : { from: 'labels', n: fit.n, quality: qualityOf(fit) }, windows }
}

function keptVersions({ state, parts, model }: Turn, champion: string): { startMs: number; version: VersionSummary }[] {
  return state.panes.flatMap((startMs) => {
    const version = parts.get<PaneSummary>(panePart(model, startMs))!.versions[champion]
    return version === undefined ? [] : [{ startMs, version }]
  })
}

const qualityOf = (fit: LossFit) => dle.read(dle.init(fit), fit, lossParams).quality

const samplesOf = (versions: readonly VersionSummary[], kind: keyof LossSamples): LossSamples['predicted'][] =>
  versions.flatMap(({ lossRows }) => (lossRows === undefined ? [] : [lossRows[kind]]))

function readWindow(versions: readonly VersionSummary[], acted: number, held: LossReference): Pick<EstimateSight, 'readings' | 'labelled'> {
  const predicted = samplesOf(versions, 'predicted')
  const offered = predicted.reduce((sum, each) => sum + each.offered, 0)
  const { fit } = held
  if (fit === null) return { readings: refused(offered, gathering(held)) }
  const labelled = realisedOn(fit, boundedRows(samplesOf(versions, 'labelled')))
  const found = labelled === null ? {} : { labelled }
  if (offered < withFeaturesMin * acted) return { readings: refused(offered, `features of only ${percent(offered / acted)} of the predictions are known`), ...found }
  const rows = featureRows(boundedRows(predicted))
  const { readings, refusals } = expectedOfSample(fit, rows, offered, lossParams)
  const plain = Object.fromEntries(lossMetrics.map((metric) => [metric, readings[metric]]))
  return { readings: refusals.length === 0 ? plain : withWhy(plain, refusals), ...found }
}

/** The bound is on the time of a pane. */
const boundedRows = (samples: readonly LossSamples['predicted'][]): RowPlace[] =>
  evenly(samples.map(({ rows }) => rows), rowsOf(Math.max(1, ...samples.map(({ rows }) => rows.features.length))))

const gathering = ({ panes, panesWanted, rows }: LossReference): string =>
  `what the loss depends on is still to be learnt: ${panes} of ${panesWanted} panes with labels and ${rows} of at least ${lossParams.nMinReference} labelled rows are gathered`

const refused = (n: number, why: string): EstimateSight['readings'] => Object.fromEntries(lossMetrics.map((metric) => [metric, insufficient(n, { detail: { why } })]))

/** A reason of one metric leaves the other to be read. */
function withWhy(readings: Readonly<Record<string, Reading>>, refusals: readonly string[]): EstimateSight['readings'] {
  return Object.fromEntries(Object.entries(readings).map(([metric, reading]) => [metric, reading.value !== null ? reading : { ...reading, detail: { why: whyOf(metric, refusals) } }]))
}

/** Of a metric, or of all. */
function whyOf(metric: string, refusals: readonly string[]): string {
  const name = metric.toUpperCase()
  const others = lossMetrics.filter((each) => each !== metric).map((each) => each.toUpperCase())
  const own = refusals.filter((text) => !others.some((other) => text.startsWith(`${other}: `)))
  return own.length === 0 ? 'there are too few predictions' : own.map((text) => text.replace(`${name}: `, '')).join('; ')
}

/** Null where there are too few labelled rows, or nothing may be expected of them. */
function realisedOn(fit: LossFit, places: readonly RowPlace[]): EstimateSight['labelled'] | null {
  const rows = labelledRows(places)
  const { readings } = expectedOfSample(fit, rows, rows.length, lossParams)
  const metrics = lossMetrics.flatMap((metric) => (readings[metric].value === null ? [] : [[metric, heldAgainst(readings[metric], realised(metric, rows))] as const]))
  return metrics.length === 0 ? null : { rows: rows.length, metrics: Object.fromEntries(metrics) }
}

function heldAgainst(expected: Reading, value: number): RealisedLoss {
  const [low, high] = expected.interval ?? [-Infinity, Infinity]
  return { expected, realised: value, beyond: value > high ? 'above' : value < low ? 'below' : null }
}

function realised(metric: LossMetric, rows: readonly LabelledFeatureRow[]): number {
  const mean = (of: (error: number) => number) => rows.reduce((sum, { prediction, y }) => sum + of(prediction - y), 0) / rows.length
  return metric === 'mae' ? mean(Math.abs) : Math.sqrt(mean((error) => error * error))
}

/**
 * The metric as expected of recent mature labels by the features of their predictions, or why it is not: of the rows of those cohorts whose labels came within the
 * longest window.
 */
export function lossEstimatedOn(turn: Turn, metric: string, spans: readonly LabelledSpan[]): { reading: Reading } | { refusal: string } {
  const champion = turn.state.champion!.version
  if (!(lossMetrics as readonly string[]).includes(metric)) return { refusal: `${metric} is none of the metrics that it estimates` }
  const held = lossReference(turn.parts, turn.model)
  if (held?.version !== champion) return { refusal: 'no labelled row was gathered yet' }
  if (held.fit === null) return { refusal: gathering(held) }
  const samples = samplesOf(keptVersions(turn, champion).map(({ version }) => version), 'labelled').map(({ rows }) => rows)
  const rows = featureRows(evenly(samples, Infinity).filter((place) => spans.some(({ startMs, endMs }) => cohortOf(place) >= startMs && cohortOf(place) < endMs)))
  const { readings, refusals } = expectedOfSample(held.fit, rows, rows.length, lossParams)
  const reading = readings[metric]
  return reading.value === null ? { refusal: whyOf(metric, refusals) } : { reading }
}
