import { assert } from '../assert.ts'
import { integer, number, unit, type ParamsOf } from '../unit.ts'
import { errorOf, verdictOf, type DetectorReading, type WarningState } from './detector.ts'

const specs = {
  minNumInstances: integer(129, 'values before the first test', { min: 1 }),
  warningLevel: number(1.773, 'standard deviations above the lowest error rate that warn', { min: 0 }),
  driftLevel: number(2.258, 'standard deviations above the lowest error rate that alarm', { min: 0 }),
  maxSizeConcept: integer(40_000, 'values after which the rate is computed anew from the newest; at least twice minSizeStableConcept counts', { min: 1 }),
  minSizeStableConcept: integer(7000, 'newest values that are kept for that', { min: 1, max: 20_000 }),
  warnLimit: integer(1400, 'values in a row with a warning that alarm', { min: 1 }),
}
type RddmParams = ParamsOf<typeof specs>

export interface RddmState extends WarningState {
  /** values behind the error rate */
  width: number
  errorRate: number
  /** rate and deviation where their sum was lowest */
  rateMin: number
  deviationMin: number
  sumMin: number
  /** newest errors; `kept` of them end before `next` */
  recent: Float32Array
  kept: number
  next: number
  /** values in a row with a warning, the last one included */
  warnings: number
  /** whether the next update computes the rate anew from the values kept, after an alarm or for age */
  stale: boolean
}

export interface RddmReading extends DetectorReading {
  width: number
  /** √(p(1 − p)/width); null before the first value */
  deviation: number | null
  /** where rate plus deviation was lowest; null before the first test */
  rateMin: number | null
  deviationMin: number | null
}

/**
 * RDDM: DDM with a bounded memory, so that it stays sensitive on long stable streams. Rate, deviation and levels are DDM's (tighter); and
 * (1) past `maxSizeConcept` values outside a warning the rate is computed anew from the newest `minSizeStableConcept`, the minimum staying;
 * (2) a warning of `warnLimit` values in a row alarms; (3) after an alarm rate and minimum are computed anew from the values since the warning began,
 * or from the last one alone where there was no warning, or where it was (2) that alarmed.
 *
 * Values are errors, 1 or 0, or losses in 0..1, kept in 32 bits; what lies outside counts as the nearer end. It sees rises only, and like DDM
 * alarms at the first error after a stretch without any. Amortised constant time; memory is 4 bytes times `minSizeStableConcept`.
 * Source: Barros, Cabral, Gonçalves & Santos 2017, "RDDM: Reactive drift detection method"; defaults and order of steps as in MOA.
 */
export const rddm = unit({
  name: 'rddm',
  summary: 'DDM that forgets: its error rate is computed anew from the newest values when it grows old or warns for long.',
  source: 'Barros, Cabral, Gonçalves & Santos 2017; the variant of MOA',
  params: specs,
  init: ({ minSizeStableConcept }): RddmState => ({
    n: 0, alarms: 0, alarmed: false, warned: false, width: 0, errorRate: 0, rateMin: 0, deviationMin: 0, sumMin: Number.MAX_VALUE,
    recent: new Float32Array(minSizeStableConcept), kept: 0, next: 0, warnings: 0, stale: false,
  }),
  update(state, value: number, params) {
    assert(Number.isFinite(value), 'rddm takes finite numbers: count the others before they reach a detector')
    if (state.stale) computeAnew(state, params)
    const error = errorOf(value)
    keep(state, error)
    state.n += 1
    include(state, error)
    if (state.width < params.minNumInstances) return
    noteMinimum(state)
    judge(state, params)
    if (state.alarmed) state.alarms += 1
  },
  read(state, { minNumInstances }): RddmReading {
    const { n, alarms, width, errorRate, rateMin, deviationMin, sumMin } = state
    const known = sumMin < Number.MAX_VALUE
    return {
      verdict: verdictOf(state, width >= minNumInstances), n, alarms, width, mean: width === 0 ? null : errorRate,
      deviation: width === 0 ? null : deviationOf(state), rateMin: known ? rateMin : null, deviationMin: known ? deviationMin : null,
    }
  },
})

/** Rounding may take the rate a hair beyond 0..1. */
const deviationOf = ({ errorRate, width }: RddmState) => Math.sqrt(Math.max(0, errorRate * (1 - errorRate)) / width)

function keep(state: RddmState, error: number): void {
  const { recent } = state
  recent[state.next] = error
  state.next = (state.next + 1) % recent.length
  if (state.kept < recent.length) state.kept += 1
}

function include(state: RddmState, error: number): void {
  state.width += 1
  state.errorRate += (error - state.errorRate) / state.width
}

function noteMinimum(state: RddmState): void {
  const deviation = deviationOf(state)
  if (state.errorRate + deviation >= state.sumMin) return
  state.rateMin = state.errorRate
  state.deviationMin = deviation
  state.sumMin = state.errorRate + deviation
}

function judge(state: RddmState, params: RddmParams): void {
  const sum = state.errorRate + deviationOf(state)
  if (sum > state.rateMin + params.driftLevel * state.deviationMin) alarm(state, state.warnings + 1)
  else if (sum <= state.rateMin + params.warningLevel * state.deviationMin) calm(state, params)
  else if (state.warnings >= params.warnLimit) alarm(state, 1)
  else {
    state.warned = true
    state.warnings += 1
  }
}

/** The values to learn from anew are the newest, as many as given. */
function alarm(state: RddmState, learnFrom: number): void {
  state.alarmed = true
  state.warned = false
  state.stale = true
  state.kept = Math.min(state.kept, learnFrom)
}

function calm(state: RddmState, { maxSizeConcept, minSizeStableConcept }: RddmParams): void {
  state.warned = false
  state.warnings = 0
  // twice what is kept, or it would be computed anew at every value
  state.stale = state.width >= Math.max(maxSizeConcept, 2 * minSizeStableConcept)
}

function computeAnew(state: RddmState, { minNumInstances }: RddmParams): void {
  const { recent, kept, next, alarmed } = state
  if (alarmed) state.sumMin = Number.MAX_VALUE
  state.width = 0
  state.errorRate = 0
  for (let i = kept; i > 0; i--) {
    include(state, recent[(next - i + recent.length) % recent.length])
    if (alarmed && state.width > minNumInstances) noteMinimum(state)
  }
  state.alarmed = false
  state.warnings = 0
  state.stale = false
}
