import { likeliest } from '../metrics/rows.ts'
import type { Metric } from '../metrics/metric.ts'
import { metricUnits, type MetricRow } from '../metrics/streaming.ts'
import { metrics } from '../metrics/table.ts'
import { member, resolveParams, UnitError } from '../unit.ts'
import { badLine, bit, finite, flatReading, linesBetweenReadings, onlyOptions, record, wholeLines, type Trial, type TrialOptions } from './input.ts'

type Line = Readonly<Record<string, unknown>>
type Given = Readonly<Record<string, unknown>>

/**
 * Lines of the metric's kind in (`{y, score}`, `{y, prediction}`, `{y, scores}`, `{latencyMs}`, `{cost}`, `{predictedAt, observedAt}`, each with `t` where a
 * window of time is asked); a reading of what its window covers every `every` lines, and at the end. Whether a metric of two kinds of truths is one of 0 and 1
 * or of classes is taken from the first line unless `task` says it.
 */
export function tryMetric(name: string, given: Given, options: TrialOptions): Trial {
  const metric = member<Metric>('metric', metrics, name)
  onlyOptions(`the metric ${name}`, options, metric.needs === 'binary' ? ['every', 'threshold', 'window'] : ['every', 'window'])
  const unit = metricUnits[name as keyof typeof metricUnits]
  const asked = withWindow(given, options)
  let params = resolveParams(unit, asked)
  let state = unit.init(params)
  let parse = parserOf(metric, params, options)
  const every = linesBetweenReadings(options)
  let lines = 0
  const unread = new Set<string>()
  const settleTask = (value: unknown): void => {
    if (!Object.hasOwn(unit.params, 'task') || given.task !== undefined || !isOfClasses(value)) return
    params = resolveParams(unit, { ...asked, task: 'multiclass' })
    state = unit.init(params)
    parse = parserOf(metric, params, options)
  }
  const reading = () => ({ lines, ...flatReading(unit.read(state, params)) })
  return {
    line(value) {
      if (lines === 0) settleTask(value)
      unit.update(state, parse(value), params)
      noteUnread(unread, value as Line, fieldsRead(metric, params))
      lines += 1
      return lines % every === 0 ? [reading()] : []
    },
    end: () => (lines > 0 && lines % every === 0 ? [] : [reading()]),
    notice: () => unread.size === 0 ? null : `${name} does not read ${[...unread].map((field) => `"${field}"`).join(', ')} of the lines: it reads ${fieldsRead(metric, params).join(', ')}`,
  }
}

const fieldsOf: Readonly<Record<Metric['needs'], readonly string[]>> = {
  binary: ['y', 'score', 'prediction', 'entity'], multiclass: ['y', 'scores', 'prediction'], regression: ['y', 'prediction', 'score'],
  latency: ['latencyMs'], cost: ['cost'], labelling: ['predictedAt', 'observedAt'],
}

function fieldsRead({ needs }: Metric, { window, task }: Given): readonly string[] {
  const fields = fieldsOf[needs === 'binary' && task === 'multiclass' ? 'multiclass' : needs]
  return window === 'time' ? [...fields, 't'] : fields
}

/** Names noted; a line of many columns should not become a page of notice. */
const unreadMax = 12

function noteUnread(unread: Set<string>, line: Line, read: readonly string[]): void {
  if (unread.size >= unreadMax) return
  for (const field of Object.keys(line)) if (!read.includes(field) && unread.size < unreadMax) unread.add(field)
}

/** `--window n` is short for a window of count. */
function withWindow(given: Given, { window }: TrialOptions): Given {
  if (window === undefined) return given
  const windowCount = wholeLines('window', window)
  if (given.window !== undefined || given.windowCount !== undefined) {
    throw new UnitError("the option 'window' and the parameters 'window', 'windowCount' say the same: give one of them")
  }
  return { ...given, window: 'count', windowCount }
}

/** Whether a line speaks of classes: it has `scores`, or a prediction that is a name. */
const isOfClasses = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('scores' in value || ('prediction' in value && typeof value.prediction === 'string'))

function thresholdOf({ threshold = 0.5 }: TrialOptions): number {
  if (!Number.isFinite(threshold)) throw new UnitError(`'threshold' must be a finite number, not ${threshold}`)
  return threshold
}

function parserOf(metric: Metric, { window, task }: Given, options: TrialOptions): (value: unknown) => MetricRow {
  const parse = parsers[metric.needs === 'binary' && task === 'multiclass' ? 'multiclass' : metric.needs](metric, thresholdOf(options))
  if (window !== 'time') return parse
  return (value) => {
    const row = parse(value)
    const t = (value as Line).t ?? row.predictedAt
    return { ...row, t: finite(t, 'a finite number of milliseconds as "t", since the window is one of time') }
  }
}

type Parser = (metric: Metric, threshold: number) => (value: unknown) => MetricRow

const parsers: Readonly<Record<Metric['needs'], Parser>> = {
  binary(metric, threshold) {
    const readsScore = metric.needs === 'binary' && metric.reads === 'score'
    const example = readsScore ? 'an object like {"y":1,"score":0.83}' : 'an object like {"y":1,"score":0.83} or {"y":1,"prediction":0}'
    return (value) => {
      const { y, score, prediction, entity } = record(value, example)
      const actual = bit(y, `"y" to be 0 or 1, in ${example}`)
      if (score === undefined && (readsScore || prediction === undefined)) throw badLine(example, value)
      const given = score === undefined ? undefined : probability(score, '"score"', example)
      const decision = prediction === undefined ? (given! >= threshold ? 1 : 0) : bit(prediction, `"prediction" to be 0 or 1, in ${example}`)
      return { y: actual, score: given, prediction: decision, entity: entityOf(entity, example) }
    }
  },
  multiclass(metric) {
    const readsScores = metric.name === 'log-loss' || (metric.needs === 'multiclass' && metric.reads === 'score')
    const scored = 'an object like {"y":"a","scores":{"a":0.7,"b":0.3}}'
    const example = readsScores ? scored : `${scored} or {"y":"a","prediction":"b"}`
    return (value) => {
      const { y, scores, prediction } = record(value, example)
      const truth = className(y, '"y"', example)
      if (scores === undefined && (readsScores || prediction === undefined)) throw badLine(example, value)
      const given = scores === undefined ? undefined : scoresOf(scores, example)
      return { y: truth, scores: given, prediction: prediction === undefined ? likeliest(given!) : className(prediction, '"prediction"', example) }
    }
  },
  regression() {
    const example = 'an object like {"y":12.5,"prediction":11.9}'
    return (value) => {
      const { y, score, prediction = score } = record(value, example)
      return { y: finite(y, `"y" to be a finite number, in ${example}`), prediction: finite(prediction, `"prediction" to be a finite number, in ${example}`) }
    }
  },
  latency() {
    const example = 'an object like {"latencyMs":12.5}'
    return (value) => {
      const { latencyMs } = record(value, example)
      const wanted = `"latencyMs" to be a number of milliseconds from 0 up, in ${example}`
      if (finite(latencyMs, wanted) < 0) throw badLine(wanted, latencyMs)
      return { latencyMs: latencyMs as number }
    }
  },
  cost() {
    const example = 'an object like {"cost":0.0004}'
    return (value) => ({ cost: finite(record(value, example).cost, `"cost" to be a finite number, in ${example}`) })
  },
  labelling() {
    const example = 'an object like {"predictedAt":1700000000000,"observedAt":1700000360000}, "observedAt" being null or absent where there is no label'
    return (value) => {
      const { predictedAt, observedAt = null } = record(value, example)
      return {
        predictedAt: finite(predictedAt, `"predictedAt" to be a time in ms, in ${example}`),
        observedAt: observedAt === null ? null : finite(observedAt, `"observedAt" to be a time in ms, or null, in ${example}`),
      }
    }
  },
}

function probability(value: unknown, field: string, example: string): number {
  const wanted = `${field} to be a probability from 0 to 1, in ${example}`
  const given = finite(value, wanted)
  if (given < 0 || given > 1) throw badLine(wanted, value)
  return given
}

/** Names may be written as strings, numbers or booleans. */
function className(value: unknown, field: string, example: string): string {
  if (typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  throw badLine(`${field} to be the name of a class, in ${example}`, value)
}

function scoresOf(value: unknown, example: string): Readonly<Record<string, number>> {
  const scores = record(value, `"scores" to hold a probability a class, in ${example}`)
  if (Object.keys(scores).length === 0) throw badLine(`"scores" to hold at least one class, in ${example}`, value)
  for (const [name, score] of Object.entries(scores)) probability(score, `the score of "${name}"`, example)
  return scores as Readonly<Record<string, number>>
}

function entityOf(value: unknown, example: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw badLine(`"entity" to be a name, in ${example}`, value)
}
