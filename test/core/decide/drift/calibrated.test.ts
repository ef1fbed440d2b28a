import { describe, expect, it } from 'vitest'
import { normal, seeded } from '../../../../src/core/random.ts'
import { DAY, decideTask, MINUTE, paneOf, policyOf, profileOf } from '../build.ts'

const random = seeded(11)
const rows = (n: number, by = 0) => Array.from({ length: n }, () => normal(random) + by)
const profile = profileOf({ amount: rows(5_000) })
const policy = policyOf({
  triggers: [{ trigger: 'drift', minImportanceShare: 0.5, minPanes: 3, score: true }], time: { windows: [1] }, profile: { referencePanes: 20 },
  drift: { all: [{ unit: 'ks', params: {} }], falseAlarmEveryMs: 3_652.5 * DAY },
})
const pane = (nth: number, by = 0) => paneOf(nth, { versions: { v1: { acted: 500 } }, features: { amount: rows(500, by) }, profile })
const panes = (from: number, to: number, by = 0) => Array.from({ length: to - from }, (_, i) => pane(from + i, by))
const watched = (given = policy) => {
  const task = decideTask(given)
  task.profile(profile)
  return task
}
type Read = { readings: { drift: { features: { readings: { reading: { verdict: string; noiseFloor: number; detail: Record<string, number> } }[] }[] }[] } }
const reading = (task: ReturnType<typeof watched>) => (task.view() as unknown as Read).readings.drift[0].features[0].readings[0].reading

describe('drift under a false-alarm budget', () => {
  it('is not judged until enough panes have told how much they differ, and then at a level for all readings of all panes', () => {
    const task = watched().send(...panes(0, 20, 1))
    expect(reading(task)).toMatchObject({ verdict: 'insufficient', detail: { panesGathered: 19, panesWanted: 20 } })
    expect(task.events('retrain-requested')).toEqual([])
    task.send(...panes(20, 23, 1))
    expect(reading(task)).toMatchObject({ verdict: 'alarm', detail: { chance: expect.closeTo((10 * MINUTE) / (3_652.5 * DAY), 12), ratePerYear: expect.closeTo(0.1, 9) } })
    expect(task.events('retrain-requested')).toMatchObject([{ at: 23 * 10 * MINUTE }])
  })

  it('opens an incident for missing values at once, and asks for nothing until panes are known', () => {
    const given = { ...policy, drift: { ...policy.drift, all: [{ unit: 'missing', params: {} }] } }
    const holes = (nth: number) => paneOf(nth, { versions: { v1: { acted: 500 } }, features: { amount: rows(500).map((x, i) => (i % 2 === 0 ? NaN : x)) }, profile })
    const task = watched(given).send(...[0, 1, 2, 3].map(holes))
    expect(task.incidents('pipeline-fault')).toEqual(['opened'])
    expect(task.events('retrain-requested')).toEqual([])
  })

  it('takes what is alike in the rows of a pane for one observation', () => {
    const shaken = seeded(12)
    const task = watched().send(...Array.from({ length: 21 }, (_, nth) => pane(nth, 0.3 * normal(shaken))))
    const { designEffect, effectiveN } = reading(task).detail
    expect(designEffect).toBeGreaterThan(10)
    expect(effectiveN).toBeCloseTo(500 / designEffect, 9)
    expect(reading(watched().send(...panes(0, 21))).noiseFloor).toBeLessThan(reading(task).noiseFloor / 2)
  })

  it('is not judged where the profile is too small, and is at once where no budget is asked for', () => {
    expect(reading(watched({ ...policy, drift: { ...policy.drift, falseAlarmEveryMs: null } }).send(...panes(0, 1, 1))).verdict).toBe('alarm')
    const small = decideTask(policy)
    const few = profileOf({ amount: rows(15) })
    small.profile(few)
    small.send(...Array.from({ length: 22 }, (_, nth) => paneOf(nth, { versions: { v1: { acted: 500 } }, features: { amount: rows(500, 2) }, profile: few })))
    expect(reading(small).verdict).toBe('insufficient')
  })

  it('learns once: a drift that lasts does not become the way things are', () => {
    const task = watched().send(...panes(0, 20), ...panes(20, 60, 1.2))
    expect(reading(task)).toMatchObject({ verdict: 'alarm' })
    expect(reading(task).detail.designEffect).toBeLessThan(2)
  })
})
