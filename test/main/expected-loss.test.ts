/** The loss of a regression model as estimated before its labels come, through both topologies in one process. */
import { describe, expect, it } from 'vitest'
import { policyRecord } from '../../src/config/policy.ts'
import { checkUnitInTables as checkUnit } from '../../src/config/units.ts'
import type { PaneEstimates } from '../../src/core/decide/performance/pane-estimates.ts'
import { normal, seeded, uniform } from '../../src/core/random.ts'
import type { Label, Prediction } from '../../src/core/records.ts'
import { startEmbedded } from '../../src/main/embedded.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { HOUR, type Published } from './traffic.ts'

const settings = {
  task: 'regression', drift: { features: { all: ['psi'] }, score: [] },
  time: { pane: '1h', windows: [1, 6], labelHorizon: '12h', correctionHorizon: '1h', watchEvery: '10m', cohort: '1h' },
  profile: { referencePanes: 10 }, performance: { metrics: ['mae', 'rmse'], estimate: 'dle' },
}
const shape = { numeric: ['distance', 'hour'], categorical: [] }
const startHour = 1_000
const delayMs = 4 * HOUR
/** Standard deviation of the error at a distance of 0..1: far ones are hard. */
const deviation = (distance: number): number => 0.5 + 2 * distance

interface World {
  /** hours of traffic */
  hours: number
  /** hour from which only far ones come */
  farFrom?: number
  /** hour from which errors are twice as large, whatever the distance */
  worseFrom?: number
  seed?: number
  /** features come as records of their own, some before and some after their prediction */
  apart?: boolean
}

/** Three predictions a minute; labels come four hours later. */
function stream({ hours, farFrom = Infinity, worseFrom = Infinity, seed = 21, apart = false }: World): Published[] {
  const random = seeded(seed)
  const records: Published[] = []
  for (let i = 0; i < hours * 180; i++) {
    const [at, id, hour] = [startHour * HOUR + i * 20_000, `id-${seed}-${i}`, Math.floor(i / 180)]
    const distance = hour >= farFrom ? 0.6 + 0.4 * uniform(random) : uniform(random)
    const score = 10 + 5 * distance
    const truth = score + normal(random) * deviation(distance) * (hour >= worseFrom ? 2 : 1)
    const vector = { shape, numeric: Float64Array.of(distance, uniform(random)), categorical: [] }
    records.push(['predictions', id, at, {
      kind: 'prediction', inferenceId: id, model: 'm', version: 'v1', predictedAt: at, score, decision: null, acted: true, outcome: 'ok', errorCode: null, entityId: null,
      configSequence: null, latencyMs: 5, cost: NaN, segments: null, features: apart ? null : vector,
    } satisfies Prediction])
    if (apart) records.push(['features', id, at + (i % 2 === 0 ? -3_000 : 3_000), { kind: 'features', inferenceId: id, model: 'm', observedAt: at, vector }])
    records.push(['labels', id, at + delayMs, { kind: 'label', inferenceId: id, model: 'm', observedAt: at + delayMs, value: truth, weight: 1 } satisfies Label])
  }
  return records.sort((a, b) => a[2] - b[2])
}

interface View {
  estimates: PaneEstimates | null
  readings: { performance: { panes: number; readings: Record<string, { value: number | null }> }[] }
}

interface Given {
  partitions?: number
  over?: object
  embedding?: Partial<Parameters<typeof startEmbedded>[0]>
}

/** The view once the pane that ends at `atHour` has been read. */
async function viewAt(records: readonly Published[], atHour: number, { partitions = 1, over = {}, embedding = {} }: Given = {}) {
  const store = createMemoryStore()
  const embedded = await startEmbedded({ partitions, store, ...embedding })
  embedded.publish('policies', 'm', 0, policyRecord('m', { ...settings, ...over }, { effectiveFrom: 0, issuer: 'test' }, checkUnit))
  const untilMs = (startHour + atHour) * HOUR
  for (const record of records) if (record[2] < untilMs) embedded.publish(...record)
  embedded.publish('ticks', null, untilMs, { kind: 'tick', issuer: 'test' })
  for (let hour = startHour; hour <= startHour + atHour; hour++) await embedded.run.runTo(hour * HOUR)
  await embedded.run.finish()
  const dead = embedded.run.topic('dead-letters').partitions.flat()
  expect(dead).toEqual([])
  const [text] = await store.view('decide', 'm')
  return { ...(JSON.parse(text) as View), text }
}

const maeOf = ({ estimates }: View, window: number) => estimates!.windows[window].readings.mae

describe('the expected loss of a live regression model', () => {
  const shifted = stream({ hours: 30, farFrom: 20 })

  it('rises with the inputs before a label of theirs is there, and its interval holds what the labels say later', async () => {
    const [before, soon, later] = await Promise.all([viewAt(shifted, 20), viewAt(shifted, 23), viewAt(shifted, 30)])
    expect(before.estimates!.reference).toMatchObject({ from: 'labels' })
    const [calm, raised] = [maeOf(before, 0), maeOf(soon, 0)]
    expect(raised.interval![0]).toBeGreaterThan(calm.interval![1])
    expect(maeOf(soon, 1).interval![0]).toBeGreaterThan(maeOf(before, 1).value!)
    expect(soon.readings.performance[0].readings.mae.value!).toBeLessThan(raised.interval![0])
    // labels of the last six hours are of far ones alone
    const realised = later.readings.performance[1].readings
    for (const metric of ['mae', 'rmse']) {
      const { interval } = soon.estimates!.windows[0].readings[metric]
      expect(realised[metric].value!, metric).toBeGreaterThan(interval![0])
      expect(realised[metric].value!, metric).toBeLessThan(interval![1])
      expect(later.estimates!.windows[1].labelled!.metrics[metric].beyond, metric).toBeNull()
    }
  })

  it('stays where it was while nothing moves, and holds what the labels say', async () => {
    const records = stream({ hours: 30, seed: 22 })
    const [early, late] = await Promise.all([viewAt(records, 18), viewAt(records, 28)])
    expect(Math.abs(maeOf(late, 1).value! - maeOf(early, 1).value!)).toBeLessThan(0.1)
    const { metrics, rows } = late.estimates!.windows[1].labelled!
    expect(rows).toBeGreaterThan(900)
    expect([metrics.mae.beyond, metrics.rmse.beyond]).toEqual([null, null])
  })

  it('does not see errors that grow whatever the inputs: the labels then leave it, and that is said', async () => {
    const records = stream({ hours: 30, worseFrom: 18 })
    const view = await viewAt(records, 28)
    expect(maeOf(view, 1).interval![1]).toBeLessThan(2)
    const { mae } = view.estimates!.windows[1].labelled!.metrics
    expect(mae.beyond).toBe('above')
    expect(mae.realised).toBeGreaterThan(2)
  })

  it('says why it says nothing until the reference is learnt', async () => {
    const view = await viewAt(shifted, 10)
    expect(maeOf(view, 0)).toMatchObject({ verdict: 'insufficient', value: null, detail: { why: expect.stringContaining('6 of 10 panes with labels') as string } })
  })

  it('is the same over three partitions, when features come apart from predictions, and when tasks die anywhere in an epoch', async () => {
    const apart = stream({ hours: 24, farFrom: 20, apart: true })
    const whole = await viewAt(apart, 22)
    expect((await viewAt(apart, 22, { partitions: 3 })).estimates).toEqual(whole.estimates)
    const random = seeded(3)
    const broken = await viewAt(apart, 22, { embedding: { epochRecordsMax: 400, dies: () => uniform(random) < 0.1 } })
    expect(broken.text).toBe(whole.text)
  })

  it('is not there unless the policy asks for it', async () => {
    const view = await viewAt(shifted, 20, { over: { performance: { metrics: ['mae', 'rmse'] } } })
    expect(view.estimates).toBeNull()
  })
})
