import { describe, expect, it } from 'vitest'
import type { TriggerPolicy } from '../../../src/core/policy.ts'
import { drift, seenSinceMs, type DriftState } from '../../../src/core/triggers/drift.ts'
import type { DriftReading, TriggerSight } from '../../../src/core/triggers/trigger.ts'

const policy: Extract<TriggerPolicy, { trigger: 'drift' }> = { trigger: 'drift', minImportanceShare: 0.05, minPanes: 2, score: true }
const ks = (isAlarm: boolean): DriftReading[] => [{ measure: 'ks', reading: { value: isAlarm ? 0.5 : 0.01, n: 100, verdict: isAlarm ? 'alarm' : 'ok' }, severe: null }]
const feature = (isAlarm: boolean) => [{ feature: 'amount', importance: null, readings: ks(isAlarm) }]

/** Panes of one window each, of an hour: what is in alarm, `all` for the whole. */
function through(panes: readonly (readonly string[])[]): { state: DriftState; said: (string | undefined)[][] } {
  const state = drift.init(policy, {} as TriggerSight)
  const said = panes.map((alarms, nth) => {
    const segments = ['eu', 'jp'].map((segment) => ({ segment, share: 0.5, features: feature(alarms.includes(segment)), score: [], decision: [] }))
    const sight = { panes: 1, fromMs: nth * 3_600_000, toMs: (nth + 1) * 3_600_000, features: feature(alarms.includes('all')), score: [], segments }
    const findings = drift.evaluate(policy, state, { isPane: true, drift: [sight] } as unknown as TriggerSight)
    return [...new Set(findings.map(({ segment }) => segment))]
  })
  return { state, said }
}

describe('the drift trigger over segments', () => {
  it('counts the panes of each by itself', () => {
    expect(through([['eu'], ['jp'], ['eu'], ['all'], ['jp'], ['jp']]).said).toEqual([[], [], [], [], [], ['jp']])
  })

  it('keeps the reasons of one that comes and goes while another stays in alarm, and lets each leave by itself', () => {
    const { said, state } = through([['eu', 'jp'], ['eu', 'jp'], ['eu'], ['eu', 'jp'], ['eu'], ['eu'], ['eu'], [], []])
    expect(said).toEqual([[], ['eu', 'jp'], ['eu', 'jp'], ['eu', 'jp'], ['eu', 'jp'], ['eu'], ['eu'], ['eu'], []])
    expect(state).toMatchObject({ on: false, findings: [] })
    expect(state.calmIn).toBeUndefined()
  })

  it('names the whole before its segments, and knows since when each is seen', () => {
    const { said, state } = through([['jp'], ['jp'], ['jp', 'all'], ['jp', 'all']])
    expect(said.at(-1)).toEqual([undefined, 'jp'])
    expect([seenSinceMs(state, policy, 3_600_000), seenSinceMs(state, policy, 3_600_000, 'jp')]).toEqual([2 * 3_600_000, 0])
  })
})
