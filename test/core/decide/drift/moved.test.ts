import { expect, test } from 'vitest'
import type { PaneReadings } from '../../../../src/core/decide/readings.ts'
import { normal, seeded } from '../../../../src/core/random.ts'
import { DAY, decideTask, paneOf, policyOf, profileOf } from '../build.ts'

const random = seeded(21)
const names = Array.from({ length: 10 }, (_, i) => `f${i}`)
const featuresOf = (rows: number, by: Readonly<Record<string, number>> = {}) =>
  Object.fromEntries(names.map((name) => [name, Array.from({ length: rows }, () => normal(random) + (by[name] ?? 0))]))
const profile = profileOf(featuresOf(5_000))
const policy = policyOf({
  triggers: [{ trigger: 'drift', minImportanceShare: 0.05, minPanes: 1, score: false }], time: { windows: [1, 2] }, profile: { referencePanes: 20 },
  drift: { all: [{ unit: 'ks', params: {} }, { unit: 'psi', params: {} }, { unit: 'missing', params: {} }], falseAlarmEveryMs: 3_652.5 * DAY },
})
const pane = (nth: number, by: Readonly<Record<string, number>> = {}) => paneOf(nth, { versions: { v1: { acted: 500 } }, features: featuresOf(500, by), profile })
const sights = (task: ReturnType<typeof decideTask>) => (task.view().readings as unknown as PaneReadings).drift
const watched = (given = policy) => {
  const task = decideTask(given)
  task.profile(profile)
  return task
}

test('shows features that likely moved in the newest pane, and asks for nothing while no reading is beyond the level of the budget', () => {
  const task = watched().send(...Array.from({ length: 21 }, (_, nth) => pane(nth)))
  task.send(pane(21, { f3: 0.25, f7: -0.25 }))
  const [one, two] = sights(task)
  expect(one.moved?.slice().sort()).toEqual(['f3', 'f7'])
  expect(one.features.flatMap(({ readings }) => readings).filter(({ reading }) => reading.verdict === 'alarm')).toEqual([])
  expect(two.moved).toBeUndefined()
  expect(task.events('retrain-requested')).toEqual([])
})

test('of calm panes shows one in twenty something at most, and says nothing while panes are gathered or without a budget', () => {
  const task = watched().send(...Array.from({ length: 20 }, (_, nth) => pane(nth, { f3: 2 })))
  expect(sights(task).map(({ moved }) => moved)).toEqual([undefined, undefined])
  const calm = watched().send(...Array.from({ length: 20 }, (_, nth) => pane(nth)))
  let shown = 0
  for (let nth = 20; nth < 80; nth++) {
    calm.send(pane(nth))
    shown += Number(sights(calm)[0].moved !== undefined)
  }
  expect(shown).toBeLessThanOrEqual(6)
  expect(sights(watched({ ...policy, drift: { ...policy.drift, falseAlarmEveryMs: null } }).send(pane(0, { f3: 2 })))[0].moved).toBeUndefined()
})

test('names what moved most first', () => {
  const task = watched().send(...Array.from({ length: 21 }, (_, nth) => pane(nth)), pane(21, { f1: 0.4, f8: 1.5, f2: 0.8 }))
  expect(sights(task)[0].moved).toEqual(['f8', 'f2', 'f1'])
})
