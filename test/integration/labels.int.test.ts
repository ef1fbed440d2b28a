/** Labels in every state they come in: each is counted where it belongs, and `steward status` shows it. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { PerformanceSight } from '../../src/core/triggers/trigger.ts'
import type { Reading } from '../../src/core/reading.ts'
import type { JoinCounts } from '../../src/core/panes/summary.ts'
import type { Label, Prediction } from '../../src/core/records.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import { startEmbedded } from '../../src/main/embedded.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { HOUR, type Published } from '../main/traffic.ts'
import { testServers } from '../servers/index.ts'
import { createCluster } from './cluster.ts'
import { policies } from './outcome.ts'

const MINUTE = 60_000
const START = 2_000 * HOUR
const END = START + 12 * HOUR
const models = {
  m: {
    time: { pane: '10m', windows: [1, 6], labelHorizon: '6h', correctionHorizon: '2h', watchEvery: '10m' }, triggers: [],
    performance: { metrics: ['precision', 'recall', 'accuracy'] },
  },
}

/** How many inferences there are of each state, over the first three hours. */
const states = { prompt: 60, early: 30, late: 25, 'past horizon': 15, duplicate: 20, corrected: 40, withdrawn: 35, 'withdrawn before it came': 5, unlabelled: 18, nightly: 300 }
type State = keyof typeof states
const UNKNOWN_IDS = 12

const prediction = (id: string, at: number, score: number): Published => ['predictions', id, at, {
  kind: 'prediction', inferenceId: id, model: 'm', version: 'v1', predictedAt: at, score, decision: null, acted: true, outcome: 'ok', errorCode: null, entityId: null,
  configSequence: null, latencyMs: 5, cost: NaN, segments: {}, features: null,
} satisfies Prediction]
const label = (id: string, at: number, value: boolean | null, observedAt = at): Published =>
  ['labels', id, at, { kind: 'label', inferenceId: id, model: 'm', observedAt, value, weight: 1 } satisfies Label]

/** Records of one inference, predicted at `at`. */
const story: Record<State, (id: string, at: number, truth: boolean) => Published[]> = {
  'prompt': (id, at, truth) => [label(id, at + MINUTE, truth)],
  'early': (id, at, truth) => [label(id, at - 5 * MINUTE, truth)],
  // it came in time, but says that it was observed when nobody waited any more
  'late': (id, at, truth) => [label(id, at + 5 * HOUR, truth, at + 7 * HOUR)],
  'past horizon': (id, at, truth) => [label(id, at + 6 * HOUR + 30 * MINUTE, truth)],
  'duplicate': (id, at, truth) => [label(id, at + MINUTE, truth), label(id, at + 2 * MINUTE, truth), label(id, at + 90 * MINUTE, truth)],
  'corrected': (id, at, truth) => [label(id, at + MINUTE, truth), label(id, at + 65 * MINUTE, !truth)],
  'withdrawn': (id, at, truth) => [label(id, at + MINUTE, truth), label(id, at + 40 * MINUTE, null)],
  'withdrawn before it came': (id, at) => [label(id, at + MINUTE, null)],
  'unlabelled': () => [],
  'nightly': (id, _at, truth) => [label(id, START + 5 * HOUR, truth)],
}

function records(): Published[] {
  const random = seeded(21)
  const all: Published[] = []
  for (const [state, n] of Object.entries(states) as [State, number][]) {
    for (let i = 0; i < n; i++) {
      const at = START + 10 * MINUTE + Math.floor(uniform(random) * 3 * HOUR)
      const [id, score] = [`${state}-${i}`, uniform(random)]
      all.push(prediction(id, at, score), ...story[state](id, at, uniform(random) < score))
    }
  }
  for (let i = 0; i < UNKNOWN_IDS; i++) all.push(label(`nobody-${i}`, START + i * MINUTE, true))
  return [...all.sort((a, b) => a[2] - b[2]), ['ticks', null, END + 12 * HOUR, { kind: 'tick', issuer: 'test' }]]
}

const total = Object.values(states).reduce((sum, n) => sum + n, 0)
const labelled = states.prompt + states.early + states.duplicate + states.corrected + states.withdrawn + states.nightly
/** Twice the same is a duplicate each time; a label of nobody waits like an early one, and ends as unmatched. */
const expected: Partial<JoinCounts> = {
  predictions: total,
  labels: labelled + states.late + states['past horizon'] + 2 * states.duplicate + states.corrected + states.withdrawn + states['withdrawn before it came'] + UNKNOWN_IDS,
  joinedLabels: labelled,
  earlyLabels: states.early + states['past horizon'] + UNKNOWN_IDS,
  duplicateLabels: 2 * states.duplicate,
  lateLabels: states.late,
  correctedLabels: states.corrected,
  withdrawnLabels: states.withdrawn + states['withdrawn before it came'],
  unmatchedLabels: states['past horizon'] + UNKNOWN_IDS,
  expiredPredictions: states.unlabelled + states.late + states['past horizon'] + states['withdrawn before it came'],
  addressedCorrections: states.corrected + states.withdrawn,
  duplicatePredictions: 0,
  evicted: 0,
}

let all: Published[]
beforeAll(() => { all = [...policies(models), ...records()] })

describe('labels of every state', () => {
  it('are each counted where they belong, in the view of a cluster', { timeout: 120_000 }, async () => {
    const cluster = await createCluster(testServers(), models)
    await cluster.load(all)
    const worker = cluster.worker('--drain')
    expect(await worker.ended, worker.output()).toBe(0)
    const { code, out } = await cluster.steward('status', 'm', '--json')
    expect(code).toBe(0)
    expect((JSON.parse(out) as { counts: JoinCounts }).counts).toMatchObject(expected)
  })

  it('never take a metric out of its bounds, at any pane', async () => {
    const store = createMemoryStore()
    const { run, publish } = await startEmbedded({ partitions: 4, store })
    for (const record of all) publish(...record)
    const seen: Reading[] = []
    for (let atMs = START; atMs <= END; atMs += 10 * MINUTE) {
      await run.runTo(atMs)
      const view = (await store.view('decide', 'm'))[0]
      if (view === undefined) continue
      const { readings } = JSON.parse(view) as { readings: { performance: PerformanceSight[] } | null }
      for (const { readings: metrics } of readings?.performance ?? []) seen.push(...Object.values(metrics).filter(({ value }) => value !== null))
    }
    expect(seen.length).toBeGreaterThan(100)
    const isShare = (value: number) => value >= 0 && value <= 1
    expect(seen.filter(({ value, interval = [0, 1] }) => ![value!, ...interval].every(isShare))).toEqual([])
  })
})
