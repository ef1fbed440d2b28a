import { describe, expect, it } from 'vitest'
import type { PaneReadings } from '../../../../src/core/decide/readings.ts'
import type { TriggerPolicy } from '../../../../src/core/policy.ts'
import { candidateOf, commandOf, DAY, decideTask, evaluationOf, HOUR, MINUTE, paneOf, policyOf, profileOf, spread, type PaneGiven } from '../build.ts'

const calendar = (given: Partial<Extract<TriggerPolicy, { trigger: 'calendar' }>>): TriggerPolicy =>
  ({ trigger: 'calendar', everyMs: null, cron: null, timezone: 'UTC', maxModelAgeMs: null, ...given })
const newLabels: TriggerPolicy = { trigger: 'new-labels', count: 100 }
const acting = { versions: { v1: { acted: 500 } } }
const labelled = (nth: number, joinedLabels: number, more: PaneGiven = {}) => paneOf(nth, { ...acting, join: { joinedLabels }, ...more })
const rejected = candidateOf({ evaluation: evaluationOf({ metrics: { recall: 0.5 } }) })

describe('the calendar', () => {
  it('asks when the interval since the model was first seen has passed, and again after the last candidate', () => {
    const task = decideTask(policyOf({ triggers: [calendar({ everyMs: 7 * DAY })] })).send(paneOf(0, acting))
    task.tick(7 * DAY - 1)
    expect(task.events('retrain-requested')).toEqual([])
    task.tick(7 * DAY)
    expect(task.events('retrain-requested')).toMatchObject([{ at: 7 * DAY, advice: 'full', reasons: [{ rule: 'calendar', measure: 'interval' }] }])
    task.candidate(rejected, 8 * DAY)
    task.tick(15 * DAY - 1)
    expect(task.events('retrain-requested')).toHaveLength(1)
    task.tick(15 * DAY)
    expect(task.events('retrain-requested')).toHaveLength(2)
  })

  it('asks once for each instant of a cron expression', () => {
    const task = decideTask(policyOf({ triggers: [calendar({ cron: '0 0 * * *' })] })).send(paneOf(0, acting))
    task.tick(DAY)
    task.candidate(rejected, DAY + HOUR)
    task.tick(DAY + 20 * HOUR)
    expect(task.events('retrain-requested')).toHaveLength(1)
    task.tick(2 * DAY)
    expect(task.events('retrain-requested').map(({ at }) => at)).toEqual([DAY, 2 * DAY])
  })

  it('asks when the champion grows too old', () => {
    const task = decideTask(policyOf({ triggers: [calendar({ maxModelAgeMs: 90 * DAY })] })).send(paneOf(0, acting))
    task.tick(10 * MINUTE + 90 * DAY)
    expect(task.events('retrain-requested')).toMatchObject([{ reasons: [{ measure: 'model-age', subject: 'v1' }] }])
  })

  it('also falls due by panes alone, in a capture without ticks', () => {
    const task = decideTask(policyOf({ triggers: [calendar({ everyMs: HOUR })] })).send(paneOf(0, acting), paneOf(6, acting))
    expect(task.events('retrain-requested')).toMatchObject([{ at: 70 * MINUTE }])
  })
})

describe('new labels', () => {
  it('ask when enough distinct ones have been joined since the last request', () => {
    const task = decideTask(policyOf({ triggers: [newLabels] })).send(labelled(0, 60), labelled(1, 39))
    expect(task.events('retrain-requested')).toEqual([])
    task.send(labelled(2, 1))
    expect(task.events('retrain-requested')).toMatchObject([{ reasons: [{ rule: 'new-labels', reading: { value: 100, verdict: 'alarm' }, threshold: 100 }] }])
  })

  it('are not corrected, repeated or late ones', () => {
    const more = { join: { labels: 500, correctedLabels: 200, duplicateLabels: 200, lateLabels: 100 } }
    const task = decideTask(policyOf({ triggers: [newLabels] })).send(paneOf(0, { ...acting, ...more }))
    expect(task.events('retrain-requested')).toEqual([])
  })

  it('are counted from the candidate on when one arrives', () => {
    const task = decideTask(policyOf({ triggers: [newLabels] })).send(labelled(0, 60))
    task.candidate(rejected, 11 * MINUTE)
    task.send(labelled(1, 60))
    expect(task.events('retrain-requested')).toEqual([])
  })
})

describe('one request', () => {
  const policy = policyOf({ triggers: [newLabels], cooldownMs: 2 * HOUR, requestExpiresMs: DAY })
  const asked = () => decideTask(policy).send(labelled(0, 100))

  it('stays the only one until it is answered', () => {
    const task = asked().send(labelled(1, 500), labelled(30, 500))
    expect(task.events('retrain-requested')).toHaveLength(1)
  })

  it('is followed by another no sooner than the cooldown after it', () => {
    const task = asked()
    task.candidate(rejected, 11 * MINUTE)
    task.send(labelled(2, 200))
    expect(task.events('retrain-requested')).toHaveLength(1)
    task.tick(10 * MINUTE + 2 * HOUR)
    expect(task.events('retrain-requested').map(({ at }) => at)).toEqual([10 * MINUTE, 10 * MINUTE + 2 * HOUR])
  })

  it('that nobody answers becomes an incident, closed by the next candidate, and triggers may ask again', () => {
    const task = asked()
    task.tick(10 * MINUTE + DAY)
    expect(task.incidents('retrain-unanswered')).toEqual(['opened'])
    task.send(labelled(150, 100))
    expect(task.events('retrain-requested')).toHaveLength(2)
    task.candidate(rejected, 151 * 10 * MINUTE)
    expect(task.incidents('retrain-unanswered')).toEqual(['opened', 'closed'])
  })

  it('merges the reasons of every trigger that has one', () => {
    const task = decideTask(policyOf({ triggers: [newLabels, calendar({ everyMs: HOUR })] })).send(labelled(0, 10), labelled(6, 95))
    expect(task.events('retrain-requested')).toMatchObject([{ reasons: [{ rule: 'new-labels' }, { rule: 'calendar' }] }])
  })

  it('of a person passes the cooldown, and carries what else speaks for it', () => {
    const task = asked()
    task.candidate(rejected, 11 * MINUTE)
    task.send(labelled(2, 200))
    task.command(commandOf('retrain'), 31 * MINUTE)
    expect(task.events('retrain-requested').at(-1)).toMatchObject({ at: 31 * MINUTE, reasons: [{ rule: 'new-labels' }, { rule: 'manual', subject: 'ada' }] })
  })

  it('of a person is refused while one is open', () => {
    const task = asked()
    task.command(commandOf('retrain'), 11 * MINUTE)
    expect(task.events('retrain-requested')).toHaveLength(1)
    expect(task.decisions('command-refused')[0].text).toContain('is open already')
  })

  it('is advisory in mode advise', () => {
    expect(decideTask({ ...policy, mode: 'advise' }).send(labelled(0, 100)).events('retrain-requested')).toMatchObject([{ advisory: true }])
  })
})

describe('drift', () => {
  const base = { amount: spread(1_000), age: spread(1_000), note: spread(1_000) }
  const profile = profileOf(base, { importances: { amount: 0.6, age: 0.3, note: 0.1 } })
  const policyWith = (minImportanceShare: number, more: Parameters<typeof policyOf>[0] = {}) => policyOf({
    triggers: [{ trigger: 'drift', minImportanceShare, minPanes: 3, score: true }], drift: { all: [{ unit: 'psi', params: {} }] }, time: { windows: [1] }, ...more,
  })
  const calm = (nth: number) => paneOf(nth, { ...acting, features: base, profile })
  const moved = (nth: number, names: string[], by = 0.5) =>
    paneOf(nth, { ...acting, profile, features: Object.fromEntries(Object.entries(base).map(([name, values]) => [name, names.includes(name) ? values.map((x) => x + by) : values])) })
  const watched = (minImportanceShare: number, more: Parameters<typeof policyOf>[0] = {}) => {
    const task = decideTask(policyWith(minImportanceShare, more))
    task.profile(profile)
    return task
  }

  it('of features with enough importance asks after as many consecutive panes as the policy says', () => {
    const task = watched(0.5).send(calm(0), moved(1, ['amount']), moved(2, ['amount']))
    expect(task.events('retrain-requested')).toEqual([])
    task.send(moved(3, ['amount']))
    const [request] = task.events('retrain-requested')
    expect(request.reasons.map(({ measure, subject }) => [measure, subject])).toEqual([['importance-share', null], ['psi', 'amount']])
    expect(request.reasons[0].reading.value).toBeCloseTo(0.6, 9)
    expect(request).toMatchObject({ diagnosis: 'undetermined', advice: 'review', dataFromMs: 30 * MINUTE, dataToMs: 40 * MINUTE })
  })

  it('of unimportant features does not ask', () => {
    const task = watched(0.5).send(...[0, 1, 2, 3, 4].map((nth) => moved(nth, ['note', 'age'])))
    expect(task.events('retrain-requested')).toEqual([])
  })

  it('starts its count again when one pane is calm', () => {
    const task = watched(0.5).send(moved(0, ['amount']), moved(1, ['amount']), calm(2), moved(3, ['amount']), moved(4, ['amount']))
    expect(task.events('retrain-requested')).toEqual([])
  })

  it('beyond its severe level asks for one unimportant feature alone', () => {
    const task = watched(0.5, { drift: { all: [{ unit: 'psi', params: {} }], severe: { psi: 1 } } }).send(...[0, 1, 2].map((nth) => moved(nth, ['note'], 2)))
    expect(task.events('retrain-requested')[0].reasons.map(({ subject, threshold }) => [subject, threshold])).toEqual([['note', 1]])
  })

  it('does not ask twice while it lasts: it is armed again when it has left, or when a candidate came', () => {
    const task = watched(0.5, { cooldownMs: 0 }).send(...[0, 1, 2, 3, 4, 5, 6, 7].map((nth) => moved(nth, ['amount'])))
    expect(task.events('retrain-requested')).toHaveLength(1)
    expect(task.state().triggers['drift 1']).toMatchObject({ isArmed: false, isOn: true })
    task.send(calm(8), calm(9))
    expect(task.state().triggers['drift 1'].isOn).toBe(true)
    task.send(calm(10))
    expect(task.state().triggers['drift 1']).toMatchObject({ isArmed: true, isOn: false })
    expect(task.decisions('reading').map(({ text }) => text.slice(0, 33))).toEqual(['The drift trigger has a reason to', 'The drift trigger has no reason t'])
    task.candidate(rejected, 111 * MINUTE)
    task.send(...[12, 13, 14].map((nth) => moved(nth, ['amount'])))
    expect(task.events('retrain-requested')).toHaveLength(2)
  })

  it('that comes back from its threshold only a little holds on', () => {
    const trigger = { trigger: 'drift', minImportanceShare: 0.5, minPanes: 3, score: true } as const
    const wavering = (given: { leaveShare?: number }) => {
      const task = watched(0.5, { triggers: [{ ...trigger, ...given }], cooldownMs: 0 }).send(...[0, 1, 2].map((nth) => moved(nth, ['amount'])))
      task.send(...[3, 4, 5, 6].map((nth) => paneOf(nth, { ...acting, profile, features: { ...base, amount: base.amount.map((x) => x ** 1.6) } })))
      const { value, verdict } = (task.view().readings as unknown as PaneReadings).drift[0].features.find(({ feature }) => feature === 'amount')!.readings[0].reading
      expect([verdict, value! > 0.16 && value! < 0.2], `${value}`).toEqual(['warning', true])
      return task.state().triggers['drift 1'].isOn
    }
    expect([wavering({ leaveShare: 0.8 }), wavering({ leaveShare: 1 }), wavering({})]).toEqual([true, false, false])
  })

  it('is unknown, not absent, without a reference', () => {
    const task = decideTask(policyWith(0.5)).send(calm(0))
    expect(task.view()).toMatchObject({ readings: { reference: null, drift: [] } })
  })

  it('of missing values is a fault of the pipeline: fix the data first', () => {
    const holes = { ...base, amount: base.amount.map((x, i) => (i % 2 === 0 ? NaN : x)) }
    const task = watched(0.5, { drift: { all: [{ unit: 'missing', params: {} }] } }).send(...[0, 1, 2].map((nth) => paneOf(nth, { ...acting, profile, features: holes })))
    expect(task.events('retrain-requested')).toMatchObject([{ diagnosis: 'pipeline fault', advice: 'fix-data' }])
    expect(task.incidents('pipeline-fault')).toEqual(['opened'])
    task.send(calm(3), calm(4))
    expect(task.incidents('pipeline-fault')).toEqual(['opened'])
    task.send(calm(5))
    expect(task.incidents('pipeline-fault')).toEqual(['opened', 'closed'])
  })

  it('that comes and goes is one incident, which names every feature once', () => {
    const holed = (nth: number, names: readonly string[]) => paneOf(nth, {
      ...acting, profile, features: Object.fromEntries(Object.entries(base).map(([name, values]) => [name, names.includes(name) ? values.map((x, i) => (i % 2 === 0 ? NaN : x)) : values])),
    })
    const [first, second] = Object.keys(base)
    const task = watched(0.5, { drift: { all: [{ unit: 'missing', params: {} }] } })
    for (let nth = 0; nth < 20; nth++) task.send(holed(nth, nth % 2 === 1 ? [] : nth % 4 === 0 ? [first] : [second]))
    expect(task.incidents('pipeline-fault')).toEqual(['opened', 'updated'])
    task.send(calm(20), calm(21), calm(22), holed(23, [second]))
    expect(task.incidents('pipeline-fault')).toEqual(['opened', 'updated', 'closed', 'opened'])
    expect(task.events('incident').at(-1)!.cause).not.toContain(`: ${first}`)
  })

  it('takes features without importance as equally important', () => {
    const even = profileOf(base)
    const task = decideTask(policyWith(0.34))
    task.profile(even)
    task.send(...[0, 1, 2].map((nth) => paneOf(nth, { ...acting, profile: even, features: { ...base, note: base.note.map((x) => x + 0.5) } })))
    expect(task.events('retrain-requested')).toEqual([])
    const two = decideTask(policyWith(0.34))
    two.profile(even)
    two.send(...[0, 1, 2].map((nth) => paneOf(nth, { ...acting, profile: even, features: { ...base, note: base.note.map((x) => x + 0.5), age: base.age.map((x) => x + 0.5) } })))
    expect(two.events('retrain-requested')[0].reasons[0].reading.value).toBeCloseTo(2 / 3, 9)
  })

  it('of a feature follows the measures given for it by name', () => {
    const task = watched(0.5, { drift: { all: [{ unit: 'psi', params: {} }], byName: { amount: [{ unit: 'psi', params: { alarm: 50 } }] } } })
      .send(...[0, 1, 2].map((nth) => moved(nth, ['amount'])))
    expect(task.events('retrain-requested')).toEqual([])
  })
})

describe('performance', () => {
  const policyWith = (given: Partial<Extract<TriggerPolicy, { trigger: 'performance' }>>, windows = [1]) => policyOf({
    triggers: [{ trigger: 'performance', metric: 'recall', minDrop: null, floor: null, minLabels: 200, ...given }], time: { windows },
  })
  const claimed = profileOf({ amount: spread(100) }, { metrics: { recall: 0.9 } })
  const outcomes = (nth: number, tp: number, fn: number) => paneOf(nth, { versions: { v1: { acted: 500, tp, fn, tn: 100 } } })
  const watched = (policy: ReturnType<typeof policyOf>) => {
    const task = decideTask(policy)
    task.profile(claimed)
    return task
  }

  it('asks when recall has surely dropped below the claim of the profile', () => {
    const task = watched(policyWith({ minDrop: 0.05 })).send(outcomes(0, 140, 60))
    const [request] = task.events('retrain-requested')
    expect(request).toMatchObject({ diagnosis: 'performance drop', advice: 'full', reasons: [{ rule: 'performance', measure: 'recall', threshold: 0.05 }] })
    expect(request.reasons[0].reading.value).toBeCloseTo(0.2, 9)
  })

  it('does not ask while the interval spans the bound', () => {
    const task = watched(policyWith({ minDrop: 0.05 })).send(outcomes(0, 166, 34))
    expect(task.events('retrain-requested')).toEqual([])
  })

  it('asks below a floor, without any profile', () => {
    const task = decideTask(policyWith({ floor: 0.6 })).send(outcomes(0, 80, 120))
    expect(task.events('retrain-requested')).toMatchObject([{ reasons: [{ threshold: 0.6, reading: { value: 0.4 } }] }])
  })

  it('waits for enough labels, and finds them in a longer window', () => {
    const task = decideTask(policyWith({ floor: 0.6 }, [1, 6])).send(outcomes(0, 20, 30))
    expect(task.events('retrain-requested')).toEqual([])
    task.send(outcomes(1, 20, 30))
    expect(task.events('retrain-requested')).toMatchObject([{ dataFromMs: -40 * MINUTE, dataToMs: 20 * MINUTE }])
  })

  it('that crosses its bound again and again is one reason until it has stayed inside for `leavePanes` panes', () => {
    const policy = { ...policyWith({ floor: 0.6, leavePanes: 3 }), cooldownMs: 0 }
    const task = decideTask(policy)
    for (let nth = 0; nth < 12; nth++) task.send(nth % 3 === 0 ? outcomes(nth, 80, 120) : outcomes(nth, 190, 10))
    expect(task.events('retrain-requested')).toHaveLength(1)
    const said = () => task.events('decision').filter(({ decision, subject }) => decision === 'reading' && subject === 'performance').map(({ text }) => text.includes('no reason') ? 'off' : 'on')
    expect(said()).toEqual(['on'])
    task.send(outcomes(12, 190, 10))
    expect(said()).toEqual(['on', 'off'])
  })

  it('that is back inside its bound by less than it can tell still counts as inside, and one just outside as not', () => {
    const said = (tp: number): number => {
      const task = decideTask(policyWith({ floor: 0.6, leavePanes: 2 })).send(outcomes(0, 80, 120))
      for (let nth = 1; nth < 6; nth++) task.send(outcomes(nth, tp, 200 - tp))
      return task.events('decision').filter(({ text }) => text.includes('no reason')).length
    }
    expect([said(119), said(121)]).toEqual([0, 1])
  })

  it('takes a rise of the log-loss as a drop', () => {
    const task = watched(policyWith({ metric: 'log-loss', floor: 0.5 }))
    task.send(outcomes(0, 10, 190))
    expect(task.events('retrain-requested')).toMatchObject([{ reasons: [{ measure: 'log-loss' }] }])
  })

  it('makes drift harmful: together they ask for a full retrain', () => {
    const base = { amount: spread(1_000) }
    const profile = profileOf(base)
    const task = decideTask(policyOf({
      triggers: [{ trigger: 'drift', minImportanceShare: 0.5, minPanes: 1, score: false }, { trigger: 'performance', metric: 'recall', minDrop: null, floor: 0.6, minLabels: 100 }],
      drift: { all: [{ unit: 'ks', params: {} }] }, time: { windows: [1] },
    }))
    task.profile(profile)
    task.send(paneOf(0, { profile, features: { amount: base.amount.map((x) => x + 0.5) }, versions: { v1: { acted: 500, tp: 40, fn: 160 } } }))
    expect(task.events('retrain-requested')).toMatchObject([{ diagnosis: 'performance drop', advice: 'full' }])
  })
})

describe('an error detector', () => {
  it('is fed the champion\'s errors in order and its alarm is a decision', () => {
    const policy = policyOf({ performance: { errorDetectors: [{ unit: 'adwin', params: {} }] } })
    const errorsOf = (everyNth: number) => Array.from({ length: 2_000 }, (_, i) => (i % everyNth === 0 ? 1 : 0) as 0 | 1)
    const task = decideTask(policy).send(paneOf(0, { versions: { v1: { acted: 2_000, errors: errorsOf(20) } } }))
    expect(task.decisions('reading')).toEqual([])
    task.send(paneOf(1, { versions: { v1: { acted: 2_000, errors: errorsOf(2) } } }))
    expect(task.decisions('reading')).toMatchObject([{ subject: 'adwin', findings: [{ rule: 'error-detector', reading: { value: 0.5, verdict: 'alarm' } }] }])
    expect(task.state().detectors[0]).toMatchObject({ n: 4_000, alarmMs: 20 * MINUTE })
  })
})
