import { normalQuantile } from '../math/normal.ts'
import { insufficient, type Reading } from '../reading.ts'
import { integer, number, resolveParams, UnitError, type ParamSpecs, type ParamsOf, type Spec } from '../unit.ts'
import type { MulticlassOutcomes } from './class-outcomes.ts'
import { scoreDesignEffect } from './entities.ts'
import { classDesignEffect, numberDesignEffect, type MeanOf } from './entity-sums.ts'
import type { BinaryOutcomes, RegressionOutcomes } from './outcomes.ts'
import type { CostOutcomes, LabellingOutcomes, LatencyOutcomes } from './service-outcomes.ts'

/** Parameters that every metric takes. */
export const readingParams = {
  nMin: integer(1, 'observations behind the value below which the reading is insufficient', { min: 1 }),
  confidence: number(0.95, 'two-sided level of the interval', { min: 0.5, max: 0.999999 }),
  designEffect: number(1, 'variance inflation where one entity brings many outcomes: the interval divides n by it', { min: 1 }),
}
export type ReadingParams = ParamsOf<typeof readingParams>

/** Those of a metric that needs outcomes of both classes. */
export const byClassParams = { ...readingParams, nMin: integer(1, 'outcomes of the rarer class below which the reading is insufficient', { min: 1 }) }

interface MetricBase<Specs extends ParamSpecs> extends Spec<Specs> {
  /** which way is an improvement; `neither` where only a distance from a target means anything */
  better: 'higher' | 'lower' | 'neither'
  /** least and greatest value that it can take; absent where any number can be */
  range?: readonly [least: number, greatest: number]
  /** true where its interval holds at any confidence, however few the outcomes; else it is asymptotic */
  isExactFarOut?: true
}

/** A reading with the rows that it sums up, such as one a class or one a bin; all numbers finite. */
export interface TabledReading extends Reading {
  rows?: readonly Readonly<Record<string, number | string | null>>[]
}

/** A metric of 0/1 truths. `read` gives value null and verdict `insufficient` where the ratio is undefined; else `ok`: bounds are for triggers. */
export interface BinaryMetric<Specs extends ParamSpecs = typeof readingParams> extends MetricBase<Specs> {
  needs: 'binary'
  /** what it judges: outcomes without a score tell a metric of scores nothing */
  reads: 'decision' | 'score'
  read(outcomes: BinaryOutcomes, params: ParamsOf<Specs>): TabledReading
  /** the same metric over several classes, where it has a meaning there */
  readClasses?(outcomes: MulticlassOutcomes, params: ParamsOf<Specs>): TabledReading
}

/** A metric of truths that are one of several classes. */
export interface MulticlassMetric<Specs extends ParamSpecs = typeof readingParams> extends MetricBase<Specs> {
  needs: 'multiclass'
  reads: 'decision' | 'score'
  read(outcomes: MulticlassOutcomes, params: ParamsOf<Specs>): TabledReading
}

/** A metric of numeric truths, in the unit of the target. */
export interface RegressionMetric<Specs extends ParamSpecs = typeof readingParams> extends MetricBase<Specs> {
  needs: 'regression'
  /** what it is the mean of, for how much errors of one entity resemble each other */
  meanOf: MeanOf
  read(outcomes: RegressionOutcomes, params: ParamsOf<Specs>): Reading
}

/** A metric of how long answers took, in ms. */
export interface LatencyMetric<Specs extends ParamSpecs = typeof readingParams> extends MetricBase<Specs> {
  needs: 'latency'
  read(outcomes: LatencyOutcomes, params: ParamsOf<Specs>): Reading
}

/** A metric of what answers cost, in any unit of money. */
export interface CostMetric<Specs extends ParamSpecs = typeof readingParams> extends MetricBase<Specs> {
  needs: 'cost'
  read(outcomes: CostOutcomes, params: ParamsOf<Specs>): Reading
}

/** A metric of which predictions have their label, and how long that took. */
export interface LabellingMetric<Specs extends ParamSpecs = typeof readingParams> extends MetricBase<Specs> {
  needs: 'labelling'
  read(outcomes: LabellingOutcomes, params: ParamsOf<Specs>): Reading
}

export type Metric<Specs extends ParamSpecs = ParamSpecs> =
  BinaryMetric<Specs> | MulticlassMetric<Specs> | RegressionMetric<Specs> | LatencyMetric<Specs> | CostMetric<Specs> | LabellingMetric<Specs>

/** What metrics are read from, by kind. The first two are those of panes. */
export type AnyOutcomes = BinaryOutcomes | RegressionOutcomes | MulticlassOutcomes | LatencyOutcomes | CostOutcomes | LabellingOutcomes

/**
 * Reads a metric from whatever outcomes there are, with `given` over its defaults.
 * @throws UnitError when the metric is of the other kind of task, or a parameter is wrong
 */
export function readMetric(metric: Metric, outcomes: AnyOutcomes, given: Readonly<Record<string, unknown>> = {}): TabledReading {
  return readResolved(metric, outcomes, resolveParams(metric, given))
}

/**
 * The same with parameters that are resolved already; more of them than the metric declares do no harm.
 * @throws UnitError when the metric is of the other kind of task
 */
export function readResolved(metric: Metric, outcomes: AnyOutcomes, params: ParamsOf<ParamSpecs>): TabledReading {
  if (metric.needs === 'binary' && metric.reads === 'score' && outcomes.kind === 'binary' && outcomes.byEntity !== undefined) return readScores(metric, outcomes, params)
  if (outcomes.kind === 'multiclass' && outcomes.byEntity !== undefined) return withEffect(metric, outcomes, classDesignEffect(params.designEffect as number, outcomes), params)
  if (metric.needs === 'regression' && outcomes.kind === 'regression' && outcomes.byEntity !== undefined) {
    return withEffect(metric, outcomes, numberDesignEffect(params.designEffect as number, metric.meanOf, outcomes), params)
  }
  if (metric.needs === outcomes.kind) return (metric.read as (outcomes: AnyOutcomes, params: ParamsOf<ParamSpecs>) => TabledReading)(outcomes, params)
  if (metric.needs === 'binary' && outcomes.kind === 'multiclass' && metric.readClasses !== undefined) return metric.readClasses(outcomes, params)
  throw new UnitError(`${metric.name} is a metric of ${needsText(metric.needs)} and these outcomes are ${outcomes.kind}: choose another metric or correct 'task'`)
}

function withEffect(metric: Metric, outcomes: MulticlassOutcomes | RegressionOutcomes, designEffect: number, params: ParamsOf<ParamSpecs>): TabledReading {
  const reading = readResolved(metric, { ...outcomes, byEntity: undefined }, { ...params, designEffect })
  return { ...reading, detail: { ...reading.detail, designEffect } }
}

/** What a kind of metric is read from, in words. */
export const needsText = (needs: Metric['needs']): string =>
  needs === 'latency' ? 'how long answers take' : needs === 'cost' ? 'what answers cost' : needs === 'labelling' ? 'how labels come' : `${needs} models`

/** Scores of entities that bring many outcomes. */
function readScores(metric: BinaryMetric<ParamSpecs>, outcomes: BinaryOutcomes, params: ParamsOf<ParamSpecs>): TabledReading {
  const given = params.designEffect as number
  const designEffect = scoreDesignEffect(given, outcomes.byEntity, outcomes.confusion)
  const reading = metric.read(outcomes, { ...params, designEffect })
  return { ...reading, detail: { ...reading.detail, designEffect } }
}

/** Whether a metric can be read from outcomes of this kind. */
export const readsKind = (metric: Pick<Metric, 'needs'> & { readClasses?: unknown }, kind: AnyOutcomes['kind']): boolean =>
  metric.needs === kind || (kind === 'multiclass' && metric.needs === 'binary' && metric.readClasses !== undefined)

/** z of a two-sided interval at this confidence. */
export const twoSidedZ = (confidence: number): number => normalQuantile((1 + confidence) / 2)

/** Below this effective n a mean has no interval: the normal approximation would only flatter it. */
const meanIntervalNMin = 30

/**
 * A mean with its normal interval.
 * @param sum, squareSum of the n terms and of their squares
 * @param low the least value that the mean can take
 */
export function meanReading(n: number, sum: number, squareSum: number, params: ReadingParams, low = -Infinity): Reading {
  if (!(n >= params.nMin) || !Number.isFinite(sum)) return insufficient(Math.max(0, n))
  const value = Math.max(low, sum / n)
  const half = meanHalfWidth(n, sum / n, squareSum / n, params)
  return { value, n, verdict: 'ok', ...(half === null ? {} : { interval: [Math.max(low, value - half), value + half] }) }
}

/** Moments that no values have: something so large was taken back that it took with it what had been added beside it. Equal values round to less than this. */
export const cannotBe = (mean: number, squareMean: number): boolean => squareMean < mean * mean * (1 - 1e-9)

/** Half the interval of a mean, from the first two moments; null where n does not carry one, or where the moments cannot be. */
export function meanHalfWidth(n: number, mean: number, squareMean: number, { confidence, designEffect }: ReadingParams): number | null {
  const effective = n / designEffect
  if (effective < meanIntervalNMin || !Number.isFinite(squareMean) || cannotBe(mean, squareMean)) return null
  return twoSidedZ(confidence) * Math.sqrt(Math.max(0, squareMean - mean * mean) / (effective - 1))
}
