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

/**
 * A detector of change in a stream of numbers: 1 for an error and 0 for none, or a loss. Order matters, so it does not merge.
 * Input must be finite: a NaN would silence the detector for ever, so it is refused.
 */
export type Detector<Specs extends ParamSpecs = ParamSpecs, State extends DetectorState = DetectorState,
  Output extends DetectorReading = DetectorReading> = Unit<Specs, State, number, Output>
