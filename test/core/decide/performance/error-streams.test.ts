/** Errors by actual class: what moves the mix of classes is no change of errors. */
import { describe, expect, it } from 'vitest'
import type { ModelPolicy } from '../../../../src/core/policy.ts'
import { seeded, uniform } from '../../../../src/core/random.ts'
import { DAY, decideTask, paneOf, policyOf } from '../build.ts'

const adwin = { errorDetectors: [{ unit: 'adwin', params: {} }] }
const policy = (given: Partial<ModelPolicy['performance']> = {}, falseAlarmEveryMs: number | null = 3_652.5 * DAY) =>
  policyOf({ drift: { falseAlarmEveryMs }, time: { windows: [1, 60] }, performance: { ...adwin, ...given } })

const streamOf = (seed: number) => {
  const random = seeded(seed)
  return (nth: number, positives: number, errors: readonly [number, number], n = 100) => {
    const actuals = Array.from({ length: n }, () => Number(uniform(random) < positives) as 0 | 1)
    return paneOf(nth, { versions: { v1: { acted: n, actuals, errors: actuals.map((actual) => Number(uniform(random) < errors[actual]) as 0 | 1) } } })
  }
}
const said = (task: ReturnType<typeof decideTask>) => task.decisions('reading').map(({ findings }) => findings[0])
const alarms = (task: ReturnType<typeof decideTask>) => said(task).filter(({ reading }) => reading.verdict === 'alarm')

/** Labels of negatives alone for a while, then of both. */
function startUp(given: ModelPolicy, seed: number) {
  const pane = streamOf(seed)
  const task = decideTask(given)
  for (let nth = 0; nth < 30; nth++) task.send(pane(nth, nth < 15 ? 0 : 0.3, [0.02, 0.25]))
  return task
}

describe('errors of classes that differ', () => {
  it('cry wolf as one stream where one class begins to come, and not by class', () => {
    expect(alarms(startUp(policy({ errorStreams: 'pooled' }), 3))).toHaveLength(1)
    expect(said(startUp(policy(), 3))).toEqual([])
  })

  it('are told by class: which one changed, from what to what, and what the other did', () => {
    const pane = streamOf(4)
    const task = decideTask(policy())
    for (let nth = 0; nth < 30; nth++) task.send(pane(nth, 0.2, [0.02, 0.2]))
    for (let nth = 30; nth < 36; nth++) task.send(pane(nth, 0.2, [0.02, 0.8]))
    const [alarm] = alarms(task)
    expect(alarm.reading.value).toBeGreaterThan(0.6)
    expect(alarm.reading.n! + alarm.reading.nReference!).toBeLessThan(36 * 100 * 0.3)
    expect(alarm.text).toMatch(/^adwin saw the error rate change among positives: [678][.\d]+% of \d+ outcomes, [12]\d[.\d]*% before\. Among negatives it was [.\d]+% of \d+ outcomes, 2[.\d]*% before\.$/)
    expect(task.decisions('reading').at(-1)!.text).toMatch(/error rate of v1 rise among positives from/)
  })

  it('show what was read of each class', () => {
    const { detectors } = startUp(policy(), 5).view() as unknown as { detectors: { n: number; errors: number; classes: { class: string; n: number; errors: number }[] }[] }
    const [{ n, errors, classes }] = detectors
    expect(classes.map((each) => each.class)).toEqual(['negatives', 'positives'])
    expect([classes[0].n + classes[1].n, classes[0].errors + classes[1].errors]).toEqual([n, errors])
    expect(startUp(policy({ errorStreams: 'pooled' }), 5).view()).not.toHaveProperty('detectors.0.classes')
  })

  it('are one stream where labels are those of acted inferences: a class is then all right or all wrong', () => {
    const task = startUp({ ...policy(), labels: { exist: 'actedOnly' } }, 6)
    expect(task.state().detectors[0].classes).toBeUndefined()
  })

  it('alarm by class where nothing is budgeted, as each class alarms', () => {
    const pane = streamOf(7)
    const task = decideTask(policy({}, null))
    for (let nth = 0; nth < 30; nth++) task.send(pane(nth, nth < 15 ? 0.05 : 0.5, [0.02, 0.2]))
    expect(alarms(task)).toEqual([])
    for (let nth = 30; nth < 40; nth++) task.send(pane(nth, 0.5, [0.02, 0.6]))
    expect(alarms(task)[0].text).toContain('among positives')
    expect(task.state().detectors[0].alarmMs).not.toBeNull()
  })

  it('go over from one form to the other with the policy, keeping what serves', () => {
    const task = startUp(policy(), 8)
    const [{ n, blocks }] = structuredClone(task.state().detectors)
    const pane = streamOf(9)
    task.policy({ ...policy({ errorStreams: 'pooled' }), hash: 'pooled' }, 0, 0)
    task.send(pane(30, 0.3, [0.02, 0.25]))
    const [pooled] = task.state().detectors
    expect([pooled.n, pooled.classes, pooled.blocks.positive]).toEqual([n + 100, undefined, undefined])
    expect(pooled.blocks.n.reduce((a, b) => a + b, 0)).toBe(blocks.n.reduce((a, b) => a + b, 0) + 100)
  })
})
