import { describe, expect, it } from 'vitest'
import { metricUnits } from '../../../src/core/metrics/streaming.ts'
import { readMetric, type Metric } from '../../../src/core/metrics/metric.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import { addRegression, createRegressionOutcomes, type BinaryOutcomes } from '../../../src/core/metrics/outcomes.ts'
import { foldPanes, outcomesIn } from '../../../src/core/panes/metric-outcomes.ts'
import type { MetricWindow } from '../../../src/core/policy.ts'
import { addToDigest, createDigest } from '../../../src/core/sketches/digest.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { MINUTE, outcomesOf, paneOf } from '../decide/build.ts'

const pane = (nth: number, tp: number, fn = 0) => paneOf(nth, { versions: { v1: { tp, fn } } })
const endOf = (nth: number) => (nth + 1) * 10 * MINUTE
const confusionOf = (outcomes: unknown) => Array.from((outcomes as BinaryOutcomes).confusion)
const fold = (panes: ReturnType<typeof pane>[], window: MetricWindow, needs: Metric['needs'] = 'binary') => foldPanes(panes, panes.at(-1)!.endMs, needs, 'v1', window)

describe('a window of panes', () => {
  const panes = [pane(0, 1), pane(1, 2), pane(2, 4), pane(4, 8)]

  it('of count covers as many of the newest as hold so many outcomes', () => {
    const counts = [1, 8, 9, 12, 13, 15, 99].map((count) => fold(panes, { form: 'count', count }).n)
    expect(counts).toEqual([8, 8, 12, 12, 14, 15, 15])
    expect(fold(panes, { form: 'count', count: 9 })).toMatchObject({ fromMs: 20 * MINUTE, n: 12, effectiveN: 12 })
  })

  it('of time covers every one that it reaches into, with data or without', () => {
    const spans = [1, 10, 11, 20, 21, 50].map((minutes) => fold(panes, { form: 'time', spanMs: minutes * MINUTE }).n)
    expect(spans).toEqual([8, 8, 8, 8, 12, 15])
  })

  it('faded by alpha weighs a pane by the outcomes since', () => {
    const { outcomes, n, effectiveN } = fold([pane(0, 10), pane(1, 0, 20)], { form: 'faded', alpha: 0.05 })
    const weight = 0.95 ** 20
    const [sum, squareSum] = [20 + 10 * weight, 20 + 10 * weight ** 2]
    expect([n, effectiveN]).toEqual([30, sum ** 2 / squareSum])
    const [tp, , fn] = confusionOf(outcomes)
    expect(tp / fn).toBeCloseTo((10 * weight) / 20, 12)
    expect(tp + fn).toBeCloseTo(effectiveN, 10)
  })

  it('faded by a half-life weighs a pane by its age, whatever it holds', () => {
    const { outcomes } = fold([pane(0, 10), pane(3, 0, 10)], { form: 'faded', halfLifeMs: 15 * MINUTE })
    const [tp, , fn] = confusionOf(outcomes)
    expect(tp / fn).toBeCloseTo(1 / 4, 12)
  })

  it('of one outcome a pane fades as rows do', () => {
    const alpha = 0.1
    const truths = Array.from({ length: 40 }, (_, i) => Number(i % 3 === 0))
    const folded = fold(truths.map((hit, i) => pane(i, hit, 1 - hit)), { form: 'faded', alpha })
    const params = resolveParams(metricUnits.recall, { window: 'faded', alpha })
    const state = metricUnits.recall.init(params)
    for (const hit of truths) metricUnits.recall.update(state, { y: 1, prediction: hit }, params)
    const rows = metricUnits.recall.read(state, params)
    const read = readMetric(metrics.recall as unknown as Metric, folded.outcomes!)
    expect(read.value).toBeCloseTo(rows.value!, 10)
    expect(read.interval![0]).toBeCloseTo(rows.interval![0], 10)
    expect(folded.effectiveN).toBeCloseTo(rows.detail!.effectiveRows as number, 10)
  })

  it('leaves what is on other score bins than the newest out, and says how much', () => {
    const old = pane(0, 5)
    old.versions.v1.outcomes = outcomesOf({ tp: 5 }, 7)
    expect(fold([old, pane(1, 3)], { form: 'count', count: 100 })).toMatchObject({ n: 3, leftOut: 1 })
  })

  it('without any of a kind is empty, and never changes what it reads', () => {
    const before = structuredClone(panes)
    expect(fold(panes, { form: 'count', count: 5 }, 'latency')).toEqual({ outcomes: null, fromMs: endOf(4), n: 0, effectiveN: 0, leftOut: 0 })
    fold(panes, { form: 'faded', alpha: 0.2 })
    expect(panes).toEqual(before)
  })

  it('of regression outcomes fades too', () => {
    const withErrors = [0, 1].map((nth) => {
      const one = paneOf(nth, { versions: { v1: { predictions: 1 } } })
      one.versions.v1.outcomes = createRegressionOutcomes()
      addRegression(one.versions.v1.outcomes, 0, nth === 0 ? 4 : 1)
      return one
    })
    const { outcomes } = fold(withErrors, { form: 'faded', alpha: 0.5 }, 'regression')
    expect(readMetric(metrics.mae as unknown as Metric, outcomes!).value).toBeCloseTo((1 + 0.5 * 4) / 1.5, 12)
  })
})

describe('a pane has of service', () => {
  it('latencies and costs of the version, delays of all', () => {
    const one = paneOf(0, { versions: { v1: { tp: 1 } } })
    addToDigest(one.versions.v1.latency, 12)
    Object.assign(one.versions.v1, { costSum: 3, costCount: 2, costSquareSum: 5 })
    for (const [actual, delay] of [['positive', 5], ['negative', 9]] as const) addToDigest((one.labelDelay[actual] = createDigest()), delay)
    expect(outcomesIn(one, 'latency', 'v1')).toMatchObject({ kind: 'latency', digest: { n: 1 } })
    expect(outcomesIn(one, 'cost', 'v1')).toEqual({ kind: 'cost', n: 2, costSum: 3, costSquareSum: 5 })
    expect(outcomesIn(one, 'labelling', 'v1')).toMatchObject({ kind: 'labelling', n: 2, digest: { n: 2 } })
    for (const needs of ['latency', 'cost', 'binary'] as const) expect(outcomesIn(one, needs, 'v2')).toBeNull()
  })

  it('costs without squares where it was summed before there were any: a mean without an interval', () => {
    const one = paneOf(0, { versions: { v1: { tp: 1 } } })
    Object.assign(one.versions.v1, { costSum: 30, costCount: 60 })
    const reading = readMetric(metrics['cost-per-thousand'] as unknown as Metric, outcomesIn(one, 'cost', 'v1')!)
    expect(reading).toEqual({ value: 500, n: 60, verdict: 'ok' })
  })
})
