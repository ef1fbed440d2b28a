import { describe, expect, it } from 'vitest'
import { checkUnitInTables as checkUnit } from '../../src/config/units.ts'
import { policyRecord } from '../../src/config/policy.ts'
import { normal, seeded, uniform } from '../../src/core/random.ts'
import type { Candidate, Command, Evaluation, Label, Prediction } from '../../src/core/records.ts'
import { originOf } from '../../src/engine/origin.ts'
import type { RawRecord } from '../../src/engine/ports.ts'
import { startEmbedded, type Embedded, type EmbeddedSettings } from '../../src/main/embedded.ts'

const HOUR = 3_600_000
const settings = {
  mode: 'act', segments: ['region'],
  time: { pane: '1h', windows: [1, 6], labelHorizon: '12h', correctionHorizon: '1h', watchEvery: '10m', cohort: '1h' },
  triggers: [{ 'new-labels': { count: 500 } }, { performance: { metric: 'accuracy', floor: 0.7, minLabels: 50 } }],
  cooldown: '4h', promotion: { metric: 'accuracy', minImprovement: 0.005 },
}

type Published = [role: 'predictions' | 'labels' | 'features', key: string, at: number, record: unknown]

/** Half a day of traffic, one inference a minute; the model goes wrong in the second half. */
function traffic(): Published[] {
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

async function started(partitions: number, over: Partial<EmbeddedSettings> = {}): Promise<Embedded> {
  const embedded = await startEmbedded({ partitions, decidePartitions: 2, ...over })
  embedded.publish('policies', 'm', 0, policyRecord('m', settings, { effectiveFrom: 0, issuer: 'test' }, checkUnit))
  return embedded
}

const roles = ['retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'dead-letters'] as const

/** Published events of every role as text, repeats of one (task, epoch, index) dropped. */
function events({ run }: Embedded): string[] {
  const seen = new Set<string>()
  return roles.flatMap((role) => run.topic(role).partitions.flatMap((log) => log.filter((raw) => isNew(raw, seen)).map((raw) => `${role} ${raw.timestampMs} ${Buffer.from(raw.value!).toString()}`)))
}

function isNew(raw: RawRecord, seen: Set<string>): boolean {
  const { task, epoch, index } = originOf(raw)!
  const key = `${task} ${epoch} ${index}`
  return !seen.has(key) && Boolean(seen.add(key))
}

async function runAll(embedded: Embedded, records: Published[]): Promise<string[]> {
  for (const record of records) embedded.publish(...record)
  embedded.publish('candidates', 'm', 1_009 * HOUR, candidate('v2', 0.9))
  embedded.publish('commands', 'm', 1_010 * HOUR, { kind: 'command', commandId: 'c1', model: 'm', issuedAt: 0, issuer: 'on-call', command: 'rollback', version: null, reason: 'drill' } satisfies Command)
  embedded.publish('ticks', null, 1_030 * HOUR, { kind: 'tick', issuer: 'test' })
  for (let hour = 1_000; hour < 1_030; hour++) await embedded.run.runTo(hour * HOUR)
  await embedded.run.finish()
  return events(embedded)
}

describe('both topologies in one process', () => {
  it('turn traffic into requests, a promotion and a rollback', async () => {
    const found = await runAll(await started(1), traffic())
    const kinds = found.map((line) => line.split(' ')[0])
    expect(kinds).toContain('retrain-requested')
    expect(kinds.filter((kind) => kind === 'promote')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'rollback')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'serving-config')).toHaveLength(2)
    expect(found.find((line) => line.startsWith('retrain-requested'))).toMatch(/new-labels|performance/)
  })

  it('give the same events when topics are interleaved differently', async () => {
    const records = traffic()
    const byTopic = [...records].sort((a, b) => (a[0] < b[0] ? 1 : a[0] > b[0] ? -1 : 0))
    expect(await runAll(await started(4), byTopic)).toEqual(await runAll(await started(4), records))
  })

  it('lose and double nothing when tasks die anywhere in an epoch', async () => {
    const undisturbed = await runAll(await started(4), traffic())
    for (let seed = 1; seed <= 4; seed++) {
      const random = seeded(seed)
      const deaths = new Map<string, number>()
      const dies = (point: string) => uniform(random) < 0.15 && Boolean(deaths.set(point, (deaths.get(point) ?? 0) + 1))
      expect(await runAll(await started(4, { epochRecordsMax: 20, dies }), traffic()), `seed ${seed}`).toEqual(undisturbed)
      expect([...deaths.keys()].sort()).toEqual(['before-commit', 'before-publish', 'before-trim'])
    }
  })
})
