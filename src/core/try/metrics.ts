import { addToWindow, createCountWindow, exactRocAuc } from '../metrics/count-window.ts'
import { readMetric, type BinaryMetric, type Metric, type RegressionMetric } from '../metrics/metric.ts'
import { addBinary, addRegression, createBinaryOutcomes, createRegressionOutcomes, scoreEdges } from '../metrics/outcomes.ts'
import { metrics } from '../metrics/table.ts'
import type { Reading } from '../reading.ts'
import { member, resolveParams, UnitError, type ParamSpecs } from '../unit.ts'
import { badLine, bit, finite, flatReading, linesBetweenReadings, onlyOptions, record, wholeLines, type Trial, type TrialOptions } from './input.ts'

interface Running {
  add(value: unknown): void
  read(): Reading
}

/** `{y, score}` or `{y, prediction}` in; a reading of everything so far (or of the newest `window` lines) every `every` lines, and at the end. */
export function tryMetric(name: string, given: Readonly<Record<string, unknown>>, options: TrialOptions): Trial {
  const metric = member<Metric>('metric', metrics, name)
  onlyOptions(`the metric ${name}`, options, metric.needs === 'binary' ? ['every', 'threshold', 'window'] : ['every'])
  resolveParams(metric, given)
  const running = metric.needs === 'binary' ? binary(metric, given, options) : regression(metric, given)
  const every = linesBetweenReadings(options)
  let lines = 0
  const reading = () => ({ lines, ...flatReading(running.read()) })
  return {
    line(value) {
      running.add(value)
      lines += 1
      return lines % every === 0 ? [reading()] : []
    },
    end: () => (lines > 0 && lines % every === 0 ? [] : [reading()]),
  }
}

function thresholdOf({ threshold = 0.5 }: TrialOptions): number {
  if (!Number.isFinite(threshold)) throw new UnitError(`'threshold' must be a finite number, not ${threshold}`)
  return threshold
}

function binary(metric: BinaryMetric<ParamSpecs>, given: Readonly<Record<string, unknown>>, options: TrialOptions): Running {
  const outcomes = createBinaryOutcomes(scoreEdges())
  const window = options.window === undefined ? null : createCountWindow(wholeLines('window', options.window))
  const parse = binaryParser(metric.reads, thresholdOf(options))
  return {
    add(value) {
      const { actual, score, decision } = parse(value)
      if (window === null) addBinary(outcomes, actual, score, decision)
      else addToWindow(window, outcomes, actual, score, decision)
    },
    read: () => (window !== null && metric.name === 'roc-auc' ? exactRocAuc(window, given) : readMetric(metric, outcomes, given)),
  }
}

/** Reads a line into the truth, the score (NaN when there is none) and the decision. */
function binaryParser(reads: BinaryMetric['reads'], threshold: number): (value: unknown) => { actual: 0 | 1; score: number; decision: 0 | 1 } {
  const wanted = reads === 'score' ? 'an object like {"y":1,"score":0.83}' : 'an object like {"y":1,"score":0.83} or {"y":1,"prediction":0}'
  return (value) => {
    const { y, score, prediction } = record(value, wanted)
    const actual = bit(y, `"y" to be 0 or 1, in ${wanted}`)
    if (score === undefined && (reads === 'score' || prediction === undefined)) throw badLine(wanted, value)
    const probability = score === undefined ? NaN : finite(score, `"score" to be a probability from 0 to 1, in ${wanted}`)
    if (probability < 0 || probability > 1) throw badLine(`"score" to be a probability from 0 to 1, in ${wanted}`, score)
    const decision = prediction === undefined ? (probability >= threshold ? 1 : 0) : bit(prediction, `"prediction" to be 0 or 1, in ${wanted}`)
    return { actual, score: probability, decision }
  }
}

function regression(metric: RegressionMetric<ParamSpecs>, given: Readonly<Record<string, unknown>>): Running {
  const outcomes = createRegressionOutcomes()
  const wanted = 'an object like {"y":12.5,"prediction":11.9}'
  return {
    add(value) {
      const { y, score, prediction = score } = record(value, wanted)
      addRegression(outcomes, finite(y, `"y" to be a finite number, in ${wanted}`), finite(prediction, `"prediction" to be a finite number, in ${wanted}`))
    },
    read: () => readMetric(metric, outcomes, given),
  }
}
