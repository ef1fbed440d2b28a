/** Drift of one segment value through both topologies in one process: features as records of their own, labels soon after. */
import { describe, expect, it } from 'vitest'
import { checkUnitInTables as checkUnit } from '../../src/config/units.ts'
import { policyRecord } from '../../src/config/policy.ts'
import { normal, seeded, uniform } from '../../src/core/random.ts'
import type { Decision, Finding, Incident, Label, Prediction, Profile, RetrainRequested } from '../../src/core/records.ts'
import type { SegmentSight } from '../../src/core/triggers/trigger.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { startEmbedded } from '../../src/main/embedded.ts'
import { HOUR, type Published } from './traffic.ts'

const settings = {
  segments: ['region'],
  time: { pane: '1h', windows: [1, 6, 12], labelHorizon: '12h', correctionHorizon: '1h', watchEvery: '10m', cohort: '1h' },
  profile: { referencePanes: 24, minLayoutRows: 200 }, drift: { segments: { region: 'all' }, severe: {} },
  triggers: [{ drift: { minPanes: 3 } }, { performance: { metric: 'accuracy', minDrop: 0.1 } }],
}
const rowsAnHour = 160
const hours = 58
const fromHour = 42
const firstHour = 1_000

interface World {
  /** added to `amount` in jp from `fromHour` on */
  shift?: number
  /** labels in jp from then on are what a coin says */
  isHarmful?: boolean
  /** `kind` is missing in jp from then on */
  isBroken?: boolean
}

/** Of 20 inferences 11 are of eu, 6 of us and 3 of jp. */
const regionOf = (i: number): string => (i % 20 < 11 ? 'eu' : i % 20 < 17 ? 'us' : 'jp')

function stream({ shift = 0, isHarmful = false, isBroken = false }: World): Published[] {
  const random = seeded(11)
  const records: Published[] = []
  for (let i = 0; i < hours * rowsAnHour; i++) {
    const hour = Math.floor(i / rowsAnHour)
    const at = (firstHour + hour) * HOUR + Math.floor(((i % rowsAnHour) / rowsAnHour) * HOUR)
    const [id, region, score] = [`id-${i}`, regionOf(i), uniform(random)]
    const isChanged = region === 'jp' && hour >= fromHour
    const vector = {
      shape: { numeric: ['amount'], categorical: ['kind'] }, numeric: Float64Array.of(normal(random) + (isChanged ? shift : 0)),
      categorical: [isChanged && isBroken ? null : uniform(random) < 0.5 ? 'a' : 'b'],
    }
    const isLate = i % 7 === 0 // such features come after their prediction
    records.push(['features', id, isLate ? at + 2_000 : at, { kind: 'features', inferenceId: id, model: 'm', observedAt: at, vector }])
    records.push(['predictions', id, at + 500, {
      kind: 'prediction', inferenceId: id, model: 'm', version: 'v1', predictedAt: at, score, decision: null, acted: true, outcome: 'ok', errorCode: null, entityId: null,
      configSequence: null, latencyMs: 5, cost: NaN, segments: { region }, features: null,
    } satisfies Prediction])
    const value = uniform(random) < (isChanged && isHarmful ? 0.5 : score)
    records.push(['labels', id, at + 600_000, { kind: 'label', inferenceId: id, model: 'm', observedAt: at + 600_000, value, weight: 1 } satisfies Label])
  }
  return records.sort((a, b) => a[2] - b[2])
}

interface View {
  readings: { drift: { panes: number; features: SegmentSight['features']; segments?: SegmentSight[] }[] }
  counts: Record<string, number>
  request: object | null
  withheldSegments?: Record<string, { diagnosis: string; subjects: string[] }>
  incidents: { incident: string; cause: string }[]
}

/** Several tests look at the same run. */
const runs = new Map<string, ReturnType<typeof start>>()
function run(world: World, options: Parameters<typeof start>[1] = {}) {
  const key = JSON.stringify([world, options])
  const held = runs.get(key) ?? start(world, options)
  runs.set(key, held)
  return held
}

async function start(world: World, { partitions = 1, over = {} }: { partitions?: number; over?: object } = {}) {
  const store = createMemoryStore()
  const embedded = await startEmbedded({ partitions, store })
  embedded.publish('policies', 'm', 0, policyRecord('m', { ...settings, ...over }, { effectiveFrom: 0, issuer: 'test' }, checkUnit))
  for (const record of stream(world)) embedded.publish(...record)
  embedded.publish('ticks', null, (firstHour + hours) * HOUR, { kind: 'tick', issuer: 'test' })
  for (let hour = firstHour; hour <= firstHour + hours; hour += 4) await embedded.run.runTo(hour * HOUR)
  await embedded.run.finish()
  const [text] = await store.view('decide', 'm')
  const published = <T>(role: 'retrain-requested' | 'decisions' | 'incidents' | 'profiles'): T[] =>
    embedded.run.topic(role).partitions.flat().map((raw) => JSON.parse(Buffer.from(raw.value!).toString()) as T)
  return {
    view: JSON.parse(text) as View, requests: published<RetrainRequested>('retrain-requested'), decisions: published<Decision>('decisions'),
    incidents: published<Incident>('incidents'), profiles: published<Profile>('profiles'),
  }
}

const alarmsIn = (view: View, segment: string | null): string[] => view.readings.drift.flatMap(({ features, segments }) =>
  (segment === null ? features : segments!.find((sight) => sight.segment === segment)!.features).flatMap(({ feature, readings }) =>
    readings.filter(({ reading }) => reading.verdict === 'alarm').map(({ measure }) => `${measure} of ${feature}`)))
const segmentsOf = (findings: readonly Finding[]) => [...new Set(findings.map(({ segment }) => segment))]

describe('drift by segment', () => {
  it('freezes a provisional reference of every value, on the bins of the whole', async () => {
    const { profiles, view } = await run({})
    const { segments, features, n } = profiles.at(-1)!
    expect(Object.keys(segments!)).toEqual(['region=eu', 'region=jp', 'region=us'])
    expect(Object.values(segments!).reduce((sum, segment) => sum + segment.n, 0)).toBeCloseTo(n, -2)
    for (const segment of Object.values(segments!)) expect(segment.features.amount).toMatchObject({ edges: (features.amount as { edges: number[] }).edges })
    const shares = view.readings.drift.at(-1)!.segments!.map(({ segment, share }) => [segment, share])
    expect(shares).toEqual([['region=eu', expect.closeTo(0.55, 2)], ['region=jp', expect.closeTo(0.15, 2)], ['region=us', expect.closeTo(0.3, 2)]])
  })

  it('names the one region that drifts, of which the whole shows nothing, and withholds a request while its own labels hold', async () => {
    const { view, requests, decisions } = await run({ shift: 1.5 })
    expect(alarmsIn(view, null)).toEqual([])
    expect(alarmsIn(view, 'region=eu')).toEqual([])
    expect(alarmsIn(view, 'region=us')).toEqual([])
    expect(alarmsIn(view, 'region=jp')).toContain('ks of amount')
    expect(requests).toEqual([])
    const said = decisions.filter(({ decision }) => decision === 'reading' || decision === 'retrain-withheld')
    expect(said.flatMap(({ findings }) => segmentsOf(findings.filter(({ rule }) => rule === 'drift')))).toEqual(said.map(() => 'region=jp'))
    expect(said.at(-1)!.text).toMatch(/^Drift in region=jp stands and no retrain is requested for it \(harmless covariate drift\)/)
    expect(view.withheldSegments).toMatchObject({ 'region=jp': { diagnosis: 'harmless covariate drift', subjects: ['amount'] } })
  })

  it('asks for a retrain with the reasons of the region where its labels fall, and says so', async () => {
    const { requests, view } = await run({ shift: 1.5, isHarmful: true })
    expect(requests).toHaveLength(1)
    expect(segmentsOf(requests[0].reasons)).toEqual(['region=jp'])
    expect(requests[0].explanation).toMatch(/^In region=jp: /)
    expect(requests[0].explanation).toMatch(/accuracy on mature labels is 0\.\d+ where 0\.\d+ was estimated without them/i)
    expect(requests[0].explanation).toContain('waited for labels that tell its harm')
    expect(view.withheldSegments).toBeUndefined()
  })

  it('says of a feature that goes missing in which region it does', async () => {
    const { incidents } = await run({ isBroken: true })
    const faults = incidents.filter(({ incident }) => incident === 'pipeline-fault')
    expect(faults.at(-1)!.cause).toMatch(/1 feature: kind \(of the segments that are read, in region=jp\); look/)
  })

  it('says nothing where nothing drifts', async () => {
    const { view, requests, decisions, incidents } = await run({})
    expect(['region=eu', 'region=us', 'region=jp', null].flatMap((segment) => alarmsIn(view, segment))).toEqual([])
    const sizes = view.readings.drift.slice(1).flatMap(({ segments }) => segments!.map(({ features, score, decision }) => [features.length, score.length, decision.length]))
    expect(sizes).toEqual(sizes.map(() => [2, 2, 1]))
    expect([requests, incidents, decisions.filter(({ decision }) => decision === 'reading')]).toEqual([[], [], []])
    expect(view.counts.unattributedFeatures).toBeUndefined()
  })

  it('reads the same whatever the number of partitions', async () => {
    const [one, four] = [await run({ shift: 1.5 }), await run({ shift: 1.5 }, { partitions: 4 })]
    const counted = ({ view }: typeof one) => view.readings.drift.map(({ segments }) => segments!.map(({ segment, share, features }) =>
      [segment, share, features.map(({ feature, readings }) => readings.map(({ measure, reading }) => [feature, measure, reading.n, reading.verdict]))]))
    expect(counted(four)).toEqual(counted(one))
    expect(four.decisions.map(({ decision, at }) => [decision, at])).toEqual(one.decisions.map(({ decision, at }) => [decision, at]))
  })

  it('reads score and decision rate alone where the policy asks for no more', async () => {
    const { view, profiles } = await run({}, { over: { drift: { severe: {}, segments: { region: 'score' } } } })
    expect(Object.values(profiles.at(-1)!.segments!).every(({ features }) => Object.keys(features).length === 0)).toBe(true)
    expect(view.readings.drift.every(({ segments }) => segments!.every(({ features, score }) => features.length === 0 && score.length === 2))).toBe(true)
  })
})
