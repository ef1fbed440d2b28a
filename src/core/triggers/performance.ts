import { directionOf } from '../gates/improvement.ts'
import type { TriggerPolicy } from '../policy.ts'
import { insufficient, type Reading } from '../reading.ts'
import type { Finding } from '../records.ts'
import { counted, figure, intervalText } from '../text.ts'
import { isReason, type PerformanceSight, type Trigger, type TriggerSight } from './trigger.ts'

type PerformancePolicy = Extract<TriggerPolicy, { trigger: 'performance' }>

export interface PerformanceState {
  /** what the last pane said, or while on the last one in alarm: it stands until the next, or until the condition leaves */
  findings: Finding[]
  /** absent from states of before conditions had to leave, as are the others */
  on?: boolean
  /** consecutive panes with every window on the right side of its bounds while on */
  calm?: number
  /** the champion that this is about */
  version?: string | null
}

/**
 * Asks when a live metric has dropped too far below the champion's own claim (its profile), or lies below a floor; both with the metric's interval:
 * only a whole interval on the wrong side is an alarm, one that spans the bound is `inconclusive`. Under a false-alarm budget the reading keeps its usual interval,
 * but an alarm needs the wider one at the level of this reading's share: until then it is a `warning`, or `insufficient` with too few labels for the level. For a metric where less is better, drop and floor are mirrored.
 * Every window with at least `minLabels` outcomes is read; the alarm of the shortest is given, else its warning, else what the longest says.
 * The condition leaves after `leavePanes` consecutive panes in which no window's value is beyond a bound, or with the champion: one that wavers about its bound asks once.
 */
export const performance: Trigger<PerformancePolicy, PerformanceState> = {
  name: 'performance',
  summary: 'Asks when a live metric falls below its claim or a floor, beyond its interval.',
  init: () => ({ findings: [] }),
  evaluate(policy, state, sight) {
    if (sight.isPane) look(policy, state, sight)
    return state.findings
  },
}

type Judge = (policy: PerformancePolicy, window: PerformanceSight, sight: TriggerSight) => Finding | null

function look(policy: PerformancePolicy, state: PerformanceState, sight: TriggerSight): void {
  const version = sight.champion?.version ?? null
  const wasOn = state.on === true && state.version === version
  const [drops, floors] = [judged(policy, sight, dropFinding), judged(policy, sight, floorFinding)]
  const findings = [...worst(drops), ...worst(floors)]
  const isOn = findings.some(isReason)
  state.calm = isOn || drops.some(isBeyondDrop) || floors.some((each) => isBeyondFloor(policy, each)) ? 0 : (state.calm ?? 0) + 1
  state.on = isOn || (wasOn && state.calm < (policy.leavePanes ?? 0))
  state.version = version
  if (isOn || !state.on) state.findings = findings
}

const judged = (policy: PerformancePolicy, sight: TriggerSight, judge: Judge): Finding[] =>
  sight.performance.map((window) => judge(policy, window, sight)).filter((finding) => finding !== null)

const isBeyondDrop = ({ reading: { value }, threshold }: Finding): boolean => value !== null && value > threshold!
const isBeyondFloor = ({ metric }: PerformancePolicy, { reading: { value }, threshold }: Finding): boolean =>
  value !== null && (directionOf(metric) === 'lower' ? value > threshold! : value < threshold!)

function worst(found: readonly Finding[]): Finding[] {
  const chosen = found.find(isReason) ?? found.find(({ reading }) => reading.verdict === 'warning') ?? found.at(-1)
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
  const ofDrop = (value: number): number => sign * (claimed - value)
  const drop = mapped(live, ofDrop)
  const wide = wideOf(policy, window, ofDrop)
  return finding(policy, window, { ...drop, verdict: verdictAt(drop, wide, minDrop), ...detailOf(drop, window, wide) }, minDrop,
    `${metric} is ${figure(live.value)}${intervalText(live.interval)} over ${counted(window.labels, 'label')} against a claim of ${figure(claimed)}: `
    + `a drop of ${figure(drop.value)} where ${figure(minDrop)} is too much.`)
}

function floorFinding(policy: PerformancePolicy, window: PerformanceSight): Finding | null {
  const { metric, floor } = policy
  if (floor === null) return null
  const live = liveReading(policy, window)
  const sign = directionOf(metric) === 'lower' ? -1 : 1
  const ofShort = (value: number): number => sign * (floor - value)
  const verdict = verdictAt(mapped(live, ofShort), wideOf(policy, window, ofShort), 0)
  return finding(policy, window, { ...live, verdict, ...detailOf(live, window, wideOf(policy, window)) }, floor,
    `${metric} is ${figure(live.value)}${intervalText(live.interval)} over ${counted(window.labels, 'label')}; ${sign > 0 ? 'at least' : 'at most'} ${figure(floor)} is wanted.`)
}

const liveReading = ({ metric, minLabels }: PerformancePolicy, { labels, readings }: PerformanceSight): Reading =>
  labels < minLabels || readings[metric] === undefined ? insufficient(labels) : readings[metric]

/** The metric's interval at the level of its share, through a monotone function. Undefined without a budget, null where labels are too few for the level. */
function wideOf({ metric }: PerformancePolicy, { atLevel }: PerformanceSight, of = (value: number) => value): readonly [number, number] | null | undefined {
  const ends = atLevel?.intervals[metric]?.map(of).sort((a, b) => a - b)
  return ends === undefined ? atLevel && null : [ends[0], ends[1]]
}

function verdictAt(reading: Reading, wide: readonly [number, number] | null | undefined, bound: number): Reading['verdict'] {
  const verdict = verdictAbove(reading, bound)
  if (verdict !== 'alarm' || wide === undefined) return verdict
  if (wide === null) return 'insufficient'
  return wide[0] > bound ? 'alarm' : 'warning'
}

function detailOf(reading: Reading, { atLevel }: PerformanceSight, wide: readonly [number, number] | null | undefined): Pick<Reading, 'detail'> {
  if (atLevel === undefined || reading.value === null) return {}
  return { detail: { ...reading.detail, chance: atLevel.chance, low: wide?.[0] ?? null, high: wide?.[1] ?? null } }
}

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
