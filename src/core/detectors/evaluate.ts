import { UnitError } from '../unit.ts'

/** How alarms compare with the change points that were really there. */
export interface DetectionScore {
  changes: number
  /** values from each change to its first alarm, 0 when it alarmed at once; null where the next change came first */
  delays: readonly (number | null)[]
  /** mean of the delays there are; null when every change was missed */
  delay: number | null
  missed: number
  /** alarms before the first change, and those after the first of each change */
  falseAlarms: number
}

/** Holds alarms against known change points, one at a time; memory is the change points. */
export interface Evaluation {
  changePoints: readonly number[]
  /** index into `changePoints` of the last change at or before the last alarm; −1 before the first */
  current: number
  delays: (number | null)[]
  falseAlarms: number
}

/**
 * @param changePoints indices of the first value after each change, ascending
 * @throws UnitError when they are not whole numbers from 0 up, each above the last
 */
export function startEvaluation(changePoints: readonly number[]): Evaluation {
  const wrong = changePoints.findIndex((point, i) => !Number.isInteger(point) || point < 0 || (i > 0 && point <= changePoints[i - 1]))
  if (wrong !== -1) {
    throw new UnitError(`change point ${wrong + 1} is ${JSON.stringify(changePoints[wrong])}: write the index of the first value after each change, from 0 up, ascending`)
  }
  return { changePoints: [...changePoints], current: -1, delays: changePoints.map(() => null), falseAlarms: 0 }
}

/** Notes an alarm at this index; indices ascend. */
export function noteAlarm(evaluation: Evaluation, index: number): void {
  const { changePoints, delays } = evaluation
  while (evaluation.current + 1 < changePoints.length && changePoints[evaluation.current + 1] <= index) evaluation.current += 1
  const { current } = evaluation
  if (current === -1 || delays[current] !== null) evaluation.falseAlarms += 1
  else delays[current] = index - changePoints[current]
}

/**
 * The score over a stream of `n` values.
 * @throws UnitError when a change point lies beyond the stream: it could not have been detected
 */
export function detectionScore({ changePoints, delays, falseAlarms }: Evaluation, n: number): DetectionScore {
  const beyond = changePoints.find((point) => point >= n)
  if (beyond !== undefined) throw new UnitError(`change point ${beyond} lies beyond the ${n} values given: take it out of the truth, or give the whole stream`)
  const found = delays.filter((delay) => delay !== null)
  return {
    changes: changePoints.length, delays: [...delays], delay: found.length === 0 ? null : found.reduce((sum, delay) => sum + delay, 0) / found.length,
    missed: delays.length - found.length, falseAlarms,
  }
}

/** How a score weighs delay against false alarms. */
export interface DetectionRates {
  /** share of the changes that no alarm followed before the next; null when nothing changed */
  missedRate: number | null
  /** mean number of values between false alarms; null when there were none */
  runLength: number | null
  /** run length over mean delay, times the share of changes found: larger is better; null where either is unknown or the delay is 0 */
  meanTimeRatio: number | null
}

/** Rates of a score over a stream of `n` values. Mean time ratio: Bifet 2017, "Classifier concept drift detection and the illusion of progress". */
export function detectionRates({ changes, missed, falseAlarms, delay }: DetectionScore, n: number): DetectionRates {
  const missedRate = changes === 0 ? null : missed / changes
  const runLength = falseAlarms === 0 ? null : n / falseAlarms
  const known = runLength !== null && missedRate !== null && delay !== null && delay > 0
  return { missedRate, runLength, meanTimeRatio: known ? (runLength / delay) * (1 - missedRate) : null }
}

/**
 * The mean delay, in values, that no detector of this run length can beat by much on the worst change of this divergence: ln(run length)/divergence.
 * It holds in the limit of long run lengths, for a detector that knows both laws. Source: Lorden 1971, "Procedures for reacting to a change in distribution".
 */
export const lordenBound = (runLength: number, divergence: number): number => Math.log(runLength) / divergence

/** Kullback–Leibler divergence, in nats a value, of errors at the rate `after` from errors at the rate `before`; both in (0, 1). */
export const errorDivergence = (before: number, after: number): number =>
  after * Math.log(after / before) + (1 - after) * Math.log((1 - after) / (1 - before))
