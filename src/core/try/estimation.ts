import { cbpe, type BinaryRow, type LabelledBinaryRow } from '../estimation/cbpe.ts'
import { cbpeMulticlass, type ClassRow, type LabelledClassRow } from '../estimation/cbpe-multiclass.ts'
import { dle, type LabelledFeatureRow } from '../estimation/dle.ts'
import type { Estimates, Estimator } from '../estimation/estimator.ts'
import type { FeatureRow, FeatureValue } from '../estimation/feature-codes.ts'
import { estimators, type EstimatorName } from '../estimation/table.ts'
import type { Reading } from '../reading.ts'
import { member, resolveParams, UnitError, type ParamSpecs, type Spec } from '../unit.ts'
import { badLine, bit, finite, flatReading, onlyOptions, record, type Trial, type TrialOptions } from './input.ts'

type Line = Readonly<Record<string, unknown>>
type Run = (line: Line) => Estimates

const wantedLine: Record<EstimatorName, string> = {
  cbpe: 'an object like {"reference":[{"score":0.8,"y":1}],"current":[{"score":0.7}],"threshold":0.5}',
  'cbpe-multiclass': 'an object like {"reference":[{"scores":{"cat":0.7,"dog":0.3},"y":"cat"}],"current":[{"scores":{"cat":0.4,"dog":0.6}}]}',
  dle: 'an object like {"reference":[{"x":{"age":41},"prediction":12.5,"y":11.9}],"current":[{"x":{"age":38},"prediction":10.2}]}',
}

/** `{reference, current}` in, labelled rows and rows without labels; out, one line for each: every estimated metric and how good what was learnt is. */
export function tryEstimator(name: string, given: Readonly<Record<string, unknown>>, options: TrialOptions): Trial {
  onlyOptions('estimation', options, name === 'cbpe' ? ['threshold'] : [])
  resolveParams(member<Spec>('estimator', estimators, name), given)
  const run = start(name as EstimatorName, given, options)
  return {
    line: (value) => [flatEstimates(run(record(value, wantedLine[name as EstimatorName])))],
    end: () => [],
  }
}

function start(name: EstimatorName, given: Readonly<Record<string, unknown>>, { threshold }: TrialOptions): Run {
  const wanted = wantedLine[name]
  switch (name) {
    case 'cbpe': return (line) => estimateFrom(cbpe, given, line, wanted, labelledBinary(wanted), binary(wanted, thresholdOf(line, threshold, wanted)))
    case 'cbpe-multiclass': return (line) => estimateFrom(cbpeMulticlass, given, line, wanted, labelledClass(wanted), classRow(wanted))
    case 'dle': return (line) => estimateFrom(dle, given, line, wanted, labelledFeatures(wanted), featureRow(wanted))
  }
}

function estimateFrom<Specs extends ParamSpecs, Row, Labelled, Fit, State>(
  unit: Estimator<Specs, Row, Labelled, Fit, State>, given: Readonly<Record<string, unknown>>, line: Line, wanted: string,
  labelled: (row: unknown) => Labelled, unlabelled: (row: unknown) => Row,
): Estimates {
  const params = resolveParams(unit, given)
  const fit = unit.fit(rows('reference', line.reference, wanted).map(labelled), params)
  const state = unit.init(fit)
  for (const row of rows('current', line.current, wanted)) unit.update(state, unlabelled(row), fit)
  return unit.read(state, fit, params)
}

/** What was estimated as one flat line: readings by name, then the expected outcomes, the quality and why something is missing. */
function flatEstimates({ n, readings, confusion, quality, refusals }: Estimates): Record<string, unknown> {
  return { n, ...mapValues(readings, flatReading), confusion, quality: mapValues(quality, (parts) => mapValues(parts, flatPart)), refusals }
}

const flatPart = (part: Reading | string): unknown => (typeof part === 'string' ? part : flatReading(part))

const mapValues = <T, U>(values: Readonly<Record<string, T>>, of: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, of(value)]))

function rows(name: string, values: unknown, wanted: string): readonly unknown[] {
  if (!Array.isArray(values)) throw badLine(`"${name}" to be a list of rows, in ${wanted}`, values)
  return values
}

function thresholdOf({ threshold: own }: Line, option: number | undefined, wanted: string): number {
  const threshold = own === undefined ? option ?? 0.5 : finite(own, `"threshold" to be a finite number, in ${wanted}`)
  if (!Number.isFinite(threshold)) throw new UnitError(`'threshold' must be a finite number, not ${threshold}`)
  return threshold
}

function probability(value: unknown, name: string, wanted: string): number {
  const score = finite(value, `"${name}" to be a probability from 0 to 1, in ${wanted}`)
  if (score < 0 || score > 1) throw badLine(`"${name}" to be a probability from 0 to 1, in ${wanted}`, score)
  return score
}

const labelledBinary = (wanted: string) => (row: unknown): LabelledBinaryRow => {
  const { score, y } = record(row, wanted)
  return { score: probability(score, 'score', wanted), y: bit(y, `"y" to be 0 or 1, in ${wanted}`) }
}

const binary = (wanted: string, threshold: number) => (row: unknown): BinaryRow => {
  const { score: value, decision } = record(row, wanted)
  const score = probability(value, 'score', wanted)
  return { score, decision: decision === undefined ? (score >= threshold ? 1 : 0) : bit(decision, `"decision" to be 0 or 1, in ${wanted}`) }
}

const classRow = (wanted: string) => (row: unknown): ClassRow => {
  const { scores, decision } = record(row, wanted)
  const byClass = record(scores, `"scores" to hold a probability by class, in ${wanted}`)
  const read = mapValues(byClass, (value) => probability(value, 'scores', wanted))
  return decision === undefined ? { scores: read } : { scores: read, decision: text(decision, 'decision', wanted) }
}

const labelledClass = (wanted: string) => (row: unknown): LabelledClassRow => ({ ...classRow(wanted)(row), y: text(record(row, wanted).y, 'y', wanted) })

function text(value: unknown, name: string, wanted: string): string {
  if (typeof value !== 'string') throw badLine(`"${name}" to be a class, as text, in ${wanted}`, value)
  return value
}

const featureRow = (wanted: string) => (row: unknown): FeatureRow => {
  const { x, prediction } = record(row, wanted)
  const values = record(x, `"x" to be an object, in ${wanted}`)
  for (const [feature, value] of Object.entries(values)) {
    if (value !== null && typeof value !== 'boolean' && !(typeof value === 'number' && Number.isFinite(value))) {
      throw badLine(`feature "${feature}" to be a finite number, true, false or null (write a category as one 0/1 feature each)`, value)
    }
  }
  return { x: values as Readonly<Record<string, FeatureValue>>, prediction: finite(prediction, `"prediction" to be a finite number, in ${wanted}`) }
}

const labelledFeatures = (wanted: string) => (row: unknown): LabelledFeatureRow => ({
  ...featureRow(wanted)(row), y: finite(record(row, wanted).y, `"y" to be a finite number, in ${wanted}`),
})
