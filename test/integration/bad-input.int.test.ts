/** Every kind of bad record, one in a hundred of each, between good ones: nothing good is lost, nothing bad is lost. */
import { readFile, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Prediction } from '../../src/core/records.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import { HOUR, type Published } from '../main/traffic.ts'
import { testServers } from '../servers/index.ts'
import { createCluster, type Cluster, type RawMessage } from './cluster.ts'
import { load, loadSettings } from './load.ts'
import { clusterOutcome, embeddedOutcome, policies, type Outcome } from './outcome.ts'

const SHARE = 0.01
/** no registry gives it out */
const UNKNOWN_ID = 2_000_000_000
const models = { ...loadSettings, stray: { ...loadSettings.n } }

const json = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const fields = (id: string, over: object = {}) => ({ inferenceId: id, model: 'm', version: 'v1', predictedAt: 1_000 * HOUR, score: 0.5, ...over })

/** Makes a bad prediction out of a good one's id; the code of its dead letter; where it does not keep the good one's timestamp, its own. */
const kinds: Record<string, { code: string; value(id: string, avro: (record: Prediction) => Buffer, good: Prediction): Buffer; timestampMs?: number }> = {
  'bytes that are nothing': { code: 'UNDECODABLE', value: () => Buffer.from([0xff, 0xfe, 0x01, 0x80]) },
  'half a record': { code: 'UNDECODABLE', value: (_id, avro, good) => avro(good).subarray(0, 30) },
  'a record too large': { code: 'OVERSIZED', value: (id) => json(fields(id, { padding: 'x'.repeat(1024 * 1024) })) },
  'a field of a wrong type': { code: 'WRONG_TYPE', value: (id) => json(fields(id, { score: 'high' })) },
  'a missing field': { code: 'MISSING_FIELD', value: (id) => json(fields(id, { version: undefined })) },
  'a schema nobody knows': {
    code: 'UNKNOWN_SCHEMA',
    value(id, avro, good) {
      const bytes = Buffer.from(avro({ ...good, inferenceId: `again-${id}`, model: 'later', score: 0.5 }))
      bytes.writeUInt32BE(UNKNOWN_ID, 1)
      return bytes
    },
  },
  'a timestamp in the future': { code: 'FUTURE_TIMESTAMP', value: (_id, avro, good) => avro(good), timestampMs: Date.UTC(2100, 0) },
  'a score of NaN in JSON': { code: 'NON_FINITE_SCORE', value: (id) => json(fields(id, { model: 'stray', score: 'NaN' })) },
  'a score of NaN in Avro': { code: 'NON_FINITE_SCORE', value: (_id, avro, good) => avro({ ...good, model: 'stray', score: Infinity }) },
}

let clean: Outcome
let cluster: Cluster
const sent = new Map<string, number>()
let goodPredictions = 0

beforeAll(async () => {
  const random = seeded(9)
  const traffic = load(2_500)
  const { profiles, ...outcome } = await embeddedOutcome(loadSettings, traffic, [1_000 * HOUR, 1_030 * HOUR])
  clean = outcome
  cluster = await createCluster(testServers(), models)
  const avro = (record: Prediction) => Buffer.from(cluster.encoder.encodeInput('predictions', record).value)
  await cluster.load([...policies(models), ...profiles, ...traffic.filter(([role]) => role !== 'predictions')])
  const predictions = traffic.filter(([role]) => role === 'predictions')
  goodPredictions = predictions.length
  await cluster.produce('predictions', predictions.flatMap(([, key, timestampMs, record]: Published) => {
    const good = record as Prediction
    const messages: RawMessage[] = [{ key, value: avro(good), timestampMs }]
    for (const [kind, { value, timestampMs: own }] of Object.entries(kinds)) {
      if (uniform(random) >= SHARE) continue
      sent.set(kind, (sent.get(kind) ?? 0) + 1)
      messages.push({ key, value: value(key!, avro, good), timestampMs: own ?? timestampMs })
    }
    return messages
  }))
  await cluster.produce('panes', [{ key: 'm', value: json('{"kind":"pane"}'), timestampMs: 1_000 * HOUR }])
})

const drain = async () => {
  const worker = cluster.worker('--drain', '--json')
  expect(await worker.ended, worker.output()).toBe(0)
}
const sumOf = (codes: Iterable<string>) => {
  const counts: Record<string, number> = {}
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1
  return counts
}
const letters = async (...filter: string[]) => {
  const { code, out } = await cluster.steward('dead-letters', 'list', '--json', ...filter)
  expect(code).toBe(0)
  return out.split('\n').filter(Boolean).map((line) => JSON.parse(line) as { id: string; code: string; topic: string; offset: number; truncated: boolean })
}
const views = async () => {
  const { out } = await cluster.steward('status', '--json')
  return new Map(out.split('\n').filter(Boolean).map((line) => JSON.parse(line) as { model: string; counts: { predictions: number; duplicatePredictions: number } }).map((view) => [view.model, view]))
}
/** Without the moment of stream time at which an event came out: another model's traffic may bring a broadcast sooner. */
const ofCleanModels = ({ events, panes }: Outcome) => ({
  events: events.map((line) => line.replace(/^(\S+) \d+ /, '$1 ')).filter((line) => !line.startsWith('dead-letters') && !line.includes('"model":"stray"')),
  panes: panes.filter((line) => / (pane|watch) [mn] /.test(line)),
})

describe('one bad record of each kind in a hundred', { timeout: 150_000 }, () => {
  it('leaves every count of the good ones as it is without them', async () => {
    await drain()
    expect(ofCleanModels(await clusterOutcome(cluster))).toEqual(ofCleanModels(clean))
  })

  it('is in dead-letters, each with its code, and all counts add up to the input', async () => {
    const expected: Record<string, number> = { UNDECODABLE: 1 }
    for (const [kind, n] of sent) expected[kinds[kind].code] = (expected[kinds[kind].code] ?? 0) + n
    const found = await letters()
    expect([...sent.keys()].sort()).toEqual(Object.keys(kinds).sort())
    expect(sumOf(found.map(({ code }) => code))).toEqual(expected)
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
    const seen = await views()
    const counted = [...seen.values()].reduce((sum, { counts }) => sum + counts.predictions, 0)
    const copies = expected.NON_FINITE_SCORE
    const input = (await cluster.read('predictions')).length
    expect(counted).toBe(goodPredictions + copies)
    expect(counted + found.filter(({ topic }) => topic === cluster.topic('predictions')).length - copies).toBe(input)
    expect(found.filter(({ topic }) => topic === cluster.topic('panes'))).toHaveLength(1)
  })

  it('counts a score that is not finite as an error of its version', async () => {
    const nonFinite = sent.get('a score of NaN in JSON')! + sent.get('a score of NaN in Avro')!
    expect((await views()).get('stray')!.counts.predictions).toBe(nonFinite)
    expect(await letters('--code', 'NON_FINITE_SCORE')).toHaveLength(nonFinite)
  })

  it('goes through when the cause is mended and it is sent again', async () => {
    const schema = new URL('../../schemas/Prediction.avsc', import.meta.url).pathname
    const settings = parse(await readFile(cluster.configFile, 'utf8')) as object
    await writeFile(cluster.configFile, stringify({ ...settings, schemaFiles: { [UNKNOWN_ID]: schema } }))
    const again = await cluster.steward('dead-letters', 'redrive', '--code', 'UNKNOWN_SCHEMA', '--json')
    expect(again.code, again.err).toBe(0)
    const before = (await letters()).length
    await drain()
    expect((await views()).get('later')!.counts).toMatchObject({ predictions: sent.get('a schema nobody knows'), duplicatePredictions: 0 })
    expect(await letters()).toHaveLength(before)
  })

  it('is refused where only a part of it was kept', async () => {
    const { code, out } = await cluster.steward('dead-letters', 'redrive', '--code', 'OVERSIZED', '--json')
    expect(code).toBe(1)
    expect(out.split('\n').filter(Boolean).map((line) => (JSON.parse(line) as { redriven: boolean }).redriven)).toEqual(Array(sent.get('a record too large')).fill(false))
  })
})
