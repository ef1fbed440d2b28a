import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { parsePolicy, policyFromText, policyRecord, policyText, type CheckUnit } from '../../src/config/policy.ts'
import { UnitError } from '../../src/core/unit.ts'
import { StewardError } from '../../src/errors.ts'

const anyUnit: CheckUnit = () => undefined

/** The problems of a policy, a line each. */
function problems(raw: unknown, checkUnit = anyUnit): string[] {
  try {
    parsePolicy('fraud', raw, checkUnit)
  } catch (error) {
    expect(error).toBeInstanceOf(StewardError)
    expect((error as StewardError).code).toBe('CONFIG_INVALID')
    return (error as StewardError).message.split('\n')
  }
  return []
}

const full = parse(`
mode: act
task: binary
positive: fraud
threshold: 0.4
labels: { positivesOnly: { negativeAfter: 1d } }
time: { pane: 1h, windows: [1, 24], labelHorizon: 3d, correctionHorizon: 12h, maxFutureSkew: 30s, paneGrace: 0s, watchEvery: 1s, cohort: 6h }
segments: [region, channel]
drift:
  features: { all: [psi, ks], byName: { amount: [{ psi: { alarm: 0.25 } }] } }
  severe: { psi: 2 }
performance: { metrics: [precision, recall], errorDetectors: [{ adwin: { delta: 0.01 } }, page-hinkley] }
learners: [logistic]
triggers:
  - calendar: { cron: '0 3 * * 1', timezone: Europe/Berlin, maxModelAge: 90d }
  - drift: { minImportanceShare: 5%, minPanes: 2 }
  - performance: { metric: recall, minDrop: 0.05, floor: 0.6 }
  - new-labels: { count: 5000 }
cooldown: 1h
promotion: { goal: nonInferior, metric: recall, minImprovement: 0.01, maxLatencyP99: 50ms, maxCostPerThousand: 0.40 }
rollback: { keepVersions: 3, watch: { maxErrorRate: 1%, maxLatencyP99: 80ms, performance: { maxDrop: 0.1 } } }
`) as Record<string, unknown>

describe('parsePolicy', () => {
  test('understands what DESIGN lets a user write', () => {
    expect(parsePolicy('fraud', full, anyUnit)).toMatchObject({
      model: 'fraud', mode: 'act', task: 'binary', positive: 'fraud', threshold: 0.4, labels: { exist: 'positivesOnly', negativeAfterMs: 86_400_000 }, segments: ['region', 'channel'], cooldownMs: 3_600_000,
      time: { paneMs: 3_600_000, windows: [1, 24], labelHorizonMs: 259_200_000, correctionHorizonMs: 43_200_000, maxFutureSkewMs: 30_000, paneGraceMs: 0, watchEveryMs: 1000, cohortMs: 21_600_000 },
      drift: { all: [{ unit: 'psi', params: {} }, { unit: 'ks', params: {} }], byName: { amount: [{ unit: 'psi', params: { alarm: 0.25 } }] }, severe: { psi: 2 }, falseAlarmEveryMs: 315_576_000_000 },
      performance: { metrics: ['precision', 'recall'], errorDetectors: [{ unit: 'adwin', params: { delta: 0.01 } }, { unit: 'page-hinkley', params: {} }] },
      learners: [{ unit: 'logistic', params: {} }],
      triggers: [
        { trigger: 'calendar', everyMs: null, cron: '0 3 * * 1', timezone: 'Europe/Berlin', maxModelAgeMs: 7_776_000_000 },
        { trigger: 'drift', minImportanceShare: 0.05, minPanes: 2, score: true },
        { trigger: 'performance', metric: 'recall', minDrop: 0.05, floor: 0.6, minLabels: 500 },
        { trigger: 'new-labels', count: 5000 },
      ],
      promotion: { goal: 'nonInferior', metric: 'recall', minImprovement: 0.01, maxSubgroupRegression: 0.01, maxLatencyP99Ms: 50, maxCostPerThousand: 0.4 },
      rollback: { keepVersions: 3, watch: { maxErrorRate: 0.01, maxLatencyP99Ms: 80, performance: { metric: 'roc-auc', maxDrop: 0.1, minLabels: 500 } } },
    })
  })

  test.each([null, undefined, {}])('gives the same defaults for %j', (raw) => {
    expect(parsePolicy('fraud', raw, anyUnit)).toEqual(parsePolicy('fraud', { mode: 'advise' }, anyUnit))
  })

  test('advises only, unless told to act', () => {
    expect(parsePolicy('fraud', {}, anyUnit).mode).toBe('advise')
  })

  test('gives a regression model metrics of its own, and no performance rule that would need its unit', () => {
    const policy = parsePolicy('price', { task: 'regression', threshold: 120 }, anyUnit)
    expect(policy.performance.metrics).toEqual(['mae', 'rmse', 'bias'])
    expect(policy.promotion.metric).toBe('rmse')
    expect(policy.triggers.map(({ trigger }) => trigger)).toEqual(['drift'])
    expect(policy.rollback.watch.performance).toBeNull()
  })

  test('takes an empty list of triggers and a watch that is switched off at their word', () => {
    const policy = parsePolicy('fraud', { triggers: [], rollback: { watch: { performance: null, maxErrorRate: null } } }, anyUnit)
    expect(policy.triggers).toEqual([])
    expect(policy.rollback.watch).toMatchObject({ performance: null, maxErrorRate: null })
  })

  test('is frozen through and through', () => {
    const policy = parsePolicy('fraud', full, anyUnit)
    expect(() => { (policy.time as { paneMs: number }).paneMs = 1 }).toThrow(TypeError)
    expect(() => { (policy.drift.all[0].params as Record<string, unknown>).alarm = 1 }).toThrow(TypeError)
    expect(() => { (policy.segments as string[]).push('x') }).toThrow(TypeError)
  })
})

describe('a mistake in a policy', () => {
  test('in a key names its path and its nearest neighbour', () => {
    expect(problems({ time: { labelHorizn: '7d' } })).toEqual(["`models.fraud.time.labelHorizn` is not a setting; did you mean 'labelHorizon'?"])
    expect(problems({ triggers: [{ performance: { floor: 1, minLables: 3 } }] })).toEqual(["`models.fraud.triggers[0].performance.minLables` is not a setting; did you mean 'minLabels'?"])
  })

  test('in a key far from any other lists what there is', () => {
    expect(problems({ xyzzyplugh: 1 })[0]).toMatch(/^`models\.fraud\.xyzzyplugh` is not a setting\. Here there are: mode, task, /)
  })

  test('does not hide the next one: all are reported at once', () => {
    expect(problems({ mode: 'x', cooldown: 5, promotion: { goal: 'better' }, limits: { maxPending: 1.5 }, extra: 1, other: 2 })).toHaveLength(6)
  })

  test.each([
    [{ time: { pane: 10 } }, '`models.fraud.time.pane` must be a duration with its unit'],
    [{ time: { pane: '500ms' } }, '`models.fraud.time.pane` must be longer or larger than "500ms"'],
    [{ time: { windows: [6, 1] } }, '`models.fraud.time.windows` must ascend'],
    [{ time: { watchEvery: '20m' } }, '`models.fraud.time.watchEvery` must not be longer than `time.pane`'],
    [{ time: { cohort: '1m' } }, '`models.fraud.limits.maxCohorts` must be at least 11520'],
    [{ threshold: 3 }, '`models.fraud.threshold` must be a probability'],
    [{ mode: 'on' }, '`models.fraud.mode` must be one of advise, act'],
    [{ positive: [1] }, '`models.fraud.positive` must be true or false or a number or text'],
    [{ profile: { edges: { amount: [1, 1] } } }, '`models.fraud.profile.edges.amount` must ascend'],
    [{ triggers: { drift: {} } }, '`models.fraud.triggers` must be a list'],
    [{ triggers: [{}] }, '`models.fraud.triggers[0]` must be one trigger an entry'],
    [{ triggers: [{ drift: {}, calendar: { every: '1d' } }] }, '`models.fraud.triggers[0]` must be one trigger an entry'],
    [{ triggers: [{ calendar: {} }] }, '`models.fraud.triggers[0].calendar` needs `every`, `cron` or `maxModelAge`'],
    [{ triggers: [{ calendar: { every: '1d', cron: '0 3 * * 1' } }] }, '`models.fraud.triggers[0].calendar` takes `every` or `cron`, not both'],
    [{ triggers: [{ calendar: { cron: '0 25 * * 1' } }] }, "`models.fraud.triggers[0].calendar.cron` '0 25 * * 1' is not a cron expression"],
    [{ triggers: [{ calendar: { cron: '0 3 * * 1', timezone: 'Berlin' } }] }, '`models.fraud.triggers[0].calendar.timezone` names the time zone'],
    [{ triggers: [{ performance: { metric: 'recall' } }] }, '`models.fraud.triggers[0].performance` needs `minDrop`, `floor` or both'],
    [{ drift: { score: [{ psi: {}, ks: {} }] } }, '`models.fraud.drift.score[0]` must be the name of a unit'],
    [{ rollback: { watch: { maxErrorRate: '200%' } } }, '`models.fraud.rollback.watch.maxErrorRate` must be a share between 0 and 100%, like 5% or 0.05, not "200%"'],
    [{ time: { windows: [] } }, '`models.fraud.time.windows` must have at least 1 entry'],
    [{ task: 'multiclass', classes: ['a'] }, '`models.fraud.classes` must have at least 2 entries'],
    [{ rollback: { watch: { performance: {} } } }, '`models.fraud.rollback.watch.performance.maxDrop` must be a number'],
    [[], '`models.fraud` must be a section of settings'],
    ['fraud', '`models.fraud` must be a section of settings'],
  ])('%j is refused: %s', (raw, problem) => {
    const found = problems(raw)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(problem)
  })

  test.each([
    [{ time: { snapshotEvery: '1h' } }, 'time.snapshotEvery'],
    [{ triggers: [{ economics: { currency: 'EUR' } }] }, 'triggers[0].economics'],
    [{ promotion: { shadow: {} } }, 'promotion.shadow'],
    [{ promotion: { canary: { steps: ['1%'] } } }, 'promotion.canary'],
    [{ promotion: { bandit: {} } }, 'promotion.bandit'],
    [{ promotion: { approval: { approvals: 1 } } }, 'promotion.approval'],
    [{ rollback: { watch: { silence: '5m' } } }, 'rollback.watch.silence'],
  ])('%j is refused by name, as not built yet', (raw, path) => {
    expect(problems(raw)).toEqual([`\`models.fraud.${path}\` is not built yet: remove it`])
  })

  test('of a multiclass model refuse what has no meaning for it, and of the others what only it has', () => {
    expect(problems({ task: 'multiclass', positive: 'cat', threshold: 0.3 })).toEqual([
      '`models.fraud.positive` has no meaning for a multiclass model: no class is the positive one. Leave it out',
      "`models.fraud.threshold` has no meaning for a multiclass model: the decision is the fleet's, else the likeliest class. Leave it out",
    ])
    expect(problems({ classes: ['a', 'b'] })[0]).toContain('`models.fraud.classes` is a key of multiclass models alone')
    expect(problems({ task: 'regression', limits: { maxClasses: 9 } })[0]).toContain('`models.fraud.limits.maxClasses` is a key of multiclass models alone')
    expect(problems({ task: 'multiclass', labels: { positivesOnly: { negativeAfter: '1d' } } })[0]).toContain("must be 'all' for a multiclass model")
    expect(problems({ task: 'multiclass', classes: ['a', 1, '1'] })[0]).toContain("names the class '1' twice")
    expect(problems({ task: 'multiclass', classes: ['a', 'toString'] })[0]).toContain("'toString', which cannot name a class")
    expect(problems({ task: 'multiclass', classes: ['a'] })[0]).toContain('`models.fraud.classes`')
    expect(problems({ task: 'multiclass', limits: { maxClasses: 201 } })[0]).toContain('`models.fraud.limits.maxClasses`')
  })

  test('in labels are told of the form that was meant', () => {
    expect(problems({ labels: 'some' })).toEqual(["`models.fraud.labels` must be 'all', 'actedOnly' or { positivesOnly: { negativeAfter: 7d } }"])
    expect(problems({ labels: { positivesOnly: { negativeAfter: 7 } } })[0]).toContain('`models.fraud.labels.positivesOnly.negativeAfter` must')
    expect(problems({ labels: { positiveOnly: {} } }).join()).toContain("did you mean 'positivesOnly'?")
    expect(problems({ labels: { positivesOnly: { negativeAfter: '8d' } } })).toEqual([
      '`models.fraud.labels.positivesOnly.negativeAfter` must not be longer than `time.labelHorizon`, for which a prediction is kept',
    ])
    expect(problems({ labels: 'actedOnly', task: 'regression' })[0]).toContain("must be 'all' for a regression model")
  })

  test('watches what labels of acted inferences can tell, and refuses a watch that could never speak', () => {
    const { triggers, rollback } = parsePolicy('fraud', { labels: 'actedOnly' }, anyUnit)
    expect(triggers.find(({ trigger }) => trigger === 'performance')).toMatchObject({ metric: 'precision' })
    expect(rollback.watch.performance).toMatchObject({ metric: 'precision' })
    expect(problems({ labels: 'actedOnly', triggers: [{ performance: { metric: 'recall', floor: 0.6 } }] })).toEqual([expect.stringMatching(/triggers\[0\]\.performance\.metric.*must be 'precision' under `labels: actedOnly`/)])
    expect(problems({ labels: 'actedOnly', rollback: { watch: { performance: { metric: 'f1', maxDrop: 0.1 } } } })).toEqual([expect.stringMatching(/rollback.watch.performance.metric.*must be 'precision'/)])
  })

  test.each(['ranking', 'multi-label', 'multilabel', 'sequence'])('refuses the task %s with a sentence that says what to send instead', (task) => {
    expect(problems({ task })[0]).toMatch(/is refused: .* not supported; send one inference an? (item|label|element)/)
  })

  test('in a unit is reported where it stands, with what the family says', () => {
    const checkUnit: CheckUnit = (family, { unit }) => {
      if (unit === 'psy') throw new UnitError(`no ${family} named 'psy'; did you mean 'psi'?`)
    }
    expect(problems({ drift: { features: { byName: { amount: ['psy'] } }, severe: { psy: 1 } } }, checkUnit)).toEqual([
      "`models.fraud.drift.features.byName.amount[0]` cannot be used: no drift named 'psy'; did you mean 'psi'?",
      "`models.fraud.drift.severe.psy` cannot be used: no drift named 'psy'; did you mean 'psi'?",
    ])
  })

  test('every unit of a policy is asked for, in its family and for its task', () => {
    const asked: string[] = []
    parsePolicy('fraud', { ...full, drift: { features: { byName: { amount: ['chi2'] } }, score: ['ks'] } }, (family, { unit }, task) => asked.push(`${task} ${family} ${unit}`))
    expect(asked).toEqual(expect.arrayContaining([
      'binary drift psi', 'binary drift chi2', 'binary drift ks', 'binary metrics precision', 'binary metrics recall', 'binary detectors adwin', 'binary learners logistic', 'binary compared-metrics recall', 'binary compared-metrics roc-auc', 'binary claimed-metrics recall',
    ]))
  })

  test('in the code behind a check is not taken for the user’s', () => {
    expect(() => parsePolicy('fraud', {}, () => { throw new TypeError('boom') })).toThrow(TypeError)
  })
})

describe('the hash of a policy', () => {
  const hashOf = (raw: unknown): string => parsePolicy('fraud', raw, anyUnit).hash

  test('is the same for two ways to write the same policy', () => {
    expect(hashOf({ time: { pane: '60m' }, cooldown: '0.5d' })).toBe(hashOf({ cooldown: '12h', time: { pane: '1h' } }))
    expect(hashOf({ drift: { score: ['psi', { ks: {} }] } })).toBe(hashOf({ drift: { score: [{ psi: null }, 'ks'] } }))
    expect(hashOf({})).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each([{ time: { pane: '5m' } }, { mode: 'act' }, { positive: 1 }, { segments: ['region'] }, { triggers: [] }, { drift: { score: [{ psi: { alarm: 0.3 } }] } }])('differs for %j', (raw) => {
    expect(hashOf(raw)).not.toBe(hashOf({}))
  })

  test('differs between models, so that one tenant’s policy is never another’s', () => {
    expect(parsePolicy('a', {}, anyUnit).hash).not.toBe(parsePolicy('b', {}, anyUnit).hash)
  })
})

describe('the text of a policy', () => {
  test('is canonical, and gives the policy back', () => {
    expect(policyText({ mode: 'act', cooldown: '1h' })).toBe(policyText({ cooldown: '1h', mode: 'act' }))
    expect(policyFromText('fraud', policyText(full), anyUnit)).toEqual(parsePolicy('fraud', full, anyUnit))
    expect(policyText(null)).toBe('{}')
  })

  test('that is not JSON, or not a policy, is a config error', () => {
    expect(() => policyFromText('fraud', '{', anyUnit)).toThrow(/policy text of 'fraud' is not JSON/)
    expect(() => policyFromText('fraud', '{"mood":"act"}', anyUnit)).toThrow(/did you mean 'mode'/)
  })

  test('is published with the hash of what it comes to', () => {
    expect(policyRecord('fraud', full, { effectiveFrom: 5, issuer: 'ann' }, anyUnit)).toEqual({
      kind: 'policy', model: 'fraud', text: policyText(full), hash: parsePolicy('fraud', full, anyUnit).hash, effectiveFrom: 5, issuer: 'ann',
    })
  })
})
