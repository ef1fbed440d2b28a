import { describe, expect, test } from 'vitest'
import { parsePolicy } from '../../src/config/policy.ts'
import { checkUnitInTables } from '../../src/config/units.ts'
import { isByClass } from '../../src/core/decide/performance/error-streams.ts'

const parse = (raw: unknown) => parsePolicy('fraud', raw, checkUnitInTables)

describe('a rule that could never work is refused', () => {
  test.each([
    [{ triggers: [{ performance: { metric: 'recall', floor: 7 } }] }, '`models.fraud.triggers[0].performance.floor` must be a value that recall can take, not 7: it is always between 0 and 1 (7% is 0.07)'],
    [{ triggers: [{ performance: { metric: 'recall', floor: 1.4 } }] }, '(1.4% is 0.014)'],
    [{ triggers: [{ performance: { metric: 'mcc', floor: -1.5 } }] }, 'mcc can take, not -1.5: it is always between -1 and 1'],
    [{ triggers: [{ performance: { metric: 'log-loss', floor: -1 } }] }, 'log-loss can take, not -1: it is never below 0'],
    [{ triggers: [{ performance: { metric: 'ece', minDrop: 1 } }] }, '`models.fraud.triggers[0].performance.minDrop` must be less than 1, not 1: ece lies between 0 and 1'],
    [{ rollback: { watch: { performance: { metric: 'kappa', maxDrop: 2.5 } } } }, '`models.fraud.rollback.watch.performance.maxDrop` must be less than 2, not 2.5'],
    [{ promotion: { minImprovement: 5 } }, '`models.fraud.promotion.minImprovement` must be less than 1, not 5: roc-auc lies'],
    [{ drift: { features: { all: ['psi', { psi: { alarm: 0.3 } }] } } }, "`models.fraud.drift.features.all[1]` names 'psi' again, which stands at [0] already"],
    [{ drift: { features: { byName: { amount: ['ks', 'ks'] } } } }, '`models.fraud.drift.features.byName.amount[1]` names'],
    [{ drift: { score: ['ks', 'psi', 'ks'] } }, '`models.fraud.drift.score[2]` names'],
    [{ drift: { decision: ['psi', 'psi'] } }, '`models.fraud.drift.decision[1]` names'],
    [{ drift: { rows: ['reconstruction', 'reconstruction'] } }, '`models.fraud.drift.rows[1]` names'],
    [{ drift: { rows: ['reconstruction', 'domain-classifier'] }, time: { windows: [1] } }, '`models.fraud.drift.rows[1]` needs a window of two panes or more'],
    [{ task: 'regression', drift: { decision: ['psi'] } }, '`models.fraud.drift.decision` has no meaning for a regression model'],
    [{ task: 'multiclass', drift: { decision: ['ks'] } }, "cannot be used: 'ks' has nothing to read in decisions"],
    [{ task: 'multiclass', classes: ['a', 'b'], limits: { maxClasses: 9 } }, '`models.fraud.limits.maxClasses` has no meaning beside `classes`'],
    [{ profile: { seasonWeeks: 4 } }, '`models.fraud.profile.seasonWeeks` is a key of seasonal references alone'],
    [{ performance: { metrics: ['recall', 'recall'] } }, '`models.fraud.performance.metrics[1]` names'],
    [{ performance: { errorDetectors: ['adwin', 'adwin'] } }, '`models.fraud.performance.errorDetectors[1]` names'],
    [{ learners: ['logistic', 'logistic'] }, '`models.fraud.learners[1]` names'],
    [{ drift: { segments: { region: 'all' } } }, '`models.fraud.drift.segments.region` names a segment, and `segments` is empty: write `segments: [region]`'],
    [{ segments: ['region'], drift: { segments: { channel: 'score' } } }, '`models.fraud.drift.segments.channel` is no segment of this model, which has region'],
    [{ segments: ['region'], drift: { segments: { region: 'score' }, score: [], decision: [] } }, "`models.fraud.drift.segments.region` cannot be 'score' while"],
    [{ segments: ['region'], drift: { segments: { region: 'all' } }, profile: { reference: 'rolling' } }, '`models.fraud.drift.segments` cannot be read against a rolling reference'],
    [{ limits: { maxSegmentFeatures: 9 } }, '`models.fraud.limits.maxSegmentFeatures` is a limit of `drift.segments` that read features'],
    [{ segments: ['region'], drift: { segments: { region: 'score' } }, limits: { maxWaitingFeatures: 9 } }, '`models.fraud.limits.maxWaitingFeatures` is a limit of'],
    [{ segments: ['eu', 'us', 'eu'] }, "`models.fraud.segments[2]` names 'eu' again"],
    [{ task: 'regression', performance: { errorDetectors: ['adwin'] } }, '`models.fraud.performance.errorDetectors` must be empty for a regression model'],
    [{ task: 'regression', performance: { errorStreams: 'pooled' } }, '`models.fraud.performance.errorStreams` is a key of binary models alone: a regression has no errors'],
    [{ task: 'multiclass', performance: { errorStreams: 'byClass' } }, '`models.fraud.performance.errorStreams` is a key of binary models alone: whether'],
    [{ labels: 'actedOnly', performance: { errorStreams: 'byClass' } }, '`models.fraud.performance.errorStreams` can only be `pooled` where labels are those of acted inferences'],
    [{ performance: { errorDetectors: [], errorStreams: 'pooled' } }, '`models.fraud.performance.errorStreams` has no meaning without `errorDetectors`'],
    [{ performance: { estimate: 'dle' } }, '`models.fraud.performance.estimate` is a key of regression models alone: performance of a binary model is estimated'],
    [{ task: 'multiclass', performance: { estimate: 'dle' } }, '`models.fraud.performance.estimate` is a key of regression models alone: performance of a multiclass model'],
    [{ task: 'regression', performance: { estimate: 'cbpe' } }, '`models.fraud.performance.estimate`'],
    [{ time: { windows: [1, 100_000] } }, '`models.fraud.time.windows[1]` must be at most 10000 panes, not 100000'],
    [{ drift: { falseAlarmEvery: '5m' } }, '`models.fraud.drift.falseAlarmEvery` must not be shorter than `time.pane` (10min)'],
    [{ drift: { falseAlarmEvery: '9000y' }, time: { pane: '1s' } }, '`models.fraud.drift.falseAlarmEvery` must not be longer than'],
    [{ time: { cohort: '8d' } }, '`models.fraud.time.cohort` must not be longer than `time.labelHorizon` (7d)'],
  ])('%j: %s', (raw, problem) => {
    expect(() => parse(raw)).toThrow(problem)
  })

  test.each([
    [{ triggers: [{ performance: { metric: 'recall', floor: 1 } }, { performance: { metric: 'log-loss', floor: 7 } }, { performance: { metric: 'business-value', floor: -7 } }] }],
    [{ task: 'regression', triggers: [{ performance: { metric: 'mae', floor: 7, minDrop: 300 } }] }],
    [{ performance: { errorDetectors: ['adwin', { adwin: { delta: 0.01 } }] } }],
    [{ performance: { errorStreams: 'byClass' } }],
    [{ labels: 'actedOnly', performance: { errorStreams: 'pooled' } }],
    [{ drift: { falseAlarmEvery: '10m' }, time: { cohort: '7d' } }],
    [{ drift: { falseAlarmEvery: null } }],
    [{ drift: { falseAlarmEvery: '1000y' } }],
    [{ drift: { rows: ['domain-classifier'] }, time: { windows: [1, 2] } }],
    [{ drift: { rows: ['reconstruction'] }, time: { windows: [1] } }],
    [{ profile: { reference: 'seasonal', seasonWeeks: 4 } }],
    [{ task: 'multiclass', limits: { maxClasses: 9 } }],
    [{ promotion: { metric: 'expected-profit', minImprovement: 500 } }],
  ])('what can work is taken: %j', (raw) => {
    expect(() => parse(raw)).not.toThrow()
  })

  test('a default that only a binary model has is not held against one of several classes', () => {
    expect(() => parse({ task: 'multiclass', labels: 'actedOnly' })).toThrow(/^`models\.fraud\.labels` must be 'all' for a multiclass model[^\n]*$/)
  })

  test('errors of 0 and 1 are watched by default where there are some', () => {
    expect(parse({}).performance.errorDetectors).toEqual([{ unit: 'adwin', params: {} }])
    expect(parse({ task: 'regression' }).performance.errorDetectors).toEqual([])
  })

  test('errors are told apart by class where labels have two, unless they are pooled', () => {
    expect([{}, { performance: { errorStreams: 'pooled' } }, { labels: 'actedOnly' }, { task: 'multiclass' }].map((raw) => isByClass(parse(raw)))).toEqual([true, false, false, false])
  })

  test('a regression that asks for no estimate is the policy that it was before it could', () => {
    expect(parse({ task: 'regression' }).performance).not.toHaveProperty('estimate')
    expect(parse({ task: 'regression', performance: { estimate: null } }).hash).toBe(parse({ task: 'regression' }).hash)
    expect(parse({ task: 'regression', performance: { estimate: 'dle' } }).performance).toMatchObject({ estimate: 'dle' })
  })

  test('writing the default of the error streams out is the same policy', () => {
    expect(parse({ performance: { errorStreams: 'byClass' } }).hash).toBe(parse({}).hash)
  })
})
