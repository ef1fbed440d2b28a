/**
 * The champion's performance as estimated without labels, over every window: CBPE on the scores of predictions as they came. What scores mean is known
 * from the labelled rows that the profile was frozen from; where a profile keeps no calibration, from the champion's own mature labels before the windows.
 */
import { calibrate, calibrationQuality, type Calibration } from '../../estimation/calibrator.ts'
import { cbpe } from '../../estimation/cbpe.ts'
import { expectedMetricNames } from '../../estimation/expected.ts'
import { thawCalibration } from '../../estimation/frozen.ts'
import { countPanes } from '../../estimation/labelled-counts.ts'
import { createScoreCounts, type ScoreCounts } from '../../estimation/score-counts.ts'
import { scoreEdges } from '../../metrics/outcomes.ts'
import { addScoreCounts, sameList } from '../../panes/merge.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import type { Parts } from '../../parts.ts'
import { insufficient, type Reading } from '../../reading.ts'
import { resolveParams } from '../../unit.ts'
import { classEstimates } from './class-estimates.ts'
import { keptCohorts } from './cohort.ts'
import { earlierOn } from './estimated.ts'
import { lossEstimates } from './loss-estimates.ts'
import { forgetLosses } from './loss-reference.ts'
import { matureBefore } from './mature.ts'
import { maturityOf } from './maturity.ts'
import type { EstimateSight, PaneEstimates } from './pane-estimates.ts'
import { estimatesPart, panePart } from '../state.ts'
import { referenceAt } from '../tables.ts'
import type { Turn } from '../turn.ts'

type Found = { from: 'profile' | 'labels'; calibration: Calibration } | { why: string }

const params = resolveParams(cbpe)

/** Estimates over every window that ends with this pane, in place of those of the pane before. */
export function readEstimates(turn: Turn, pane: PaneSummary): void {
  const { state, parts, model, policy, atMs } = turn
  const champion = state.champion?.version
  if (policy.task !== 'regression') forgetLosses(parts, model)
  const said = champion === undefined ? null : saidOf(turn, pane, champion)
  if (said === null) parts.delete(estimatesPart(model))
  else parts.put(estimatesPart(model), { atMs, champion: champion!, ...said } satisfies PaneEstimates)
}

function saidOf(turn: Turn, pane: PaneSummary, champion: string): Pick<PaneEstimates, 'reference' | 'windows'> | null {
  switch (turn.policy.task) {
    case 'binary': return binaryEstimates(turn, pane, champion)
    case 'multiclass': return classEstimates(turn, pane, champion)
    case 'regression': return lossEstimates(turn, pane, champion)
  }
}

function binaryEstimates(turn: Turn, pane: PaneSummary, champion: string): Pick<PaneEstimates, 'reference' | 'windows'> {
  const { state, parts, model, policy } = turn
  const series = state.panes.map((start) => parts.get<PaneSummary>(panePart(model, start))!).flatMap(({ startMs, policyHash, versions }) => {
    const counts = policyHash === pane.policyHash ? versions[champion]?.cbpe : undefined
    return counts === undefined ? [] : [{ startMs, counts }]
  })
  const edges = series.at(-1)?.counts.scoreEdges ?? scoreEdges(policy.profile.scoreBins)
  const found = calibrationOf(turn, pane, champion, edges)
  const reference = 'why' in found ? null : {
    from: found.from, n: found.calibration.positives + found.calibration.negatives, quality: calibrationQuality(found.calibration),
  }
  return { reference, windows: readWindows(turn, pane.endMs, series, createScoreCounts(edges), found) }
}

/** One growing sum, read at every length. Predictions on other score bins than the newest stay out, as outcomes do. */
function readWindows({ policy: { time } }: Turn, endMs: number, series: readonly { startMs: number; counts: ScoreCounts }[], sum: ScoreCounts, found: Found): EstimateSight[] {
  let next = series.length - 1
  return time.windows.map((panes) => {
    const fromMs = endMs - panes * time.paneMs
    for (; next >= 0 && series[next].startMs >= fromMs; next--) addScoreCounts(sum, series[next].counts)
    return { panes, fromMs, toMs: endMs, predictions: sum.n + sum.unusable, readings: readOne(sum, found) }
  })
}

function readOne(sum: ScoreCounts, found: Found): EstimateSight['readings'] {
  const { readings, refusals } = 'why' in found ? { readings: {}, refusals: [found.why] } : cbpe.read(sum, found.calibration, params)
  if (refusals.length === 0) return readings
  const why = refusals.join('; ')
  return Object.fromEntries(expectedMetricNames.map((name) => [name, insufficient(sum.n, { detail: { why } })]))
}

function calibrationOf(turn: Turn, pane: PaneSummary, champion: string, edges: Float64Array): Found {
  const { parts, model, policy } = turn
  const profile = referenceAt(parts, model, champion, pane.startMs)?.profile
  const frozen = profile?.calibration ?? null // one that was kept before there were calibrations has none
  if (frozen === null) return calibrationByLabels(turn, champion, edges)
  const own = profile!.scoreEdges ?? scoreEdges(policy.profile.scoreBins)
  return sameList(own, edges) ? { from: 'profile', calibration: thawCalibration(frozen, edges) }
    : { why: `the predictions of ${champion} are not counted on the score bins of its profile yet` }
}

/** Labels of what was acted on alone do not tell what the other scores mean. */
function calibrationByLabels({ parts, state, policy }: Turn, champion: string, edges: Float64Array): Found {
  const lacking = `no profile of ${champion} keeps what its score means: freeze one from labelled rows (steward profile)`
  if (policy.labels.exist === 'actedOnly') return { why: lacking }
  const [cohorts, nowMs] = [keptCohorts(parts, state), state.paneEndMs!]
  const earlier = earlierOn(edges, matureBefore(cohorts, champion, maturityOf(cohorts, nowMs, policy), nowMs, policy))
  return earlier.length === 0 ? { why: `${lacking}, or wait until its own labels are mature` } : { from: 'labels', calibration: calibrate(countPanes(earlier, params.folds), params) }
}

/**
 * What may stand for performance until labels come: the metric over the shortest window that spans `spanMs` and tells it, else the longest that does.
 * Or why there is none.
 */
export function earlyEstimate(parts: Parts, model: string, champion: string, metric: string, spanMs: number): { reading: Reading } | { refusal: string } {
  const estimates = parts.get<PaneEstimates>(estimatesPart(model))
  if (estimates?.champion !== champion) return { refusal: 'there are too few mature labels, and scores are not counted as they come' }
  const telling = estimates.windows.filter(({ readings }) => (readings[metric]?.value ?? null) !== null)
  const window = telling.find(({ fromMs, toMs }) => toMs - fromMs >= spanMs) ?? telling.at(-1)
  if (window !== undefined) return { reading: window.readings[metric] }
  const refused = estimates.windows.at(-1)?.readings[metric]
  return { refusal: refused === undefined ? `${metric} is none of the metrics that it estimates` : String(refused.detail?.why ?? 'there are too few predictions') }
}
