import { assert } from '../assert.ts'
import { flag, number, unit, type ParamsOf } from '../unit.ts'
import { errorOf, verdictOf, type DetectorReading, type WarningState } from './detector.ts'

const specs = {
  driftConfidence: number(0.001, 'significance that alarms: smaller alarms less and later', { min: 1e-300, max: 1 }),
  warningConfidence: number(0.005, 'significance that warns', { min: 1e-300, max: 1 }),
  twoSidedTest: flag(false, 'whether a falling mean warns and alarms too'),
}
type HddmAParams = ParamsOf<typeof specs>

export interface HddmAState extends WarningState {
  /** values since the start or the last alarm, and their mean */
  width: number
  mean: number
  /** the first values, whose mean had the lowest upper bound and the highest lower bound */
  lowN: number
  lowMean: number
  highN: number
  highMean: number
}

export interface HddmAReading extends DetectorReading {
  width: number
  /** mean, and count, of the best first stretch that the whole is held against; null before the first value */
  lowMean: number | null
  lowN: number
}

/**
 * HDDM-A: holds the mean of everything since the last alarm against that of its best beginning, by Hoeffding's bound.
 * With ε(n) = √(ln(1/δ)/2n), δ the drift confidence, the cut stays at the n_x first values of which mean + ε was lowest (the latest, when equal).
 * With z̄ over all n_z values it alarms at z̄ − x̄ ≥ √(m/2 · ln(2/δ)), m = (n_z − n_x)/(n_x n_z), and warns at the same with the warning confidence.
 * `twoSidedTest` looks in the same way from the cut of the highest mean − ε for a fall. The update after an alarm starts afresh.
 *
 * Values are errors, 1 or 0, or losses in 0..1, which Hoeffding's bound needs; what lies outside counts as the nearer end.
 * Source: Frías-Blanco et al. 2015, "Online and non-parametric drift detection methods based on Hoeffding's bounds"; the variant of River 0.26 and MOA.
 */
export const hddmA = unit({
  name: 'hddm-a',
  summary: "Mean that alarms when it leaves that of its best beginning by more than Hoeffding's bound.",
  source: 'Frías-Blanco, Campo-Ávila, Ramos-Jiménez, Morales-Bueno, Ortiz-Díaz & Caballero-Mota 2015; the variant of River 0.26',
  params: specs,
  init: (): HddmAState => ({ n: 0, alarms: 0, alarmed: false, warned: false, width: 0, mean: 0, lowN: 0, lowMean: 0, highN: 0, highMean: 0 }),
  update(state, value: number, params) {
    assert(Number.isFinite(value), 'hddm-a takes finite numbers: count the others before they reach a detector')
    if (state.alarmed) forget(state)
    state.n += 1
    state.width += 1
    state.mean += (errorOf(value) - state.mean) / state.width
    moveCuts(state, Math.log(1 / params.driftConfidence))
    judge(state, params)
    if (state.alarmed) state.alarms += 1
  },
  read(state): HddmAReading {
    const { n, alarms, width, mean, lowN, lowMean } = state
    return { verdict: verdictOf(state, width > 1), n, alarms, width, mean: width === 0 ? null : mean, lowMean: width === 0 ? null : lowMean, lowN }
  },
})

function moveCuts(state: HddmAState, level: number): void {
  const { width, mean, lowN, highN } = state
  const bound = Math.sqrt(level / (2 * width))
  if (lowN === 0 || state.lowMean + Math.sqrt(level / (2 * lowN)) >= mean + bound) {
    state.lowN = width
    state.lowMean = mean
  }
  if (highN === 0 || state.highMean - Math.sqrt(level / (2 * highN)) <= mean - bound) {
    state.highN = width
    state.highMean = mean
  }
}

function judge(state: HddmAState, { driftConfidence, warningConfidence, twoSidedTest }: HddmAParams): void {
  state.alarmed = rose(state, driftConfidence)
  state.warned = !state.alarmed && rose(state, warningConfidence)
  if (!twoSidedTest) return
  if (fell(state, driftConfidence)) state.alarmed = true
  else if (fell(state, warningConfidence)) state.warned = true
}

const rose = (state: HddmAState, confidence: number) =>
  state.lowN < state.width && state.mean - state.lowMean >= bound(state.lowN, state.width, confidence)

const fell = (state: HddmAState, confidence: number) =>
  state.highN < state.width && state.highMean - state.mean >= bound(state.highN, state.width, confidence)

const bound = (cut: number, width: number, confidence: number) => Math.sqrt(((width - cut) / cut / width / 2) * Math.log(2 / confidence))

function forget(state: HddmAState): void {
  state.alarmed = false
  state.warned = false
  state.width = 0
  state.mean = 0
  state.lowN = 0
  state.lowMean = 0
  state.highN = 0
  state.highMean = 0
}
