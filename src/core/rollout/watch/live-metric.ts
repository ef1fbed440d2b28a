import { directionOf } from '../../gates/improvement.ts'
import { intervalAt } from '../../metrics/at-level.ts'
import { metrics } from '../../metrics/table.ts'
import { readMetric, type Metric } from '../../metrics/metric.ts'
import type { Outcomes } from '../../metrics/outcomes.ts'
import { member } from '../../unit.ts'
import { insufficient, type Reading } from '../../reading.ts'
import type { Finding } from '../../records.ts'
import { counted, figure, intervalText } from '../../text.ts'
import type { WatchPolicy } from './rule.ts'

export interface LiveEvidence {
  version: string
  /** null when there is none to compare with */
  previous: string | null
  sinceMs: number
  atMs: number
  /** outcomes of inferences predicted since the promotion; null when there are none */
  outcomes: Outcomes | null
  previousOutcomes: Outcomes | null
  /** what the new champion's trainer measured; null when it said nothing of this metric */
  claim: number | null
  /** parameters that the policy gives the metric */
  params?: Readonly<Record<string, unknown>>
}

/**
 * The live metric of a new champion against its predecessor's in shadow, and against its own offline claim, over inferences predicted since the promotion:
 * harm when its whole interval is worse than the other's value by more than `maxDrop`. Labels that come late for one class bias both sides of the first
 * comparison alike, but not the second: `minLabels` should be high where delays are long. Under a false-alarm budget harm must be sure at the level of its share,
 * the error of the predecessor's metric counted in, and is a `warning` until then.
 * @param chance of the share; null without a budget
 */
export function readLiveMetric(evidence: LiveEvidence, { performance }: WatchPolicy, chance: number | null): Finding[] {
  if (performance === null) return []
  const { metric, maxDrop, minLabels } = performance
  const live = enough(metric, evidence.outcomes, minLabels, evidence.params)
  const previous = enough(metric, evidence.previousOutcomes, minLabels, evidence.params)
  const wideLive = wideOf(metric, live, evidence.outcomes, chance, evidence.params)
  const against = (measure: string, other: number | null, whose: string, wideOther: Wide): Finding => {
    const drop = atLevel(dropReading(metric, live, other, maxDrop), surestDrop(metric, wideLive, wideOther), maxDrop, chance)
    return {
      rule: 'live-performance', measure, subject: evidence.version, reading: drop, threshold: maxDrop, fromMs: evidence.sinceMs, toMs: evidence.atMs,
      text: drop.value === null ? `Too few labels to compare ${metric} of ${evidence.version} with ${whose}: ${live.n} so far, ${minLabels} are needed on each side.`
        : `${metric} of ${evidence.version} is ${figure(live.value)}${intervalText(live.interval)} over ${counted(evidence.outcomes!.n, 'label')} against ${figure(other)} ${whose}; `
          + `a drop of ${figure(maxDrop)} is tolerated.`,
    }
  }
  const claimed = evidence.claim === null ? [] : [against(`${metric} against its claim`, evidence.claim, 'of its own offline claim', [evidence.claim, evidence.claim])]
  const { previous: shadow } = evidence
  return [...(shadow === null ? [] : [against(`${metric} against ${shadow}`, previous.value, `of ${shadow} in shadow`, wideOf(metric, previous, evidence.previousOutcomes, chance, evidence.params))]), ...claimed]
}

function enough(metric: string, outcomes: Outcomes | null, minLabels: number, params: LiveEvidence['params']): Reading {
  if (outcomes === null || outcomes.n < minLabels) return insufficient(outcomes?.n ?? 0)
  return readMetric(member('metric', metrics as unknown as Record<string, Metric>, metric), outcomes, params)
}

/** How much worse than `other` the live metric is, with its interval. */
function dropReading(metric: string, live: Reading, other: number | null, maxDrop: number): Reading {
  if (live.value === null || other === null) return insufficient(live.n)
  const sign = directionOf(metric) === 'lower' ? -1 : 1
  const value = sign * (other - live.value)
  if (live.interval === undefined) return { value, n: live.n, verdict: 'inconclusive' }
  const [low, high] = live.interval.map((end) => sign * (other - end)).sort((a, b) => a - b)
  return { value, n: live.n, interval: [low, high], verdict: low > maxDrop ? 'alarm' : high <= maxDrop ? 'ok' : 'inconclusive' }
}

/** An interval at the level of a share; null where there is no budget, or there are too few labels for the level. */
type Wide = readonly [number, number] | null

const wideOf = (metric: string, { value }: Reading, outcomes: Outcomes | null, chance: number | null, params: LiveEvidence['params']): Wide =>
  (chance === null || value === null || outcomes === null ? null : intervalAt(metric, outcomes, chance, params))

/** The least that the metric has dropped by if both intervals hold. */
function surestDrop(metric: string, live: Wide, other: Wide): number | null {
  if (live === null || other === null) return null
  return directionOf(metric) === 'lower' ? live[0] - other[1] : other[0] - live[1]
}

function atLevel(drop: Reading, surest: number | null, maxDrop: number, chance: number | null): Reading {
  if (chance === null || drop.value === null) return drop
  const verdict = drop.verdict !== 'alarm' ? drop.verdict : surest === null ? 'insufficient' : surest > maxDrop ? 'alarm' : 'warning'
  return { ...drop, verdict, detail: { chance, low: surest } }
}
