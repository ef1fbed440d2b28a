import { assert } from '../assert.ts'
import { integer, number, unit } from '../unit.ts'
import { errorOf, verdictOf, type DetectorReading, type WarningState } from './detector.ts'

const specs = {
  warmStart: integer(30, 'values before the first test', { min: 0 }),
  warningThreshold: number(2, 'standard deviations above the lowest error rate that warn', { min: 0 }),
  driftThreshold: number(3, 'standard deviations above the lowest error rate that alarm', { min: 0 }),
}

export interface DdmState extends WarningState {
  /** values since the start or the last alarm */
  width: number
  errorRate: number
  /** rate and deviation where their sum was lowest */
  rateMin: number
  deviationMin: number
  sumMin: number
}

export interface DdmReading extends DetectorReading {
  width: number
  /** √(p(1 − p)/width) */
  deviation: number | null
  /** where rate plus deviation was lowest; null before the first test */
  rateMin: number | null
  deviationMin: number | null
}

/**
 * DDM: warns and alarms when the error rate has risen above the lowest it has been. With p the error rate of all values since the last alarm
 * and s = √(p(1−p)/n), it keeps p and s from where p + s was lowest (the latest, when equal) and warns at p + s > p_min + 2 s_min,
 * alarms at p + s > p_min + 3 s_min. Tests begin after `warmStart` values; the update after an alarm starts afresh.
 *
 * Values are errors, 1 or 0, or losses in 0..1; what lies outside counts as the nearer end. It sees rises only.
 * After a stretch without any error p_min = s_min = 0, so the first error alarms: give a flawless model another detector.
 * Source: Gama et al. 2004, "Learning with drift detection"; the variant of River 0.7 to 0.26 (strict bounds, n > warmStart).
 */
export const ddm = unit({
  name: 'ddm',
  summary: 'Error rate that alarms when it stands three standard deviations above its lowest.',
  source: 'Gama, Medas, Castillo & Rodrigues 2004; the variant of River 0.26',
  params: specs,
  init: (): DdmState => ({ n: 0, alarms: 0, alarmed: false, warned: false, width: 0, errorRate: 0, rateMin: 0, deviationMin: 0, sumMin: Number.MAX_VALUE }),
  update(state, value: number, { warmStart, warningThreshold, driftThreshold }) {
    assert(Number.isFinite(value), 'ddm takes finite numbers: count the others before they reach a detector')
    if (state.alarmed) forget(state)
    state.n += 1
    state.width += 1
    state.errorRate += (errorOf(value) - state.errorRate) / state.width
    if (state.width <= warmStart) return
    const deviation = deviationOf(state)
    const sum = state.errorRate + deviation
    if (sum <= state.sumMin) {
      state.rateMin = state.errorRate
      state.deviationMin = deviation
      state.sumMin = sum
    }
    state.alarmed = sum > state.rateMin + driftThreshold * state.deviationMin
    state.warned = !state.alarmed && sum > state.rateMin + warningThreshold * state.deviationMin
    if (state.alarmed) state.alarms += 1
  },
  read(state, { warmStart }): DdmReading {
    const { n, alarms, width, errorRate, rateMin, deviationMin } = state
    const tested = width > warmStart
    return {
      verdict: verdictOf(state, tested), n, alarms, width, mean: width === 0 ? null : errorRate, deviation: width === 0 ? null : deviationOf(state),
      rateMin: tested ? rateMin : null, deviationMin: tested ? deviationMin : null,
    }
  },
})

/** Rounding may take the rate a hair beyond 0..1. */
const deviationOf = ({ errorRate, width }: DdmState) => Math.sqrt(Math.max(0, errorRate * (1 - errorRate)) / width)

function forget(state: DdmState): void {
  state.alarmed = false
  state.warned = false
  state.width = 0
  state.errorRate = 0
  state.sumMin = Number.MAX_VALUE
}
