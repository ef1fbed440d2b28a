import { describe, expect, it } from 'vitest'
import { decideTask, paneOf, policyOf, type PaneGiven } from './build.ts'

const acting = (nth: number, more: PaneGiven = {}) => paneOf(nth, { versions: { v1: { acted: 500 } }, ...more })

describe('a limit of the policy', () => {
  it('that evicts pending inferences is an incident until a pane without evictions', () => {
    const task = decideTask(policyOf({ limits: { pendingMax: 5000 } })).send(acting(0, { join: { evicted: 3 } }), acting(1, { join: { evicted: 9 } }), acting(2))
    const said = task.events('incident').filter(({ incident }) => incident === 'evicted-pending')
    expect(said.map(({ state }) => state)).toEqual(['opened', 'closed'])
    expect(said[0].cause).toContain('5000')
  })
})
