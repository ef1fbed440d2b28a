import { assert } from '../assert.ts'
import { integer, number, unit, type ParamsOf } from '../unit.ts'
import { errorOf, verdictOf, type DetectorReading, type DetectorState } from './detector.ts'

const specs = {
  slidingWindowSize: integer(100, 'values of the window, all needed before the first test', { min: 1, max: 100_000 }),
  confidenceLevel: number(1e-6, 'significance of each test: smaller alarms less and later', { min: 1e-300, max: 1 }),
  shortWindowSize: integer(0, 'newest values of the window that are tested beside it, 0 for none; at most all of it', { min: 0, max: 100_000 }),
}
type FhddmParams = ParamsOf<typeof specs>

export interface FhddmState extends DetectorState {
  /** values since the start or the last alarm */
  width: number
  /** errors of the window; value i since the last alarm stands at i modulo its length */
  window: Float64Array
  /** errors of the long and of the short window summed */
  errors: number
  errorsShort: number
  /** highest share of right answers that each window has had */
  rightMax: number
  rightMaxShort: number
}

export interface FhddmReading extends DetectorReading {
  width: number
  /** highest share of right answers that the window has had; null until it is full */
  rightMax: number | null
  /** fall below it that alarms, √(ln(1/δ)/2w) */
  bound: number
}

/**
 * FHDDM: alarms when the share of right answers in a sliding window has fallen below its highest by more than Hoeffding's bound,
 * u_max − u > √(ln(1/δ)/2w), w the window's length. With `shortWindowSize` the newest values of the window are tested likewise beside it
 * (stacking FHDDM), from when the long window is full. The update after an alarm starts afresh. There is no warning level.
 *
 * Values are errors, 1 or 0, or losses in 0..1 (1 less the error is the right answer); what lies outside counts as the nearer end.
 * At δ = 1e-6 and 100 values the bound is .263: smaller changes stay unseen for ever, larger ones are seen at once and with few false alarms.
 * Source: Pesaranghader & Viktor 2016, "Fast Hoeffding drift detection method for evolving data streams"; the variant of River 0.26.
 */
export const fhddm = unit({
  name: 'fhddm',
  summary: "Sliding window of right answers that alarms when it falls by more than Hoeffding's bound below its best.",
  source: 'Pesaranghader & Viktor 2016; Pesaranghader, Viktor & Paquet 2018 (short window); the variant of River 0.26',
  params: specs,
  init: ({ slidingWindowSize }): FhddmState => ({
    n: 0, alarms: 0, alarmed: false, width: 0, window: new Float64Array(slidingWindowSize), errors: 0, errorsShort: 0, rightMax: 0, rightMaxShort: 0,
  }),
  update(state, value: number, params) {
    assert(Number.isFinite(value), 'fhddm takes finite numbers: count the others before they reach a detector')
    if (state.alarmed) forget(state)
    state.n += 1
    slide(state, errorOf(value), shortOf(params))
    if (state.width >= params.slidingWindowSize) state.alarmed = judge(state, params)
    if (state.alarmed) state.alarms += 1
  },
  read(state, { slidingWindowSize, confidenceLevel }): FhddmReading {
    const { n, alarms, width, errors, rightMax } = state
    const tested = width >= slidingWindowSize
    return {
      verdict: verdictOf(state, tested), n, alarms, width, mean: width === 0 ? null : errors / Math.min(width, slidingWindowSize),
      rightMax: tested ? rightMax : null, bound: boundOf(slidingWindowSize, confidenceLevel),
    }
  },
})

const shortOf = ({ shortWindowSize, slidingWindowSize }: FhddmParams) => Math.min(shortWindowSize, slidingWindowSize)
const boundOf = (n: number, confidence: number) => Math.sqrt(Math.log(1 / confidence) / (2 * n))

function slide(state: FhddmState, error: number, short: number): void {
  const { window, width } = state
  const length = window.length
  const at = width % length
  if (short > 0) state.errorsShort += error - (width >= short ? window[(width - short) % length] : 0)
  state.errors += error - window[at]
  window[at] = error
  state.width = width + 1
  if (at === length - 1) sumAnew(state, short)
}

/** Once a turn, so that the rounding of losses cannot gather. */
function sumAnew(state: FhddmState, short: number): void {
  const { window } = state
  const from = window.length - short
  state.errors = 0
  state.errorsShort = 0
  for (let i = 0; i < window.length; i++) {
    state.errors += window[i]
    if (i >= from) state.errorsShort += window[i]
  }
}

function judge(state: FhddmState, params: FhddmParams): boolean {
  const { slidingWindowSize, confidenceLevel } = params
  const right = (slidingWindowSize - state.errors) / slidingWindowSize
  if (right > state.rightMax) state.rightMax = right
  const fell = state.rightMax - right > boundOf(slidingWindowSize, confidenceLevel)
  const short = shortOf(params)
  if (short === 0) return fell
  const rightShort = (short - state.errorsShort) / short
  if (rightShort > state.rightMaxShort) state.rightMaxShort = rightShort
  return fell || state.rightMaxShort - rightShort > boundOf(short, confidenceLevel)
}

function forget(state: FhddmState): void {
  state.alarmed = false
  state.width = 0
  state.window.fill(0)
  state.errors = 0
  state.errorsShort = 0
  state.rightMax = 0
  state.rightMaxShort = 0
}
