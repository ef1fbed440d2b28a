/** Synthetic traffic for tests of the whole: half a day of one model that goes wrong in its second half, with a candidate and commands. */
import { normal, seeded, uniform } from '../../src/core/random.ts'
import type { Candidate, Command, Evaluation, Label, Prediction } from '../../src/core/records.ts'
import type { InputRole } from '../../src/engine/ports.ts'

export const HOUR = 3_600_000
export const settings = {
  mode: 'act', segments: ['region'],
  time: { pane: '1h', windows: [1, 6], labelHorizon: '12h', correctionHorizon: '1h', watchEvery: '10m', cohort: '1h' },
  triggers: [{ 'new-labels': { count: 500 } }, { performance: { metric: 'accuracy', floor: 0.7, minLabels: 50 } }],
  cooldown: '4h', promotion: { metric: 'accuracy', minImprovement: 0.005 },
}

/** Role, key, stream time, record. */
export type Published = [role: InputRole, key: string | null, at: number, record: unknown]

/** Half a day of traffic, one inference a minute; the model goes wrong in the second half. */
export function traffic(): Published[] {
  const random = seeded(7)
  const records: Published[] = []
  for (let i = 0; i < 720; i++) {
    const at = 1_000 * HOUR + i * 60_000 + Math.floor(uniform(random) * 30_000)
    const [score, id] = [uniform(random), `id-${i}`]
    const truth = uniform(random) < (i < 400 ? score : 1 - score)
    const vector = { shape: { numeric: ['amount'], categorical: ['kind'] }, numeric: Float64Array.of(normal(random) + (i < 400 ? 0 : 2)), categorical: [uniform(random) < 0.5 ? 'a' : 'b'] }
    records.push(['features', id, at, { kind: 'features', inferenceId: id, model: 'm', observedAt: at, vector }])
    const prediction: Prediction = {
      kind: 'prediction', inferenceId: id, model: 'm', version: 'v1', predictedAt: at, score, decision: null, acted: true, outcome: 'ok', errorCode: null, entityId: null,
      configSequence: null, latencyMs: 5, cost: NaN, segments: { region: i % 3 === 0 ? 'eu' : 'us' }, features: null,
    }
    records.push(['predictions', id, at + 5, prediction])
    const late = at + 10_000 + Math.floor(uniform(random) * HOUR)
    records.push(['labels', id, late, { kind: 'label', inferenceId: id, model: 'm', observedAt: late, value: truth, weight: 1 } satisfies Label])
  }
  return records.sort((a, b) => a[2] - b[2])
}

const evaluation = (accuracy: number): Evaluation =>
  ({ testSetId: 't1', n: 5000, metrics: { accuracy }, standardErrors: null, subgroups: { 'region=eu': { accuracy }, 'region=us': { accuracy } }, latencyMsP99: 10, costPerThousand: 0.1 })
const candidate = (version: string, accuracy: number): Candidate => ({
  kind: 'candidate', model: 'm', version, parentVersion: 'v1', trainingMode: 'full', trainedBy: 'test', retrainRequestId: null, evaluation: evaluation(accuracy),
  baselineVersion: 'v1', baseline: evaluation(0.6), artifactUri: 'file:///none', profile: null,
})


/** What people and trainers send, and the tick that closes the day. */
export const orders = (): Published[] => [
  ['candidates', 'm', 1_009 * HOUR, candidate('v2', 0.9)],
  ['commands', 'm', 1_010 * HOUR, { kind: 'command', commandId: 'c1', model: 'm', issuedAt: 0, issuer: 'on-call', command: 'rollback', version: null, reason: 'drill' } satisfies Command],
  ['ticks', null, 1_030 * HOUR, { kind: 'tick', issuer: 'test' }],
]
