/** Drift by segment as decide reads it, from panes whose parts are given. */
import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../../src/codec/state.ts'
import type { PaneReadings } from '../../../../src/core/decide/readings.ts'
import { readingShare } from '../../../../src/core/decide/share.ts'
import type { PaneSummary } from '../../../../src/core/panes/summary.ts'
import { createParts } from '../../../../src/core/parts.ts'
import { referenceOf } from '../../../../src/core/panes/reference.ts'
import { normal, seeded } from '../../../../src/core/random.ts'
import type { FeatureReference, Profile, SegmentReference } from '../../../../src/core/records.ts'
import { createDecide } from '../../../../src/core/decide.ts'
import { DAY, decideTask, outcomesOf, paneOf, policyOf, profileOf, sha256 } from '../build.ts'

const unit = (name: string) => ({ unit: name, params: {} })
const policy = policyOf({
  segments: ['region'], drift: { all: [unit('ks'), unit('missing')], score: [unit('psi')], segments: { region: 'all' } },
  time: { windows: [1, 3] }, triggers: [{ trigger: 'drift', minImportanceShare: 0.05, minPanes: 2, score: true }],
})

const random = seeded(3)
const draw = (n: number, by = 0): number[] => Array.from({ length: n }, () => normal(random) + by)
type Values = Record<string, Record<string, readonly number[]>>

/** The parts of a pane by segment value, on the bins of a profile that was made from `whole`. */
const slice = (nth: number, features: Record<string, readonly number[]>, bins: Profile): PaneSummary => paneOf(nth, { features, profile: bins, versions: { v1: { predictions: features.amount.length } } })

const joined = (values: Values): Record<string, number[]> =>
  Object.fromEntries(['amount', 'age'].map((name) => [name, Object.values(values).flatMap((each) => [...each[name]])]))

/** Whole and parts of one pane; labels by segment where they are given. */
function paneWith(nth: number, values: Values, bins: Profile): PaneSummary {
  const pane = slice(nth, joined(values), bins)
  pane.segments = Object.fromEntries(Object.entries(values).map(([key, each]) => [key, { featureRecords: each.amount.length, features: slice(nth, each, bins).features }]))
  pane.versions.v1.segments = Object.fromEntries(Object.entries(values).map(([key, each]) => [key, {
    predictions: each.amount.length, outcomes: outcomesOf(), drift: { acted: each.amount.length, decided: 0, positiveDecisions: 0, score: slice(nth, each, bins).versions.v1.score },
  }]))
  return pane
}

const calm = (): Values => ({ 'region=eu': { amount: draw(400), age: draw(400) }, 'region=jp': { amount: draw(40), age: draw(40) } })
const reference = { 'region=eu': { amount: draw(4_000), age: draw(4_000) }, 'region=jp': { amount: draw(400), age: draw(400) } }
const bins = profileOf(joined(reference), { importances: { amount: 0.9, age: 0.1 } })
const segmentOf = (values: Record<string, readonly number[]>): SegmentReference => {
  const { features } = slice(0, values, bins).features[0]
  return { n: values.amount.length, features: Object.fromEntries(Object.entries(features).map(([name, summary]): [string, FeatureReference] => [name, referenceOf(summary, null)])), score: null }
}
const profile: Profile = { ...bins, segments: Object.fromEntries(Object.entries(reference).map(([key, values]) => [key, segmentOf(values)])) }

const readings = (task: ReturnType<typeof decideTask>) => (task.view() as unknown as { readings: PaneReadings }).readings.drift
const start = (of = policy, given = profile) => {
  const task = decideTask(of)
  task.profile(given)
  return task
}

describe('the share of a reading', () => {
  it('is of every segment value that the reference knows and the policy reads, by what it reads there', () => {
    const count = (segments: object) => readingShare({ ...policy, drift: { ...policy.drift, segments: segments as never, falseAlarmEveryMs: 3_652 * DAY } }, profile)!.readings
    const whole = readingShare({ ...policy, drift: { ...policy.drift, segments: undefined, falseAlarmEveryMs: 3_652 * DAY } }, profile)!.readings
    expect(whole).toBe(2 * 4)
    expect(count({ region: 'all' })).toBe(whole + 2 * 2 * 4)
    expect(count({ region: 'score' })).toBe(whole) // this reference has no scores
    expect(count({ channel: 'all' })).toBe(whole)
  })
})

describe('drift in a segment', () => {
  it('is read against its own reference, with the importances of the whole', () => {
    const task = start().send(paneWith(0, calm(), bins))
    const [{ segments }] = readings(task)
    expect(segments!.map(({ segment, share }) => [segment, share])).toEqual([['region=eu', 400 / 440], ['region=jp', 40 / 440]])
    const jp = segments![1].features.find(({ feature }) => feature === 'amount')!
    expect(jp.importance).toBe(0.9)
    expect(jp.readings[0].reading).toMatchObject({ n: 40, nReference: 400, verdict: 'ok' })
  })

  it('asks by the rule of the whole over its own readings, for as many panes, and names the segment', () => {
    const task = start()
    const moved = (nth: number) => paneWith(nth, { ...calm(), 'region=jp': { amount: draw(40, 3), age: draw(40) } }, bins)
    for (let nth = 0; nth < 4; nth++) task.send(paneWith(nth, calm(), bins))
    task.send(moved(4))
    expect(task.events('retrain-requested')).toEqual([])
    task.send(moved(5))
    const [request] = task.events('retrain-requested')
    expect([...new Set(request.reasons.map(({ segment }) => segment))]).toEqual(['region=jp'])
    expect(request.reasons.map(({ measure, subject }) => `${measure} ${subject}`)).toEqual(['importance-share null', 'ks amount'])
    expect(request.reasons[0].text).toBe('In region=jp: 1 feature of 2 moved over 1 pane, carrying 90% of the importance (5% is enough).')
    expect(request.explanation).toContain('Most blamed: amount')
  })

  it('goes on from stored bytes at any pane', () => {
    const panes = Array.from({ length: 12 }, (_, nth) => paneWith(nth, nth < 6 ? calm() : { ...calm(), 'region=jp': { amount: draw(40, 3), age: draw(40) } }, bins))
    const whole = start()
    whole.send(...structuredClone(panes))
    const environment = { nextCron: (_e: string, _t: string, after: number) => after + DAY, upstreamTasks: 1, hash: sha256, defaultPolicy: () => policy }
    const said: unknown[] = []
    let parts = createParts()
    createDecide(environment).applyProfile(parts, profile, 0, 0)
    for (const pane of panes) {
      const decide = createDecide(environment)
      const emit = (_role: string, _key: string, event: unknown) => void said.push(structuredClone(event))
      decide.pane(parts, structuredClone(pane), pane.endMs, emit)
      decide.broadcast(parts, { kind: 'broadcast', task: 0, streamTimeMs: pane.endMs, atLogEnd: true, final: false }, pane.endMs, emit)
      parts = createParts(new Map(parts.names('').map((name) => [name, stateCodec.decode(stateCodec.encode(parts.get(name)))])))
    }
    expect(said).toEqual(whole.said.map(({ event }) => event))
    expect(parts.names('')).toEqual(whole.parts.names(''))
  })

  it('tells of values that it does not read why, and how much of the traffic they are', () => {
    const task = start()
    task.send(paneWith(0, { ...calm(), 'region=br': { amount: draw(20), age: draw(20) }, 'region=(other)': { amount: draw(40), age: draw(40) } }, bins))
    const unread = readings(task)[0].segments!.filter(({ unread: why }) => why !== undefined)
    expect(unread).toEqual([
      { segment: 'region=(other)', share: 40 / 500, features: [], score: [], decision: [], unread: 'values beyond limits.maxSegments are counted together and not read: raise the limit' },
      { segment: 'region=br', share: 20 / 500, features: [], score: [], decision: [], unread: 'the reference knows no such value, or too few rows of it: freeze a new profile' },
    ])
  })

  it('is not looked for where no policy asks, whatever panes and profile hold', () => {
    const task = start(policyOf({ ...policy, hash: 'p1', drift: { ...policy.drift, segments: undefined } }))
    task.send(paneWith(0, calm(), bins), paneWith(1, { ...calm(), 'region=jp': { amount: draw(40, 3), age: draw(40) } }, bins))
    expect(readings(task).every(({ segments }) => segments === undefined)).toBe(true)
    expect(task.parts.names('segment-outcomes')).toEqual([])
  })
})

describe('a feature that is broken in one segment', () => {
  const broken = (n: number, share: number) => draw(n).map((value, i) => (i < share * n ? NaN : value))
  const kept = (share: number): Values => ({ 'region=eu': { amount: broken(3_000, 0.1), age: draw(3_000) }, 'region=jp': { amount: broken(60, share), age: draw(60) } })
  const given = (() => {
    const values = { 'region=eu': { amount: broken(4_000, 0.1), age: draw(4_000) }, 'region=jp': { amount: broken(600, 0.1), age: draw(600) } }
    return { ...profileOf(joined(values)), segments: Object.fromEntries(Object.entries(values).map(([key, each]) => [key, { ...segmentOf(each), features: onBinsOf(each, joined(values)) }])) }
  })()

  function onBinsOf(each: Record<string, readonly number[]>, all: Record<string, readonly number[]>): SegmentReference['features'] {
    const { features } = slice(0, each, profileOf(all)).features[0]
    return Object.fromEntries(Object.entries(features).map(([name, summary]) => [name, referenceOf(summary, null)]))
  }

  it('opens an incident of that segment where the whole shows nothing, and closes it with the fault', () => {
    const task = start(policy, given)
    for (let nth = 0; nth < 3; nth++) task.send(paneWith(nth, kept(0.1), given))
    expect(task.incidents('pipeline-fault')).toEqual([])
    task.send(paneWith(3, kept(0.9), given))
    const [incident] = task.events('incident')
    expect(incident).toMatchObject({ incident: 'pipeline-fault', state: 'opened', owner: 'data' })
    expect(incident.cause).toMatch(/^In region=jp alone.*otherwise typed values changed in 1 feature: amount;/)
    for (let nth = 4; nth < 12; nth++) task.send(paneWith(nth, kept(0.1), given))
    expect(task.incidents('pipeline-fault')).toEqual(['opened', 'closed'])
  })
})
