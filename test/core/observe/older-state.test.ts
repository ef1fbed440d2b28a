import { describe, expect, it } from 'vitest'
import { decisionsOf } from '../../../src/core/panes/decisions.ts'
import { mergePane } from '../../../src/core/panes/merge.ts'
import type { PaneSummary } from '../../../src/core/panes/summary.ts'
import type { ModelPolicy } from '../../../src/core/policy.ts'
import { bench, features, prediction } from '../observe-bench.ts'
import { testPolicy } from '../policy-fixture.ts'

/** Without the keys that came since. */
function olderPolicy({ drift: { rows: _, ...drift }, limits: { rowsMax: __, ...limits }, ...rest }: ModelPolicy): ModelPolicy {
  return { ...rest, drift, limits } as ModelPolicy
}

describe('the state of an older program', () => {
  it('has policies that ask for no rows: panes are opened without', () => {
    const [pane] = bench().applyPolicy(olderPolicy(testPolicy('m')), 0).feed([[0, features('a', 0)], [1, prediction('a', 1)]]).finish(5).panes()
    expect([pane.featureRecords, pane.rows]).toEqual([1, undefined])
  })

  it('has an open pane with costs that nobody squared: their squares stay unknown', () => {
    const task = bench().feed([[0, prediction('a', 0, { cost: 2 })]]).commit()
    const { v1 } = (task.stored.get('pane/m') as PaneSummary).versions
    expect(v1.costSquareSum).toBe(4)
    delete v1.costSquareSum
    const [pane] = task.restart().feed([[1, prediction('b', 1, { cost: 3 })]]).finish(5).panes()
    expect(pane.versions.v1).toMatchObject({ costCount: 2, costSum: 5 })
    expect(pane.versions.v1.costSquareSum).toBeUndefined()
  })

  it('has an open pane of several classes whose decisions nobody counted: none are, since some without their class would be of no class that there is', () => {
    const policy = testPolicy('m', { task: 'multiclass', multiclass: { classes: null, classesMax: 5 } })
    const task = bench(policy).feed([[0, prediction('a', 0, { score: NaN, decision: 'cat' })]]).commit()
    const { v1 } = (task.stored.get('pane/m') as PaneSummary).versions
    delete v1.decidedClasses
    v1.decided = 0
    const [older] = task.restart().feed([[1, prediction('b', 1, { score: NaN, decision: 'cat' })]]).finish(5).panes()
    const [newer] = bench(policy).feed([[0, prediction('a', 0, { score: NaN, decision: 'dog' })]]).finish(5).panes()
    expect(decisionsOf(older.versions.v1)).toBeNull()
    for (const parts of [[older, { ...newer, task: 1 }], [newer, { ...older, task: 1 }]]) {
      expect(decisionsOf(mergePane(parts, policy.hash).pane.versions.v1)).toEqual({ n: 1, positive: 0, classes: { dog: 1 } })
    }
  })
})
