/** The metrics as streaming units over rows: of all of them, of a window, or faded. */
import { choice, integer, number, type Param, type ParamSpecs, type ParamsOf, type Unit } from '../unit.ts'
import { createFading, effectiveOutcomes, effectiveRows, mergeFading, nextWeight, scaled, type Fading } from './fading.ts'
import { readResolved, type AnyOutcomes, type Metric, type TabledReading } from './metric.ts'
import { createBinaryOutcomes } from './outcomes.ts'
import { createRowWindow, eachRow, pushRow, pushTimedRow, type RowWindow } from './row-window.ts'
import { rowKinds, type MetricRow } from './rows.ts'
import { metrics, type MetricName } from './table.ts'

export type { MetricRow } from './rows.ts'

/** Most rows of a window of time; beyond it the oldest are left out, and counted. */
const timedRowsMax = 1_000_000
const DAY_MS = 86_400_000

const windowMeaning = 'rows that are read: none for all so far, count for the newest `windowCount`, time for those of the newest `windowMs`'
const windowParams = {
  window: choice(['none', 'count', 'time', 'faded'], 'none', `${windowMeaning}, faded for all with older ones counting less`),
  windowCount: integer(1_000, 'newest rows that a window of count covers', { min: 1, max: 1_000_000 }),
  windowMs: number(3_600_000, 'ms before the newest `t` that a window of time covers; a row exactly that old is outside', { min: 1, max: 3_660 * DAY_MS }),
  alpha: number(0.001, 'share of its weight that a row loses with each later row, where it is faded; about 2 / alpha rows count', { min: 1e-6, max: 0.5 }),
}
/** A digest cannot forget. */
const unfadedParams = { window: choice(['none', 'count', 'time'], 'none', windowMeaning), windowCount: windowParams.windowCount, windowMs: windowParams.windowMs }

const classParams = { classesMax: integer(20, 'classes kept apart, the first that are met; later ones count together as OTHER', { min: 2, max: 1_000 }) }
const taskParams = { task: choice(['binary', 'multiclass'], 'binary', 'whether truths are 0 and 1 or names of classes'), ...classParams }

interface Settings {
  window: 'none' | 'count' | 'time' | 'faded'
  windowCount: number
  windowMs: number
  alpha: number
  task?: 'binary' | 'multiclass'
  classesMax?: number
}
const settingsOf = (params: ParamsOf<ParamSpecs>): Settings => params as unknown as Settings

/** Plain data. In a window `outcomes` holds no counts, only what rows are written in: the classes met so far. */
export interface MetricState {
  outcomes: AnyOutcomes
  window: RowWindow | null
  fading: Fading | null
  /** rows taken in, and rows left out as something in them was missing, out of range or not finite */
  rows: number
  unusable: number
}

export type StreamingMetric = Unit<ParamSpecs, MetricState, MetricRow, TabledReading>

/**
 * A metric as a unit over rows. Beside its own parameters it takes `window` and what belongs to it. A window holds its rows, so that scores are compared
 * exactly: ROC AUC and PR AUC have no binning error there, a tie counting half; a reading takes time in proportion to the rows held. Faded, `n` and the
 * intervals are of the effective n, (Σw)² / Σw². `detail` adds `windowRows` and, where a window of time ran out of room, `windowDropped`; faded,
 * `fadedRows` and `effectiveRows`; and `unusable` where rows were.
 * Parts merge into the whole in every form (a window of count takes the later part last), as long as nothing was dropped and classes did not overflow.
 */
export function streamingMetric(metric: Metric): StreamingMetric {
  const { name, summary, source } = metric
  return {
    name, summary, source, params: paramsOf(metric), update, merge,
    init: (params) => createState(metric, settingsOf(params)),
    read: (state, params) => read(metric, state, params),
  }
}

function paramsOf(metric: Metric): Readonly<Record<string, Param>> {
  const isDigest = metric.needs === 'latency' || metric.needs === 'labelling'
  const own = metric.params as ParamSpecs
  const ofClasses = metric.needs === 'multiclass' ? classParams : metric.needs === 'binary' && metric.readClasses !== undefined ? taskParams : {}
  return { ...own, ...ofClasses, ...(isDigest ? unfadedParams : windowParams) }
}

function createState({ needs }: Metric, { window, windowCount, task = 'binary', classesMax = 2 }: Settings): MetricState {
  const kind = rowKinds[needs === 'binary' ? task : needs]
  const outcomes = kind.create({ classesMax })
  const isWindow = window === 'count' || window === 'time'
  return {
    outcomes, rows: 0, unusable: 0, fading: window === 'faded' ? createFading() : null,
    window: isWindow ? createRowWindow(1 + kind.width(outcomes), window === 'count' ? windowCount : timedRowsMax) : null,
  }
}

/** Room for one row; never read before it is written, so it is no state. */
let scratch = new Float64Array(64)

function update(state: MetricState, row: MetricRow, params: ParamsOf<ParamSpecs>): void {
  const { window, windowMs, alpha } = settingsOf(params)
  const kind = rowKinds[state.outcomes.kind]
  const width = 1 + kind.width(state.outcomes)
  if (scratch.length < width) scratch = new Float64Array(width)
  scratch[0] = window === 'time' ? row.t ?? row.predictedAt ?? NaN : 0
  if (!Number.isFinite(scratch[0]) || !kind.encode(state.outcomes, row, scratch, 1)) {
    state.unusable += 1
    return
  }
  state.rows += 1
  if (state.fading !== null) {
    const weight = nextWeight(state as MetricState & { fading: Fading }, alpha)
    kind.add(state.outcomes, scratch, 1, weight)
  } else if (state.window === null) kind.add(state.outcomes, scratch, 1, 1)
  else if (window === 'time') pushTimedRow(state.window, scratch, 0, windowMs)
  else pushRow(state.window, scratch, 0)
}

function read(metric: Metric, state: MetricState, params: ParamsOf<ParamSpecs>): TabledReading {
  const { outcomes, fading, window, rows, unusable } = state
  const settings = settingsOf(params)
  const faults: Record<string, number> = unusable === 0 ? {} : { unusable }
  if (window !== null) {
    const { covered, count } = windowOutcomes(metric, outcomes, window, settings)
    const dropped: Record<string, number> = window.dropped === 0 ? {} : { windowDropped: window.dropped }
    return withDetail(readResolved(metric, covered, params), { windowRows: count, ...dropped, ...faults })
  }
  if (fading === null) return unusable === 0 ? readResolved(metric, outcomes, params) : withDetail(readResolved(metric, outcomes, params), faults)
  const effective = readResolved(metric, effectiveOutcomes(outcomes, fading), params)
  return withDetail(effective, { fadedRows: rows, effectiveRows: effectiveRows(fading), ...faults })
}

const withDetail = (reading: TabledReading, more: Readonly<Record<string, number>>): TabledReading => ({ ...reading, detail: { ...reading.detail, ...more } })

/** The rows of a window as outcomes; where scores matter each distinct score has a bin of its own. */
function windowOutcomes(
  metric: Metric, written: AnyOutcomes, window: RowWindow, { window: form, windowMs }: Settings,
): { covered: AnyOutcomes; count: number } {
  const durationMs = form === 'time' ? windowMs : Infinity
  const covered = emptyLike(metric, written, window, durationMs)
  const kind = rowKinds[written.kind]
  let count = 0
  eachRow(window, (at) => {
    kind.add(covered, window.rows, at + 1, 1)
    count += 1
  }, durationMs)
  return { covered, count }
}

function emptyLike(metric: Metric, written: AnyOutcomes, window: RowWindow, durationMs: number): AnyOutcomes {
  if (written.kind === 'multiclass') {
    const empty = rowKinds.multiclass.create({ classesMax: written.classesMax }) as typeof written
    empty.classes.push(...written.classes)
    return empty
  }
  if (written.kind !== 'binary') return rowKinds[written.kind].create({ classesMax: 0 })
  if (metric.needs !== 'binary' || metric.reads !== 'score') return createBinaryOutcomes([])
  const scores: number[] = []
  eachRow(window, (at) => {
    if (window.rows[at + 3] >= 0) scores.push(window.rows[at + 3])
  }, durationMs)
  const distinct = Float64Array.from(scores).sort().filter((score, i, all) => i === 0 || score > all[i - 1])
  return { ...createBinaryOutcomes(distinct.subarray(1)), oneScoreABin: true }
}

function merge(into: MetricState, from: MetricState, params: ParamsOf<ParamSpecs>): void {
  const { window, windowMs, alpha } = settingsOf(params)
  const kind = rowKinds[into.outcomes.kind]
  if (into.window !== null && from.window !== null) mergeWindows(into, from, window === 'time' ? windowMs : null)
  else if (into.fading !== null && from.fading !== null) mergeFaded(into as MetricState & { fading: Fading }, from as MetricState & { fading: Fading }, alpha)
  else kind.merge(into.outcomes, from.outcomes)
  into.rows += from.rows
  into.unusable += from.unusable
}

function mergeFaded(into: MetricState & { fading: Fading }, from: MetricState & { fading: Fading }, alpha: number): void {
  if (from.rows === 0) return
  const { fading, intoFactor, fromFactor } = mergeFading(into.fading, from.fading, (1 - alpha) ** from.rows)
  into.outcomes = scaled(into.outcomes, intoFactor)
  rowKinds[into.outcomes.kind].merge(into.outcomes, scaled(from.outcomes, fromFactor))
  into.fading = fading
}

/** The rows of the later window come after those of the earlier one. */
function mergeWindows(into: MetricState, from: MetricState, durationMs: number | null): void {
  const [target, source] = [into.window!, from.window!]
  const recode = rowKinds[into.outcomes.kind].recoder?.(into.outcomes, from.outcomes)
  const row = new Float64Array(source.width)
  target.dropped += source.dropped
  if (source.newest !== null) target.newest = Math.max(target.newest ?? -Infinity, source.newest)
  eachRow(source, (at) => {
    row.set(source.rows.subarray(at, at + source.width))
    recode?.(row, 1)
    if (durationMs === null) pushRow(target, row, 0)
    else pushTimedRow(target, row, 0, durationMs)
  })
}

/** The family as streaming units, by name. */
export const metricUnits = Object.fromEntries(
  Object.entries(metrics).map(([name, metric]) => [name, streamingMetric(metric as unknown as Metric)]),
) as Readonly<Record<MetricName, StreamingMetric>>
