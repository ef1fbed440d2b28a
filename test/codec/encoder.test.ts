import { describe, expect, it } from 'vitest'
import type {
  Candidate, Command, DeadLetter, Decision, Evaluation, Features, Finding, Incident, Label, PolicyRecord, Prediction, Profile, Promote, RetrainRequested,
  Rollback, ServingConfig, Tick,
} from '../../src/core/records.ts'
import type { Headers, InputRole, OutputRole } from '../../src/engine/ports.ts'
import { parseSchema } from '../../src/codec/avro-schema.ts'
import { createDecoder } from '../../src/codec/decoder.ts'
import { createEncoder } from '../../src/codec/encoder.ts'
import { contracts } from '../../src/codec/own.ts'
import type { SchemaRole } from '../../src/codec/own.ts'
import type { Registry } from '../../src/codec/registry.ts'
import { createSchemaSource } from '../../src/codec/schemas.ts'
import { raw } from './helpers.ts'

const T = 1_767_225_600_000
const findings: Finding[] = [
  {
    rule: 'drift', measure: 'psi', subject: 'amount', threshold: 0.25, fromMs: T, toMs: T + 1, text: 'amount moved',
    reading: { value: 0.5, n: 100, nReference: 200, noiseFloor: 0.1, interval: [0.4, 0.6], verdict: 'alarm', detail: { bins: 10, note: 'x', pValue: null } },
  },
  { rule: 'manual', measure: 'none', subject: null, segment: 'r=eu', threshold: null, fromMs: null, toMs: null, text: '', reading: { value: null, n: 0, verdict: 'insufficient' } },
]
const base = { id: 'e1', model: 'fraud', at: T, advisory: true, policyHash: 'h' }
const evaluation: Evaluation = { testSetId: 's', n: 10, metrics: { recall: 0.5 }, standardErrors: null, subgroups: { 'r=eu': { recall: 0.4 } }, latencyMsP99: 4, costPerThousand: null }
const profile: Profile = {
  kind: 'profile', model: 'fraud', version: 'v2', effectiveFrom: null, n: 3, metrics: { recall: 0.5 }, subgroups: {}, provisional: true, scoreEdges: [0.5], decisions: { n: 3, positive: 1 },
  features: {
    x: { kind: 'numeric', edges: [1, 2], counts: [1, 0, 1], atoms: [0], atomCounts: [1], digest: [{ mean: 1.5, n: 2 }], n: 3, missing: 0, nonFinite: 0, importance: 0.5, types: { boolean: 0, whole: 2, fraction: 1, text: 0, numerals: 0 } },
    c: { kind: 'categorical', categories: ['a'], counts: [2], other: 1, n: 3, missing: 0, importance: null },
    b: { kind: 'categorical', categories: ['true'], counts: [3], other: 0, n: 3, missing: 0, importance: null, types: { boolean: 3, whole: 0, fraction: 0, text: 0, numerals: 0 } },
  },
  calibration: {
    calibrator: 'isotonic', edges: [0.5], values: [0.1, 0.9], variances: [0.01, 0.02], positives: 60, negatives: 90, firstBin: 0, lastBin: 1,
    errorBefore: { value: 0.2, noiseFloor: 0.1, calibrated: 0.05 }, errorAfter: null,
  },
  score: { kind: 'numeric', edges: [0.5], counts: [], atoms: [], atomCounts: [], digest: [], n: 0, missing: 0, nonFinite: 0, importance: null },
}
const segmented: Profile = {
  ...profile, segments: { 'r=eu': { n: 3, features: { x: profile.features.x, c: profile.features.c }, score: profile.score, decisions: { n: 3, positive: 2 } }, 'r=us': { n: 4, features: {}, score: null } },
}
const vector = { shape: { numeric: ['a', 'b'], categorical: ['k'] }, numeric: new Float64Array([NaN, Infinity]), categorical: [null] }

const features: Features = { kind: 'features', inferenceId: 'i', model: 'm', observedAt: T, vector }
const prediction: Prediction = {
  kind: 'prediction', inferenceId: 'i', model: 'm', version: 'v', predictedAt: T, score: Infinity, classScores: { classes: ['a', 'b'], scores: Float64Array.of(0.25, Infinity) }, decision: 1.5, acted: false, outcome: 'timeout', errorCode: 'e', entityId: null,
  configSequence: 3, latencyMs: NaN, cost: 0.5, segments: { region: 'eu' }, features: vector,
}
const label: Label = { kind: 'label', inferenceId: 'i', model: 'm', observedAt: T, value: null, weight: 2 }
const candidate: Candidate = {
  kind: 'candidate', model: 'fraud', version: 'v2', parentVersion: 'v1', trainingMode: 'fine-tune', trainedBy: 'job', retrainRequestId: null,
  evaluation, baselineVersion: 'v1', baseline: { ...evaluation, standardErrors: { recall: 0.1 } }, artifactUri: 's3://a', profile,
}
const command: Command = { kind: 'command', commandId: 'c', model: 'm', issuedAt: T, issuer: 'me', command: 'rollback', version: null, reason: 'bad' }
const policy: PolicyRecord = { kind: 'policy', model: 'm', text: '{}', hash: 'h', effectiveFrom: T, issuer: 'me' }
const tick: Tick = { kind: 'tick', issuer: 'w' }
const retrain: RetrainRequested = {
  kind: 'retrain-requested', ...base, champion: null, reasons: findings, diagnosis: 'd', advice: 'fix-data', dataFromMs: T, dataToMs: T, cooldownUntilMs: T,
  explanation: 'e', considered: [{ name: 'label delay', outcome: 'ruled-out', text: 't' }, { name: 'prior shift', outcome: 'open', text: 't' }],
  features: [{ feature: 'amount', measure: 'psi', value: 0.4, excess: 2, importanceShare: 0.5, correlation: null, blame: 1 }],
}
const promote: Promote = { kind: 'promote', ...base, version: 'v2', previous: 'v1', stage: 'canary', final: false, gates: findings, cause: 'c', approvers: ['a'] }
const rollback: Rollback = { kind: 'rollback', ...base, version: 'v1', previous: 'v2', cause: 'c', findings, detectionDelayMs: 5, issuer: 'rule' }
const serving: ServingConfig = {
  kind: 'serving-config', model: 'm', sequence: 4, champion: 'v1', routes: [{ version: 'v1', weight: 1, role: 'champion' }], shadows: ['v2'], salt: 's', cause: 'c', advisory: false, at: T,
}
const incident: Incident = { kind: 'incident', ...base, incident: 'partial-pane', severity: 'critical', state: 'opened', owner: 'o', cause: 'c', sinceMs: T }
const decision: Decision = { kind: 'decision', ...base, decision: 'promote', subject: null, findings, text: 't', eventId: null, previousHash: '' }
const dead: DeadLetter = {
  kind: 'dead-letter', id: 'd', topic: 't', partition: 1, offset: 2, timestampMs: T, key: new Uint8Array([1]), bytes: new Uint8Array([0, 255]), length: 9, hash: 'h', code: 'UNDECODABLE', message: 'm',
}

const inputs: [InputRole & SchemaRole, { kind: string }][] = [
  ['features', features], ['predictions', prediction], ['labels', label], ['candidates', candidate], ['commands', command], ['policies', policy], ['profiles', profile],
  ['profiles', { ...profile, decisions: { n: 9, positive: 0, classes: { cat: 5, dog: 3 } } } as Profile], ['profiles', segmented], ['candidates', { ...candidate, profile: segmented } as Candidate], ['ticks', tick],
]
const outputs: [OutputRole & SchemaRole, { kind: string }][] = [
  ['profiles', profile], ['profiles', segmented], ['retrain-requested', retrain], ['promote', promote], ['rollback', rollback], ['serving-config', serving], ['incidents', incident],
  ['decisions', decision], ['dead-letters', dead],
]
const roles = Object.keys(contracts) as SchemaRole[]

/** A registry in memory: ids in the order of registration. */
function memoryRegistry(): Registry & { subjects: string[] } {
  const schemas: unknown[] = []
  const subjects: string[] = []
  return {
    subjects,
    schema: (id) => Promise.resolve(id in schemas ? { format: 'avro', type: parseSchema(schemas[id]) } : null),
    register(subject, schema) {
      subjects.push(subject)
      return Promise.resolve(schemas.push(schema) - 1)
    },
  }
}

describe.each(['json', 'avro'] as const)('records as %s', (format) => {
  const setUp = async () => {
    const registry = memoryRegistry()
    const decoder = createDecoder({ schemas: await createSchemaSource({ registry }) })
    return { decoder, registry, encoder: await createEncoder({ format, registry, roles, topics: { promote: 'mine' } }) }
  }

  it.each(inputs)('give back every input: %s', async (role, record) => {
    const { encoder, decoder } = await setUp()
    const { value } = encoder.encodeInput(role, record)
    await decoder.prepare(role, raw(value))
    expect(decoder.decode(role, raw(value))).toEqual({ ok: true, record })
  })

  it.each(outputs)('give back every output: %s', async (role, record) => {
    const { encoder, decoder } = await setUp()
    const { value } = encoder.encode(role, record)
    await decoder.prepareOutput(value)
    expect(decoder.decodeOutput(role, value)).toEqual({ ok: true, record })
  })

  it('give equal bytes for equal events', async () => {
    const [one, two] = [await setUp(), await setUp()]
    for (const [role, record] of outputs) expect(one.encoder.encode(role, structuredClone(record))).toEqual(two.encoder.encode(role, record))
  })

  it('are registered under the topic that they go to', async () => {
    const { registry } = await setUp()
    expect(registry.subjects.includes('mine-value')).toBe(format === 'avro')
  })
})

describe('an encoder', () => {
  it('names the event in CloudEvents headers', async () => {
    const encoder = await createEncoder({ source: '/s' })
    expect(encoder.encode('promote', promote).headers).toEqual({
      ce_specversion: '1.0', ce_id: 'e1', ce_source: '/s', ce_type: 'io.modelsteward.promote', ce_time: '2026-01-01T00:00:00.000Z', 'content-type': 'application/json',
    } satisfies Headers)
    expect(encoder.encode('serving-config', serving).headers.ce_id).toBe('m/4')
    expect(encoder.encode('profiles', profile).headers).not.toHaveProperty('ce_time')
  })

  it('writes dead letters in base64', async () => {
    const encoder = await createEncoder()
    expect(JSON.parse(Buffer.from(encoder.encode('dead-letters', dead).value).toString())).toMatchObject({ key: 'AQ==', bytes: 'AP8=' })
  })

  it('writes what tasks tell each other in the state codec', async () => {
    const encoder = await createEncoder()
    const broadcast = { kind: 'broadcast', task: 1, streamTimeMs: T, atLogEnd: true, final: false }
    const { value, headers } = encoder.encode('panes', broadcast)
    expect(headers).toEqual({})
    expect(createDecoder().decodeOutput('panes', value)).toEqual({ ok: true, record: broadcast })
  })

  it('fails at once on a record that does not fit its schema', async () => {
    const encoder = await createEncoder({ format: 'avro', registry: memoryRegistry(), roles: ['promote'] })
    expect(() => encoder.encode('promote', { ...promote, stage: 'elsewhere' })).toThrow(/Stage/)
    expect(() => encoder.encode('rollback', rollback)).toThrow(/not registered/)
  })
})

describe('decisions by class in a profile', () => {
  const classed = { ...profile, decisions: { n: 9, positive: 0, classes: { cat: 5, dog: 3 } } }
  const decode = (decisions: object) => createDecoder().decodeOutput('profiles', Buffer.from(JSON.stringify({ ...profile, decisions })))

  it('come back as they went, null where they are of a binary model', () => {
    expect(decode(classed.decisions)).toStrictEqual({ ok: true, record: classed })
    expect(decode({ n: 9, positive: 3, classes: null })).toStrictEqual({ ok: true, record: { ...profile, decisions: { n: 9, positive: 3 } } })
  })

  it('are refused where they are no counts of classes', () => {
    for (const classes of [{ cat: -1 }, { cat: 10 }, { toString: 1 }]) expect(decode({ n: 9, positive: 0, classes })).toMatchObject({ ok: false })
  })
})

describe('our own records of another version', () => {
  it('read with the default of an added field and without a removed one', () => {
    const decoder = createDecoder()
    const { provisional: _, calibration: __, decisions: ___, ...older } = JSON.parse(JSON.stringify({ ...profile, dropped: 1 })) as Record<string, unknown>
    const result = decoder.decodeOutput('profiles', Buffer.from(JSON.stringify(older)))
    expect(result).toStrictEqual({ ok: true, record: (({ decisions: _decisions, ...rest }) => ({ ...rest, provisional: false, calibration: null }))(profile) })
  })
})
