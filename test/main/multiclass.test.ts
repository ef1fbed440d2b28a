/** A multiclass model through both topologies in one process, against the same rows read by the metrics alone. */
import { describe, expect, it } from 'vitest'
import { checkUnitInTables as checkUnit } from '../../src/config/units.ts'
import { policyRecord } from '../../src/config/policy.ts'
import { tryUnit } from '../../src/core/try.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import type { Label, Prediction } from '../../src/core/records.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { startEmbedded } from '../../src/main/embedded.ts'
import { HOUR, orders, type Published } from './traffic.ts'

const classes = ['cat', 'dog', 'eel', 'fox'] as const
const metrics = ['macro-f1', 'weighted-recall', 'micro-precision', 'accuracy', 'log-loss', 'macro-roc-auc', 'mcc', 'kappa', 'balanced-accuracy']
const settings = {
  task: 'multiclass', segments: ['region'],
  time: { pane: '1h', windows: [1, 6, 24], labelHorizon: '12h', correctionHorizon: '6h', watchEvery: '10m', cohort: '1h' },
  performance: { metrics, errorDetectors: ['adwin'] }, triggers: [{ performance: { metric: 'macro-f1', floor: 0.6, minLabels: 100 } }],
}

interface Row { y: string; prediction: string; scores: Record<string, number> }

/** Half a day of a model of four classes, one of them rare; labels come late, some early, some are corrected, some withdrawn. The model goes blind at `blindFrom`. */
function stream(seed: number, blindFrom = Infinity): { records: Published[]; rows: Row[] } {
  const random = seeded(seed)
  const records: Published[] = []
  const rows: Row[] = []
  for (let i = 0; i < 720; i++) {
    const at = 1_000 * HOUR + i * 60_000 + Math.floor(uniform(random) * 30_000)
    const id = `id-${i}`
    const truth = classes[[0, 0, 0, 1, 1, 1, 2, 2, 2, 3][Math.floor(uniform(random) * 10)]]
    const weights = classes.map((name) => uniform(random) + (name === truth && i < blindFrom ? 0.9 : 0))
    const sum = weights.reduce((a, b) => a + b)
    const scores = Object.fromEntries(classes.map((name, k) => [name, weights[k] / sum]))
    const likeliest = classes.reduce((best, name) => (scores[name] > scores[best] ? name : best))
    const decision = uniform(random) < 0.2 ? 'dog' : null
    const prediction: Prediction = {
      kind: 'prediction', inferenceId: id, model: 'm', version: 'v1', predictedAt: at, score: NaN, decision, acted: true, outcome: 'ok', errorCode: null, entityId: null,
      classScores: { classes: [...classes], scores: Float64Array.from(classes, (name) => scores[name]) },
      configSequence: null, latencyMs: 5, cost: NaN, segments: { region: i % 3 === 0 ? 'eu' : 'us' }, features: null,
    }
    const [predictedAt, labelledAt] = i % 7 === 0 ? [at + 20_000, at] : [at, at + 10_000 + Math.floor(uniform(random) * HOUR)]
    records.push(['predictions', id, predictedAt, prediction])
    const label = (atMs: number, value: string | null): Published => ['labels', id, atMs, { kind: 'label', inferenceId: id, model: 'm', observedAt: atMs, value, weight: 1 } satisfies Label]
    const fate = uniform(random)
    if (fate < 0.1) records.push(label(labelledAt, 'eel'), label(labelledAt + 2 * HOUR, truth))
    else if (fate < 0.15) records.push(label(labelledAt, truth), label(labelledAt + HOUR / 2, null))
    else records.push(label(labelledAt, truth))
    if (fate < 0.1 || fate >= 0.15) rows.push({ y: truth, prediction: decision ?? likeliest, scores })
  }
  return { records: records.sort((a, b) => a[2] - b[2]), rows }
}

interface View {
  readings: { performance: { panes: number; labels: number; readings: Record<string, { value: number | null; n: number; interval?: [number, number] }> }[] }
  cohorts: { labels: number; completed: Record<string, number | null> }[]
  counts: Record<string, number>
  corrections: { applied: number }
}

async function run(records: Published[], partitions: number, over: object = {}, embedding: Partial<Parameters<typeof startEmbedded>[0]> = {}) {
  const store = createMemoryStore()
  const embedded = await startEmbedded({ partitions, store, ...embedding })
  embedded.publish('policies', 'm', 0, policyRecord('m', { ...settings, ...over }, { effectiveFrom: 0, issuer: 'test' }, checkUnit))
  for (const record of [...records, ...orders().filter(([role]) => role === 'ticks')]) embedded.publish(...record)
  for (let hour = 1_000; hour < 1_030; hour++) await embedded.run.runTo(hour * HOUR)
  await embedded.run.finish()
  const [text] = await store.view('decide', 'm')
  const published = (role: 'retrain-requested' | 'decisions' | 'incidents' | 'dead-letters') =>
    embedded.run.topic(role).partitions.flat().map((raw) => JSON.parse(Buffer.from(raw.value!).toString()) as Record<string, unknown>)
  return { view: JSON.parse(text) as View, published, textOf: text }
}

function tried(metric: string, rows: readonly Row[], params: Record<string, unknown> = {}) {
  const trial = tryUnit('metrics', metric, params)
  for (const row of rows) trial.line(row)
  return trial.end()[0] as { value: number; n: number; interval?: [number, number] }
}

describe('a live multiclass model', () => {
  const { records, rows } = stream(11)

  it('reads the digits that its metrics give for the same rows, over two partitions, late, early, corrected and withdrawn labels', async () => {
    const { view, published } = await run(records, 2)
    expect(published('dead-letters')).toEqual([])
    const window = view.readings.performance.at(-1)!
    expect(window.labels).toBe(rows.length)
    expect(view.corrections.applied).toBeGreaterThan(50)
    for (const metric of metrics) {
      const { value, n, interval } = tried(metric, rows)
      expect(window.readings[metric].value, metric).toBeCloseTo(value, 10)
      expect(window.readings[metric].n, metric).toBe(n)
      expect(window.readings[metric].interval![0], metric).toBeCloseTo(interval![0], 10)
      expect(window.readings[metric].interval![1], metric).toBeCloseTo(interval![1], 10)
    }
    expect(view.cohorts.reduce((sum, { labels }) => sum + labels, 0)).toBe(rows.length)
    expect(view.cohorts[0].completed['log-loss']).toBeGreaterThan(0)
  })

  it('says the same when tasks die anywhere in an epoch', async () => {
    const whole = await run(records, 2)
    const random = seeded(3)
    const broken = await run(records, 2, {}, { epochRecordsMax: 20, dies: () => uniform(random) < 0.15 })
    expect(broken.textOf).toBe(whole.textOf)
  })

  it('asks for a retrain when the macro F1 falls below its floor, naming the rule and the metric', async () => {
    const { published } = await run(stream(12, 360).records, 1)
    const [request] = published('retrain-requested')
    expect(request).toMatchObject({ champion: 'v1', reasons: [expect.objectContaining({ rule: 'performance', measure: 'macro-f1' })] })
    expect(published('decisions').some(({ subject }) => subject === 'adwin')).toBe(true)
    expect((await run(stream(12).records, 1)).published('retrain-requested')).toEqual([])
  })

  it('tells of classes beyond those that are kept apart', async () => {
    const { view, published } = await run(records, 1, { classes: ['cat', 'dog'] })
    expect(published('incidents')).toContainEqual(expect.objectContaining({ incident: 'other-classes', state: 'opened' }))
    const window = view.readings.performance.at(-1)!
    expect(window.readings.accuracy.value).toBeCloseTo(tried('accuracy', rows).value, 10)
    expect((await run(records, 1)).published('incidents')).not.toContainEqual(expect.objectContaining({ incident: 'other-classes' }))
  })
})
