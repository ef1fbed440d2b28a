import { describe, expect, it } from 'vitest'
import { candidateOf, commandOf, DAY, decideTask, evaluationOf, HOUR, MINUTE, paneOf, policyOf, watchOf } from '../build.ts'

const v1Acts = (nth: number) => paneOf(nth, { versions: { v1: { acted: 500 } } })
const acting = () => decideTask().send(v1Acts(0))
const at = 11 * MINUTE
const weak = { evaluation: evaluationOf({ metrics: { recall: 0.801 } }) }

describe('the champion', () => {
  it('is the version that acts most, and its adoption is announced', () => {
    const task = decideTask().send(paneOf(0, { versions: { v1: { acted: 500 }, v2: { predictions: 500, acted: 20 } } }))
    expect(task.state().champion).toEqual({ version: 'v1', sinceMs: 10 * MINUTE })
    expect(task.decisions('champion-adopted').map(({ subject }) => subject)).toEqual(['v1'])
    expect(task.events('serving-config')).toEqual([])
  })

  it('is a question, not a guess, while two versions act about equally often', () => {
    const task = decideTask().send(paneOf(0, { versions: { v1: { acted: 500 }, v2: { acted: 460 } } }))
    expect(task.state().champion).toBeNull()
    expect(task.incidents('champion-ambiguous')).toEqual(['opened'])
    task.send(v1Acts(1))
    expect(task.state().champion?.version).toBe('v1')
    expect(task.incidents('champion-ambiguous')).toEqual(['opened', 'closed'])
  })

  it('does not change for a handful of predictions in a quiet pane', () => {
    const task = acting().send(paneOf(1, { versions: { v2: { acted: 3 } } }))
    expect(task.state().champion?.version).toBe('v1')
  })

  it('follows the fleet when another version takes over', () => {
    const task = acting().send(paneOf(1, { versions: { v2: { acted: 500 } } }))
    expect(task.state().champion?.version).toBe('v2')
    expect(task.state().versions.v1.stage).toBe('retired')
  })
})

describe('a candidate', () => {
  it('that passes is promoted, served, and its predecessor stays in shadow for the bake', () => {
    const task = acting()
    task.candidate(candidateOf(), at)
    expect(task.events('promote')).toMatchObject([{ version: 'v2', previous: 'v1', stage: 'champion', final: true, advisory: false, at }])
    expect(task.events('serving-config')).toMatchObject([
      { sequence: 1, champion: 'v2', routes: [{ version: 'v2', weight: 1, role: 'champion' }], shadows: ['v1'], advisory: false, at },
    ])
    expect(task.state().champion).toEqual({ version: 'v2', sinceMs: at })
  })

  it('is only advised in mode advise', () => {
    const task = decideTask(policyOf({ mode: 'advise' })).send(v1Acts(0))
    task.candidate(candidateOf(), at)
    expect(task.events('promote')).toMatchObject([{ version: 'v2', advisory: true }])
    expect(task.events('serving-config')).toEqual([])
    expect(task.state().champion?.version).toBe('v1')
  })

  it('that falls short is rejected with its findings', () => {
    const task = acting()
    task.candidate(candidateOf(weak), at)
    expect(task.decisions('candidate-rejected')).toMatchObject([{ subject: 'v2', findings: [{ rule: 'improvement', reading: { verdict: 'alarm' } }] }])
    expect(task.events('promote')).toEqual([])
  })

  it('that no gate can decide waits, then expires', () => {
    const task = acting()
    const noisy = { recall: 0.03 }
    task.candidate(candidateOf({ evaluation: evaluationOf({ metrics: { recall: 0.82 }, standardErrors: noisy }), baseline: evaluationOf({ standardErrors: noisy }) }), at)
    expect(task.decisions('candidate-waits')).toHaveLength(1)
    task.tick(at + 14 * DAY - 1)
    expect(task.decisions('candidate-expired')).toEqual([])
    task.tick(at + 14 * DAY)
    expect(task.decisions('candidate-expired')).toMatchObject([{ subject: 'v2', at: at + 14 * DAY }])
  })

  it('measured against another baseline than the champion waits', () => {
    const task = acting()
    task.candidate(candidateOf({ baselineVersion: 'v0' }), at)
    expect(task.decisions('candidate-waits')[0].text).toContain('measured against v0, but v1 acts')
    expect(task.events('promote')).toEqual([])
  })

  it('measured against the version that a rollback restores is judged again then', () => {
    const task = acting()
    task.candidate(candidateOf(), at)
    task.candidate(candidateOf({ version: 'v3' }), at + 1)
    expect(task.state().versions.v3.stage).toBe('waiting')
    task.command(commandOf('rollback'), at + 2)
    expect(task.events('promote').map(({ version }) => version)).toEqual(['v2', 'v3'])
  })

  it('announced twice in the same words is judged once', () => {
    const task = acting()
    task.candidate(candidateOf(weak), at)
    task.candidate(candidateOf(weak), at + 1)
    expect(task.decisions('candidate-rejected')).toHaveLength(1)
  })

  it('that was rolled back is not promoted again by itself', () => {
    const task = acting()
    task.candidate(candidateOf(), at)
    task.command(commandOf('rollback'), at + 1)
    task.candidate(candidateOf({ artifactUri: 's3://models/v2-again' }), at + 2)
    expect(task.events('promote')).toHaveLength(1)
    expect(task.decisions('candidate-refused')).toMatchObject([{ subject: 'v2' }])
  })

  it('brings its profile, which is published in force two panes on', () => {
    const task = acting()
    const profile = { kind: 'profile' as const, model: 'fraud', version: 'v2', effectiveFrom: null, n: 5, features: {}, score: null, scoreEdges: null, calibration: null, metrics: {}, subgroups: {}, provisional: false }
    task.candidate(candidateOf({ profile }), at)
    expect(task.events('profile')).toMatchObject([{ version: 'v2', effectiveFrom: 40 * MINUTE }])
  })
})

describe('a hold', () => {
  it('keeps a passing candidate waiting until it is resumed', () => {
    const task = acting()
    task.command(commandOf('hold'), at)
    task.candidate(candidateOf(), at + 1)
    expect(task.events('promote')).toEqual([])
    task.command(commandOf('resume'), at + 2)
    expect(task.events('promote')).toMatchObject([{ version: 'v2', at: at + 2 }])
  })

  it('stops neither a person\'s promotion nor a rollback', () => {
    const task = acting()
    task.candidate(candidateOf(weak), at)
    task.command(commandOf('hold'), at + 1)
    task.command(commandOf('promote', { version: 'v2' }), at + 2)
    task.command(commandOf('rollback'), at + 3)
    expect(task.events('serving-config').map(({ champion }) => champion)).toEqual(['v2', 'v1'])
  })
})

describe('a command', () => {
  it('to roll back serves the last known good version at once, in mode advise too', () => {
    const task = decideTask(policyOf({ mode: 'advise' })).send(v1Acts(0), paneOf(1, { versions: { v2: { acted: 500 } } }))
    task.command(commandOf('rollback'), 21 * MINUTE)
    expect(task.events('rollback')).toMatchObject([{ version: 'v1', previous: 'v2', issuer: 'ada', advisory: false, detectionDelayMs: null }])
    expect(task.events('serving-config')).toMatchObject([{ sequence: 1, champion: 'v1' }])
  })

  it('to promote passes the gates that rejected', () => {
    const task = acting()
    task.candidate(candidateOf(weak), at)
    task.command(commandOf('promote', { version: 'v2' }), at + 1)
    expect(task.events('promote')).toMatchObject([{ version: 'v2', approvers: ['ada'], advisory: false }])
  })

  it('that names an unknown version is refused and the known ones are listed', () => {
    const task = acting()
    task.command(commandOf('promote', { version: 'v9' }), at)
    expect(task.decisions('command-refused')[0].text).toBe("'promote' of v9 is refused: fraud has no version 'v9'; known are: v1.")
  })

  it('to roll back without anything to return to is a critical incident', () => {
    const task = acting()
    task.command(commandOf('rollback'), at)
    expect(task.events('incident')).toMatchObject([{ incident: 'no-rollback-target', severity: 'critical', state: 'opened' }])
    expect(task.decisions('command-refused')).toHaveLength(1)
  })

  it('that comes twice acts once', () => {
    const task = acting()
    task.candidate(candidateOf(), at)
    task.command(commandOf('rollback'), at + 1)
    task.command(commandOf('rollback'), at + 2)
    expect(task.events('rollback')).toHaveLength(1)
  })

  it('to approve is refused by name', () => {
    const task = acting()
    task.command(commandOf('approve', { version: 'v2' }), at)
    expect(task.decisions('command-refused')[0].text).toContain('approvals are not built yet')
  })
})

describe('the watch over a new champion', () => {
  const policy = policyOf({ rollback: { watch: { maxErrorRate: 0.02, maxLatencyP99Ms: 50, minPredictions: 200 } } })
  const promoted = (given = policy) => {
    const task = decideTask(given).send(v1Acts(0))
    task.candidate(candidateOf(), at)
    return task
  }

  it('rolls back at once when its error rate is surely too high', () => {
    const task = promoted()
    task.watch(watchOf(at, { v2: { acted: 150, errors: 15 } }))
    expect(task.events('rollback')).toEqual([])
    task.watch(watchOf(at + 5_000, { v2: { acted: 150, errors: 15 } }))
    expect(task.events('rollback')).toMatchObject([
      { version: 'v1', previous: 'v2', cause: 'error-rate', issuer: 'steward', advisory: false, at: at + 10_000, detectionDelayMs: 10_000 },
    ])
    expect(task.events('serving-config').map(({ sequence, champion }) => [sequence, champion])).toEqual([[1, 'v2'], [2, 'v1']])
  })

  it('does not mind an error rate within its bound', () => {
    const task = promoted()
    for (let i = 0; i < 10; i++) task.watch(watchOf(at + i * 5_000, { v2: { acted: 100, errors: 2 } }))
    expect(task.events('rollback')).toEqual([])
  })

  it('rolls back when more than one in a hundred is slower than the budget', () => {
    const task = promoted()
    const latenciesMs = Array.from({ length: 300 }, (_, i) => (i % 10 === 0 ? 80 : 20))
    task.watch(watchOf(at, { v2: { acted: 300, latenciesMs } }))
    expect(task.events('rollback')).toMatchObject([{ cause: 'latency' }])
  })

  it('takes a latency of exactly the budget as within it', () => {
    const task = promoted()
    task.watch(watchOf(at, { v2: { acted: 300, latenciesMs: Array.from({ length: 300 }, () => 50) } }))
    expect(task.events('rollback')).toEqual([])
  })

  it('acts through a hold', () => {
    const task = promoted()
    task.command(commandOf('hold'), at + 1)
    task.watch(watchOf(at, { v2: { acted: 300, errors: 60 } }))
    expect(task.events('rollback')).toHaveLength(1)
  })

  it('only advises in mode advise, and says it once', () => {
    const task = decideTask({ ...policy, mode: 'advise' }).send(v1Acts(0), paneOf(1, { versions: { v2: { acted: 500 } } }))
    task.watch(watchOf(20 * MINUTE, { v2: { acted: 300, errors: 60 } }))
    task.watch(watchOf(20 * MINUTE + 5_000, { v2: { acted: 300, errors: 60 } }))
    expect(task.events('rollback')).toMatchObject([{ version: 'v1', advisory: true }])
    expect(task.events('serving-config')).toEqual([])
  })

  it('opens a critical incident when the harmful champion is the first one', () => {
    const task = decideTask(policy)
    task.candidate(candidateOf(), at)
    expect(task.events('promote'), 'nothing says that the baseline is what acts').toEqual([])
    task.command(commandOf('promote', { version: 'v2' }), at)
    for (const i of [0, 1]) task.watch(watchOf(at + i * 5_000, { v2: { acted: 300, errors: 60 } }))
    expect(task.events('incident')).toMatchObject([{ incident: 'no-rollback-target', severity: 'critical', state: 'opened' }])
    expect(task.events('rollback')).toEqual([])
  })

  it('ends after the bake: the champion is known good and the shadow is released', () => {
    const task = promoted()
    task.tick(at + DAY - 1)
    expect(task.decisions('bake-passed')).toEqual([])
    task.tick(at + DAY)
    expect(task.decisions('bake-passed')).toMatchObject([{ subject: 'v2' }])
    expect(task.events('serving-config').at(-1)).toMatchObject({ sequence: 2, champion: 'v2', shadows: [] })
    task.watch(watchOf(at + DAY, { v2: { acted: 300, errors: 60 } }))
    expect(task.events('rollback')).toEqual([])
  })

  it('returns to the last version that came through its bake, not to one that did not', () => {
    const task = promoted()
    task.candidate(candidateOf({ version: 'v3', baselineVersion: 'v2' }), at + HOUR)
    expect(task.state().champion?.version).toBe('v3')
    task.watch(watchOf(at + HOUR, { v3: { acted: 300, errors: 60 } }))
    expect(task.events('rollback')).toMatchObject([{ version: 'v1', previous: 'v3' }])
  })
})

describe('the live metric of a new champion', () => {
  const policy = policyOf({ rollback: { watch: { performance: { metric: 'recall', maxDrop: 0.05, minLabels: 200 } } } })
  const after = (nth: number, v2: object, v1: object = {}) => paneOf(nth, { versions: { v1: { acted: 0, ...v1 }, v2: { acted: 500, ...v2 } } })
  const promoted = () => {
    const task = decideTask(policy).send(v1Acts(0))
    task.candidate(candidateOf(), at)
    return task
  }

  it('surely below its predecessor in shadow rolls back', () => {
    const task = promoted().send(after(6, { tp: 100, fn: 100, tn: 50 }, { tp: 160, fn: 40, tn: 50 }))
    expect(task.events('rollback')).toMatchObject([{ version: 'v1', previous: 'v2', cause: expect.stringContaining('live-performance') as string }])
    expect(task.events('rollback')[0].findings[0].measure).toBe('recall against v1')
  })

  it('below its predecessor within the interval does not', () => {
    const task = promoted().send(after(6, { tp: 172, fn: 28, tn: 50 }, { tp: 184, fn: 16, tn: 50 }))
    expect(task.events('rollback')).toEqual([])
  })

  it('surely below its own offline claim rolls back without a predecessor in shadow', () => {
    const task = promoted().send(after(6, { tp: 140, fn: 60, tn: 50 }))
    expect(task.events('rollback')[0].findings.map(({ measure }) => measure)).toEqual(['recall against its claim'])
  })

  it('is not judged on inferences from before the promotion', () => {
    const task = promoted().send(after(6, { tp: 20, fn: 180, cohorts: { 0: { tp: 20, fn: 180 } } }))
    expect(task.events('rollback')).toEqual([])
  })

  it('waits for enough labels', () => {
    const task = promoted().send(after(6, { tp: 20, fn: 100 }))
    expect(task.events('rollback')).toEqual([])
  })
})

describe('a fleet after a rollback', () => {
  it('is named while it acts on an older config, and done when it does not', () => {
    const task = acting()
    task.candidate(candidateOf(), at)
    task.command(commandOf('rollback'), at + 1)
    task.send(paneOf(2, { versions: { v1: { acted: 500, configSequence: 2 }, v2: { acted: 10, configSequence: 1 } } }))
    expect(task.incidents('fleet-laggard')).toEqual(['opened'])
    task.send(paneOf(3, { versions: { v1: { acted: 500, configSequence: 2 } } }))
    expect(task.incidents('fleet-laggard')).toEqual(['opened', 'closed'])
    expect(task.decisions('rollback-done')).toHaveLength(1)
  })

  it('is not called late for what it did before', () => {
    const task = acting()
    task.candidate(candidateOf(), at)
    task.command(commandOf('rollback'), at + 1)
    task.send(paneOf(1, { versions: { v2: { acted: 10, configSequence: 1 } } }))
    expect(task.incidents('fleet-laggard')).toEqual([])
  })
})
