import { describe, expect, it } from 'vitest'
import { createDecoder } from '../../../../src/codec/decoder.ts'
import { normal, seeded, uniform } from '../../../../src/core/random.ts'
import type { Features, FeatureVector, Profile } from '../../../../src/core/records.ts'
import { json } from '../../../codec/helpers.ts'
import { DAY, MINUTE, policyOf } from '../build.ts'
import { together } from '../together.ts'

const policy = policyOf({
  time: { windows: [1, 3] }, profile: { referencePanes: 12, layoutRowsMin: 200 }, triggers: [{ trigger: 'drift', minImportanceShare: 0.2, minPanes: 3, score: true }],
  drift: { all: [{ unit: 'psi', params: {} }, { unit: 'unseen', params: {} }, { unit: 'type-change', params: {} }], falseAlarmEveryMs: 3_652.5 * DAY },
})
const PANE = 10 * MINUTE
const rows = 200
const panes = 36
const flipMs = 28 * PANE

/** What a fleet sends as JSON, decoded; from `flipMs` on it is `changed`. */
function run(changed: (given: Record<string, unknown>) => Record<string, unknown>) {
  const random = seeded(3)
  const decoder = createDecoder()
  const decoded = (value: Record<string, unknown>): FeatureVector => {
    const result = decoder.decode('features', json({ inferenceId: 'i', model: 'fraud', observedAt: 1, ...value }))
    if (result.ok !== true) throw new Error(JSON.stringify(result))
    return (result.record as Features).vector
  }
  const both = together(policy)
  for (let i = 0; i < panes * rows; i++) {
    const atMs = (i * PANE) / rows
    const given = { numeric: { amount: 10 * normal(random), count: Math.floor(5 * uniform(random)) }, isNew: uniform(random) < 0.3, channel: uniform(random) < 0.5 ? 'web' : 'app' }
    both.send(atMs, decoded(atMs < flipMs ? given : changed(given)))
  }
  const view = both.finish() as { readings: { drift: { features: { feature: string; readings: { measure: string; reading: { verdict: string; detail: unknown } }[] }[] }[] } }
  const types = Object.fromEntries(view.readings.drift[0].features.map(({ feature, readings }) => [feature, readings.find(({ measure }) => measure === 'type-change')!.reading]))
  return { ...both, view, types }
}

describe('types of values, from the wire to a diagnosis', () => {
  it('are in the provisional reference, and do not cry wolf while nothing changes', () => {
    const { types, of } = run((given) => given)
    const profile = of('profile').at(-1) as Profile
    expect(Object.fromEntries(Object.entries(profile.features).map(([name, { types: counted }]) => [name, counted]))).toMatchObject({
      amount: { whole: 0, text: 0, boolean: 0 }, count: { fraction: 0 }, isNew: { text: 0, boolean: profile.n }, channel: { text: profile.n, boolean: 0 },
    })
    expect(Object.fromEntries(Object.entries(types).map(([name, { verdict }]) => [name, verdict]))).toEqual({ amount: 'ok', count: 'ok', isNew: 'ok', channel: 'ok' })
    expect(of('incident')).toEqual([])
    expect(of('retrain-requested')).toEqual([])
  })

  it('a number that comes as text is counted, named, and diagnosed as a fault of the pipeline', () => {
    const { types, of, panes: sent } = run(({ numeric, ...rest }) => ({ ...rest, numeric: { ...numeric as object, count: String((numeric as { count: number }).count) } }))
    expect(types.count).toMatchObject({ value: 1, verdict: 'alarm', detail: { from: 'number', to: 'text', numerals: 1 } })
    expect(types.amount.verdict).toBe('ok')
    expect(sent.at(-1)!.features[0].features.count).toMatchObject({ n: rows, nonFinite: rows, missing: 0, types: { text: rows, numerals: rows } })
    expect(of('incident')).toMatchObject([{ incident: 'pipeline-fault', state: 'opened', cause: expect.stringContaining('count') as string }])
    expect(of('retrain-requested')).toMatchObject([{ diagnosis: 'pipeline fault', advice: 'fix-data' }])
  })

  it.each([
    ['a boolean that comes as 0 and 1', 'isNew', { isNew: (given: Record<string, unknown>) => Number(given.isNew) }, { from: 'boolean', to: 'number' }],
    ['a boolean that comes as text', 'isNew', { isNew: (given: Record<string, unknown>) => String(given.isNew) }, { from: 'boolean', to: 'text' }],
    ['names that come as their codes', 'channel', { channel: (given: Record<string, unknown>) => (given.channel === 'web' ? 1 : 2) }, { from: 'text', to: 'number' }],
  ])('%s is a change of type', (_, feature, change, detail) => {
    const [[name, make]] = Object.entries(change) as [string, (given: Record<string, unknown>) => unknown][]
    const { types } = run((given) => ({ ...given, [name]: make(given) }))
    expect(types[feature]).toMatchObject({ value: 1, verdict: 'alarm', detail })
  })
})

describe('a boolean feature', () => {
  it('is two categories, whose shares are compared', () => {
    const { view, of } = run((given) => ({ ...given, isNew: true }))
    expect((of('profile').at(-1) as Profile).features.isNew).toMatchObject({ kind: 'categorical', categories: ['false', 'true'], other: 0 })
    const readings = view.readings.drift[0].features.find(({ feature }) => feature === 'isNew')!.readings
    expect(readings.map(({ measure, reading }) => [measure, reading.verdict])).toEqual([['psi', 'alarm'], ['unseen', 'ok'], ['type-change', 'ok']])
  })
})
