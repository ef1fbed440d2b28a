/** An observe task with its store, for tests: builders of records, and what the task said. */
import { createHash } from 'node:crypto'
import { Observe } from '../../src/core/observe.ts'
import { createParts, type PartStore } from '../../src/core/parts.ts'
import type { PaneBroadcast, PaneSummary, WatchCounters } from '../../src/core/panes/summary.ts'
import type { ModelPolicy } from '../../src/core/policy.ts'
import type { Features, FeatureShape, Label, ObserveRecord, Prediction } from '../../src/core/records.ts'
import { testPolicy } from './policy-fixture.ts'

const policy = testPolicy('m', { segments: ['region'], learners: [{ unit: 'logistic', params: {} }] })
const usual: FeatureShape = { numeric: ['a', 'b'], categorical: ['c'] }

export const prediction = (inferenceId: string, at: number, over: Partial<Prediction> = {}): Prediction => ({
  kind: 'prediction', inferenceId, model: 'm', version: 'v1', predictedAt: at, score: 0.7, decision: null, acted: true, outcome: 'ok', errorCode: null,
  entityId: null, configSequence: null, latencyMs: 5, cost: NaN, segments: { region: 'eu' }, features: null, ...over,
})
export const label = (inferenceId: string, at: number, value: Label['value']): Label => ({ kind: 'label', inferenceId, model: 'm', observedAt: at, value, weight: 1 })
export const features = (inferenceId: string, at: number, numeric: number[] = [1, 2], shape: FeatureShape = usual): Features => ({
  kind: 'features', inferenceId, model: 'm', observedAt: at, vector: { shape, numeric: Float64Array.from(numeric), categorical: shape.categorical.map(() => 'x') },
})

/** An observe task with its store: `restart` throws away everything that was not flushed into parts and chunks. */
export function bench(used = policy) {
  const emitted: (PaneSummary | WatchCounters | PaneBroadcast)[] = []
  const dead: string[] = []
  let stored = new Map<string, unknown>()
  let chunks: Uint8Array[] = []
  let parts: PartStore
  let observe: Observe
  const open = () => {
    parts = createParts(structuredClone(stored))
    observe = new Observe({
      task: 0, hash: (text) => createHash('sha256').update(text).digest('hex'), defaultPolicy: () => used,
      emit: {
        summary: (record) => emitted.push(structuredClone(record)), broadcast: (record) => emitted.push(record), deadLetter: (code) => dead.push(code),
      },
    }, parts, chunks)
  }
  open()
  return {
    emitted, dead,
    get stored() { return stored },
    feed(records: [number, ObserveRecord][]) {
      for (const [at, record] of records) {
        if (record.kind === 'features') observe.features(record, at)
        else if (record.kind === 'prediction') observe.prediction(record, at)
        else observe.label(record, at)
      }
      return this
    },
    applyPolicy(policyThen: ModelPolicy, fromMs: number) { observe.applyPolicy(policyThen, fromMs); return this },
    advance(at: number) { observe.advance(at); return this },
    finish(at: number) { observe.finish(at); return this },
    commit() {
      const { chunk, chunksDropped } = observe.flush()
      const { written, removed } = parts.takeDirty()
      for (const [name, part] of written) stored.set(name, structuredClone(part))
      for (const name of removed) stored.delete(name)
      if (chunk !== null) chunks.push(chunk)
      chunks = chunks.slice(chunksDropped)
      return this
    },
    restart() { stored = structuredClone(stored); open(); return this },
    chunkCount: () => chunks.length,
    panes: () => emitted.filter((record): record is PaneSummary => record.kind === 'pane'),
  }
}

export const totals = (panes: PaneSummary[]) => {
  const sum = { ...panes[0].join }
  for (const { join } of panes.slice(1)) for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] = (sum[key] ?? 0) + (join[key] ?? 0)
  return sum
}
