/** One observe task and decide, joined as the engine joins them: what a fleet sends in, what decide says out. */
import { createDecide } from '../../../src/core/decide.ts'
import { Observe } from '../../../src/core/observe.ts'
import { createParts } from '../../../src/core/parts.ts'
import type { ModelPolicy } from '../../../src/core/policy.ts'
import type { PaneSummary, PanesRecord } from '../../../src/core/panes/summary.ts'
import type { DecideEvent, FeatureVector, Prediction, Profile } from '../../../src/core/records.ts'
import { stateCodec } from '../../../src/codec/state.ts'
import { DAY, sha256 } from './build.ts'

/** Summaries travel as bytes, and parts are read back from bytes before they are shown. */
export function together(policy: ModelPolicy) {
  const environment = { hash: sha256, defaultPolicy: (model: string) => ({ ...policy, model }) }
  const decide = createDecide({ ...environment, nextCron: (_e, _t, after) => after + DAY, upstreamTasks: 1 })
  const parts = createParts()
  const events: DecideEvent[] = []
  const panes: PaneSummary[] = []
  const published: Profile[] = []
  let nowMs = 0
  let count = 0
  const emit = (_role: string, _key: string, event: DecideEvent) => {
    events.push(event)
    if (event.kind === 'profile') published.push(event)
  }
  const deliver = (record: PanesRecord) => {
    const sent = stateCodec.decode(stateCodec.encode(record)) as PanesRecord
    if (sent.kind === 'pane') panes.push(sent)
    if (sent.kind === 'pane') decide.pane(parts, sent, nowMs, emit)
    else if (sent.kind === 'watch') decide.watch(parts, sent, nowMs, emit)
    else decide.broadcast(parts, sent, nowMs, emit)
  }
  const observe = new Observe({ ...environment, task: 0, emit: { summary: deliver, broadcast: deliver, deadLetter: () => undefined } }, createParts(), [])
  return {
    events, panes,
    of: <K extends DecideEvent['kind']>(kind: K) => events.filter((event) => event.kind === kind) as Extract<DecideEvent, { kind: K }>[],
    /** one inference with its features, scored by v1 */
    send(atMs: number, vector: FeatureVector | null, over: Partial<Prediction> = {}) {
      nowMs = atMs
      for (const profile of published.splice(0)) observe.applyProfile(profile, profile.effectiveFrom!)
      const inferenceId = `i${count++}`
      if (vector !== null) observe.features({ kind: 'features', inferenceId, model: 'fraud', observedAt: atMs, vector }, atMs)
      observe.prediction({
        kind: 'prediction', inferenceId, model: 'fraud', version: 'v1', predictedAt: atMs, score: 0.5, decision: null, acted: true, outcome: 'ok', errorCode: null,
        entityId: null, configSequence: null, latencyMs: NaN, cost: NaN, segments: null, features: null, ...over,
      }, atMs)
    },
    finish() {
      observe.finish(nowMs)
      decide.end(parts, nowMs, emit)
      return decide.view(parts, 'fraud') as Record<string, unknown>
    },
  }
}
