/** One detector at one error rate: at its defaults, and set to a common mean run length. */
import { errorDivergence, lordenBound } from '../../src/core/detectors/evaluate.ts'
import { contenders } from './contenders.ts'
import {
  changes, delayQuantile, delaysOf, flipped, labelsAfterMax, lateDelaysOf, meanDelay, shareWithin, soonLabels, type ChangeName, type Delays,
} from './delays.ts'
import { matchRunLength, runLength, runLengthOf } from './run-length.ts'

export const errorRates = [0.02, 0.05, 0.1, 0.2, 0.4] as const
export const runLengthTarget = 10_000
/** error rates at which labels that come late are tried */
export const lateRates: readonly number[] = [0.05, 0.1]

export interface DetectionJob {
  name: string
  rate: number
  /** runs a change, and labels that a run length is taken from */
  runs: number
  labels: number
  seed: number
}

/** Delays in labels; null beyond the most there was. */
interface DelaySummary {
  median: number | null
  late: number | null
  mean: number
  missedShare: number
  soonShare: number
  /** mean delay over Lorden's bound for this change and run length; null where there is no change, or it is gradual */
  timesBound: number | null
}

export interface Setting {
  /** value of the dial */
  value: number
  runLength: number
  /** no false alarm was seen, so that the run length is at least this */
  isAtLeast: boolean
  changes: Record<ChangeName, DelaySummary>
  /** with labels that come late, the 20 % flip: median and 95 % point; null where not tried */
  late: { labels: number | null; labelsLate: number | null; hours: number | null; hoursLate: number | null } | null
}

export interface Detection {
  name: string
  rate: number
  isRival: boolean
  runs: number
  /** null for rivals, which have no defaults of ours */
  byDefault: Setting | null
  /** null where no setting of the dial comes within a quarter of the target */
  matched: Setting | null
}

export function detect({ name, rate, runs, labels, seed }: DetectionJob): Detection {
  const { detector, dial, given, isRival } = contenders.find((each) => each.name === name)!
  const setting = (value: number | null, known: { labels: number; alarms: number } | null, length: number): Setting => {
    const at = (after: number): Record<string, number> => ({ ...given(rate, after), ...(value === null ? {} : { [dial.param]: value }) })
    const summaries = changes.map((change) => {
      const after = flipped(rate, change.flip === 0 ? 0.2 : change.flip)
      return [change.name, summaryOf(delaysOf(detector, at(after), rate, change, runs, seed), change.overLabels > 0 || change.flip === 0 ? null : boundOf(rate, after, length))] as const
    })
    const param = detector.params[dial.param]
    return {
      value: value ?? Number(param.default), runLength: length, isAtLeast: known?.alarms === 0, changes: Object.fromEntries(summaries) as Setting['changes'],
      late: lateRates.includes(rate) ? lateOf(at(flipped(rate, 0.2))) : null,
    }
  }
  const lateOf = (params: Record<string, number>): Setting['late'] => {
    const late = lateDelaysOf(detector, params, rate, 0.2, Math.ceil(runs / 2), seed)
    return { labels: delayQuantile(late.labels, 0.5), labelsLate: delayQuantile(late.labels, 0.95), hours: delayQuantile(late.hours, 0.5), hoursLate: delayQuantile(late.hours, 0.95) }
  }
  const seen = isRival ? null : runLength(detector, {}, rate, labels, seed)
  return { name, rate, isRival, runs, byDefault: seen === null ? null : setting(null, seen, runLengthOf(seen)), matched: matchedSetting() }

  function matchedSetting(): Setting | null {
    // a rival that is told both rates is tuned for the 20 % flip, and judged on the others with that
    const found = matchRunLength(detector, dial, given(rate, flipped(rate, 0.2)), rate, runLengthTarget, labels, seed + 1)
    return Math.abs(Math.log(found.runLength / runLengthTarget)) > Math.log(1.25) ? null : setting(found.value, null, found.runLength)
  }
}

const boundOf = (before: number, after: number, length: number): number => lordenBound(length, errorDivergence(before, after))

function summaryOf(delays: Delays, bound: number | null): DelaySummary {
  const mean = meanDelay(delays)
  return {
    median: delayQuantile(delays, 0.5), late: delayQuantile(delays, 0.95), mean, missedShare: 1 - shareWithin(delays, labelsAfterMax), soonShare: shareWithin(delays, soonLabels),
    timesBound: bound === null ? null : mean / bound,
  }
}
