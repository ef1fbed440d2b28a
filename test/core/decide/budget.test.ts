/** Performance rules, error detectors and the watch over a new champion inside the false-alarm budget. */
import { describe, expect, it } from 'vitest'
import { readingShare } from '../../../src/core/decide/share.ts'
import { seeded, uniform } from '../../../src/core/random.ts'
import type { PerformanceSight } from '../../../src/core/triggers/trigger.ts'
import type { ModelPolicy } from '../../../src/core/policy.ts'
import { candidateOf, DAY, decideTask, MINUTE, paneOf, policyOf, profileOf, spread } from './build.ts'

const falseAlarmEveryMs = 3_652.5 * DAY
const paneMs = 10 * MINUTE
const performance = { trigger: 'performance', metric: 'recall', minDrop: null, floor: 0.6, minLabels: 100 } as const

describe('the share of a reading', () => {
  const profile = profileOf({ amount: spread(100), age: spread(100) })
  it('is of drift, performance rules, detectors and the watch together', () => {
    const policy = policyOf({
      drift: { all: [{ unit: 'ks', params: {} }, { unit: 'psi', params: {} }], falseAlarmEveryMs }, time: { windows: [1, 6, 60] },
      triggers: [performance, { ...performance, minDrop: 0.05 }], performance: { errorDetectors: [{ unit: 'adwin', params: {} }, { unit: 'ddm', params: {} }] },
      rollback: { watch: { performance: { metric: 'recall', maxDrop: 0.05, minLabels: 100 } } },
    })
    expect(readingShare(policy, profile)!.readings).toBe(3 * (4 + 3) + 2 + 2)
    expect(readingShare(policy, null)!.readings).toBe(3 * 3 + 2 + 2)
    expect(readingShare(policy, profile)!.chance).toBeCloseTo(paneMs / (falseAlarmEveryMs * 25), 15)
    expect(readingShare({ ...policy, drift: { ...policy.drift, falseAlarmEveryMs: null } }, profile)).toBeNull()
  })
})

describe('a performance rule under a budget', () => {
  const policy = policyOf({ triggers: [performance], drift: { falseAlarmEveryMs }, time: { windows: [1] } })
  const outcomes = (tp: number, fn: number) => paneOf(0, { versions: { v1: { acted: 1_000, tp, fn, tn: 100 } } })
  const sight = (task: ReturnType<typeof decideTask>) => (task.view() as unknown as { readings: { performance: PerformanceSight[] } }).readings.performance[0]
  const said = (task: ReturnType<typeof decideTask>) => (task.state().triggers['performance 1'].state as { findings: { reading: { verdict: string; interval: [number, number]; detail: Record<string, number> } }[] }).findings[0].reading

  it('asks where the interval at the level of its share is beyond the bound, and shows the usual one', () => {
    const task = decideTask(policy).send(outcomes(160, 240))
    const [request] = task.events('retrain-requested')
    const { interval, detail } = request.reasons[0].reading
    expect(detail).toMatchObject({ chance: paneMs / falseAlarmEveryMs })
    expect([detail!.low, detail!.high]).toEqual(sight(task).atLevel!.intervals.recall)
    expect(detail!.high).toBeLessThan(0.6)
    expect(detail!.high).toBeGreaterThan(interval![1])
  })

  it('warns where only the usual interval is beyond it', () => {
    const task = decideTask(policy).send(outcomes(200, 200))
    expect(task.events('retrain-requested')).toEqual([])
    expect(said(task)).toMatchObject({ verdict: 'warning' })
    expect(said(task).interval[1]).toBeLessThan(0.6)
    expect(decideTask({ ...policy, drift: { ...policy.drift, falseAlarmEveryMs: null } }).send(outcomes(200, 200)).events('retrain-requested')).toHaveLength(1)
  })

  it('is insufficient where labels are too few for the level, however bad they are', () => {
    const task = decideTask(policy).send(outcomes(0, 20))
    expect(said(task)).toMatchObject({ verdict: 'insufficient', detail: { low: null, high: null } })
    expect(task.events('retrain-requested')).toEqual([])
  })

  it('holds a drop to its level as well as a floor', () => {
    const dropping = policyOf({ triggers: [{ ...performance, floor: null, minDrop: 0.1 }], drift: { falseAlarmEveryMs }, time: { windows: [1] } })
    const watched = (tp: number, fn: number) => {
      const task = decideTask(dropping)
      task.profile(profileOf({ amount: spread(100) }, { metrics: { recall: 0.7 } }))
      return task.send(outcomes(tp, fn))
    }
    expect(said(watched(200, 200)).verdict).toBe('warning')
    const asked = watched(160, 240).events('retrain-requested')[0].reasons[0].reading
    expect(asked.value).toBeCloseTo(0.3, 9)
    expect(asked.detail!.low).toBeGreaterThan(0.1)
    expect(asked.detail!.low).toBeLessThan(asked.interval![0])
  })
})

describe('an error detector under a budget', () => {
  const policy: ModelPolicy = policyOf({ drift: { falseAlarmEveryMs }, time: { windows: [1, 60] }, performance: { errorDetectors: [{ unit: 'adwin', params: {} }] } })
  const streamOf = (seed: number) => {
    const random = seeded(seed)
    return (nth: number, rate: number, n = 100) => paneOf(nth, { versions: { v1: { acted: n, errors: Array.from({ length: n }, () => Number(uniform(random) < rate) as 0 | 1) } } })
  }
  const verdicts = (task: ReturnType<typeof decideTask>) => task.decisions('reading').map(({ findings }) => findings[0].reading.verdict)

  it('warns of a rise first, and alarms once it is sure, with the rates before and since', () => {
    const pane = streamOf(5)
    const task = decideTask(policy)
    for (let nth = 0; nth < 30; nth++) task.send(pane(nth, 0.1))
    expect(task.decisions('reading')).toEqual([])
    expect(task.view()).toMatchObject({ detectors: [{ unit: 'adwin', verdict: 'ok' }] })
    for (let nth = 30; nth < 40; nth++) task.send(pane(nth, 0.26))
    expect(verdicts(task).filter((verdict) => verdict === 'alarm')).toHaveLength(1)
    const alarm = task.decisions('reading').find(({ findings }) => findings[0].reading.verdict === 'alarm')!
    const { value, n, nReference, detail } = alarm.findings[0].reading
    expect([value, n! + nReference!, detail!.chance]).toEqual([expect.closeTo(0.26, 1), (alarm.at / paneMs) * 100, paneMs / falseAlarmEveryMs])
    expect(detail!.pValue).toBeLessThan(paneMs / falseAlarmEveryMs)
    expect(task.state().detectors[0].alarmMs).toBe(alarm.at)
    expect(task.view()).toMatchObject({ detectors: [{ unit: 'adwin', verdict: 'alarm' }] })
  })

  it('says a small rise without a doubt only when labels have made it sure', () => {
    const pane = streamOf(6)
    const task = decideTask({ ...policy, drift: { ...policy.drift, falseAlarmEveryMs: 1e5 * falseAlarmEveryMs } })
    for (let nth = 0; nth < 60; nth++) task.send(pane(nth, 0.1))
    let [nth, view] = [60, 'ok']
    for (; nth < 100 && view === 'ok'; nth++) view = (task.send(pane(nth, 0.16)).view() as unknown as { detectors: { verdict: string }[] }).detectors[0].verdict
    expect(view).toBe('warning')
    expect(task.decisions('reading').at(-1)!.text).toContain('not sure yet')
    expect(task.state().detectors[0].alarmMs).toBeNull()
    for (; nth < 120; nth++) task.send(pane(nth, 0.16))
    expect(verdicts(task)).toContain('alarm')
  })

  it('finds a fifth of the labels flipped within a thousand, and cries wolf in none of the streams where nothing changes', () => {
    let [found, falseOnes] = [0, 0]
    for (let seed = 100; seed < 130; seed++) {
      const pane = streamOf(seed)
      const task = decideTask(policy)
      for (let nth = 0; nth < 30; nth++) task.send(pane(nth, 0.1))
      falseOnes += verdicts(task).filter((verdict) => verdict === 'alarm').length
      for (let nth = 30; nth < 40; nth++) task.send(pane(nth, 0.26))
      found += Number(verdicts(task).includes('alarm'))
    }
    expect([found, falseOnes]).toEqual([30, 0])
  })

  it('takes the errors of one entity for one', () => {
    const random = seeded(8)
    const clustered = (nth: number) => {
      const pane = paneOf(nth, { versions: { v1: { acted: 100, errors: Array.from({ length: 10 }, () => (uniform(random) < 0.2 ? 1 : 0) as 0 | 1).flatMap((error) => Array<0 | 1>(10).fill(error)) } } })
      const { outcomes, errorSequence } = pane.versions.v1
      if (outcomes.kind !== 'binary') throw new Error('binary outcomes')
      Object.assign(outcomes, { n: 100, byEntity: new Float64Array(1_024) })
      for (let i = 0; i < 100; i++) outcomes.byEntity![4 * (nth % 20) * 10 + 4 * Math.floor(i / 10) + (((errorSequence.bits[i >> 2] >> ((i & 3) * 2)) & 1) === 1 ? 1 : 3)] += 1
      return pane
    }
    const task = decideTask(policy)
    for (let nth = 0; nth < 200; nth++) task.send(clustered(nth))
    expect(task.state().detectors[0].designEffect).toBeGreaterThan(7)
    expect(verdicts(task)).toContain('warning')
    expect(verdicts(task)).not.toContain('alarm')
  })
})

describe('the watch over a new champion under a budget', () => {
  const policyWith = (every: number | null) => policyOf({ drift: { falseAlarmEveryMs: every }, rollback: { watch: { performance: { metric: 'recall', maxDrop: 0.05, minLabels: 100 } } } })
  const promoted = (every: number | null, tp: number, fn: number) => {
    const task = decideTask(policyWith(every)).send(paneOf(0, { versions: { v1: { acted: 100, tp: 20, tn: 80 } } }))
    task.candidate(candidateOf(), paneMs)
    return task.send(paneOf(6, { versions: { v1: { acted: 0, predictions: 500, tp: 360, fn: 40 }, v2: { acted: 500, tp, fn } } }))
  }

  it('rolls back for harm that is sure at the level of its share, and not yet for less', () => {
    expect(promoted(null, 320, 80).events('rollback')).toHaveLength(1)
    expect(promoted(falseAlarmEveryMs, 320, 80).events('rollback')).toEqual([])
    expect(promoted(falseAlarmEveryMs, 160, 240).events('rollback')).toHaveLength(1)
  })
})
