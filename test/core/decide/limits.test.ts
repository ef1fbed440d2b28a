import { describe, expect, it } from 'vitest'
import { DAY, decideTask, paneOf, policyOf, profileOf, spread, type PaneGiven } from './build.ts'

const acting = (nth: number, more: PaneGiven = {}) => paneOf(nth, { versions: { v1: { acted: 500 } }, ...more })

describe('a limit of the policy', () => {
  it('that evicts pending inferences is an incident until a pane without evictions', () => {
    const task = decideTask(policyOf({ limits: { pendingMax: 5000 } })).send(acting(0, { join: { evicted: 3 } }), acting(1, { join: { evicted: 9 } }), acting(2))
    const said = task.events('incident').filter(({ incident }) => incident === 'evicted-pending')
    expect(said.map(({ state }) => state)).toEqual(['opened', 'closed'])
    expect(said[0].cause).toContain('5000')
  })
})

describe('a false-alarm budget that no law can be held to', () => {
  const every = (years: number, windows = [1, 6]) => policyOf({ drift: { all: [{ unit: 'psi', params: {} }], falseAlarmEveryMs: years * 365.25 * DAY }, time: { windows } })
  const profile = profileOf({ amount: spread(100), age: spread(100) }, { version: 'v1' })
  const spoken = (policy: ReturnType<typeof policyOf>) => {
    const task = decideTask(policy)
    task.profile(profile)
    return task.send(acting(0), acting(1))
  }

  it('is told as an incident that says what would hold, once the readings are known', () => {
    const [incident, ...more] = spoken(every(10_000_000)).events('incident').filter(({ incident }) => incident === 'overdrawn-budget')
    expect(more).toEqual([])
    expect(incident.state).toBe('opened')
    expect(incident.cause).toMatch(/4 readings every 10min can be held to \d+d at most/)
    expect(incident.cause).toContain('Lengthen time.pane, read fewer measures')
  })

  it('is none where the chance of each reading is one that laws are trusted with, or where there is no budget', () => {
    expect(spoken(every(10)).incidents('overdrawn-budget')).toEqual([])
    expect(spoken(policyOf()).incidents('overdrawn-budget')).toEqual([])
  })

  it('closes with a policy that asks for what can be kept', () => {
    const task = spoken(every(10_000_000))
    task.policy({ ...every(10), hash: 'p2' }, 2 * 10 * 60_000, 2 * 10 * 60_000)
    task.send(acting(2, { policyHash: 'p2' }))
    expect(task.incidents('overdrawn-budget')).toEqual(['opened', 'closed'])
  })
})
