import { assert } from '../assert.ts'
import { normalQuantile } from '../math/normal.ts'
import { choice, integer, number, unit, type ParamsOf } from '../unit.ts'
import { errorOf, verdictOf, type DetectorReading, type WarningState } from './detector.ts'

const specs = {
  windowSize: integer(30, 'newest values that are held against all older ones', { min: 1, max: 100_000 }),
  alphaDrift: number(0.003, 'significance that alarms: smaller alarms less and later', { min: 1e-12, max: 1 }),
  alphaWarning: number(0.05, 'significance that warns', { min: 1e-12, max: 1 }),
  mode: choice(['both', 'up', 'down'], 'both', 'direction of change that alarms: up is a rising error rate'),
}
type StepdParams = ParamsOf<typeof specs>

export interface StepdState extends WarningState {
  /** values since the start or the last alarm */
  width: number
  /** newest errors; value i since the last alarm stands at i modulo its length */
  recent: Float64Array
  errorsRecent: number
  errorsOlder: number
}

export interface StepdReading extends DetectorReading {
  width: number
  /** error rates of the newest and of the older values; null where there are none */
  recentRate: number | null
  olderRate: number | null
  /** the statistic, above 0 where the error rate rose; null before the first test */
  z: number | null
}

/**
 * STEPD: holds the error rate of the newest `windowSize` values against that of all older ones since the last alarm, by the test of equal proportions
 * with Yates's correction: z = (|r_o/n_o − r_r/n_r| − ½(1/n_o + 1/n_r)) / √(p(1−p)(1/n_o + 1/n_r)), p the pooled rate. It alarms where the two-sided p-value is
 * below `alphaDrift`, warns below `alphaWarning`. Tests begin when there are as many older values as newest. The update after an alarm starts afresh.
 *
 * Where the correction exceeds the difference z is 0 (MOA takes its magnitude, and so alarms in a long flawless stretch that follows an error).
 * Values are errors, 1 or 0, or losses in 0..1, which vary less than the test expects; what lies outside counts as the nearer end.
 * The test is approximate: an error after a long flawless past alarms. The level is one test's, and it tests at every value: at an error rate of .2
 * it alarms 2 to 3 times in 10,000 values without change.
 * Source: Nishida & Yamauchi 2007, "Detecting concept drift using statistical testing".
 */
export const stepd = unit({
  name: 'stepd',
  summary: 'Test of equal proportions between the newest errors and all older ones.',
  source: 'Nishida & Yamauchi 2007; the variant of MOA, with the correction held at 0',
  params: specs,
  init: ({ windowSize }): StepdState => ({
    n: 0, alarms: 0, alarmed: false, warned: false, width: 0, recent: new Float64Array(windowSize), errorsRecent: 0, errorsOlder: 0,
  }),
  update(state, value: number, params) {
    assert(Number.isFinite(value), 'stepd takes finite numbers: count the others before they reach a detector')
    if (state.alarmed) forget(state)
    state.n += 1
    slide(state, errorOf(value))
    if (state.width >= 2 * params.windowSize) judge(state, params)
    if (state.alarmed) state.alarms += 1
  },
  read(state, { windowSize }): StepdReading {
    const { n, alarms, width, errorsRecent, errorsOlder } = state
    const older = Math.max(0, width - windowSize)
    const tested = older >= windowSize
    const recentRate = width === 0 ? null : errorsRecent / Math.min(width, windowSize)
    return {
      verdict: verdictOf(state, tested), n, alarms, width, mean: recentRate, recentRate, olderRate: older === 0 ? null : errorsOlder / older,
      z: tested ? statistic(state) : null,
    }
  },
})

function slide(state: StepdState, error: number): void {
  const { recent, width } = state
  const at = width % recent.length
  if (width >= recent.length) state.errorsOlder += recent[at]
  state.errorsRecent += error - (width >= recent.length ? recent[at] : 0)
  recent[at] = error
  state.width = width + 1
  if (at < recent.length - 1) return
  // summed anew once a turn, so that the rounding of losses cannot gather
  state.errorsRecent = 0
  for (let i = 0; i < recent.length; i++) state.errorsRecent += recent[i]
}

/** z, signed; 0 where the pooled rate is 0 or 1 and so nothing differs. */
function statistic({ width, recent, errorsRecent, errorsOlder }: StepdState): number {
  const older = width - recent.length
  const rate = Math.min(1, Math.max(0, (errorsRecent + errorsOlder) / width))
  const inverse = 1 / older + 1 / recent.length
  const difference = errorsRecent / recent.length - errorsOlder / older
  const excess = Math.max(0, Math.abs(difference) - inverse / 2)
  const spread = Math.sqrt(rate * (1 - rate) * inverse)
  return spread === 0 ? 0 : (Math.sign(difference) * excess) / spread
}

function judge(state: StepdState, { alphaDrift, alphaWarning, mode }: StepdParams): void {
  const z = statistic(state)
  const moved = mode === 'both' ? Math.abs(z) : mode === 'up' ? z : -z
  state.alarmed = moved > normalQuantile(1 - alphaDrift / 2)
  state.warned = !state.alarmed && moved > normalQuantile(1 - alphaWarning / 2)
}

function forget(state: StepdState): void {
  state.alarmed = false
  state.warned = false
  state.width = 0
  state.errorsRecent = 0
  state.errorsOlder = 0
}
