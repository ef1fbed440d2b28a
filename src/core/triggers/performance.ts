import { directionOf } from '../gates/improvement.ts'
import type { TriggerPolicy } from '../policy.ts'
import { insufficient, type Reading } from '../reading.ts'
import type { Finding } from '../records.ts'
import { counted, figure, intervalText } from '../text.ts'
import { isReason, type PerformanceSight, type Trigger, type TriggerSight } from './trigger.ts'

type PerformancePolicy = Extract<TriggerPolicy, { trigger: 'performance' }>

/** What the last pane said: it stands until the next. */
export interface PerformanceState {
  findings: Finding[]
}

/**
 * Asks when a live metric has dropped too far below the champion's own claim (its profile), or lies below a floor; both with the metric's interval:
 * only a whole interval on the wrong side is an alarm, one that spans the bound is `inconclusive`. For a metric where less is better, drop and floor are mirrored.
 * Every window with at least `minLabels` outcomes is read; the alarm of the shortest is given, else what the longest says.
 */
export const performance: Trigger<PerformancePolicy, PerformanceState> = {
  name: 'performance',
  summary: 'Asks when a live metric falls below its claim or a floor, beyond its interval.',
  init: () => ({ findings: [] }),
  evaluate(policy, state, sight) {
    if (sight.isPane) state.findings = [...worst(policy, sight, dropFinding), ...worst(policy, sight, floorFinding)]
    return state.findings
  },
}

type Judge = (policy: PerformancePolicy, window: PerformanceSight, sight: TriggerSight) => Finding | null

function worst(policy: PerformancePolicy, sight: TriggerSight, judge: Judge): Finding[] {
  const found = sight.performance.map((window) => judge(policy, window, sight)).filter((finding) => finding !== null)
  const chosen = found.find(isReason) ?? found.at(-1)
  return chosen === undefined ? [] : [chosen]
}

function dropFinding(policy: PerformancePolicy, window: PerformanceSight, { claim, champion }: TriggerSight): Finding | null {
  const { metric, minDrop } = policy
  if (minDrop === null) return null
  const claimed = claim?.[metric]
  const live = liveReading(policy, window)
  if (claimed === undefined) {
    return finding(policy, window, insufficient(window.labels), minDrop, `The profile of ${champion?.version ?? 'the champion'} claims no ${metric}, so a drop cannot be told.`)
  }
  const sign = directionOf(metric) === 'lower' ? -1 : 1
  const drop = mapped(live, (value) => sign * (claimed - value))
  return finding(policy, window, { ...drop, verdict: verdictAbove(drop, minDrop) }, minDrop,
    `${metric} is ${figure(live.value)}${intervalText(live.interval)} over ${counted(window.labels, 'label')} against a claim of ${figure(claimed)}: `
    + `a drop of ${figure(drop.value)} where ${figure(minDrop)} is too much.`)
}

function floorFinding(policy: PerformancePolicy, window: PerformanceSight): Finding | null {
  const { metric, floor } = policy
  if (floor === null) return null
  const live = liveReading(policy, window)
  const sign = directionOf(metric) === 'lower' ? -1 : 1
  const short = mapped(live, (value) => sign * (floor - value))
  return finding(policy, window, { ...live, verdict: verdictAbove(short, 0) }, floor,
    `${metric} is ${figure(live.value)}${intervalText(live.interval)} over ${counted(window.labels, 'label')}; ${sign > 0 ? 'at least' : 'at most'} ${figure(floor)} is wanted.`)
}

const liveReading = ({ metric, minLabels }: PerformancePolicy, { labels, readings }: PerformanceSight): Reading =>
  labels < minLabels || readings[metric] === undefined ? insufficient(labels) : readings[metric]

/** A reading through a monotone function, the interval's ends in order. */
function mapped(reading: Reading, of: (value: number) => number): Reading {
  if (reading.value === null) return insufficient(reading.n)
  const ends = reading.interval?.map(of).sort((a, b) => a - b)
  return { value: of(reading.value), n: reading.n, verdict: reading.verdict, ...(ends === undefined ? {} : { interval: [ends[0], ends[1]] as const }) }
}

/** `alarm` when the whole interval is above the bound; without an interval nothing can be told. */
function verdictAbove({ value, interval }: Reading, bound: number): Reading['verdict'] {
  if (value === null) return 'insufficient'
  if (interval === undefined) return 'inconclusive'
  if (interval[0] > bound) return 'alarm'
  return interval[1] <= bound ? 'ok' : 'inconclusive'
}

function finding({ metric }: PerformancePolicy, { fromMs, toMs }: PerformanceSight, reading: Reading, threshold: number, text: string): Finding {
  return { rule: 'performance', measure: metric, subject: null, reading, threshold, fromMs, toMs, text }
}
