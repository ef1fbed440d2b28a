import { assert } from '../assert.ts'
import { choice, integer, number, unit, type ParamsOf } from '../unit.ts'
import { withinReach, type DetectorReading, type DetectorState } from './detector.ts'

/** Rows of the exponential histogram: a bucket of row i holds 2^i values, so 48 rows outlast any stream. */
const rowsMax = 48

const specs = {
  delta: number(0.002, 'significance of each test: smaller alarms less and later', { min: 1e-300, max: 1 }),
  clock: integer(32, 'values between two tests', { min: 1 }),
  maxBuckets: integer(5, 'buckets a row before its two oldest merge', { min: 1, max: 1000 }),
  minWindowLength: integer(5, 'values that each side of a cut needs', { min: 1 }),
  gracePeriod: integer(10, 'values in the window before the first test', { min: 0 }),
  afterAlarm: choice(['reset', 'shrink'], 'reset', 'reset starts again from an empty window (River), shrink keeps the newer side of the cut (Bifet & Gavaldà)'),
}
type AdwinParams = ParamsOf<typeof specs>

/** Buckets of row r stand at `r * (maxBuckets + 1)`, oldest first. */
export interface AdwinState extends DetectorState {
  width: number
  total: number
  /** sum of squared deviations of the window */
  m2: number
  rows: number
  /** values since the start or the last reset, for the clock */
  ticks: number
  counts: Int32Array
  totals: Float64Array
  m2s: Float64Array
}

export interface AdwinReading extends DetectorReading {
  /** values in the window */
  width: number
  /** population variance of the window; null before the first value */
  variance: number | null
  /** alarms since the start, under the name that ADWIN's authors use */
  detections: number
}

/**
 * ADWIN: a window over the newest values that is cut wherever its two sides differ in mean by more than chance explains.
 * Every `clock` values each bucket boundary is tried; with n0 and n1 values on its sides and W in all, it cuts when
 * |μ0 − μ1| > √(2 σ² δ'/m) + ⅔ δ'/m, where δ' = ln(2 ln W / δ) and 1/m = 1/(n0 − minWindowLength + 1) + 1/(n1 − minWindowLength + 1);
 * then the oldest bucket is dropped and all boundaries are tried again. One alarm a test, however many buckets fall.
 *
 * Values are of any finite scale, beyond ±1e100 counted as that. An update takes amortised constant time and allocates nothing. The variant is River 0.26's:
 * every boundary is tried, and the update after an alarm starts from an empty window (`afterAlarm: 'shrink'` keeps the newer side).
 * Source: Bifet & Gavaldà 2007, "Learning from time-changing data with adaptive windowing".
 */
export const adwin = unit({
  name: 'adwin',
  summary: 'Adaptive window that alarms when its older and newer parts differ in mean.',
  source: 'Bifet & Gavaldà 2007; the variant of River 0.26',
  params: specs,
  init: ({ maxBuckets }): AdwinState => ({
    n: 0, alarms: 0, alarmed: false, width: 0, total: 0, m2: 0, rows: 1, ticks: 0,
    counts: new Int32Array(rowsMax),
    totals: new Float64Array(rowsMax * (maxBuckets + 1)),
    m2s: new Float64Array(rowsMax * (maxBuckets + 1)),
  }),
  update(state, value: number, params) {
    assert(Number.isFinite(value), 'adwin takes finite numbers: count the others before they reach a detector')
    if (state.alarmed && params.afterAlarm === 'reset') forget(state)
    insert(state, withinReach(value), params.maxBuckets)
    state.n += 1
    state.ticks += 1
    state.alarmed = state.ticks % params.clock === 0 && state.width > params.gracePeriod && shrink(state, params)
    if (state.alarmed) state.alarms += 1
  },
  read(state, params): AdwinReading {
    const { n, alarms, alarmed, width, total, m2 } = state
    const tested = width > params.gracePeriod
    return {
      verdict: alarmed ? 'alarm' : tested ? 'ok' : 'insufficient', n, alarms, detections: alarms, width,
      mean: width === 0 ? null : total / width, variance: width === 0 ? null : Math.max(0, m2) / width,
    }
  },
})

function forget(state: AdwinState): void {
  state.width = 0
  state.total = 0
  state.m2 = 0
  state.rows = 1
  state.ticks = 0
  state.counts.fill(0)
}

function insert(state: AdwinState, value: number, maxBuckets: number): void {
  const { width, counts } = state
  if (width > 0) {
    const delta = value - state.total / width
    state.m2 += (delta * delta * width) / (width + 1)
  }
  state.width = width + 1
  state.total += value
  state.totals[counts[0]] = value
  state.m2s[counts[0]] = 0
  counts[0] += 1
  for (let row = 0; counts[row] > maxBuckets; row++) mergeOldest(state, row, maxBuckets + 1)
}

/** Moves the two oldest buckets of a full row into one bucket of the next. */
function mergeOldest(state: AdwinState, row: number, stride: number): void {
  assert(row + 1 < rowsMax, 'adwin: more than 2^48 values in one window')
  const { counts, totals, m2s } = state
  const first = row * stride
  const delta = totals[first] - totals[first + 1]
  const next = (row + 1) * stride + counts[row + 1]
  totals[next] = totals[first] + totals[first + 1]
  m2s[next] = m2s[first] + m2s[first + 1] + (delta * delta) / (2 * 2 ** row)
  counts[row + 1] += 1
  if (row + 1 === state.rows) state.rows += 1
  dropOldest(state, row, 2, stride)
}

function dropOldest(state: AdwinState, row: number, dropped: number, stride: number): void {
  const { counts, totals, m2s } = state
  const first = row * stride
  const kept = counts[row] - dropped
  for (let i = first; i < first + kept; i++) {
    totals[i] = totals[i + dropped]
    m2s[i] = m2s[i + dropped]
  }
  counts[row] = kept
}

/** Drops oldest buckets until no boundary differs; says whether any fell. */
function shrink(state: AdwinState, params: AdwinParams): boolean {
  let found = false
  while (differs(state, params)) {
    found = true
    forgetOldest(state, params.maxBuckets + 1)
  }
  return found
}

function forgetOldest(state: AdwinState, stride: number): void {
  const row = state.rows - 1
  const n = 2 ** row
  const bucketTotal = state.totals[row * stride]
  const bucketM2 = state.m2s[row * stride]
  state.width -= n
  state.total -= bucketTotal
  const delta = bucketTotal / n - state.total / state.width
  state.m2 -= bucketM2 + (n * state.width * delta * delta) / (n + state.width)
  dropOldest(state, row, 1, stride)
  while (state.rows > 1 && state.counts[state.rows - 1] === 0) state.rows -= 1
}

/** Whether some boundary splits the window into sides that differ. Runs from the oldest bucket to the newest. */
function differs(state: AdwinState, { delta, minWindowLength, maxBuckets }: AdwinParams): boolean {
  const { width, total, counts, totals } = state
  const level = Math.log((2 * Math.log(width)) / delta)
  const spread = (2 * Math.max(0, state.m2) * level) / width
  const bias = (2 / 3) * level
  let n0 = 0
  let total0 = 0
  for (let row = state.rows - 1; row >= 0; row--) {
    const n = 2 ** row
    const first = row * (maxBuckets + 1)
    for (let i = first; i < first + counts[row]; i++) {
      n0 += n
      total0 += totals[i]
      const n1 = width - n0
      if (n1 < minWindowLength) return false
      if (n0 < minWindowLength) continue
      const inverse = 1 / (n0 - minWindowLength + 1) + 1 / (n1 - minWindowLength + 1)
      const gap = Math.abs(total0 / n0 - (total - total0) / n1)
      if (gap > Math.sqrt(spread * inverse) + bias * inverse) return true
    }
  }
  return false
}
