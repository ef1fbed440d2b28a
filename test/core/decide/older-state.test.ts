/** State that the program of before wrote: what it lacks must not stop a task. */
import { describe, expect, it } from 'vitest'
import type { DetectorState } from '../../../src/core/decide/state.ts'
import { modelPart, policyPart } from '../../../src/core/decide/state.ts'
import { mergePane } from '../../../src/core/panes/merge.ts'
import type { PaneSummary } from '../../../src/core/panes/summary.ts'
import type { ModelPolicy } from '../../../src/core/policy.ts'
import { DAY, decideTask, paneOf, policyOf, profileOf, spread } from './build.ts'

const profile = profileOf({ amount: spread(1_000) })
const policy = policyOf({
  profile: { referencePanes: 24 }, drift: { all: [{ unit: 'psi', params: {} }], falseAlarmEveryMs: 3_652.5 * DAY },
  performance: { errorDetectors: [{ unit: 'page-hinkley', params: {} }] }, triggers: [{ trigger: 'drift', minImportanceShare: 0.05, minPanes: 2, score: true }],
})
const errors = (nth: number, rate: number) => Array.from({ length: 60 }, (_, i) => Number((i * 7 + nth) % 100 < rate * 100) as 0 | 1)
const pane = (nth: number, rate = 0.1, by = 0) =>
  paneOf(nth, { versions: { v1: { tp: 30, tn: 30, errors: errors(nth, rate) } }, features: { amount: spread(400, by, 1 + by) }, profile })

/** Without the keys that came since. */
function olderPolicy({ drift: { rows: _, decision: __, ...drift }, profile: { reference: ___, seasonWeeks: ____, ...of }, limits: { rowsMax: _____, ...limits }, ...rest }: ModelPolicy): ModelPolicy {
  return { ...rest, drift, profile: of, limits } as ModelPolicy
}

describe('the state of an older program', () => {
  it('has policies without what could not be asked yet: nothing of it is done, and drift is read as before', () => {
    const task = decideTask(policy)
    task.policy(olderPolicy(policy), 0, 0)
    task.profile(profile)
    for (let nth = 0; nth < 32; nth++) task.send(pane(nth, 0.1, nth < 28 ? 0 : 3))
    expect(task.parts.get<{ policy: ModelPolicy }[]>(policyPart('fraud'))![0].policy.drift.rows).toBeUndefined()
    expect(task.events('retrain-requested')).toHaveLength(1)
    expect(task.parts.names('rows/')).toEqual([])
  })

  it('has detectors without the errors behind them: these are gathered from here on', () => {
    const task = decideTask(policy)
    for (let nth = 0; nth < 3; nth++) task.send(pane(nth))
    const { blocks: _, designEffect: __, questionedMs: ___, classes: ____, ...older } = task.state().detectors[0]
    task.state().detectors = [older as DetectorState]
    task.parts.touch(modelPart('fraud'))
    expect(task.view()).toMatchObject({ detectors: [{ verdict: 'ok', questionedMs: null }] })
    for (let nth = 3; nth < 40; nth++) task.send(pane(nth, nth < 20 ? 0.1 : 0.9))
    const [held] = task.state().detectors
    expect(held.n).toBe(40 * 60)
    expect(held.alarmMs).not.toBeNull()
    expect(held.designEffect).toBe(1)
  })

  it('has detectors that do not tell classes apart: they go on, and what they gathered without classes is gathered anew', () => {
    const task = decideTask(policy)
    for (let nth = 0; nth < 3; nth++) task.send(pane(nth))
    const { classes: _, ...older } = structuredClone(task.state().detectors[0])
    delete older.blocks.positive
    task.state().detectors = [older]
    task.parts.touch(modelPart('fraud'))
    task.send(pane(3))
    const [held] = task.state().detectors
    expect([held.n, (held.state as { n: number }).n, held.classes!.map(({ n }) => n)]).toEqual([240, 240, [60, 0]])
    expect(held.blocks.n.reduce((a, b) => a + b, 0)).toBe(60)
    expect(held.blocks.positive!.n).toHaveLength(held.blocks.n.length)
  })

  it('has costs without their squares: no variance is made of a part of them', () => {
    const part = (task: number, costCount: number, costSquareSum?: number): PaneSummary => {
      const made = paneOf(0, { task, versions: { v1: { acted: 10 } } })
      Object.assign(made.versions.v1, { costCount, costSum: costCount, ...(costSquareSum === undefined ? {} : { costSquareSum }) })
      return made
    }
    const squares = (...parts: PaneSummary[]) => mergePane(parts, 'p1').pane.versions.v1.costSquareSum
    expect(squares(part(0, 5, 5), part(1, 3, 3))).toBe(8)
    expect(squares(part(0, 0), part(1, 3, 3))).toBe(3)
    expect(squares(part(0, 3, 3), part(1, 0))).toBe(3)
    expect(squares(part(0, 5), part(1, 3, 3))).toBeUndefined()
    expect(squares(part(0, 5, 5), part(1, 3), part(2, 4, 4))).toBeUndefined()
  })
})
