import { assert } from '../assert.ts'
import { choice, integer, number, unit, type ParamsOf } from '../unit.ts'
import { withinReach, type DetectorReading, type DetectorState } from './detector.ts'

const specs = {
  minInstances: integer(30, 'values before the first test', { min: 1 }),
  delta: number(0.005, 'drift of the mean that is tolerated, in units of the input', { min: 0 }),
  threshold: number(50, 'cumulated deviation that alarms, in units of the input', { min: 0 }),
  alpha: number(0.9999, 'what remains of the cumulated deviation from one value to the next', { min: 0, max: 1 }),
  mode: choice(['both', 'up', 'down'], 'both', 'direction of change that alarms: up is a rising error rate'),
  form: choice(['min-max', 'clamped'], 'min-max', 'min-max measures from the running extreme (River 0.26), clamped holds the sum at 0 (River up to 0.10)'),
}
type PageHinkleyParams = ParamsOf<typeof specs>

export interface PageHinkleyState extends DetectorState {
  /** values since the start or the last alarm */
  width: number
  mean: number
  up: number
  down: number
  upMin: number
  downMax: number
}

export interface PageHinkleyReading extends DetectorReading {
  /** values since the start or the last alarm */
  width: number
  /** cumulated deviations above and below the mean, as compared with `threshold` */
  rise: number
  fall: number
}

/**
 * Page–Hinkley: cumulates how far values stand above (below) their running mean and alarms when the sum has moved `threshold` away
 * from its lowest (highest) point. With x̄ the mean of all values since the last alarm, this one included:
 * up = α·up + (x − x̄) − δ, alarm when up − min(up) > λ; down = α·down + (x − x̄) + δ, alarm when max(down) − down > λ.
 * `form: 'clamped'` is the older S = max(0, α·S + x − x̄ − δ) with S ≥ λ, tested one value earlier. The update after an alarm starts afresh.
 * Values are of any finite scale, beyond ±1e100 counted as that.
 * Source: Page 1954; Hinkley 1971; the min/max form as in River 0.26.
 */
export const pageHinkley = unit({
  name: 'page-hinkley',
  summary: 'Cumulated deviation from the running mean that alarms beyond a threshold, upwards, downwards or both.',
  source: 'Page 1954; Hinkley 1971; the variants of River 0.26 and River 0.10',
  params: specs,
  init: (): PageHinkleyState => ({ n: 0, alarms: 0, alarmed: false, ...start() }),
  update(state, value: number, params) {
    assert(Number.isFinite(value), 'page-hinkley takes finite numbers: count the others before they reach a detector')
    if (state.alarmed) forget(state)
    state.n += 1
    state.width += 1
    const bounded = withinReach(value)
    state.mean += (bounded - state.mean) / state.width
    if (params.form === 'clamped') cumulateClamped(state, bounded, params)
    else cumulate(state, bounded, params)
    state.alarmed = isBeyond(state, params)
    if (state.alarmed) state.alarms += 1
  },
  read(state, params): PageHinkleyReading {
    const { n, alarms, alarmed, width, mean } = state
    return {
      verdict: alarmed ? 'alarm' : width < params.minInstances ? 'insufficient' : 'ok', n, alarms, width,
      mean: width === 0 ? null : mean, rise: width === 0 ? 0 : rise(state), fall: width === 0 ? 0 : fall(state),
    }
  },
})

/** The minimum starts above every sum (a finite stand-in for infinity, as state is finite), the maximum at −1 as in River. */
const start = () => ({ width: 0, mean: 0, up: 0, down: 0, upMin: Number.MAX_VALUE, downMax: -1 })

function forget(state: PageHinkleyState): void {
  state.width = 0
  state.mean = 0
  state.up = 0
  state.down = 0
  state.upMin = Number.MAX_VALUE
  state.downMax = -1
}

function cumulate(state: PageHinkleyState, value: number, { alpha, delta }: PageHinkleyParams): void {
  const deviation = value - state.mean
  state.up = alpha * state.up + deviation - delta
  state.down = alpha * state.down + deviation + delta
  if (state.up < state.upMin) state.upMin = state.up
  if (state.down > state.downMax) state.downMax = state.down
}

/** Sums held at 0 from below; `down` is kept negative so that rise and fall read the same in both forms. */
function cumulateClamped(state: PageHinkleyState, value: number, { alpha, delta }: PageHinkleyParams): void {
  const deviation = value - state.mean
  state.up = Math.max(0, alpha * state.up + deviation - delta)
  state.down = Math.min(0, alpha * state.down + deviation + delta)
  state.upMin = 0
  state.downMax = 0
}

const rise = (state: PageHinkleyState) => state.up - state.upMin
const fall = (state: PageHinkleyState) => state.downMax - state.down

function isBeyond(state: PageHinkleyState, { minInstances, threshold, mode, form }: PageHinkleyParams): boolean {
  const clamped = form === 'clamped'
  if (state.width + (clamped ? 1 : 0) < minInstances) return false
  const moved = Math.max(mode === 'down' ? 0 : rise(state), mode === 'up' ? 0 : fall(state))
  return clamped ? moved >= threshold : moved > threshold
}
