import { assert } from '../assert.ts'
import { flag, number, unit, type ParamsOf } from '../unit.ts'
import { errorOf, verdictOf, type DetectorReading, type WarningState } from './detector.ts'

const specs = {
  driftConfidence: number(0.001, 'significance that alarms: smaller alarms less and later', { min: 1e-300, max: 1 }),
  warningConfidence: number(0.005, 'significance that warns', { min: 1e-300, max: 1 }),
  lambdaVal: number(0.05, 'weight of the newest value in each moving mean', { min: 0, max: 1 }),
  twoSidedTest: flag(false, 'whether a falling mean warns and alarms too'),
}
type HddmWParams = ParamsOf<typeof specs>

/** An exponentially weighted mean and the sum of its squared weights; plain numbers, as a cut copies one over another. */
interface Ewma {
  n: number
  mean: number
  /** squared weights summed, 1 before the first value: the mean's McDiarmid bound is √(weights · ln(1/δ)/2) */
  weights: number
}

/** The stretch before a cut, and the one after it. */
interface Cut {
  before: Ewma
  after: Ewma
  /** lowest upper bound of the mean (highest lower bound, negated, for falls) that a stretch from the start has had */
  bound: number
}

export interface HddmWState extends WarningState {
  /** everything since the start or the last alarm */
  total: Ewma
  rises: Cut
  falls: Cut
}

export interface HddmWReading extends DetectorReading {
  /** values since the start or the last alarm */
  width: number
  /** moving means before and after the cut; null where that side is empty */
  before: number | null
  after: number | null
}

/**
 * HDDM-W: holds the moving mean after a cut against the one before it, by McDiarmid's bound. Moving means give a new value the weight λ and
 * start at their first; w, the sum of their squared weights, starts at 1 and follows w = λ² + (1−λ)² w. The cut moves to the newest value whenever
 * mean + √(w ln(1/δ)/2) of everything since the last alarm is lower than ever, δ the drift confidence. It alarms where
 * after − before > √((w_before + w_after) ln(1/δ)/2), warns at the warning confidence; `twoSidedTest` looks for falls in the same way.
 * The update after an alarm starts afresh.
 *
 * Values are errors, 1 or 0, or losses in 0..1, which McDiarmid's bound needs; what lies outside counts as the nearer end.
 * Source: Frías-Blanco et al. 2015, "Online and non-parametric drift detection methods based on Hoeffding's bounds"; the variant of River 0.26 and MOA.
 */
export const hddmW = unit({
  name: 'hddm-w',
  summary: "Moving mean that alarms when it leaves the one before a cut by more than McDiarmid's bound.",
  source: 'Frías-Blanco, Campo-Ávila, Ramos-Jiménez, Morales-Bueno, Ortiz-Díaz & Caballero-Mota 2015; the variant of River 0.26',
  params: specs,
  init: (): HddmWState => ({ n: 0, alarms: 0, alarmed: false, warned: false, total: emptyEwma(), rises: emptyCut(), falls: emptyCut() }),
  update(state, value: number, params) {
    assert(Number.isFinite(value), 'hddm-w takes finite numbers: count the others before they reach a detector')
    if (state.alarmed) forget(state)
    state.n += 1
    const error = errorOf(value)
    add(state.total, error, params.lambdaVal)
    const margin = marginOf(state.total.weights, params.driftConfidence)
    moveCut(state.rises, state.total, state.total.mean + margin, error, params)
    moveCut(state.falls, state.total, margin - state.total.mean, error, params)
    judge(state, params)
    if (state.alarmed) state.alarms += 1
  },
  read(state): HddmWReading {
    const { n, alarms, total, rises: { before, after } } = state
    return {
      verdict: verdictOf(state, after.n > 0), n, alarms, width: total.n, mean: total.n === 0 ? null : total.mean,
      before: before.n === 0 ? null : before.mean, after: after.n === 0 ? null : after.mean,
    }
  },
})

const emptyEwma = (): Ewma => ({ n: 0, mean: 0, weights: 1 })
const emptyCut = (): Cut => ({ before: emptyEwma(), after: emptyEwma(), bound: Number.MAX_VALUE })

function add(ewma: Ewma, value: number, lambda: number): void {
  ewma.mean = ewma.n === 0 ? value : lambda * value + (1 - lambda) * ewma.mean
  ewma.n += 1
  ewma.weights = lambda * lambda + (1 - lambda) * (1 - lambda) * ewma.weights
}

const marginOf = (weights: number, confidence: number) => Math.sqrt((weights * Math.log(1 / confidence)) / 2)

function moveCut(cut: Cut, total: Ewma, bound: number, error: number, { lambdaVal }: HddmWParams): void {
  if (bound >= cut.bound) {
    add(cut.after, error, lambdaVal)
    return
  }
  cut.bound = bound
  cut.before.n = total.n
  cut.before.mean = total.mean
  cut.before.weights = total.weights
  clear(cut.after)
}

function judge(state: HddmWState, { driftConfidence, warningConfidence, twoSidedTest }: HddmWParams): void {
  const { rises, falls } = state
  state.alarmed = differs(rises, 1, driftConfidence)
  state.warned = !state.alarmed && differs(rises, 1, warningConfidence)
  if (!twoSidedTest) return
  if (differs(falls, -1, driftConfidence)) state.alarmed = true
  else if (differs(falls, -1, warningConfidence)) state.warned = true
}

const differs = ({ before, after }: Cut, sign: 1 | -1, confidence: number) =>
  before.n > 0 && after.n > 0 && sign * (after.mean - before.mean) > marginOf(before.weights + after.weights, confidence)

function clear(ewma: Ewma): void {
  ewma.n = 0
  ewma.mean = 0
  ewma.weights = 1
}

function forget(state: HddmWState): void {
  state.alarmed = false
  state.warned = false
  clear(state.total)
  for (const cut of [state.rises, state.falls]) {
    clear(cut.before)
    clear(cut.after)
    cut.bound = Number.MAX_VALUE
  }
}
