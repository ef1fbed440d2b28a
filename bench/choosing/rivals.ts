/**
 * Detectors of others, in the shape of our own, for errors that rise. All are told, or learn, the error rate before the change: `learn: 0` takes `before`,
 * else it is the rate of so many first labels, frozen, which are not tested; an alarm starts afresh, learning included.
 */
import type { DetectorReading, DetectorState } from '../../src/core/detectors/detector.ts'
import { integer, number, unit } from '../../src/core/unit.ts'

interface RivalState extends DetectorState {
  /** labels since the start or the last alarm, and the errors among the first of them */
  width: number
  errors: number
  before: number
  /** one running value an alternative */
  sums: Float64Array
}

const learning = {
  before: number(0.1, 'error rate before the change, where nothing is learnt', { min: 0, max: 1 }),
  learn: integer(0, 'labels that the rate before is learnt from; 0 to be told', { min: 0 }),
}

const startWith = (before: number, alternatives: number): RivalState =>
  ({ n: 0, alarms: 0, alarmed: false, width: 0, errors: 0, before, sums: new Float64Array(alternatives) })

const read = ({ n, alarms, alarmed, before, width }: RivalState, { learn }: { learn: number }): DetectorReading =>
  ({ verdict: alarmed ? 'alarm' : width > learn ? 'ok' : 'insufficient', n, alarms, mean: width === 0 ? null : before })

/** Counts a label in; whether it may be tested. */
function isTested(state: RivalState, value: number, { before, learn }: { before: number; learn: number }): boolean {
  if (state.alarmed) Object.assign(state, { alarmed: false, width: 0, errors: 0, before })
  if (state.width === 0) state.sums.fill(0)
  state.n += 1
  state.width += 1
  if (state.width > learn) return true
  state.errors += value
  state.before = (state.errors + 0.5) / (state.width + 1)
  return false
}

/** The rate after a rise, short of certainty. */
const risen = (before: number, rise: number): number => Math.min(0.98, before + rise)

/**
 * CUSUM of the log-likelihood ratio, S = max(0, S + ln f₁(x)/f₀(x)) (Page 1954): told both rates it has the least worst delay of all detectors with its run
 * length (Moustakides 1986).
 */
export const ratioCusum = unit({
  name: 'ratio-cusum',
  summary: 'CUSUM of the log-likelihood ratio of two error rates.',
  source: 'Page 1954; Moustakides 1986',
  params: { ...learning, rise: number(0.1, 'rise of the error rate that it is tuned for', { min: 0, max: 1 }), threshold: number(5, 'sum that alarms', { min: 0 }) },
  init: ({ before }) => startWith(before, 1),
  update(state, value: number, params) {
    if (!isTested(state, value, params)) return
    const after = risen(state.before, params.rise)
    const ratio = value * Math.log(after / state.before) + (1 - value) * Math.log((1 - after) / (1 - state.before))
    state.sums[0] = Math.max(0, state.sums[0] + ratio)
    state.alarmed = state.sums[0] > params.threshold
    if (state.alarmed) state.alarms += 1
  },
  read,
})

/** rises of the error rate that the bets of the e-detector are made for */
const rises = [0.03, 0.06, 0.12, 0.24]

/**
 * Shiryaev–Roberts e-detector: M = (M + 1)·E, E = 1 + λ(x − p) a bet on losses above p whose mean is at most 1 while their rate is at most p; here the mean of
 * four such, each with the λ that suits one rise. At M ≥ `runLength` the mean run length is at least that for every law of losses in 0..1 whose mean never
 * exceeds p: no simulation, no independence needed. Shiryaev 1963; Roberts 1966; Shin, Ramdas & Rinaldo 2022, "E-detectors".
 */
export const eDetector = unit({
  name: 'e-detector',
  summary: 'Shiryaev–Roberts e-detector of a rise of bounded losses, over four sizes of rise.',
  source: 'Shin, Ramdas & Rinaldo 2022; Shiryaev 1963; Roberts 1966',
  params: { ...learning, runLength: number(10_000, 'evidence that alarms, at most the mean run length', { min: 1 }) },
  init: ({ before }) => startWith(before, rises.length),
  update(state, value: number, params) {
    if (!isTested(state, value, params)) return
    const p = state.before
    let total = 0
    for (let k = 0; k < rises.length; k++) {
      const bet = (risen(p, rises[k]) - p) / (p * (1 - p))
      state.sums[k] = (state.sums[k] + 1) * (1 + bet * (value - p))
      total += state.sums[k]
    }
    state.alarmed = total / rises.length >= params.runLength
    if (state.alarmed) state.alarms += 1
  },
  read,
})
