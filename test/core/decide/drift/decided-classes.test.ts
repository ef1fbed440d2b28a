import { describe, expect, it } from 'vitest'
import { addDecisions, comparableDecisions, decisionsOf, decisionSummary, mostMoved } from '../../../../src/core/panes/decisions.ts'
import { mergePane } from '../../../../src/core/panes/merge.ts'
import { createMulticlassOutcomes } from '../../../../src/core/metrics/class-outcomes.ts'
import type { PaneSummary } from '../../../../src/core/panes/summary.ts'
import type { ModelPolicy } from '../../../../src/core/policy.ts'
import { seeded, uniform } from '../../../../src/core/random.ts'
import type { Profile } from '../../../../src/core/records.ts'
import type { DriftSight } from '../../../../src/core/triggers/trigger.ts'
import { DAY, MINUTE, paneOf, policyOf } from '../build.ts'
import { together } from '../together.ts'

const policy = (decision: boolean, multiclass: ModelPolicy['multiclass'] = { classes: null, classesMax: 20 }) => policyOf({
  task: 'multiclass', multiclass,
  time: { windows: [1, 3] }, profile: { referencePanes: 20, layoutRowsMin: 200 }, triggers: [{ trigger: 'drift', minImportanceShare: 0.2, minPanes: 3, score: true, decision }],
  drift: { all: [{ unit: 'ks', params: {} }], score: [{ unit: 'ks', params: {} }], decision: [{ unit: 'l-infinity', params: {} }], falseAlarmEveryMs: 3_652.5 * DAY },
} as never)
const PANE = 10 * MINUTE
const [rows, panes, flip] = [300, 42, 36]
const shape = { numeric: ['x'], categorical: [] }

/** Scores say nothing of the decision. From pane `flip` on the fleet decides by `after`; one in ten only shadows, one in ten fails. */
function run(given: ModelPolicy, after: (u: number) => string, before = (u: number) => (u < 0.2 ? 'eel' : u < 0.6 ? 'dog' : 'cat')) {
  const random = seeded(5)
  const both = together(given)
  for (let i = 0; i < panes * rows; i++) {
    const atMs = (i * PANE) / rows
    const decision = (atMs < flip * PANE ? before : after)(uniform(random))
    const classScores = { classes: ['cat', 'dog', 'eel'], scores: Float64Array.of(0.5, 0.3, 0.2) }
    both.send(atMs, { shape, numeric: Float64Array.of(uniform(random)), categorical: [] }, { score: NaN, classScores, decision, acted: i % 10 !== 0, outcome: i % 10 === 1 ? 'error' : 'ok' })
  }
  const view = both.finish() as { readings: { drift: DriftSight[] } }
  return { ...both, sights: view.readings.drift }
}
const same = (u: number) => (u < 0.2 ? 'eel' : u < 0.6 ? 'dog' : 'cat')
const swapped = (u: number) => (u < 0.2 ? 'eel' : u < 0.6 ? 'cat' : u < 0.7 ? 'dog' : 'cat')
const verdicts = (readings: DriftSight['score'] = []) => readings.map(({ measure, reading }) => [measure, reading.verdict])

describe('the distribution of decided classes', () => {
  it('is counted of acted predictions that did not fail, and held in the provisional reference', () => {
    const { panes: sent, of } = run(policy(true), same)
    const { decided, decidedClasses } = sent[0].versions.v1
    expect(decided).toBe(0.8 * rows)
    expect([...decidedClasses!.names].sort()).toEqual(['cat', 'dog', 'eel'])
    expect(decidedClasses!.counts.reduce((a, b) => a + b)).toBe(0.8 * rows)
    const { decisions } = of('profile').at(-1) as Profile
    expect(decisions).toMatchObject({ n: 20 * 240, positive: 0 })
    expect(decisions!.classes!.eel / decisions!.n).toBeCloseTo(0.2, 1)
  })

  it('asks for nothing while it stays, at a level that panes have shown', () => {
    const { sights, of } = run(policy(true), same)
    expect(sights.map(({ decision }) => verdicts(decision))).toEqual([[['l-infinity', 'ok']], [['l-infinity', 'ok']]])
    expect(sights[0].decision![0].reading.detail).toMatchObject({ designEffect: expect.any(Number) as number, chance: expect.any(Number) as number })
    expect(of('retrain-requested')).toEqual([])
  })

  it('that moves under scores that stay is in alarm, a reason only where the policy says so, naming the class that moved most', () => {
    const { sights, of } = run(policy(true), swapped)
    expect(verdicts(sights[0].decision)).toEqual([['l-infinity', 'alarm']])
    expect(verdicts(sights[0].score)).toEqual([['ks', 'ok']])
    expect(sights[0].decision![0].reading).toMatchObject({ value: expect.closeTo(0.3, 1) as unknown, n: 0.8 * rows, detail: { bins: 3 } })
    expect(of('retrain-requested')[0].reasons).toMatchObject([{ rule: 'drift', measure: 'l-infinity', subject: 'decided classes', text: expect.stringMatching(/most apart by (cat|dog)/) as unknown }])
    expect(run(policy(false), swapped).of('retrain-requested')).toEqual([])
  })

  it('sees a class that the reference never decided for', () => {
    const { sights } = run(policy(true), (u) => (u < 0.5 ? 'fox' : same(2 * u - 1)))
    expect(verdicts(sights[0].decision)).toEqual([['l-infinity', 'alarm']])
    expect(sights[0].decision![0].reading.detail).toMatchObject({ strongest: 'other', bins: 4 })
  })

  it('counts together what is not kept apart', () => {
    const { panes: sent, of } = run(policy(true, { classes: ['cat', 'dog'], classesMax: 2 }), same)
    const { decided, decidedClasses } = sent[0].versions.v1
    expect(decidedClasses!.names).toEqual(['cat', 'dog'])
    expect(decided! - decidedClasses!.counts[0] - decidedClasses!.counts[1]).toBeGreaterThan(30)
    expect(Object.keys((of('profile').at(-1) as Profile).decisions!.classes!).sort()).toEqual(['cat', 'dog'])
  })
})

describe('decisions by class', () => {
  const version = (over: object) => ({ ...paneOf(0, { versions: { v1: {} } }).versions.v1, ...over })
  const part = (task: number, names: string[], counts: number[], classesMax = 3): PaneSummary => {
    const pane = paneOf(0, { task, versions: { v1: {} } })
    const decided = counts.reduce((a, b) => a + b, 0)
    Object.assign(pane.versions.v1, { outcomes: createMulticlassOutcomes(classesMax), decided, decidedClasses: { names, counts: Float64Array.from(counts) } })
    return pane
  }

  it('add up over tasks by name, and what finds no place goes with the others', () => {
    const merged = mergePane([part(0, ['cat', 'dog'], [3, 4]), part(1, ['eel', 'dog', 'fox'], [5, 1, 2])], 'p1').pane.versions.v1
    expect(decisionsOf(merged)).toEqual({ n: 15, positive: 0, classes: { cat: 3, dog: 5, eel: 5 } })
    const summary = decisionSummary(decisionsOf(merged)!)
    expect(summary).toMatchObject({ n: 15, categories: ['cat', 'dog', 'eel'], counts: Float64Array.of(3, 5, 5), other: 2 })
  })

  it('are nothing where one of the tasks did not count them', () => {
    const older = part(1, [], [])
    delete older.versions.v1.decided
    delete older.versions.v1.decidedClasses
    expect(decisionsOf(mergePane([part(0, ['cat'], [3]), older], 'p1').pane.versions.v1)).toBeNull()
    expect(decisionsOf(mergePane([older, part(2, ['cat'], [3])], 'p1').pane.versions.v1)).toBeNull()
    expect(decisionsOf(version({ decided: undefined }))).toBeNull()
  })

  it('of a binary and of a multiclass model neither add nor compare', () => {
    const [binary, multi] = [{ n: 3, positive: 1 }, { n: 4, positive: 0, classes: { cat: 4 } }]
    expect(addDecisions(binary, multi)).toBe(binary)
    expect(addDecisions(multi, binary)).toBe(multi)
    expect(addDecisions(multi, { n: 2, positive: 0, classes: { dog: 1 } })).toEqual({ n: 6, positive: 0, classes: { cat: 4, dog: 1 } })
    expect(comparableDecisions(binary, multi)).toBeNull()
    expect(comparableDecisions(multi, binary)).toBeNull()
    expect(comparableDecisions(multi, { n: 5, positive: 0, classes: { dog: 5 } })).toMatchObject({ categories: ['cat'], counts: Float64Array.of(0), other: 5 })
  })

  it('name the class whose share moved most, none where all stayed', () => {
    const reference = decisionSummary({ n: 10, positive: 0, classes: { cat: 5, dog: 5 } })
    const moved = (classes: Record<string, number>) => mostMoved(reference, decisionSummary({ n: 100, positive: 0, classes }, ['cat', 'dog']))
    expect(moved({ cat: 50, dog: 50 })).toBeNull()
    expect(moved({ cat: 50, dog: 20 })).toBe('dog')
    expect(moved({ cat: 35, dog: 35 })).toBe('other')
  })
})
