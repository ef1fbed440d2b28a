import { describe, expect, it } from 'vitest'
import { createDecide } from '../../../src/core/decide.ts'
import { createParts } from '../../../src/core/parts.ts'
import type { PaneSummary } from '../../../src/core/panes/summary.ts'
import type { DecideEvent, NumericReference } from '../../../src/core/records.ts'
import { faultsOf, throughBytes } from '../plain-data.ts'
import { candidateOf, commandOf, DAY, decideTask, HOUR, MINUTE, paneOf, policyOf, profileOf, sha256, spread, watchOf, type PaneGiven } from './build.ts'

const acting = (nth: number, task = 0, more: PaneGiven = {}) => paneOf(nth, { task, versions: { v1: { acted: 500 } }, ...more })

describe('a pane', () => {
  it('is read only when every task has passed its end', () => {
    const task = decideTask(policyOf(), 2)
    const { decide, parts, emit } = task
    decide.pane(parts, acting(0, 0), 10 * MINUTE, emit)
    task.pass(10 * MINUTE, 0)
    expect(task.state().panesRead).toBe(0)
    task.pass(10 * MINUTE - 1, 1)
    expect(task.state().panesRead).toBe(0)
    task.pass(10 * MINUTE, 1)
    expect(task.state().panesRead).toBe(1)
    expect(parts.names('pending/')).toEqual([])
  })

  it('is not held up by a task that has ended for good', () => {
    const task = decideTask(policyOf(), 2)
    task.decide.pane(task.parts, acting(0, 0), 10 * MINUTE, task.emit)
    task.pass(0, 1, true)
    task.pass(10 * MINUTE, 0)
    expect(task.state().panesRead).toBe(1)
  })

  it('waits again for a task that had ended for good and goes on in another run', () => {
    const task = decideTask(policyOf(), 2)
    task.pass(0, 0, true)
    task.pass(0, 1, true)
    task.decide.reopen(task.parts, 0)
    task.decide.reopen(task.parts, 1)
    task.decide.pane(task.parts, acting(0, 0), 10 * MINUTE, task.emit)
    task.pass(10 * MINUTE, 0)
    expect(task.state().panesRead).toBe(0)
    task.decide.pane(task.parts, acting(0, 1), 10 * MINUTE, task.emit)
    task.pass(0, 1, true)
    expect(task.state()).toMatchObject({ panesRead: 1, lateParts: 0 })
  })

  it('is read in order of start, whatever came first', () => {
    const task = decideTask(policyOf({ triggers: [{ trigger: 'new-labels', count: 10 }] }), 2)
    const { decide, parts, emit } = task
    decide.pane(parts, acting(1, 1, { join: { joinedLabels: 10 } }), 20 * MINUTE, emit)
    decide.pane(parts, acting(0, 0, { join: { joinedLabels: 10 } }), 10 * MINUTE, emit)
    task.pass(20 * MINUTE, 1)
    task.pass(20 * MINUTE, 0)
    expect(task.events('retrain-requested').map(({ at }) => at)).toEqual([10 * MINUTE])
    expect(task.state().firstSeenMs).toBe(0)
  })

  it('is kept as long as the largest window needs it', () => {
    const task = decideTask(policyOf({ time: { windows: [1, 3] } })).send(...[0, 1, 2, 3, 9].map((nth) => acting(nth)))
    expect(task.parts.names('pane/')).toEqual(['pane/fraud/5400000'])
    expect(task.state().panes).toEqual([90 * MINUTE])
  })

  it('that comes after it was read is counted and not used', () => {
    const task = decideTask().send(acting(0), acting(1))
    task.send(acting(0))
    expect(task.state()).toMatchObject({ panesRead: 2, lateParts: 1 })
  })

  it('made under another policy than the one in force is explained in the view', () => {
    const task = decideTask(policyOf(), 2)
    task.send(acting(0, 0))
    const { decide, parts, emit } = task
    decide.pane(parts, acting(1, 0), 20 * MINUTE, emit)
    decide.pane(parts, acting(1, 1, { policyHash: 'p0' }), 20 * MINUTE, emit)
    task.pass(20 * MINUTE, 0)
    task.pass(20 * MINUTE, 1)
    expect(task.view()).toMatchObject({ panes: { leftOut: { parts: 1, why: expect.stringContaining('another policy') as string } } })
  })
})

describe('a policy', () => {
  it('is in force from the first pane that starts at its time, and says so once', () => {
    const task = decideTask(policyOf({ hash: 'p1' }))
    task.policy(policyOf({ hash: 'p1' }), 0, 0)
    task.policy(policyOf({ hash: 'p2', mode: 'advise' }), 20 * MINUTE, 0)
    task.send(acting(0), acting(1), acting(2, 0, { policyHash: 'p2' }), acting(3, 0, { policyHash: 'p2' }))
    expect(task.decisions('policy-applied').map(({ subject, at }) => [subject, at])).toEqual([['p1', 10 * MINUTE], ['p2', 30 * MINUTE]])
  })

  it('that comes after its time begins now', () => {
    const task = decideTask(policyOf({ hash: 'p1' }))
    task.policy(policyOf({ hash: 'p1' }), 0, 0)
    task.policy(policyOf({ hash: 'p2' }), 0, 15 * MINUTE)
    task.send(acting(1), acting(2, 0, { policyHash: 'p2' }))
    expect(task.decisions('policy-applied').map(({ subject }) => subject)).toEqual(['p1', 'p2'])
  })

  it('published twice is kept once', () => {
    const task = decideTask()
    task.policy(policyOf({ hash: 'p2' }), 0, 0)
    const before = task.parts.takeDirty()
    task.policy(policyOf({ hash: 'p2' }), 0, 5 * MINUTE)
    expect(before.written.size).toBe(1)
    expect(task.parts.takeDirty().written.size).toBe(0)
  })
})

describe('a silent task', () => {
  const bake = policyOf({ rollback: { watch: { performance: { metric: 'recall', maxDrop: 0.05, minLabels: 200 } } } })
  const stuck = () => {
    const task = decideTask(bake, 2)
    task.send(acting(0, 0), acting(0, 1))
    task.candidate(candidateOf(), 11 * MINUTE)
    task.decide.pane(task.parts, paneOf(6, { task: 0, versions: { v1: { tp: 160, fn: 40, acted: 0 }, v2: { tp: 100, fn: 100 } }, join: { joinedLabels: 9 } }), 70 * MINUTE, task.emit)
    task.pass(70 * MINUTE, 0)
    return task
  }
  const ticks = (task: ReturnType<typeof stuck>, count: number) => {
    for (let i = 1; i <= count; i++) {
      task.pass(70 * MINUTE + i * 1_000, 0)
      task.tick(70 * MINUTE + i * 1_000)
    }
  }

  it('opens an incident past the grace, and only a rollback acts on the partial pane', () => {
    const task = stuck()
    ticks(task, 4)
    expect(task.incidents('partial-pane')).toEqual([])
    ticks(task, 1)
    expect(task.incidents('partial-pane')).toEqual(['opened'])
    expect(task.events('rollback')).toMatchObject([{ version: 'v1', previous: 'v2' }])
    expect(task.state()).toMatchObject({ panesRead: 1, labelsSinceAsked: 0 })
  })

  it('that never spoke at all is noticed as well', () => {
    const task = decideTask(bake, 2)
    task.decide.pane(task.parts, acting(0, 0), 10 * MINUTE, task.emit)
    for (let i = 0; i < 5; i++) {
      task.pass(10 * MINUTE + i * 1_000, 0)
      task.tick(10 * MINUTE + i * 1_000)
    }
    expect(task.incidents('partial-pane')).toEqual(['opened'])
    expect(task.state().panesRead).toBe(0)
  })

  it('that comes back makes the pane whole, and it is read as if nothing had been', () => {
    const task = stuck()
    ticks(task, 5)
    task.decide.pane(task.parts, paneOf(6, { task: 1, versions: { v1: { acted: 5 } }, join: { joinedLabels: 1 } }), 70 * MINUTE, task.emit)
    task.pass(70 * MINUTE, 1)
    expect(task.incidents('partial-pane')).toEqual(['opened', 'closed'])
    expect(task.state()).toMatchObject({ panesRead: 2, labelsSinceAsked: 10 })
  })
})

describe('a correction', () => {
  const correction = (paneNth: number, before: number, after: number) =>
    ({ paneStart: paneNth * 10 * MINUTE, version: 'v1', cohort: 0, segments: [], score: 0.9, decision: 1, before, after })
  const performance = { metrics: ['precision'] }
  const precision = (task: ReturnType<typeof decideTask>) =>
    (task.view() as unknown as { readings: { performance: { readings: { precision: { value: number } } }[] } }).readings.performance.at(-1)!.readings.precision.value

  it('puts right the pane it is addressed to while a window holds that pane', () => {
    const task = decideTask(policyOf({ performance })).send(paneOf(0, { versions: { v1: { tp: 8, fp: 2 } } }))
    task.send(paneOf(1, { versions: { v1: { acted: 1 } }, corrections: [correction(0, 1, 0)] }))
    expect(precision(task)).toBeCloseTo(0.7, 12)
    expect(task.state()).toMatchObject({ correctionsApplied: 1, correctionsCounted: 0 })
  })

  it('that withdraws a label takes its outcome out', () => {
    const task = decideTask(policyOf({ performance })).send(paneOf(0, { versions: { v1: { tp: 8, fp: 2 } } }))
    task.send(paneOf(1, { versions: { v1: { acted: 1 } }, corrections: [correction(0, 0, NaN)] }))
    expect(precision(task)).toBeCloseTo(8 / 9, 12)
  })

  it('of a pane that has left every window is only counted', () => {
    const task = decideTask(policyOf({ performance })).send(paneOf(0, { versions: { v1: { tp: 8, fp: 2 } } }))
    task.send(paneOf(9, { versions: { v1: { tp: 1 } }, corrections: [correction(0, 1, 0)] }))
    expect(task.state()).toMatchObject({ correctionsApplied: 0, correctionsCounted: 1 })
  })
})

describe('a cohort', () => {
  const policy = policyOf({ performance: { metrics: ['recall'] }, time: { labelHorizonMs: 3 * HOUR } })
  const cohortOf = (start: number, cells: object) => ({ [start]: cells })

  it('completes as labels arrive, beside what the live window said when it had passed', () => {
    const task = decideTask(policy)
    task.send(paneOf(5, { versions: { v1: { predictions: 100, tp: 9, fn: 1, cohorts: cohortOf(0, { tp: 9, fn: 1 }) } } }))
    task.send(paneOf(12, { versions: { v1: { predictions: 100, tp: 1, fn: 9, cohorts: cohortOf(0, { tp: 1, fn: 9 }) } } }))
    expect(task.decide.cohorts(task.parts, 'fraud')[0]).toEqual(
      { startMs: 0, version: 'v1', predictions: 100, labels: 20, isComplete: false, live: { recall: 0.9 }, completed: { recall: 0.5 }, labelsExpected: null, expected: null })
    task.send(paneOf(24, { versions: { v1: { predictions: 1 } } }))
    expect(task.decide.cohorts(task.parts, 'fraud')[0]).toMatchObject({ isComplete: true, labelsExpected: 20, expected: { recall: 0.5 } })
  })

  it('beyond the limit is folded into the others', () => {
    const task = decideTask({ ...policy, limits: { ...policy.limits, cohortsMax: 2 } })
    for (const hour of [0, 1, 2, 3]) task.send(paneOf(6 * hour, { versions: { v1: { predictions: 10, tp: 1 } } }))
    expect(task.decide.cohorts(task.parts, 'fraud').map(({ startMs, labels }) => [startMs, labels])).toEqual([[2 * HOUR, 1], [3 * HOUR, 1], [null, 2]])
    expect(task.parts.names('cohort/')).toHaveLength(3)
  })

  it('is compared with the live numbers when a drained run ends', () => {
    const task = decideTask(policy)
    task.send(paneOf(5, { versions: { v1: { predictions: 100, tp: 9, fn: 1, cohorts: cohortOf(0, { tp: 9, fn: 1 }) } } }))
    task.decide.pane(task.parts, paneOf(12, { versions: { v1: { predictions: 1, tp: 1, fn: 9, cohorts: cohortOf(0, { tp: 1, fn: 9 }) } } }), DAY, task.emit)
    task.decide.end(task.parts, DAY, task.emit)
    expect(task.decisions('closed').map(({ text }) => text)).toEqual(['The run ends after 2 panes: recall as read live was off by 0.4 on average over 1 cohort.'])
  })
})

describe('a champion without a profile', () => {
  const policy = policyOf({ drift: { all: [{ unit: 'psi', params: {} }] }, time: { windows: [1] } })
  const rows = (n: number) => [...spread(Math.floor(n * 0.9)), ...Array.from({ length: Math.ceil(n * 0.1) }, () => 0)]
  const unlaid = (nth: number, n: number) => acting(nth, 0, { features: { amount: rows(n) }, names: { channel: Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 'app' : 'web')) } })

  it('gets bins from its first rows, in force two panes on', () => {
    const task = decideTask(policy).send(unlaid(0, 60))
    expect(task.events('profile')).toEqual([])
    task.send(unlaid(1, 60))
    const [layout] = task.events('profile')
    expect(layout).toMatchObject({ version: 'v1', n: 0, provisional: true, effectiveFrom: 40 * MINUTE })
    const amount = layout.features.amount as NumericReference
    expect(amount.atoms).toEqual([0])
    expect(amount.edges).toHaveLength(9)
    expect(amount.edges[4]).toBeCloseTo(0.5, 1)
    expect(layout.features.channel).toMatchObject({ categories: ['web', 'app'], counts: [] })
  })

  it('lets the policy fix bins instead', () => {
    const task = decideTask({ ...policy, profile: { ...policy.profile, edges: { amount: [0.25] }, categories: { channel: ['app'] } } }).send(unlaid(0, 120))
    expect(task.events('profile')[0].features).toMatchObject({ amount: { edges: [0.25] }, channel: { categories: ['app'] } })
  })

  it('then gets a provisional reference from its first panes on those bins, and drift is read against it', () => {
    const task = decideTask(policy).send(unlaid(0, 120))
    const [layout] = task.events('profile')
    const laid = (nth: number, by = 0) => acting(nth, 0, { profile: layout, features: { amount: spread(1_000).map((x) => x + by) }, names: { channel: ['web', 'app'] } })
    task.send(laid(4), laid(5))
    const [, reference] = task.events('profile')
    expect(reference).toMatchObject({ version: 'v1', n: 2_000, provisional: true, effectiveFrom: 60 * MINUTE, metrics: {} })
    task.send(laid(6, 0.5))
    expect(task.view()).toMatchObject({ readings: { reference: { isProvisional: true, n: 2_000 }, drift: [{ features: [{ feature: 'amount', readings: [{ reading: { verdict: 'alarm' } }] }, {}] }] } })
  })

  it('reads ids and free text for missing values alone, and says so', () => {
    const rules = policyOf({ drift: { all: [{ unit: 'psi', params: {} }, { unit: 'unseen', params: {} }, { unit: 'missing', params: {} }] }, time: { windows: [1] } })
    const session = (nth: number, n: number) => Array.from({ length: n }, (_, i) => `s-${nth}-${i}`)
    const task = decideTask(rules).send(acting(0, 0, { names: { session: session(0, 120) } }))
    const [layout] = task.events('profile')
    const laid = (nth: number) => acting(nth, 0, { profile: layout, names: { session: session(nth, 400) } })
    task.send(laid(4), laid(5), laid(6))
    expect(task.decisions('provisional-profile')[0].text).toContain('Values of session hardly ever repeat: as ids or free text it is read for missing values and types alone.')
    expect(task.view()).toMatchObject({ readings: { drift: [{ features: [{ feature: 'session', readings: [{ measure: 'missing', reading: { verdict: 'ok' } }] }] }] } })
    expect(task.incidents('pipeline-fault')).toEqual([])
  })

  it('makes nothing once somebody has published a profile for it', () => {
    const profile = profileOf({ amount: spread(100) })
    const task = decideTask(policy)
    task.profile(profile)
    task.send(acting(0, 0, { profile, features: { amount: spread(200) } }))
    expect(task.events('profile')).toEqual([])
  })
})

describe('decisions', () => {
  it('are chained by hash, each with an id of its own', () => {
    const task = decideTask().send(acting(0), acting(1))
    task.candidate(candidateOf(), 21 * MINUTE)
    task.command(commandOf('rollback'), 22 * MINUTE)
    const chain = task.events('decision')
    expect(chain.length).toBeGreaterThan(3)
    expect(chain[0].previousHash).toBe('')
    expect(new Set(chain.map(({ id }) => id)).size).toBe(chain.length)
    expect(new Set(chain.map(({ previousHash }) => previousHash)).size).toBe(chain.length)
  })
})

describe('the same records', () => {
  const policy = policyOf({
    triggers: [{ trigger: 'new-labels', count: 50 }], performance: { metrics: ['recall', 'roc-auc'], errorDetectors: [{ unit: 'adwin', params: {} }] },
    rollback: { watch: { maxErrorRate: 0.02, minPredictions: 100 } },
  })
  const models = ['eu/fraud', 'fraud']
  const part = (nth: number, task: number, model: string): PaneSummary => ({
    ...paneOf(nth, { task, versions: { v1: { tp: 10 + task, fn: nth, fp: 3, tn: 20, errors: [1, 0, 0, 1] } }, features: { amount: spread(40, nth, nth + task + 1) }, join: { joinedLabels: 20 } }), model,
  })
  const sent = [0, 1, 2, 3].map((nth) => [0, 1, 2].flatMap((task) => models.map((model) => ({ task, part: part(nth, task, model) }))))

  /** Runs them; `order` shuffles within a pane, `between` stands for what the engine does between records. */
  function run(order: (items: (typeof sent)[number]) => (typeof sent)[number], between: (parts: ReturnType<typeof createParts>) => ReturnType<typeof createParts>) {
    const decide = createDecide({ nextCron: (_e, _t, after) => after + DAY, upstreamTasks: 3, hash: sha256, defaultPolicy: (model) => ({ ...policy, model }) })
    let parts = createParts()
    const said: DecideEvent[] = []
    const emit = (_role: string, _key: string, event: DecideEvent) => void said.push(event)
    sent.forEach((items, nth) => {
      const endMs = (nth + 1) * 10 * MINUTE
      for (const { part: summary } of order(items)) {
        decide.pane(parts, structuredClone(summary), endMs, emit)
        parts = between(parts)
      }
      for (const { task } of order(items)) decide.broadcast(parts, { kind: 'broadcast', task, streamTimeMs: endMs, atLogEnd: false, final: false }, endMs, emit)
      decide.candidate(parts, candidateOf({ version: `v${nth + 2}`, baselineVersion: nth === 0 ? 'v1' : `v${nth + 1}` }), endMs + 1, emit)
      parts = between(parts)
      decide.watch(parts, watchOf(endMs + 1_000, { v3: { acted: 200, errors: 50 } }), endMs + 6_000, emit)
    })
    decide.end(parts, DAY, emit)
    return { said, state: new Map(parts.names('').map((name) => [name, parts.get(name)])), views: models.map((model) => decide.view(parts, model)) }
  }
  const asTheyAre = run((items) => items, (parts) => parts)

  it('give the same events and state whatever order the tasks came in', () => {
    const backwards = run((items) => [...items].reverse(), (parts) => parts)
    expect(backwards.said).toEqual(asTheyAre.said)
    expect(backwards.state).toEqual(asTheyAre.state)
    expect(asTheyAre.said.some(({ kind }) => kind === 'rollback')).toBe(true)
  })

  it('give the same when the state goes through bytes between any two', () => {
    const stored = run((items) => items, (parts) => createParts(new Map(parts.names('').map((name) => [name, throughBytes(parts.get(name))]))))
    expect(stored.said).toEqual(asTheyAre.said)
    expect(stored.state).toEqual(asTheyAre.state)
  })

  it('leave only plain data in the state, the events and the view', () => {
    expect(faultsOf([...asTheyAre.state.values()])).toEqual([])
    expect(faultsOf(asTheyAre.said)).toEqual([])
    expect(JSON.parse(JSON.stringify(asTheyAre.views))).toEqual(asTheyAre.views)
  })

  it('keep models with a slash in their name apart', () => {
    expect([...asTheyAre.state.keys()].filter((name) => name.startsWith('model/'))).toEqual(['model/eu%2Ffraud', 'model/fraud'])
  })
})
