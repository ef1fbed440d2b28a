import { describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { parsePolicy } from '../../src/config/policy.ts'
import { checkUnitInTables } from '../../src/config/units.ts'

const parse = (metrics: unknown, more: object = {}) => parsePolicy('fraud', { performance: { metrics }, ...more }, checkUnitInTables).performance

describe('the metrics of a policy', () => {
  test('are names, names with parameters, and any of them over a window of its own', () => {
    const metrics: unknown = parseYaml(`
      - precision
      - business-value: { tp: 40, fp: -2, fn: -40 }
      - recall: { window: count, windowCount: 5000, confidence: 0.9 }
      - roc-auc: { window: count, windowCount: 2000, exact: true }
      - pr-auc: { window: count, windowCount: 2000, exact: false }
      - recall: { window: time, span: 6h }
      - recall: { window: faded, alpha: 0.001 }
      - cost-per-thousand: { window: faded, halfLife: 30m }
      - latency-quantiles: { quantile: 0.5 }
      - unlabelled-share
    `)
    expect(parse(metrics)).toEqual({
      metrics: ['precision', 'business-value', 'latency-quantiles', 'unlabelled-share'],
      params: { 'business-value': { tp: 40, fp: -2, fn: -40 }, 'latency-quantiles': { quantile: 0.5 } },
      windowed: [
        { unit: 'recall', params: { confidence: 0.9 }, window: { form: 'count', count: 5000 } },
        { unit: 'roc-auc', params: {}, window: { form: 'count', count: 2000, exact: true } },
        { unit: 'pr-auc', params: {}, window: { form: 'count', count: 2000 } },
        { unit: 'recall', params: {}, window: { form: 'time', spanMs: 21_600_000 } },
        { unit: 'recall', params: {}, window: { form: 'faded', alpha: 0.001 } },
        { unit: 'cost-per-thousand', params: {}, window: { form: 'faded', halfLifeMs: 1_800_000 } },
      ],
      errorDetectors: [{ unit: 'adwin', params: {} }],
    })
  })

  test('without parameters or windows are the names alone', () => {
    expect(Object.keys(parse(['precision']))).toEqual(['metrics', 'errorDetectors'])
  })

  test.each([
    [['precision', { precision: { nMin: 5 } }], "`models.fraud.performance.metrics[1]` names 'precision' again, which stands at [0] already"],
    [[{ recall: { window: 'time', span: '1h' } }, { recall: { span: '1h', window: 'time' } }], "names 'recall' again"],
    [[{ recall: { window: 'sliding' } }], '`models.fraud.performance.metrics[0]` needs `window` to be count, time or faded, not "sliding"'],
    [[{ recall: { alpha: 0.1 } }], 'needs `window` to be count, time or faded; without'],
    [[{ recall: { window: 'count' } }], 'needs `windowCount`, a whole number'],
    [[{ recall: { window: 'count', windowCount: 5, alpha: 0.1 } }], 'takes `windowCount` or `exact` with `window: count`, not `alpha`'],
    [[{ recall: { window: 'time' } }], 'needs `span`, a duration like 6h'],
    [[{ recall: { window: 'time', windowMs: 5 } }], '`span: 6h` in place of `windowMs`'],
    [[{ recall: { window: 'time', span: '2d' } }], 'covers 2d, and panes are kept for 10h'],
    [[{ recall: { window: 'faded' } }], 'needs `alpha` or `halfLife`, one of them'],
    [[{ recall: { window: 'faded', alpha: 0.1, halfLife: '1h' } }], 'needs `alpha` or `halfLife`, one of them'],
    [[{ recall: { window: 'faded', alpha: 2 } }], 'needs `alpha` to be a share'],
    [[{ 'latency-quantiles': { window: 'faded', halfLife: '1h' } }], 'latency-quantiles is read from a digest, which cannot forget'],
    [[{ 'unlabelled-share': { window: 'count', windowCount: 50 } }], 'has windows of time alone'],
    [[{ recall: { confidance: 0.9 } }], "recall has no parameter 'confidance'; did you mean 'confidence'?"],
    [[{ 'business-value': { window: 'count', windowCount: 5, tp: 'x' } }], "parameter 'tp' must be a finite number"],
    [['mae'], "'mae' is a metric of regression models, and the task is binary"],
  ])('%j: %s', (metrics, problem) => {
    expect(() => parse(metrics)).toThrow(problem)
  })

  test('of latency, cost and labels belong to every task, and no bound of a retrain is set on them', () => {
    expect(parse(['latency-quantiles', 'cost-per-thousand', 'label-delay'], { task: 'regression' }).metrics).toHaveLength(3)
    expect(() => parse(null, { triggers: [{ performance: { metric: 'latency-quantiles', floor: 50 } }] })).toThrow("'latency-quantiles' is a metric of how long answers take, and the task is binary")
  })

  test('keep scores one by one of two classes alone', () => {
    expect(() => parse([{ 'roc-auc': { window: 'count', windowCount: 500, exact: true } }], { task: 'multiclass' })).toThrow("'roc-auc' is a metric of binary models, and the task is multiclass")
  })

  test('may look as far back as the longest window is kept', () => {
    expect(parse([{ recall: { window: 'time', span: '2d' } }], { time: { windows: [1, 288] } }).windowed).toHaveLength(1)
  })
})
