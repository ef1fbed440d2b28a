import { describe, expect, it } from 'vitest'
import { driftReadings } from '../../../../src/core/decide/drift/compare.ts'
import { addDecisions, decisionsOf, decisionSummary } from '../../../../src/core/panes/decisions.ts'
import type { ModelPolicy } from '../../../../src/core/policy.ts'
import { seeded, uniform } from '../../../../src/core/random.ts'
import type { Profile } from '../../../../src/core/records.ts'
import type { DriftSight } from '../../../../src/core/triggers/trigger.ts'
import { DAY, MINUTE, policyOf, profileOf } from '../build.ts'
import { together } from '../together.ts'

const policy = (decision: boolean, over: Partial<ModelPolicy> = {}) => policyOf({
  time: { windows: [1, 3] }, profile: { referencePanes: 20, layoutRowsMin: 200 }, triggers: [{ trigger: 'drift', minImportanceShare: 0.2, minPanes: 3, score: true, decision }],
  drift: { all: [{ unit: 'ks', params: {} }], score: [{ unit: 'ks', params: {} }], decision: [{ unit: 'l-infinity', params: {} }], falseAlarmEveryMs: 3_652.5 * DAY }, ...over,
} as never)
const PANE = 10 * MINUTE
const [rows, panes, flip] = [300, 42, 36]
const shape = { numeric: ['x'], categorical: [] }

/** Scores stay as they are; from pane `flip` on the fleet decides by another threshold. One in ten only shadows, one in ten fails. */
function run(given: ModelPolicy, threshold: number) {
  const random = seeded(5)
  const both = together(given)
  for (let i = 0; i < panes * rows; i++) {
    const atMs = (i * PANE) / rows
    const score = uniform(random)
    const decision = score >= (atMs < flip * PANE ? 0.7 : threshold)
    both.send(atMs, { shape, numeric: Float64Array.of(uniform(random)), categorical: [] }, { score, decision, acted: i % 10 !== 0, outcome: i % 10 === 1 ? 'error' : 'ok' })
  }
  const view = both.finish() as { readings: { drift: DriftSight[] } }
  return { ...both, sights: view.readings.drift }
}
const verdicts = (readings: DriftSight['score'] = []) => readings.map(({ measure, reading }) => [measure, reading.verdict])

describe('the decision rate', () => {
  it('is counted of acted predictions that had a decision, and held in the provisional reference', () => {
    const { panes: sent, of } = run(policy(true), 0.7)
    expect(sent[0].versions.v1).toMatchObject({ predictions: rows, acted: 0.9 * rows, decided: 0.8 * rows })
    const { decisions } = of('profile').at(-1) as Profile
    expect(decisions!.n).toBe(20 * 240)
    expect(decisions!.positive / decisions!.n).toBeCloseTo(0.3, 1)
  })

  it('asks for nothing while it stays', () => {
    const { sights, of } = run(policy(true), 0.7)
    expect(sights.map(({ decision }) => verdicts(decision))).toEqual([[['l-infinity', 'ok']], [['l-infinity', 'ok']]])
    expect(of('retrain-requested')).toEqual([])
  })

  it('that moves under scores that stay is in alarm, a reason only where the policy says so, and named', () => {
    const { sights, of } = run(policy(true), 0.1)
    expect(verdicts(sights[0].decision)).toEqual([['l-infinity', 'alarm']])
    expect(verdicts(sights[0].score)).toEqual([['ks', 'ok']])
    expect(sights[0].decision![0].reading).toMatchObject({ value: expect.closeTo(0.6, 1) as unknown, n: 0.8 * rows, detail: { designEffect: expect.any(Number) as unknown } })
    expect(of('retrain-requested')[0].reasons).toMatchObject([{ rule: 'drift', measure: 'l-infinity', subject: 'decision rate' }])
    expect(run(policy(false), 0.1).of('retrain-requested')).toEqual([])
  })

  it('is held against the profile where features have a reference that moves on, and says no other', () => {
    const { sights, of } = run(policy(true, { profile: { reference: 'rolling', referencePanes: 20, layoutRowsMin: 200 } } as never), 0.1)
    expect(sights[0].reference).toBe('rolling')
    expect(of('retrain-requested')[0].reasons[0]).toMatchObject({ subject: 'decision rate', text: expect.stringMatching(/, \d+ values; noise/) as unknown })
  })

  it('has its readings in the budget, where there is a reference of it', () => {
    const profile = profileOf({ x: [1, 2, 3] })
    const [without, with_] = [driftReadings(policy(true), profile), driftReadings(policy(true), { ...profile, decisions: { n: 10, positive: 3 } })]
    expect(with_ - without).toBe(1)
  })

  it('adds up from parts, and is nothing where nobody counted', () => {
    expect(addDecisions(addDecisions(null, { n: 3, positive: 1 }), { n: 5, positive: 5 })).toEqual({ n: 8, positive: 6 })
    expect(addDecisions({ n: 3, positive: 1 }, null)).toEqual({ n: 3, positive: 1 })
    expect(decisionsOf({ positiveDecisions: 4 } as never)).toBeNull()
    expect(decisionSummary({ n: 8, positive: 6 })).toMatchObject({ n: 8, categories: ['negative', 'positive'], counts: Float64Array.of(2, 6) })
  })
})
