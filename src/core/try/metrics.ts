import { readMetric, type Metric } from '../metrics/metric.ts'
import { addBinary, addRegression, createBinaryOutcomes, createRegressionOutcomes, scoreEdges, type BinaryOutcomes, type RegressionOutcomes } from '../metrics/outcomes.ts'
import { metrics } from '../metrics/table.ts'
import { member, resolveParams, UnitError } from '../unit.ts'
import { badLine, bit, finite, linesBetweenReadings, onlyOptions, record, type Trial, type TrialOptions } from './input.ts'

/** `{y, score}` or `{y, prediction}` in; one reading of everything so far every `every` lines, and at the end. */
export function tryMetric(name: string, given: Readonly<Record<string, unknown>>, options: TrialOptions): Trial {
  const metric = member<Metric>('metric', metrics, name)
  onlyOptions(`the metric ${name}`, options, metric.needs === 'binary' ? ['every', 'threshold'] : ['every'])
  resolveParams(metric, given)
  const { outcomes, add } = metric.needs === 'binary' ? binary(metric.reads, thresholdOf(options)) : regression()
  const every = linesBetweenReadings(options)
  let lines = 0
  const reading = () => ({ lines, ...readMetric(metric, outcomes, given) })
  return {
    line(value) {
      add(value)
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

function binary(reads: 'decision' | 'score', threshold: number): { outcomes: BinaryOutcomes; add(value: unknown): void } {
  const outcomes = createBinaryOutcomes(scoreEdges())
  const wanted = reads === 'score' ? 'an object like {"y":1,"score":0.83}' : 'an object like {"y":1,"score":0.83} or {"y":1,"prediction":0}'
  return {
    outcomes,
    add(value) {
      const { y, score, prediction } = record(value, wanted)
      const actual = bit(y, `"y" to be 0 or 1, in ${wanted}`)
      if (score === undefined && (reads === 'score' || prediction === undefined)) throw badLine(wanted, value)
      const probability = score === undefined ? NaN : finite(score, `"score" to be a probability from 0 to 1, in ${wanted}`)
      if (probability < 0 || probability > 1) throw badLine(`"score" to be a probability from 0 to 1, in ${wanted}`, score)
      addBinary(outcomes, actual, probability, prediction === undefined ? (probability >= threshold ? 1 : 0) : bit(prediction, `"prediction" to be 0 or 1, in ${wanted}`))
    },
  }
}

function regression(): { outcomes: RegressionOutcomes; add(value: unknown): void } {
  const outcomes = createRegressionOutcomes()
  const wanted = 'an object like {"y":12.5,"prediction":11.9}'
  return {
    outcomes,
    add(value) {
      const { y, score, prediction = score } = record(value, wanted)
      addRegression(outcomes, finite(y, `"y" to be a finite number, in ${wanted}`), finite(prediction, `"prediction" to be a finite number, in ${wanted}`))
    },
  }
}
