/** How long a detector takes to see that errors rise: labels in the order of predictions, and labels that come late. */
import type { Detector } from '../../src/core/detectors/detector.ts'
import { detectionScore, noteAlarm, startEvaluation } from '../../src/core/detectors/evaluate.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import { resolveParams } from '../../src/core/unit.ts'

/** A share of labels that flips, at once or over so many labels. */
export interface Change {
  name: string
  flip: number
  overLabels: number
}

export const changes = [
  { name: '20 % flip', flip: 0.2, overLabels: 0 },
  { name: '5 % flip', flip: 0.05, overLabels: 0 },
  { name: '20 % flip, gradual', flip: 0.2, overLabels: 2_000 },
  { name: 'none', flip: 0, overLabels: 0 },
] as const satisfies readonly Change[]
export type ChangeName = (typeof changes)[number]['name']

/** The error rate once such a share of labels is flipped. */
export const flipped = (rate: number, flip: number): number => rate * (1 - flip) + flip * (1 - rate)

/** labels before the change, and the most after it */
export const labelsBefore = 3_000
export const labelsAfterMax = 10_000
/** within which the project wants a change found */
export const soonLabels = 1_000

export interface Delays {
  /** ascending, of the runs that found the change; in labels, that of the alarm counted in */
  found: number[]
  missed: number
}

/** The delay of each run, where nothing changes only so far as it may be soon. Every run begins with a new detector, which may have alarmed and learnt anew before the change comes. */
export function delaysOf(detector: Detector, given: Record<string, number>, rate: number, change: Change, runs: number, seed: number): Delays {
  const delays = Array.from({ length: runs }, (_, run) => delayOf(detector, given, rate, change, seed + run))
  return sorted(delays)
}

const sorted = (delays: readonly (number | null)[]): Delays => {
  const found = delays.filter((delay) => delay !== null).sort((a, b) => a - b)
  return { found, missed: delays.length - found.length }
}

function delayOf(detector: Detector, given: Record<string, number>, rate: number, { flip, overLabels }: Change, seed: number): number | null {
  const params = resolveParams(detector, given)
  const state = detector.init(params)
  const evaluation = startEvaluation([labelsBefore])
  const random = seeded(seed)
  const end = labelsBefore + (flip === 0 ? soonLabels : labelsAfterMax)
  for (let i = 0; i < end; i++) {
    const since = i - labelsBefore
    const share = since < 0 ? 0 : overLabels === 0 ? flip : flip * Math.min(1, (since + 1) / overLabels)
    detector.update(state, Number(uniform(random) < flipped(rate, share)), params)
    if (!state.alarmed) continue
    noteAlarm(evaluation, i)
    if (since >= 0) break
  }
  const [delay] = detectionScore(evaluation, end).delays
  return delay === null ? null : delay + 1
}

/** The least delay that this share of all runs kept to; null where fewer found the change at all. */
export function delayQuantile({ found, missed }: Delays, share: number): number | null {
  const at = Math.ceil(share * (found.length + missed)) - 1
  return at < found.length ? found[Math.max(0, at)] : null
}

export const shareWithin = ({ found, missed }: Delays, labels: number): number => found.filter((delay) => delay <= labels).length / (found.length + missed)

/** Mean delay, a change that was missed counted as the most there was: a lower bound then. */
export const meanDelay = ({ found, missed }: Delays): number => (found.reduce((a, b) => a + b, 0) + missed * labelsAfterMax) / (found.length + missed)

export const predictionsPerHour = 100
export const labelDelayHours = 6
/** hours of labels before the change, about as many as `labelsBefore`, and the most after it */
const [hoursBefore, hoursAfterMax] = [labelsBefore / predictionsPerHour + labelDelayHours, 60]

export interface LateDelays {
  /** labels that came since the change, of predictions before it too */
  labels: Delays
  hours: Delays
}

/**
 * The same where predictions come every 36 seconds and each label after an exponential delay, in the order of arrival: for hours most labels that come are still
 * those of predictions before the change.
 */
export function lateDelaysOf(detector: Detector, given: Record<string, number>, rate: number, flip: number, runs: number, seed: number): LateDelays {
  const params = resolveParams(detector, given)
  const found = Array.from({ length: runs }, (_, run) => {
    const state = detector.init(params)
    let labels = 0
    for (const { atHour, isError } of arrivals(rate, flip, seed + run)) {
      detector.update(state, Number(isError), params)
      if (atHour < hoursBefore) continue
      labels += 1
      if (state.alarmed) return { labels, hours: atHour - hoursBefore }
    }
    return null
  })
  return { labels: sorted(found.map((each) => each?.labels ?? null)), hours: sorted(found.map((each) => each?.hours ?? null)) }
}

function arrivals(rate: number, flip: number, seed: number): { atHour: number; isError: boolean }[] {
  const random = seeded(seed)
  const end = hoursBefore + hoursAfterMax
  const all = Array.from({ length: end * predictionsPerHour }, (_, i) => {
    const predictedAt = i / predictionsPerHour
    const isError = uniform(random) < flipped(rate, predictedAt < hoursBefore ? 0 : flip)
    return { atHour: predictedAt - labelDelayHours * Math.log(1 - uniform(random)), isError }
  })
  return all.filter(({ atHour }) => atHour < end).sort((a, b) => a.atHour - b.atHour)
}
