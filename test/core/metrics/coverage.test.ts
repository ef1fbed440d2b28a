import { describe, expect, it } from 'vitest'
import { metricUnits, type MetricRow } from '../../../src/core/metrics/streaming.ts'
import type { MetricName } from '../../../src/core/metrics/table.ts'
import { normal, seeded, uniform, type Random } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'

type Draw = (random: Random) => MetricRow

function readingOf(name: MetricName, rows: Iterable<MetricRow>, given: Record<string, unknown>) {
  const unit = metricUnits[name]
  const params = resolveParams(unit, given)
  const state = unit.init(params)
  for (const row of rows) unit.update(state, row, params)
  return unit.read(state, params)
}

function* drawn(draw: Draw, random: Random, n: number): Generator<MetricRow> {
  for (let i = 0; i < n; i++) yield draw(random)
}

/** Share of fresh samples whose interval holds what a large sample reads; every one must have an interval. */
function coverageOf(name: MetricName, draw: Draw, n: number, runs: number, given: Record<string, unknown> = {}, truthN = 100_000): number {
  const random = seeded(20)
  const truth = readingOf(name, drawn(draw, random, truthN), { ...given, window: 'none' }).value!
  let covered = 0
  for (let run = 0; run < runs; run++) {
    const { interval } = readingOf(name, drawn(draw, random, n), given)
    covered += Number(interval![0] <= truth && truth <= interval![1])
  }
  return covered / runs
}

/** Scores that are too high by up to .1, of rather rare positives. */
const binary: Draw = (random) => {
  const p = uniform(random) ** 2
  return { y: uniform(random) < p ? 1 : 0, score: 0.1 + 0.9 * p, prediction: p > 0.4 ? 1 : 0 }
}
const regression: Draw = (random) => ({ y: 0, prediction: 0.3 + normal(random) })
const latency: Draw = (random) => ({ latencyMs: Math.exp(3 + normal(random)) })
const cost: Draw = (random) => ({ cost: 0.002 * uniform(random) ** 2 })
const labelling: Draw = (random) => ({ predictedAt: 0, observedAt: uniform(random) < 0.9 ? 1_000 * Math.exp(normal(random)) : null })

/** Four classes of unlike size, right in about seven of ten. */
const shares = { a: 0.5, b: 0.25, c: 0.15, d: 0.1 }
const classes: Draw = (random) => {
  let [left, y] = [uniform(random), 'd']
  for (const [name, share] of Object.entries(shares)) {
    if (left < share) {
      y = name
      break
    }
    left -= share
  }
  const merits = Object.keys(shares).map((name) => [name, Math.exp(1.2 * normal(random) + (name === y ? 2 : 0) + 2 * shares[name as keyof typeof shares])] as const)
  const total = merits.reduce((sum, [, merit]) => sum + merit, 0)
  return { y, scores: Object.fromEntries(merits.map(([name, merit]) => [name, merit / total])) }
}

describe('the interval of each metric holds the truth in 92 % of samples or more, 95 % being asked', () => {
  const cases: readonly (readonly [name: MetricName, draw: Draw, n: number, given?: Record<string, unknown>])[] = [
    ['accuracy', binary, 60], ['precision', binary, 100], ['recall', binary, 100], ['f1', binary, 100], ['specificity', binary, 60], ['positive-rate', binary, 60],
    ['log-loss', binary, 150], ['brier', binary, 100], ['ece', binary, 500], ['calibration-curve', binary, 500], ['roc-auc', binary, 100], ['pr-auc', binary, 200],
    ['lift', binary, 300], ['mae', regression, 60], ['rmse', regression, 100], ['bias', regression, 40],
    ['macro-precision', classes, 150], ['macro-recall', classes, 150], ['macro-f1', classes, 150], ['macro-f1', classes, 150, { beta: 2 }],
    ['micro-f1', classes, 60], ['weighted-precision', classes, 100], ['weighted-recall', classes, 100], ['weighted-f1', classes, 100],
    ['macro-roc-auc', classes, 150], ['accuracy', classes, 60, { task: 'multiclass' }], ['balanced-accuracy', classes, 150, { task: 'multiclass' }],
    ['mcc', classes, 100, { task: 'multiclass' }], ['kappa', classes, 100, { task: 'multiclass' }], ['log-loss', classes, 200, { task: 'multiclass' }],
    ['latency-quantiles', latency, 400], ['latency-quantiles', latency, 30, { quantile: 0.5 }], ['latency-quantiles', latency, 2_000],
    ['cost-per-thousand', cost, 60], ['label-delay', labelling, 50], ['unlabelled-share', labelling, 60],
    ['accuracy', binary, 400, { window: 'faded', alpha: 0.02 }], ['log-loss', binary, 400, { window: 'faded', alpha: 0.01 }], ['roc-auc', binary, 400, { window: 'faded', alpha: 0.01 }],
    ['macro-f1', classes, 600, { window: 'faded', alpha: 0.01 }], ['rmse', regression, 400, { window: 'faded', alpha: 0.01 }],
    ['recall', binary, 300, { window: 'count', windowCount: 100 }], ['roc-auc', binary, 300, { window: 'count', windowCount: 100 }],
  ]

  for (const [name, draw, n, given = {}] of cases) {
    it(`${name} of ${n} rows ${JSON.stringify(given)}`, () => {
      const coverage = coverageOf(name, draw, n, n < 110 ? 1_000 : 500, given)
      expect(coverage).toBeGreaterThanOrEqual(0.92)
    })
  }
})
