/** `steward run` as a service: wall-clock traffic, short panes, a person at the command line, servers that go away for a while. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { normal, seeded, uniform } from '../../src/core/random.ts'
import type { Label, Prediction } from '../../src/core/records.ts'
import type { Published } from '../main/traffic.ts'
import { startKafka, startRedis, testServers, type TestServer } from '../servers/index.ts'
import { freePorts } from '../servers/ports.ts'
import { createCluster, type Cluster, type Worker } from './cluster.ts'

const models = {
  m: {
    mode: 'act', time: { pane: '2s', windows: [1, 3], labelHorizon: '1h', correctionHorizon: '10m', watchEvery: '1s', cohort: '1m', paneGrace: '3s' },
    performance: { metrics: ['accuracy'] }, triggers: [], profile: { referencePanes: 2 },
  },
}

/** What the view shows of one model, as far as these tests look. */
interface View {
  champion: { version: string } | null
  sequence: number
  panes: { read: number; lastEndMs: number | null }
  counts: { predictions: number; joinedLabels: number }
  request: { id: string } | null
  hold: { reason: string } | null
  readings: { performance: { labels: number }[] } | null
  decisions: { count: number }
  incidents: { incident: string }[]
}

let broker: TestServer
let redis: TestServer
let cluster: Cluster
let worker: Worker
let url: string
let produced = 0
const random = seeded(31)

/** Inferences of this moment, each with features, prediction and label. */
async function traffic(inferences: number): Promise<void> {
  const now = Date.now()
  const records: Published[] = []
  for (let i = 0; i < inferences; i++) {
    const [id, at, score] = [`id-${produced++}`, now - inferences + i, uniform(random)]
    const vector = { shape: { numeric: ['amount'], categorical: [] }, numeric: Float64Array.of(normal(random)), categorical: [] }
    records.push(['features', id, at, { kind: 'features', inferenceId: id, model: 'm', observedAt: at, vector }])
    records.push(['predictions', id, at, {
      kind: 'prediction', inferenceId: id, model: 'm', version: 'v1', predictedAt: at, score, decision: null, acted: true, outcome: 'ok', errorCode: null, entityId: null,
      configSequence: null, latencyMs: 5, cost: NaN, segments: {}, features: null,
    } satisfies Prediction])
    records.push(['labels', id, at, { kind: 'label', inferenceId: id, model: 'm', observedAt: at, value: score > 0.5, weight: 1 } satisfies Label])
  }
  await cluster.load(records)
}

async function view(): Promise<View | null> {
  const { code, out, err } = await cluster.steward('status', '--json')
  expect(code, err).toBe(0)
  return out === '' ? null : (JSON.parse(out.split('\n')[0]) as View)
}

/** Looks until the view is as wanted. */
async function viewed(wanted: (view: View) => boolean, secondsMax = 30): Promise<View> {
  const deadline = performance.now() + secondsMax * 1000
  for (;;) {
    const seen = await view()
    if (seen !== null && wanted(seen)) return seen
    if (performance.now() > deadline) throw new Error(`after ${secondsMax} s the view is still ${JSON.stringify(seen)}\n${worker.output()}`)
    await sleep(200)
  }
}

async function answer(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}${path}`)
  return { status: response.status, text: await response.text() }
}

beforeAll(async () => {
  ;[broker, redis] = await Promise.all([startKafka(), startRedis({ appendfsync: 'always' })])
  const [port] = await freePorts(1)
  url = `http://127.0.0.1:${port}`
  cluster = await createCluster({ ...testServers(), kafka: broker.address, redis: redis.address }, models, { http: { port }, log: { level: 'info' }, limits: { epoch: '200ms' } })
  worker = cluster.worker()
  await worker.said('running')
})
afterAll(async () => {
  if (worker.isUp()) worker.process.kill('SIGKILL')
  await Promise.all([broker.stop(), redis.stop()])
})

describe('a live worker', { timeout: 90_000 }, () => {
  it('says how it is over HTTP', async () => {
    expect(await answer('/healthz')).toMatchObject({ status: 200 })
    await expect.poll(async () => (await answer('/readyz')).status, { timeout: 20_000 }).toBe(200)
  })

  it('closes panes and reads them by ticks alone once the traffic has stopped', async () => {
    await cluster.produce('predictions', [{ key: 'bad', value: Buffer.from('{'), timestampMs: Date.now() }])
    await traffic(400)
    const seen = await viewed(({ counts }) => counts.predictions === 400)
    expect(seen).toMatchObject({ champion: { version: 'v1' }, counts: { joinedLabels: 400 } })
    expect(seen.readings!.performance.reduce((sum, { labels }) => sum + labels, 0)).toBeGreaterThan(0)
  })

  it('counts what it does in its metrics', async () => {
    const { status, text } = await answer('/metrics')
    expect(status).toBe(200)
    expect(text).toContain('steward_records_total{role="predictions"} 401')
    expect(text).toContain('steward_dead_letters_total{role="predictions",code="UNDECODABLE"} 1')
    expect(text).toMatch(/steward_epochs_total\{topology="decide"\} [1-9]/)
    expect(text).toContain('steward_lag_records{role="predictions",partition="0"} 0')
    expect(text).toContain('steward_pending_inferences{partition="0"}')
    expect(text).toMatch(/steward_last_decision_timestamp_seconds\{model="m"\} \d/)
  })

  it('applies commands within seconds', async () => {
    const asked = await cluster.steward('retrain', 'm', '--reason', 'a test')
    expect(asked.code, asked.err).toBe(0)
    await viewed(({ request }) => request !== null, 10)
    expect((await cluster.events('retrain-requested')).map(({ event }) => (event as { model: string }).model)).toEqual(['m'])
    const { count } = (await view())!.decisions
    const back = await cluster.steward('rollback', 'm', '--reason', 'a test')
    expect(back.code, back.err).toBe(0)
    // there is no version to go back to: the answer is a decision that says so
    await viewed(({ decisions }) => decisions.count > count, 10)
    expect((await cluster.events('decisions')).at(-1)!.event).toMatchObject({ text: expect.stringMatching(/rollback|roll back|version/i) })
  })

  it('lives through an outage of Redis', async () => {
    await redis.kill()
    await traffic(100)
    await sleep(4000)
    expect(worker.isUp(), worker.output()).toBe(true)
    await redis.restart()
    await viewed(({ counts }) => counts.predictions === 500)
  })

  it('lives through an outage of the broker', async () => {
    await broker.kill()
    await sleep(4000)
    expect(worker.isUp(), worker.output()).toBe(true)
    await broker.restart()
    await traffic(100)
    await viewed(({ counts }) => counts.predictions === 600, 60)
  })

  it('commits, leaves its groups and exits with 0 when it is told to stop', async () => {
    await traffic(50)
    await sleep(300)
    const before = performance.now()
    worker.process.kill('SIGTERM')
    expect(await worker.ended, worker.output()).toBe(0)
    expect(performance.now() - before).toBeLessThan(10_000)
    const admin = cluster.kafka.admin()
    await admin.connect()
    const { groups } = await admin.describeGroups(['observe', 'decide'].map((name) => `${cluster.config.kafka.groupPrefix}-${name}`))
    const all = (await admin.listGroups()).groups.map(({ groupId }) => groupId)
    await admin.disconnect()
    expect(groups.map(({ state, members }) => [state, members.length])).toEqual([['Empty', 0], ['Empty', 0]])
    expect(all.filter((group) => group.includes('-table-'))).toEqual([])
    expect(worker.output()).not.toMatch(/Unhandled|UnhandledPromise|"level":"(error|fatal)"/)
  })

  it('is followed by another that goes on where it stopped', async () => {
    worker = cluster.worker()
    await worker.said('running')
    await viewed(({ counts }) => counts.predictions === produced)
    worker.process.kill('SIGTERM')
    expect(await worker.ended, worker.output()).toBe(0)
  })
})
