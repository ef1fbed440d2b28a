import { assert } from '../assert.ts'
import { ksPValue } from '../math/two-sample-ks.ts'
import { seeded, uniform, type Random } from '../random.ts'
import { choice, integer, number, unit, type ParamsOf } from '../unit.ts'
import { verdictOf, type DetectorReading, type DetectorState } from './detector.ts'

const specs = {
  alpha: number(0.005, 'significance of each test: smaller alarms less and later', { min: 1e-300, max: 1 }),
  windowSize: integer(100, 'values of the window, all needed before the first test', { min: 2, max: 10_000 }),
  statSize: integer(30, 'newest values that are held against as many drawn from the older ones; at most half the window', { min: 1, max: 5_000 }),
  minDistance: number(0.1, 'distance between the two that an alarm must exceed besides', { min: 0, max: 1 }),
  seed: integer(1, 'seed of the draws', { min: 0, max: 4_294_967_295 }),
  afterAlarm: choice(['reset', 'shrink'], 'reset', 'reset starts again from an empty window (River), shrink keeps the newest values (Raab et al.)'),
}
type KswinParams = ParamsOf<typeof specs>

export interface KswinState extends DetectorState {
  /** values in the window, from the oldest at `start` on, around the end */
  width: number
  start: number
  window: Float64Array
  random: Random
  /** positions among the older values, shuffled further at each draw; the first of them are the draw */
  order: Int32Array
  /** the two samples of the last test, sorted */
  drawn: Float64Array
  newest: Float64Array
  /** distance of the last test in steps of 1/statSize, and the least that alarms */
  steps: number
  stepsMin: number
}

export interface KswinReading extends DetectorReading {
  /** values in the window */
  width: number
  /** largest difference of the two distributions in the last test, 0 before the first */
  distance: number
  /** the least distance that alarms; more than 1 when none does */
  distanceMin: number
}

/**
 * KSWIN: holds the newest r values of a sliding window against r drawn without replacement from its older ones, by the Kolmogorov–Smirnov test.
 * At every value, once the window is full, it draws anew and alarms where the two-sided p-value (exact up to r = 1,414) is at most α and the distance exceeds `minDistance`.
 * The update after an alarm starts from an empty window (`afterAlarm: 'shrink'` keeps the newest r).
 *
 * Values are of any finite scale, and it sees any change of their law, not of the mean only. Draws are seeded: the same stream gives the same alarms;
 * they go on after an alarm rather than starting over. A test costs two sorts of r. There is no warning level.
 * At its published defaults it is restless: 6 alarms in 6,000 values without change. With ties, as in 0/1 errors, the test is conservative.
 * Source: Raab, Heusinger & Schleif 2020, "Reactive soft prototype computing for concept drift streams"; the variant of River 0.26 but for the draws.
 */
export const kswin = unit({
  name: 'kswin',
  summary: 'Sliding window whose newest values are tested against a draw from its older ones by Kolmogorov–Smirnov.',
  source: 'Raab, Heusinger & Schleif 2020; the variant of River 0.26',
  params: specs,
  init(params): KswinState {
    const r = statSizeOf(params)
    return {
      n: 0, alarms: 0, alarmed: false, width: 0, start: 0, window: new Float64Array(params.windowSize), random: seeded(params.seed),
      order: Int32Array.from({ length: params.windowSize - r }, (_, i) => i), drawn: new Float64Array(r), newest: new Float64Array(r),
      steps: 0, stepsMin: leastSteps(r, params),
    }
  },
  update(state, value: number, params) {
    advanceKswin(state, value, params, draw)
  },
  read(state): KswinReading {
    const { n, alarms, width, window, drawn, steps, stepsMin } = state
    return {
      verdict: verdictOf(state, width === window.length), n, alarms, width, mean: width === 0 ? null : newestMean(state),
      distance: steps / drawn.length, distanceMin: stepsMin / drawn.length,
    }
  },
})

const statSizeOf = ({ statSize, windowSize }: KswinParams) => Math.min(statSize, Math.floor(windowSize / 2))

/** The least k for which a distance of k/r alarms; r + 1 when none does. The exact p falls as k grows. */
function leastSteps(r: number, { alpha, minDistance }: KswinParams): number {
  let [low, high] = [0, r + 1]
  while (low < high) {
    const k = (low + high) >> 1
    if (k / r > minDistance && ksPValue(k / r, r, r) <= alpha) high = k
    else low = k + 1
  }
  return low
}

/** One update with the draw given: it leaves the positions drawn, from the oldest value on, at the front of `order`. */
export function advanceKswin(state: KswinState, value: number, params: KswinParams, drawPositions: (state: KswinState) => void): void {
  assert(Number.isFinite(value), 'kswin takes finite numbers: count the others before they reach a detector')
  if (state.alarmed) forget(state, params)
  state.n += 1
  push(state, value)
  if (state.width < state.window.length) return
  drawPositions(state)
  state.steps = compare(state)
  state.alarmed = state.steps >= state.stepsMin
  if (state.alarmed) state.alarms += 1
}

function push(state: KswinState, value: number): void {
  const { window, width, start } = state
  window[(start + width) % window.length] = value
  if (width < window.length) state.width += 1
  else state.start = (start + 1) % window.length
}

/** The first steps of a Fisher–Yates shuffle; it may start from any order, so the last one serves. */
function draw({ order, drawn, random }: KswinState): void {
  for (let i = 0; i < drawn.length; i++) {
    const j = i + Math.floor(uniform(random) * (order.length - i))
    const position = order[j]
    order[j] = order[i]
    order[i] = position
  }
}

/** The largest difference between the two distributions, in steps of 1/r, compared after all ties at a value. */
function compare({ window, start, order, drawn, newest }: KswinState): number {
  const r = drawn.length
  for (let i = 0; i < r; i++) {
    drawn[i] = window[(start + order[i]) % window.length]
    newest[i] = window[(start + window.length - r + i) % window.length]
  }
  drawn.sort()
  newest.sort()
  let [i, j, most] = [0, 0, 0]
  while (i < r && j < r) {
    const value = Math.min(drawn[i], newest[j])
    while (i < r && drawn[i] === value) i++
    while (j < r && newest[j] === value) j++
    most = Math.max(most, Math.abs(i - j))
  }
  return most
}

/** Mean of the newest values, at most `statSize`; divided first and held within the numbers there are, so that it stays finite. */
function newestMean({ window, start, width, newest }: KswinState): number {
  const n = Math.min(width, newest.length)
  let mean = 0
  for (let i = width - n; i < width; i++) mean += window[(start + i) % window.length] / n
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, mean))
}

function forget(state: KswinState, { afterAlarm }: KswinParams): void {
  const { window, newest } = state
  state.alarmed = false
  state.steps = 0
  if (afterAlarm === 'shrink') {
    state.start = (state.start + window.length - newest.length) % window.length
    state.width = newest.length
  } else state.width = 0
}
