import type { ParamSpecs, Unit } from '../unit.ts'

/** What a detector says about the last value it was given. */
export interface DetectorReading {
  /**
   * `alarm`: the last value raised an alarm; `warning`: it crossed the detector's warning level, where it has one;
   * `insufficient`: too few values since the start or the last alarm to test anything
   */
  verdict: 'ok' | 'warning' | 'alarm' | 'insufficient'
  /** values given since the start, across alarms */
  n: number
  /** alarms since the start */
  alarms: number
  /** mean of the values the detector holds to be current; null before the first */
  mean: number | null
}

/** The first fields of every detector's state; `alarmed` answers for the last update without allocating a reading. */
export interface DetectorState {
  n: number
  alarms: number
  alarmed: boolean
}

/** Of a detector with a warning level; `warned` holds until the level is next judged. */
export interface WarningState extends DetectorState {
  warned: boolean
}

/** The verdict on the last value; `tested` says whether there were values enough to judge it. */
export function verdictOf({ alarmed, warned = false }: DetectorState & { warned?: boolean }, tested: boolean): DetectorReading['verdict'] {
  if (alarmed) return 'alarm'
  if (warned) return 'warning'
  return tested ? 'ok' : 'insufficient'
}

/**
 * The error that a value stands for, in 0..1: itself there, else the nearer end. The error-rate detectors rest on values of 0..1,
 * where a loss varies at most as much as an error of the same mean, so that their bounds hold for it too.
 */
export const errorOf = (value: number): number => value > 1 ? 1 : value > 0 ? value : 0

/** The value itself, or ±1e100 where it lies beyond: sums, differences and squares of such values stay finite. */
export const withinReach = (value: number): number => value > 1e100 ? 1e100 : value < -1e100 ? -1e100 : value

/**
 * A detector of change in a stream of numbers: 1 for an error and 0 for none, or a loss. Order matters, so it does not merge.
 * Input must be finite: a NaN would silence the detector for ever, so it is refused.
 */
export type Detector<Specs extends ParamSpecs = ParamSpecs, State extends DetectorState = DetectorState,
  Output extends DetectorReading = DetectorReading> = Unit<Specs, State, number, Output>
