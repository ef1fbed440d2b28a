import { describe, expect, it } from 'vitest'
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
})
