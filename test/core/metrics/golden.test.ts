import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { addBinary, addRegression, createBinaryOutcomes, createRegressionOutcomes, scoreEdges, type BinaryOutcomes } from '../../../src/core/metrics/outcomes.ts'
import { metricUnits, type MetricRow } from '../../../src/core/metrics/streaming.ts'
import { metrics, type MetricName } from '../../../src/core/metrics/table.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { housing } from '../estimation/housing.ts'

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))
const river = read('river_metrics')
const rolling = read('river_rolling')
const named = (name: string) => river.cases.find((one: { metric: string }) => one.metric === name)

/** River prints an undefined ratio as 0; ours is null. */
const zeroWhenUndefined = (value: number | null) => value ?? 0

describe("River's published metric values", () => {
  for (const [published, name] of [['Accuracy', 'accuracy'], ['Recall', 'recall'], ['MCC', 'mcc']] as [string, MetricName][]) {
    it(`${name} agrees`, () => {
      const one = named(published)
      const outcomes = createBinaryOutcomes([])
      const steps = one.y_true.map((y: boolean, i: number) => {
        addBinary(outcomes, y ? 1 : 0, NaN, one.y_pred[i] ? 1 : 0)
        return readMetric(metrics[name], outcomes).value
      })
      if (one.expected_steps !== null) steps.forEach((value: number, i: number) => expect(value).toBeCloseTo(one.expected_steps[i], 6))
      else expect(steps.at(-1)).toBeCloseTo(one.expected_final, 6)
    })
  }

  it('roc-auc says .75 where ten thresholds print .875', () => {
    const one = named('ROCAUC (thresholded approximation)')
    const outcomes = createBinaryOutcomes(scoreEdges())
    one.y_true.forEach((y: 0 | 1, i: number) => addBinary(outcomes, y, one.y_pred[i], 0))
    expect(readMetric(metrics['roc-auc'], outcomes).value).toBe(0.75)
    expect(one.expected_final).toBe(0.875)
  })

  it('rmse squared is the rolling MSE over two, oldest taken back', () => {
    const one = named('Rolling MSE window 2')
    const outcomes = createRegressionOutcomes()
    one.y_true.forEach((y: number, i: number) => {
      addRegression(outcomes, y, one.y_pred[i])
      if (i >= 2) addRegression(outcomes, one.y_true[i - 2], one.y_pred[i - 2], -1)
      expect(readMetric(metrics.rmse, outcomes).value! ** 2).toBeCloseTo(one.expected_steps[i], 12)
    })
  })
})

/** The values of a metric unit after each row. */
function valuesAfter(name: MetricName, given: Record<string, unknown>, rows: readonly MetricRow[]): (number | null)[] {
  const unit = metricUnits[name]
  const params = resolveParams(unit, given)
  const state = unit.init(params)
  return rows.map((row) => {
    unit.update(state, row, params)
    return unit.read(state, params).value
  })
}

describe("River's published metric values of several classes", () => {
  const decided: readonly (readonly [published: string, name: MetricName, params?: Record<string, unknown>])[] = [
    ['MicroPrecision', 'micro-precision'], ['MacroRecall', 'macro-recall'], ['WeightedRecall', 'weighted-recall'], ['WeightedFBeta', 'weighted-f1', { beta: 0.8 }],
  ]
  for (const [published, name, params = {}] of decided) {
    it(`${published} is ${name} ${JSON.stringify(params)} at every step`, () => {
      const one = named(published)
      const values = valuesAfter(name, params, one.y_true.map((y: number, i: number) => ({ y, prediction: one.y_pred[i] })))
      expect(values).toHaveLength(one.expected_steps.length)
      values.forEach((value, i) => expect(value).toBeCloseTo(one.rederived.value[i], 12))
    })
  }

  it('CrossEntropy is log-loss', () => {
    const one = named('CrossEntropy')
    const values = valuesAfter('log-loss', { task: 'multiclass' }, one.y_true.map((y: number, i: number) => ({ y: String(y), scores: one.y_pred[i] })))
    expect(values.at(-1)).toBeCloseTo(one.rederived.value[0], 12)
  })

  it('are all held to but kappa against no change, which needs the order of rows, and the scaler, which is no metric', () => {
    const held = [...decided.map(([published]) => published), 'CrossEntropy', 'Accuracy', 'Recall', 'MCC', 'ROCAUC (thresholded approximation)', 'Rolling MSE window 2']
    const others = river.cases.map((one: { metric: string }) => one.metric).filter((metric: string) => !held.includes(metric))
    expect(others).toEqual(['KappaT', 'StandardScaler after 6 samples, transform all (population variance)'])
  })
})

describe('realised performance on California housing', () => {
  const { rows } = read('nannyml_univariate').cases[1].rederived as { rows: { period: 'reference' | 'analysis'; chunk: string; n: number; roc_auc: number; precision: number; recall: number }[] }
  const { reference, analysis } = housing()

  for (const { period, chunk, n, ...expected } of rows) {
    it(`of ${period} ${chunk} has the published ROC AUC, precision and recall`, () => {
      const month = (period === 'reference' ? reference : analysis).filter((row) => row.month === chunk)
      expect(month).toHaveLength(n)
      for (const [name, value] of [['roc-auc', expected.roc_auc], ['precision', expected.precision], ['recall', expected.recall]] as const) {
        const params = resolveParams(metricUnits[name], { window: 'count', windowCount: n })
        const state = metricUnits[name].init(params)
        for (const { y, score } of month) metricUnits[name].update(state, { y, score }, params)
        expect(metricUnits[name].read(state, params).value, name).toBeCloseTo(value, 12)
      }
    })
  }

  it('is held to in all 20 months', () => expect(rows).toHaveLength(20))
})

interface RollingCase { metric: string; params: { window_size?: number; period_seconds?: number }; stream: string; expected: [number, number | null, number?][] }

const nameOf: Record<string, MetricName> = {
  Accuracy: 'accuracy', Precision: 'precision', Recall: 'recall', F1: 'f1', LogLoss: 'log-loss', RollingROCAUC: 'roc-auc',
  BalancedAccuracy: 'balanced-accuracy', MCC: 'mcc', CohenKappa: 'kappa', RollingPRAUC: 'pr-auc',
}
/** River joins the best precision at or beyond each recall by straight lines. */
const paramsOf: Partial<Record<MetricName, Record<string, unknown>>> = { 'pr-auc': { interpolation: 'linear' } }
const plain = (metric: string) => metric.replace(/^(Time)?Rolling\((.*)\)$/, '$2')

const hasOneClass = ({ confusion: [tp, fp, fn, tn] }: BinaryOutcomes): boolean => tp + fn === 0 || fp + tn === 0

describe("River's rolling and cumulative metrics on a stream of ties", () => {
  const { y, p } = rolling.streams.ties as { y: (0 | 1)[]; p: number[] }
  const seconds = rolling.times.seconds as number[]

  for (const one of rolling.cases as RollingCase[]) {
    const name = nameOf[plain(one.metric)]
    if (name === undefined) continue
    it(`${one.metric} ${JSON.stringify(one.params)} agrees at every checkpoint`, () => {
      const outcomes = createBinaryOutcomes(scoreEdges())
      const add = (i: number, weight: number) => addBinary(outcomes, y[i], p[i], p[i] > 0.5 ? 1 : 0, weight)
      const expected = new Map(one.expected.map(([index, value]) => [index, value]))
      let oldest = 0
      const isOutside = (i: number, newest: number) => (one.params.window_size !== undefined ? newest - i >= one.params.window_size
        : one.params.period_seconds !== undefined && seconds[i] <= seconds[newest] - one.params.period_seconds)
      for (let i = 0; i < y.length; i++) {
        add(i, 1)
        while (isOutside(oldest, i)) add(oldest++, -1)
        if (!expected.has(i)) continue
        const { value } = readMetric(metrics[name], outcomes, paramsOf[name])
        const wanted = expected.get(i) as number | null
        if (name === 'balanced-accuracy' && hasOneClass(outcomes)) { // River then reads the recall of the one class there is
          expect(value).toBeNull()
          continue
        }
        if (wanted === null) expect(value).toBeNull()
        else expect(zeroWhenUndefined(value)).toBeCloseTo(wanted, 9)
      }
      expect(expected.size).toBeGreaterThan(10)
    })
  }

  const rows: readonly MetricRow[] = y.map((actual, i) => ({ y: actual, score: p[i], prediction: p[i] > 0.5 ? 1 : 0, t: seconds[i] * 1_000 }))

  for (const one of rolling.cases as RollingCase[]) {
    const name = nameOf[plain(one.metric)]
    if (name === undefined || Object.keys(one.params).length === 0) continue
    const { window_size: windowCount, period_seconds: period } = one.params
    const window = windowCount !== undefined ? { window: 'count', windowCount } : { window: 'time', windowMs: period! * 1_000 }
    it(`${one.metric} ${JSON.stringify(one.params)} agrees at every checkpoint when ${name} has the params ${JSON.stringify(window)}`, () => {
      const unit = metricUnits[name]
      const params = resolveParams(unit, { ...window, ...paramsOf[name] })
      const state = unit.init(params)
      const expected = new Map(one.expected.map(([index, value]) => [index, value]))
      rows.forEach((row, i) => {
        unit.update(state, row, params)
        if (!expected.has(i)) return
        const { value, detail } = unit.read(state, params)
        const wanted = expected.get(i) as number | null
        if (name === 'balanced-accuracy' && value === null) expect(new Set(rows.slice(Math.max(0, i + 1 - windowCount!), i + 1).map(({ y: truth }) => truth)).size).toBe(1)
        else if (wanted === null) expect(value).toBeNull()
        else expect(zeroWhenUndefined(value)).toBeCloseTo(wanted, 9)
        if (value !== null && (name === 'roc-auc' || name === 'pr-auc')) expect(detail!.bound).toBe(0)
      })
    })
  }

  it('covers every case but those of ROC AUC on a few thresholds, an approximation that we do not make', () => {
    const missing = new Set((rolling.cases as RollingCase[]).map((one) => plain(one.metric)).filter((metric) => nameOf[metric] === undefined))
    expect([...missing].sort()).toEqual(['ROCAUC'])
  })
})
