import { describe, expect, it } from 'vitest'
import { createFleet } from '../../examples/serving-fleet/fleet.ts'
import type { ServingConfig } from '../../src/core/records.ts'
import type { ModelStore, ServableModel } from '../../src/main/demo/participants.ts'

const version = (name: string, score: number): [string, ServableModel] =>
  [name, { version: name, trainedUntilMs: 0, threshold: 0.5, operations: 1000, score: () => score, artifact: null }]
const models: ModelStore = new Map([version('v1', 0.2), version('v2', 0.9)])
const config = (sequence: number, champion: string, shadows: string[] = []): ServingConfig =>
  ({ kind: 'serving-config', model: 'm', sequence, champion, shadows, routes: [], salt: '', cause: '', advisory: false, at: 0 })
const fleet = () => createFleet({ model: 'm', seed: 1, models, firstVersion: 'v1', positive: 1, negative: 0 })
const ask = { inferenceId: 'a', atMs: 7, features: { MedInc: 4 } }

describe('the example fleet', () => {
  it('acts with its first version before any serving-config', () => {
    expect(fleet().serve(ask)).toMatchObject([{ version: 'v1', score: 0.2, decision: 0, acted: true, configSequence: null, predictedAt: 7, segments: { income: 'high' } }])
  })

  it('acts with the champion of the newest config and asks its shadows beside it', () => {
    const served = fleet()
    served.reload(config(3, 'v2', ['v1']))
    expect(served.serve(ask)).toMatchObject([{ version: 'v2', decision: 1, acted: true, configSequence: 3 }, { version: 'v1', decision: 0, acted: false, configSequence: 3 }])
  })

  it('does not go back to an older config', () => {
    const served = fleet()
    served.reload(config(3, 'v2'))
    served.reload(config(2, 'v1'))
    served.reload(config(3, 'v1'))
    expect(served.serve(ask)).toMatchObject([{ version: 'v2', configSequence: 3 }])
  })

  it('keeps what it serves when a config names a version that nobody stored', () => {
    const served = fleet()
    expect(() => served.reload(config(1, 'v9'))).toThrow(/v9/)
    expect(served.serve(ask)).toMatchObject([{ version: 'v1', configSequence: null }])
  })

  it('takes longer for a bigger model, with a seeded spread', () => {
    const times = (operations: number) => {
      const served = createFleet({ model: 'm', seed: 1, models: new Map([['v1', { ...models.get('v1')!, operations }]]), firstVersion: 'v1', positive: 1, negative: 0 })
      return Array.from({ length: 200 }, () => served.serve(ask)[0].latencyMs).sort((a, b) => a - b)
    }
    expect(times(1)).toEqual(times(1))
    expect(times(1_000_000)[100]).toBeGreaterThan(times(1)[100] + 4)
    expect(times(1)[0]).toBeLessThan(times(1)[199])
  })
})
