import { describe, expect, test } from 'vitest'
import { parsePolicy } from '../../src/config/policy.ts'
import { checkUnitInTables } from '../../src/config/units.ts'

const parse = (raw: unknown) => parsePolicy('fraud', raw, checkUnitInTables)

describe('the units of a policy', () => {
  test('exist for every default of each task', () => {
    expect(parse({}).drift.all.map(({ unit }) => unit)).toEqual(['psi', 'ks', 'missing', 'non-finite', 'unseen'])
    expect(parse({ task: 'regression' }).performance.metrics).toEqual(['mae', 'rmse', 'bias'])
    const { performance, promotion, rollback, multiclass } = parse({ task: 'multiclass' })
    expect([performance.metrics, promotion.metric, rollback.watch.performance!.metric]).toEqual([['macro-f1', 'accuracy', 'log-loss'], 'macro-f1', 'macro-f1'])
    expect([multiclass, parse({ task: 'multiclass', classes: ['a', 2] }).multiclass]).toEqual([{ classes: null, classesMax: 50 }, { classes: ['a', '2'], classesMax: 2 }])
    expect(parse({})).not.toHaveProperty('multiclass')
  })

  test('take parameters by their own names', () => {
    const { drift, performance } = parse({ drift: { features: { byName: { amount: [{ psi: { alarm: 0.25 } }] } } }, performance: { errorDetectors: [{ adwin: { delta: 0.01 } }] }, learners: ['logistic'] })
    expect(drift.byName.amount).toEqual([{ unit: 'psi', params: { alarm: 0.25 } }])
    expect(performance.errorDetectors).toEqual([{ unit: 'adwin', params: { delta: 0.01 } }])
  })

  test('may be a metric of the trainer’s own where only trainers measure it, unless it looks like a slip', () => {
    expect(parse({ promotion: { metric: 'expected-profit' } }).promotion.metric).toBe('expected-profit')
    expect(() => parse({ promotion: { metric: 'recal' } })).toThrow("did you mean 'recall'?")
    expect(() => parse({ rollback: { watch: { performance: { metric: 'expected-profit', maxDrop: 1 } } } })).toThrow("no metric named 'expected-profit'")
  })

  test.each([
    [{ drift: { score: ['pis'] } }, "`models.fraud.drift.score[0]` cannot be used: no drift measure named 'pis'; did you mean 'psi'?"],
    [{ drift: { score: ['type-change'] } }, "`models.fraud.drift.score[0]` cannot be used: 'type-change' has nothing to read in a score, which is a number. For it there are: psi, ks, chi2, missing"],
    [{ drift: { score: ['psi', 'unseen'] } }, "`models.fraud.drift.score[1]` cannot be used: 'unseen' has nothing to read in a score"],
    [{ drift: { rows: ['domain-clasifier'] } }, "`models.fraud.drift.rows[0]` cannot be used: no measure of rows named 'domain-clasifier'; did you mean 'domain-classifier'?"],
    [{ drift: { rows: ['psi'] } }, "`models.fraud.drift.rows[0]` cannot be used: 'psi' reads one feature or the score: name it under `drift.features` or `drift.score`. For rows there are: reconstruction, domain-classifier"],
    [{ drift: { features: { all: ['reconstruction'] } } }, "`models.fraud.drift.features.all[0]` cannot be used: 'reconstruction' reads features together: it can stand under `drift.rows` alone"],
    [{ drift: { decision: ['domain-classifier'] } }, "'domain-classifier' reads features together"],
    [{ drift: { severe: { adwin: 1 } } }, "`models.fraud.drift.severe.adwin` cannot be used: no drift measure named 'adwin'"],
    [{ performance: { errorDetectors: [{ adwin: { dleta: 1 } }] } }, "adwin has no parameter 'dleta'; did you mean 'delta'?"],
    [{ performance: { errorDetectors: [{ adwin: { delta: 5 } }] } }, "adwin: parameter 'delta' must be at most 1, not 5"],
    [{ performance: { metrics: ['auc'] } }, "`models.fraud.performance.metrics[0]` cannot be used: no metric named 'auc'"],
    [{ promotion: { metric: 'rmse' } }, "`models.fraud.promotion.metric` cannot be used: 'rmse' is a metric of regression models, and the task is binary"],
    [{ task: 'regression', triggers: [{ performance: { metric: 'recall', floor: 0.5 } }] }, "`models.fraud.triggers[0].performance.metric` cannot be used: 'recall' is a metric of binary models"],
    [{ task: 'regression', learners: ['logistic'] }, "'logistic' learns binary labels, and the task is regression"],
    [{ triggers: [{ performance: { metric: 'positive-rate', floor: 0.1 } }] }, "'positive-rate' has no better direction"],
    [{ task: 'regression', promotion: { metric: 'bias' } }, "'bias' has no better direction, so it cannot be held against a bound. Those that can: mae, rmse"],
    [{ task: 'multiclass', learners: ['logistic'] }, "'logistic' learns binary labels, and the task is multiclass"],
    [{ task: 'multiclass', performance: { metrics: ['roc-auc'] } }, "'roc-auc' is a metric of binary models, and the task is multiclass. For it there are: accuracy, balanced-accuracy, mcc, kappa, log-loss, macro-precision"],
    [{ task: 'regression', performance: { metrics: ['recall'] } }, 'For it there are: mae, rmse, bias, latency-quantiles, cost-per-thousand, label-delay, unlabelled-share'],
    [{ learners: ['logistics'] }, "did you mean 'logistic'?"],
    [{ drift: { score: ['toString'] } }, "no drift measure named 'toString'"],
  ])('are refused where they stand: %j', (raw, problem) => {
    expect(() => parse(raw)).toThrow(problem)
  })
})
