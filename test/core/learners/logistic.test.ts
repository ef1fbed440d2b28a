import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { logistic, type LogisticState } from '../../../src/core/learners/logistic.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { addBinary, createBinaryOutcomes, scoreEdges, type BinaryOutcomes } from '../../../src/core/metrics/outcomes.ts'
import { metrics, type MetricName } from '../../../src/core/metrics/table.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { dataset, vectors, type Dataset } from './datasets.ts'

const data = { phishing: dataset('phishing'), elec2: dataset('elec2') }
const dataOf = (path: string): Dataset | undefined => (path.includes('phishing') ? data.phishing : path.includes('elec2') ? data.elec2 : undefined)
const defaults = resolveParams(logistic)

/** Scores each row, then learns it; outcomes on bins fine enough for the AUC. */
function prequential({ rows }: Dataset, given: Record<string, unknown>, each = (_row: number, _score: number, _outcomes: BinaryOutcomes) => {}) {
  const params = resolveParams(logistic, given)
  const state = logistic.init(params)
  const outcomes = createBinaryOutcomes(scoreEdges(4000))
  rows.forEach(({ x, y }, i) => {
    const score = logistic.predict(state, x)
    addBinary(outcomes, y, score, score > 0.5 ? 1 : 0)
    logistic.update(state, { x, y, score }, params)
    each(i, score, outcomes)
  })
  return { state, outcomes }
}

const value = (outcomes: BinaryOutcomes, name: MetricName) => readMetric(metrics[name], outcomes).value!

function expectWeights(state: LogisticState, names: string[], weights: Record<string, number>, intercept: number, digits: number) {
  expect(Object.keys(weights).sort()).toEqual([...names].sort())
  names.forEach((name, slot) => expect(state.weights[slot], name).toBeCloseTo(weights[name], digits))
  expect(state.intercept).toBeCloseTo(intercept, digits)
}

describe('a value that no sum of squares can hold', () => {
  const draws = seeded(8)
  const rows = Array.from({ length: 2_000 }, () => {
    const x = Float64Array.of(normal(draws), normal(draws))
    return { x, y: uniform(draws) < 1 / (1 + Math.exp(-3 * x[0])) ? 1 : 0 } as const
  })
  const learnt = (...wild: number[]) => {
    const state = logistic.init(defaults)
    rows.forEach(({ x, y }, i) => logistic.update(state, { x: i > 0 && i <= wild.length ? Float64Array.of(wild[i - 1], x[1]) : x, y }, defaults))
    return state
  }

  it.each([[1e155], [-1e200], [1.7e308]])('such as %d is missing, and the feature goes on to teach', (wild) => {
    expect(learnt(wild)).toEqual(learnt(NaN))
    expect(learnt(wild).weights[0]).toBeGreaterThan(0.5)
  })

  it('is none at 1e100: the scaler stays finite, also where such values take turns', () => {
    const { means, variances, weights } = learnt(1e100, -1e100, 1e100, -1e100, 5e-324)
    for (const held of [...means, ...variances, ...weights]) expect(Number.isFinite(held)).toBe(true)
    expect(logistic.predict(learnt(), Float64Array.of(1e100, 1e155))).toBe(1)
  })
})

describe("River's published scaler + logistic regression", () => {
  for (const one of vectors('river_linear').cases) {
    const rows = dataOf(one.dataset)
    if (rows === undefined || one.params === undefined) continue
    it(`${one.name}: ${one.rederived.correct} of ${rows.rows.length} right`, () => {
      const { state, outcomes } = prequential(rows, { learningRate: one.params.lr, interceptLearningRate: one.params.intercept_lr })
      const reading = logistic.read(state, defaults)
      expect(state.correct).toBe(one.rederived.correct)
      expect(reading.accuracy).toBeCloseTo(one.expected.accuracy, one.expected.printed_decimals)
      expect(value(outcomes, 'accuracy')).toBe(one.rederived.accuracy)
      expect(value(outcomes, 'f1')).toBeCloseTo(one.rederived.f1, 12)
      expectWeights(state, rows.names, one.rederived.final_weights, one.rederived.final_intercept, 12)
    })
  }

  it('gives every prequential metric of Phishing', () => {
    const { expected } = vectors('prequential_full_metrics_ours').cases.find((one: { name: string }) => one.name === 'Phishing')
    const { outcomes, state } = prequential(data.phishing, {})
    expect(Array.from(outcomes.confusion)).toEqual([expected.tp, expected.fp, expected.fn, expected.tn])
    for (const name of ['accuracy', 'precision', 'recall'] as const) expect(value(outcomes, name)).toBeCloseTo(expected[name], 12)
    expect(value(outcomes, 'log-loss')).toBeCloseTo(expected.log_loss, 12)
    expect(logistic.read(state, defaults).logLoss).toBeCloseTo(expected.log_loss, 12)
    const auc = readMetric(metrics['roc-auc'], outcomes)
    expect(Math.abs(auc.value! - expected.roc_auc)).toBeLessThanOrEqual(auc.detail!.bound as number)
    expect(auc.detail!.bound).toBeLessThan(0.001)
  })
})

describe('the learning rates, decay and clipping of River 0.26.1', () => {
  for (const one of vectors('river_linear_more').cases) {
    const rows = dataOf(one.dataset)
    if (rows === undefined || one.params.optimizer.class !== 'SGD') continue
    it(one.name, () => {
      const { params, expected } = one
      const given = { learningRate: params.optimizer.lr.learning_rate, interceptLearningRate: params.intercept_lr, l2: params.l2, clipGradient: params.clip_gradient }
      const checkpoints = new Map<number, number[]>(expected.checkpoints.map((row: number[]) => [row[0], row]))
      const first: number[] = []
      const { state, outcomes } = prequential(rows, given, (i, score, soFar) => {
        if (first.length < expected.first_20_p.length) first.push(score)
        const [, accuracy, logLoss, auc, f1, p] = checkpoints.get(i + 1) ?? []
        if (accuracy === undefined) return
        expect(value(soFar, 'accuracy')).toBe(accuracy)
        expect(value(soFar, 'log-loss')).toBeCloseTo(logLoss, 9)
        expect(value(soFar, 'f1')).toBeCloseTo(f1, 12)
        expect(score).toBeCloseTo(p, 9)
        const binned = readMetric(metrics['roc-auc'], soFar)
        expect(Math.abs(binned.value! - auc)).toBeLessThanOrEqual((binned.detail!.bound as number) + 1e-12)
      })
      first.forEach((score, i) => expect(score).toBeCloseTo(expected.first_20_p[i], 12))
      expect(Array.from(outcomes.confusion)).toEqual([expected.tp, expected.fp, expected.fn, expected.tn])
      expectWeights(state, rows.names, expected.final_weights, expected.final_intercept, 11)
    })
  }
})

describe('the prequential rule under delayed labels', () => {
  const delayOf = (name: string, y: 0 | 1) => (name.includes('constant') ? 48 : y === 1 ? 500 : 10)

  for (const one of vectors('river_delayed').cases) {
    it(`${one.name}: the score stored at question time is counted, and learning waits for the answer`, () => {
      const { rows, names } = data.elec2
      const state = logistic.init(defaults)
      const outcomes = createBinaryOutcomes(scoreEdges(4000))
      const order = createHash('sha256')
      const pending: { due: number; row: number; score: number }[] = []
      const checkpoints = new Map<number, number[]>(one.expected.checkpoints.map((row: number[]) => [row[0], row]))
      let [pendingMax, answers] = [0, 0]
      const answer = () => {
        const { row, score } = pending.shift()!
        order.update(`a${row};`)
        addBinary(outcomes, rows[row].y, score, score > 0.5 ? 1 : 0)
        logistic.update(state, { ...rows[row], score }, defaults)
        answers += 1
        const expected = checkpoints.get(answers)
        if (expected === undefined) return
        expect(row).toBe(expected[1])
        expect(value(outcomes, 'accuracy')).toBeCloseTo(expected[2], 12)
        expect(value(outcomes, 'log-loss')).toBeCloseTo(expected[3], 9)
      }
      rows.forEach(({ x, y }, row) => {
        while (pending.length > 0 && pending[0].due <= row) answer()
        order.update(`q${row};`)
        const due = row + delayOf(one.name, y)
        let at = pending.length
        while (at > 0 && pending[at - 1].due > due) at -= 1
        pending.splice(at, 0, { due, row, score: logistic.predict(state, x) })
        pendingMax = Math.max(pendingMax, pending.length)
      })
      while (pending.length > 0) answer()
      expect(pendingMax).toBe(one.expected.max_pending)
      expect(order.digest('hex')).toBe(one.expected.event_order_sha256)
      expectWeights(state, names, one.expected.final_weights, one.expected.final_intercept, 9)
      const auc = readMetric(metrics['roc-auc'], outcomes)
      expect(Math.abs(auc.value! - one.expected.checkpoints.at(-1)[4])).toBeLessThanOrEqual(auc.detail!.bound as number)
    })
  }
})

describe('logistic', () => {
  it('standardises as the published StandardScaler does', () => {
    const one = vectors('river_metrics').cases.find((each: { metric: string }) => each.metric.startsWith('StandardScaler'))
    const state = logistic.init(defaults)
    for (const row of one.x) logistic.learn(state, Float64Array.from(row), 1, defaults)
    one.x.forEach((row: number[], i: number) => row.forEach((value, slot) => {
      expect((value - state.means[slot]) / state.deviations[slot]).toBeCloseTo(one.rederived.value[i][slot], 12)
    }))
  })

  it('scores ½ before it has learnt', () => {
    expect(logistic.predict(logistic.init(defaults), Float64Array.of(1, 2))).toBe(0.5)
  })

  it('takes the same steps as the formulas written out', () => {
    const random = seeded(9)
    const [features, n] = [3, 500]
    const [means, variances, weights] = [new Float64Array(features), new Float64Array(features), new Float64Array(features)]
    let [bias, loss] = [0, 0]
    const state = logistic.init(defaults)
    const standard = (x: Float64Array) => x.map((value, i) => (variances[i] > 0 ? (value - means[i]) / Math.sqrt(variances[i]) : 0))
    const score = (z: Float64Array) => 1 / (1 + Math.exp(-(z.reduce((sum, value, i) => sum + weights[i] * value, 0) + bias)))
    for (let k = 1; k <= n; k++) {
      const x = Float64Array.of(normal(random), 3, 10 * normal(random))
      const y = uniform(random) < 1 / (1 + Math.exp(-x[0])) ? 1 : 0
      const before = score(standard(x))
      loss -= Math.log(Math.max(1e-15, Math.abs(1 - y - before)))
      x.forEach((value, i) => {
        const delta = value - means[i]
        means[i] += delta / k
        variances[i] += (delta * (value - means[i]) - variances[i]) / k
      })
      const z = standard(x)
      const gradient = score(z) - y
      z.forEach((value, i) => { weights[i] -= 0.01 * gradient * value })
      bias -= 0.01 * gradient
      logistic.update(state, { x, y }, defaults)
      expect(state.intercept).toBeCloseTo(bias, 13)
    }
    expect(logistic.read(state, defaults).logLoss).toBeCloseTo(loss / n, 13)
    expect(logistic.read(state, defaults).weights[1]).toBe(0)
  })

  it('gives an unseen feature a slot with weight 0', () => {
    const state = logistic.init(defaults)
    for (let i = 0; i < 10; i++) logistic.update(state, { x: Float64Array.of(i % 2), y: i % 2 === 0 ? 1 : 0 }, defaults)
    const score = logistic.predict(state, Float64Array.of(1))
    expect(logistic.predict(state, Float64Array.of(1, 7))).toBe(score)
    logistic.update(state, { x: Float64Array.of(1, 7), y: 1 }, defaults)
    expect(Array.from(state.counts)).toEqual([11, 1])
    expect(state.weights[1]).toBe(0)
    expect(logistic.predict(state, Float64Array.of(1))).toBeGreaterThan(0)
  })

  it('neither scores nor learns from what is missing', () => {
    const run = (x: Float64Array[]) => {
      const state = logistic.init(defaults)
      x.forEach((row, i) => logistic.update(state, { x: row, y: i % 3 === 0 ? 1 : 0 }, defaults))
      return state
    }
    const rows = Array.from({ length: 30 }, (_, i) => Float64Array.of(i % 3, i % 2 === 0 ? NaN : Infinity))
    const state = run(rows)
    expect(state.counts[1]).toBe(0)
    expect(state.weights[1]).toBe(0)
    expect(state.weights[0]).toBe(run(rows.map((row) => row.slice(0, 1))).weights[0])
  })

  it('is certain beyond ±30 and keeps finite when it is wrong', () => {
    const state = logistic.init(defaults)
    logistic.learn(state, Float64Array.of(0), 0, defaults)
    logistic.learn(state, Float64Array.of(1), 1, defaults)
    state.weights[0] = 100
    expect(logistic.predict(state, Float64Array.of(1))).toBe(1)
    expect(logistic.predict(state, Float64Array.of(0))).toBe(0)
    logistic.update(state, { x: Float64Array.of(1), y: 0 }, defaults)
    expect(state.logLossSum).toBeCloseTo(-Math.log(1 - (1 - 1e-15)), 9)
    expect(state.weights[0]).toBeLessThan(100)
  })
})
