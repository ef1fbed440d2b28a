import { assert } from '../assert.ts'
import { choice, integer, number, unit, type ParamsOf } from '../unit.ts'
import { errorOf, verdictOf, type DetectorReading, type WarningState } from './detector.ts'
import { cellOf, cellRate, controlLimit } from './ewma-limit.ts'

const specs = {
  lambda: number(0.2, 'weight of the newest value in the moving mean', { min: 0.05, max: 1 }),
  averageRunLength: integer(10_000, 'mean number of values between false alarms that the calibrated limit aims at', { min: 20, max: 10_000_000 }),
  limit: choice(['calibrated', 'ross'], 'calibrated',
    'calibrated solves for averageRunLength at the present error rate, ross is the polynomial published for a run length of 400 at lambda .2'),
  warningShare: number(0.5, 'share of the limit at which it warns', { min: 0, max: 1 }),
  minInstances: integer(30, 'values before the first test', { min: 1 }),
}
type EwmaParams = ParamsOf<typeof specs>

export interface EwmaState extends WarningState {
  /** values since the start or the last alarm, and their mean */
  width: number
  mean: number
  /** the moving mean, from 0 */
  moving: number
  /** (1 − λ)^(2 width), which the variance of the moving mean still lacks */
  transient: number
  /** two neighbouring error rates that `mean` lies between, and the limits there; 0 and 0 before they are asked for */
  rateLow: number
  rateHigh: number
  limitLow: number
  limitHigh: number
}

export interface EwmaReading extends DetectorReading {
  width: number
  /** the moving mean, and what it must exceed to alarm; null before the first value */
  moving: number | null
  bound: number | null
}

/**
 * EWMA chart for errors: alarms when a moving mean of the newest errors stands too far above the mean of all. With p the error rate since the last alarm,
 * Z = (1−λ)Z + λx and σ_Z = √(p(1−p) · λ/(2−λ) · (1 − (1−λ)^2t)), it alarms at Z > p + Lσ_Z and warns at Z > p + ½Lσ_Z. L depends on p, so that the mean time
 * between false alarms does not: `limit: 'calibrated'` solves for it (see `controlLimit`), for any λ and run length. The update after an alarm starts afresh.
 *
 * Values are errors, 1 or 0, or losses in 0..1, which vary less and so alarm less; what lies outside counts as the nearer end. It sees rises only.
 * The calibration takes p as known. Relearning after each alarm included, streams of error rates .01 to .4 alarmed once in 1,210 to 1,330 values
 * when set to 1,000, once in 9,900 to 12,200 when set to 10,000. `limit: 'ross'` (as in MOA) is there for comparison: with p known it comes to 260 to 290
 * values instead of 400 at error rates of .1 to .4, to 190 at .05, and to 100 at .01, where nearly every error alarms.
 * Source: Ross, Adams, Tasoulis & Hand 2012, "Exponentially weighted moving average charts for detecting concept drift".
 */
export const ewma = unit({
  name: 'ewma',
  summary: 'Moving mean of errors that alarms above a control limit calibrated to a mean time between false alarms.',
  source: 'Ross, Adams, Tasoulis & Hand 2012; limit by a Markov chain after Brook & Evans 1972, or the published polynomial',
  params: specs,
  init: (): EwmaState => ({
    n: 0, alarms: 0, alarmed: false, warned: false, width: 0, mean: 0, moving: 0, transient: 1, rateLow: 0, rateHigh: 0, limitLow: 0, limitHigh: 0,
  }),
  update(state, value: number, params) {
    assert(Number.isFinite(value), 'ewma takes finite numbers: count the others before they reach a detector')
    if (state.alarmed) forget(state)
    const error = errorOf(value)
    state.n += 1
    state.width += 1
    state.mean += (error - state.mean) / state.width
    state.moving += params.lambda * (error - state.moving)
    state.transient *= (1 - params.lambda) * (1 - params.lambda)
    if (state.width < params.minInstances) return
    const margin = marginOf(state, params)
    const above = state.moving - state.mean
    state.alarmed = above > margin
    state.warned = !state.alarmed && above > params.warningShare * margin
    if (state.alarmed) state.alarms += 1
  },
  read(state, params): EwmaReading {
    const { n, alarms, width, mean, moving } = state
    const empty = width === 0
    return {
      verdict: verdictOf(state, width >= params.minInstances), n, alarms, width, mean: empty ? null : mean,
      moving: empty ? null : moving, bound: width < params.minInstances ? null : mean + marginOf({ ...state }, params),
    }
  },
})

/** Lσ_Z. */
function marginOf(state: EwmaState, params: EwmaParams): number {
  const { mean, transient } = state
  const variance = Math.max(0, mean * (1 - mean)) * (params.lambda / (2 - params.lambda)) * (1 - transient)
  return limitAt(state, params) * Math.sqrt(variance)
}

const limitAt = (state: EwmaState, params: EwmaParams): number => params.limit === 'ross' ? rossLimit(state.mean) : calibrated(state, params)

const rossLimit = (p: number): number => Math.max(0, 3.97 + p * (-6.56 + p * p * (48.73 + p * p * (-330.13 + p * p * 848.18))))

/** Between the limits at the rates on either side; they are asked for only when the mean leaves its place between them. */
function calibrated(state: EwmaState, { lambda, averageRunLength }: EwmaParams): number {
  const { mean } = state
  if (!(mean >= state.rateLow && mean < state.rateHigh)) {
    const cell = cellOf(mean)
    state.rateLow = cellRate(cell)
    state.rateHigh = cellRate(cell + 1)
    state.limitLow = controlLimit(state.rateLow, lambda, averageRunLength)
    state.limitHigh = controlLimit(state.rateHigh, lambda, averageRunLength)
  }
  const share = (mean - state.rateLow) / (state.rateHigh - state.rateLow)
  return state.limitLow + Math.min(1, Math.max(0, share)) * (state.limitHigh - state.limitLow)
}

function forget(state: EwmaState): void {
  state.alarmed = false
  state.warned = false
  state.width = 0
  state.mean = 0
  state.moving = 0
  state.transient = 1
}
