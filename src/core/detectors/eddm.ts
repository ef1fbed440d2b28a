import { assert } from '../assert.ts'
import { integer, number, unit, type ParamsOf } from '../unit.ts'
import { errorOf, verdictOf, type DetectorReading, type WarningState } from './detector.ts'

const specs = {
  warmStart: integer(30, 'errors before the first test, and values before the first reference', { min: 0 }),
  alpha: number(0.95, 'share of the widest spacing of errors below which it warns', { min: 0, max: 1 }),
  beta: number(0.9, 'share of the widest spacing of errors below which it alarms; no warning when it is above alpha', { min: 0, max: 1 }),
}
type EddmParams = ParamsOf<typeof specs>

export interface EddmState extends WarningState {
  /** values since the start or the last alarm */
  width: number
  errors: number
  /** position, from 1, of the last error; 0 before the first */
  lastError: number
  /** mean, and sum of squared deviations, of the distances between errors */
  distance: number
  m2: number
  /** largest mean distance plus two standard deviations; −1 before the first */
  spacingMax: number
}

export interface EddmReading extends DetectorReading {
  width: number
  errors: number
  /** mean distance between errors, in values; null before the first error */
  distance: number | null
  /** mean distance plus two standard deviations, over the largest there was; null before there is one */
  level: number | null
}

/**
 * EDDM: watches the distance between errors, which shrinks as the error rate grows, so that slow drift shows earlier than in the rate itself.
 * At each error, with p′ the mean distance between errors since the last alarm and s′ its sample standard deviation (the first distance
 * counts from the start), v = p′ + 2s′ is held against the largest v so far: v/v_max < α warns, < β alarms. A new largest is only kept.
 * Tests need more than `warmStart` errors. Between errors the last judgement stands; the update after an alarm starts afresh.
 *
 * A value counts as an error from 1 up, anything less as none. It sees rises only.
 * At its published defaults it is restless: 8 alarms in 10,000 values without change; α .8 and β .75 quieten it somewhat.
 * Source: Baena-García et al. 2006, "Early drift detection method"; the variant of River 0.26.
 */
export const eddm = unit({
  name: 'eddm',
  summary: 'Distance between errors that alarms when it falls below a share of its widest.',
  source: 'Baena-García, Campo-Ávila, Fidalgo, Bifet, Gavaldà & Morales-Bueno 2006; the variant of River 0.26',
  params: specs,
  init: (): EddmState => ({ n: 0, alarms: 0, alarmed: false, warned: false, width: 0, errors: 0, lastError: 0, distance: 0, m2: 0, spacingMax: -1 }),
  update(state, value: number, params) {
    assert(Number.isFinite(value), 'eddm takes finite numbers: count the others before they reach a detector')
    if (state.alarmed) forget(state)
    state.n += 1
    state.width += 1
    if (errorOf(value) < 1) return
    noteDistance(state)
    if (state.width > params.warmStart) judge(state, params)
    if (state.alarmed) state.alarms += 1
  },
  read(state, { warmStart }): EddmReading {
    const { n, alarms, width, errors, distance, spacingMax } = state
    return {
      verdict: verdictOf(state, errors > warmStart), n, alarms, width, errors, mean: width === 0 ? null : errors / width,
      distance: errors === 0 ? null : distance, level: spacingMax > 0 ? spacing(state) / spacingMax : null,
    }
  },
})

function noteDistance(state: EddmState): void {
  const distance = state.width - state.lastError
  state.lastError = state.width
  state.errors += 1
  const delta = distance - state.distance
  state.distance += delta / state.errors
  state.m2 += delta * (distance - state.distance)
}

const spacing = ({ distance, m2, errors }: EddmState) => distance + 2 * (errors < 2 ? 0 : Math.sqrt(m2 / (errors - 1)))

function judge(state: EddmState, { warmStart, alpha, beta }: EddmParams): void {
  const now = spacing(state)
  if (now > state.spacingMax) state.spacingMax = now
  else if (state.errors > warmStart) {
    const level = now / state.spacingMax
    state.alarmed = level < beta
    // an alarm leaves the warning as it was, as in River; the verdict is alarm
    if (!state.alarmed) state.warned = level < alpha
  }
}

function forget(state: EddmState): void {
  state.alarmed = false
  state.warned = false
  state.width = 0
  state.errors = 0
  state.lastError = 0
  state.distance = 0
  state.m2 = 0
  state.spacingMax = -1
}
