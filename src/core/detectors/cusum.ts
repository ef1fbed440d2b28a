import { assert } from '../assert.ts'
import { choice, integer, number, unit, type ParamsOf } from '../unit.ts'
import { verdictOf, withinReach, type DetectorReading, type DetectorState } from './detector.ts'

const specs = {
  minInstances: integer(30, 'values before the first test; with target burn-in also those that set the target', { min: 1 }),
  delta: number(0.005, 'deviation that is tolerated, in units of the input (of its standard deviation with target burn-in)', { min: 0 }),
  threshold: number(50, 'cumulated deviation that alarms, in the same units; 5 is usual with target burn-in', { min: 0 }),
  mode: choice(['both', 'up', 'down'], 'both', 'direction of change that alarms: up is a rising error rate'),
  target: choice(['running', 'burn-in'], 'running',
    'running measures from the mean of all values so far (MOA), burn-in from that of the first minInstances, in their standard deviations'),
}
type CusumParams = ParamsOf<typeof specs>

export interface CusumState extends DetectorState {
  /** values since the start or the last alarm */
  width: number
  /** the target: mean, and sum of squared deviations, of the values that set it */
  mean: number
  m2: number
  /** cumulated deviations above and below the target, never negative */
  rise: number
  fall: number
}

export interface CusumReading extends DetectorReading {
  /** values since the start or the last alarm */
  width: number
  /** cumulated deviations above and below the target, as compared with `threshold` */
  rise: number
  fall: number
}

/**
 * CUSUM: S⁺ = max(0, S⁺ + d − δ) and S⁻ = max(0, S⁻ − d − δ) cumulate how far values stand above and below a target; alarm when one exceeds λ.
 * `target: 'running'` takes d = x − x̄, x̄ the mean of all values since the last alarm, this one included: Page–Hinkley without forgetting, whose
 * min/max form (the sum less its lowest) is the same number. `target: 'burn-in'` is the tabular chart: mean μ and population standard deviation σ of the first
 * `minInstances` values are frozen, then d = (x − μ)/σ; values without spread leave σ at 1, so that d stays in units of the input.
 *
 * Values are of any finite scale, beyond ±1e100 counted as that. The first test is at value `minInstances` (running) or the one after (burn-in).
 * The update after an alarm starts afresh, target included.
 * Source: Page 1954, "Continuous inspection schemes"; running as in MOA's CusumDM with a lower side, burn-in as in Montgomery's tabular CUSUM.
 */
export const cusum = unit({
  name: 'cusum',
  summary: 'Cumulated deviation from a running or a frozen mean that alarms beyond a threshold, upwards, downwards or both.',
  source: 'Page 1954; the variant of MOA, and the tabular chart with an estimated target',
  params: specs,
  init: (): CusumState => ({ n: 0, alarms: 0, alarmed: false, width: 0, mean: 0, m2: 0, rise: 0, fall: 0 }),
  update(state, value: number, params) {
    assert(Number.isFinite(value), 'cusum takes finite numbers: count the others before they reach a detector')
    if (state.alarmed) forget(state)
    state.n += 1
    state.width += 1
    const bounded = withinReach(value)
    const burning = params.target === 'burn-in' && state.width <= params.minInstances
    if (burning || params.target === 'running') learn(state, bounded)
    if (burning) return
    cumulate(state, deviationOf(state, bounded, params), params.delta)
    state.alarmed = state.width >= params.minInstances && isBeyond(state, params)
    if (state.alarmed) state.alarms += 1
  },
  read(state, { minInstances, target }): CusumReading {
    const { n, alarms, width, mean, rise, fall } = state
    const tested = target === 'running' ? width >= minInstances : width > minInstances
    return { verdict: verdictOf(state, tested), n, alarms, width, mean: width === 0 ? null : mean, rise, fall }
  },
})

function learn(state: CusumState, value: number): void {
  const before = value - state.mean
  state.mean += before / state.width
  state.m2 += before * (value - state.mean)
}

function deviationOf({ mean, m2 }: CusumState, value: number, { target, minInstances }: CusumParams): number {
  return target === 'running' || m2 <= 0 ? value - mean : (value - mean) / Math.sqrt(m2 / minInstances)
}

function cumulate(state: CusumState, deviation: number, delta: number): void {
  state.rise = Math.max(0, state.rise + deviation - delta)
  state.fall = Math.max(0, state.fall - deviation - delta)
}

const isBeyond = ({ rise, fall }: CusumState, { mode, threshold }: CusumParams): boolean =>
  (mode !== 'down' && rise > threshold) || (mode !== 'up' && fall > threshold)

function forget(state: CusumState): void {
  state.alarmed = false
  state.width = 0
  state.mean = 0
  state.m2 = 0
  state.rise = 0
  state.fall = 0
}
