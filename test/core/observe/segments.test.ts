import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../src/codec/state.ts'
import { layoutHash, scoreLayoutHash } from '../../../src/core/panes/layout-hash.ts'
import { layoutOf } from '../../../src/core/observe/model.ts'
import type { PaneSummary } from '../../../src/core/panes/summary.ts'
import type { FeatureShape, ObserveRecord, Prediction } from '../../../src/core/records.ts'
import { profileOf, sha256, spread } from '../decide/build.ts'
import { bench, features, label, prediction } from '../observe-bench.ts'
import { testPolicy } from '../policy-fixture.ts'

const shape: FeatureShape = { numeric: ['a', 'b'], categorical: [] }
const vector = (id: string, at: number, values: number[] = [0.5, 5]) => features(id, at, values, shape)
const of = (id: string, at: number, region: string | null, over: Partial<Prediction> = {}) => prediction(id, at, { segments: region === null ? null : { region }, ...over })

const policyOf = (limits: { segmentFeaturesMax?: number; waitingFeaturesMax?: number; segmentsMax?: number } = {}) => testPolicy('m', {
  segments: ['region'], drift: { ...testPolicy('m').drift, segments: { region: 'all' } }, limits: { segmentFeaturesMax: 100, waitingFeaturesMax: 100, ...limits },
})
const profile = { ...profileOf({ a: spread(100), b: spread(100, 0, 10) }), model: 'm' }
const layout = layoutOf(profile, 0, { layout: layoutHash(profile, sha256), score: scoreLayoutHash(profile, sha256) })

/** A task that knows the bins from the start. */
function observing(policy = policyOf()) {
  const run = bench(policy)
  run.stored.set('layout/m', [layout])
  return run.restart()
}
const featuresIn = (pane: PaneSummary) => Object.fromEntries(Object.entries(pane.segments ?? {}).map(([key, { featureRecords, features: [set] }]) => [key, { featureRecords, n: set?.features.a?.n }]))

const unattributed = (panes: PaneSummary[]) => panes.reduce((sum, { join }) => sum + (join.unattributedFeatures ?? 0), 0)

describe('drift of a segment', () => {
  it('has features that came before, after or in their prediction, in the pane in which both had come', () => {
    const run = observing().feed([
      [0, vector('before', 0)], [100, of('before', 100, 'eu')],
      [200, of('after', 200, 'eu')], [300, vector('after', 300)],
      [400, of('within', 400, 'us', { features: vector('within', 400).vector })],
      [900, vector('next', 900)], [1100, of('next', 1100, 'eu')],
    ]).finish(1200)
    const [first, second] = run.panes()
    expect(featuresIn(first)).toEqual({ 'region=eu': { featureRecords: 2, n: 2 }, 'region=us': { featureRecords: 1, n: 1 } })
    expect(featuresIn(second)).toEqual({ 'region=eu': { featureRecords: 1, n: 1 } })
    expect([first.featureRecords, second.featureRecords]).toEqual([4, 0])
    expect(first.segments!['region=eu'].features[0].features.a).toMatchObject({ edges: first.features[0].features.a.kind === 'numeric' ? first.features[0].features.a.edges : null })
  })

  it('has scores and decisions as the whole counts them: shadows have scores and no decision, failed ones neither', () => {
    const run = observing().feed([
      [0, of('a', 0, 'eu', { score: 0.9 })], [1, of('b', 1, 'eu', { score: 0.1 })], [2, of('c', 2, 'eu', { score: 0.8, acted: false })],
      [3, of('d', 3, 'eu', { score: NaN, outcome: 'error' })], [4, of('e', 4, null)],
    ]).finish(10)
    const { segments, score } = run.panes()[0].versions.v1
    expect(segments['region=eu']).toMatchObject({ predictions: 4, drift: { acted: 3, decided: 2, positiveDecisions: 1, score: { n: 3 } } })
    expect(segments['region=eu'].drift!.score.edges).toEqual(score.edges)
    expect(run.panes()[0].versions.v1).toMatchObject({ decided: 3, positiveDecisions: 2 })
  })

  it('counts features whose prediction does not come within a pane, or that waiting has no room for', () => {
    const late = observing().feed([[0, vector('late', 0)], [1001, of('late', 1001, 'eu')]]).finish(1100)
    expect(late.panes().map(featuresIn)).toEqual([{}, {}])
    expect(unattributed(late.panes())).toBe(1)
    const full = observing(policyOf({ waitingFeaturesMax: 2 })).feed([[0, vector('a', 0)], [1, vector('b', 1)], [2, vector('c', 2)], [3, of('a', 3, 'eu')], [4, of('c', 4, 'eu')]]).finish(10)
    expect(featuresIn(full.panes()[0])).toEqual({ 'region=eu': { featureRecords: 1, n: 1 } })
    expect(full.panes()[0].join.unattributedFeatures).toBe(1)
  })

  it('takes no features beyond its limit, and says how many it left out', () => {
    const run = observing(policyOf({ segmentFeaturesMax: 3 })).feed([
      [0, of('a', 0, 'eu')], [1, vector('a', 1)], [2, of('b', 2, 'us')], [3, vector('b', 3)], [4, of('c', 4, 'us')], [5, vector('c', 5)],
    ]).finish(10)
    const { segments } = run.panes()[0]
    expect(Object.keys(segments!['region=eu'].features[0].features)).toEqual(['a', 'b'])
    expect(segments!['region=us'].features[0]).toMatchObject({ features: { a: { n: 2 } }, ignored: 1 })
  })

  it('is kept of no values beyond the limit of segments, and of no features without bins', () => {
    const run = observing(policyOf({ segmentsMax: 1 })).feed([[0, of('a', 0, 'eu')], [1, vector('a', 1)], [2, of('b', 2, 'us')], [3, vector('b', 3)]]).finish(10)
    const pane = run.panes()[0]
    expect(featuresIn(pane)).toEqual({ 'region=eu': { featureRecords: 1, n: 1 } })
    expect(pane.versions.v1.segments['region=(other)']).toMatchObject({ predictions: 1 })
    expect(pane.versions.v1.segments['region=(other)'].drift).toBeUndefined()
    const unlaid = bench(policyOf()).feed([[0, vector('a', 0)], [1, of('a', 1, 'eu')]]).finish(10).panes()[0]
    expect([unlaid.segments, unlaid.join.unattributedFeatures]).toEqual([undefined, undefined])
  })

  it('is of its own value, also where that holds what keys are joined by', () => {
    const policy = { ...policyOf(), segments: ['region', 'b'] }
    const run = observing(policy).feed([
      [0, of('a', 0, 'a')], [1, of('b', 1, 'a|b')], [2, of('c', 2, 'a|b=x')], [3, of('d', 3, 'a', { segments: { region: 'a', b: 'x' } })], [4, of('e', 4, '\\\\a|b\\')],
    ]).commit().restart().feed([[5, label('b', 5, true)], [6, label('d', 6, true)], [7, label('e', 7, true)]]).finish(10)
    expect(Object.entries(run.panes()[0].versions.v1.segments).map(([key, { predictions, outcomes }]) => [key, predictions, outcomes.n])).toEqual([
      ['region=a', 2, 1], ['region=a|b', 1, 1], ['region=a|b=x', 1, 0], ['b=x', 1, 1], ['region=\\\\a|b\\', 1, 1],
    ])
  })

  it('leaves nothing in summaries or state where no policy asks for it', () => {
    const run = observing(testPolicy('m', { segments: ['region'] })).feed([[0, vector('a', 0)], [1, of('a', 1, 'eu')], [2, vector('b', 2)]]).commit()
    expect([...run.stored.keys()].filter((name) => name.startsWith('waiting'))).toEqual([])
    const pane = run.finish(10).panes()[0]
    expect(pane).not.toHaveProperty('segments')
    expect(Object.keys(pane.versions.v1.segments['region=eu']).sort()).toEqual(['outcomes', 'predictions'])
  })

  it('comes to the same, in every stored part, after a restart at any step', () => {
    const records = Array.from({ length: 600 }, (_, i): [number, ObserveRecord][] => {
      const [id, at, region] = [`i${i}`, i * 10, ['eu', 'us', 'jp'][i % 3]]
      const sent = features(id, at, [i % 7, i % 11], i % 4 === 0 ? { numeric: ['a'], categorical: ['c'] } : shape)
      const order: [number, ObserveRecord][] = i % 5 === 0 ? [[at, of(id, at, region)], [at + 3, sent]] : i % 5 === 1 ? [[at, sent]] : [[at, sent], [at + 2, of(id, at, region)]]
      return [...order, [at + 4, label(id, at + 4, i % 2 === 0)]]
    }).flat()
    const policy = policyOf({ waitingFeaturesMax: 20, segmentFeaturesMax: 5 })
    const [whole, broken] = [observing(policy), observing(policy)]
    records.forEach(([at, record], i) => {
      for (const run of [whole, broken]) run.feed([[at, structuredClone(record)]])
      if (i % 13 !== 0) return
      for (const run of [whole, broken]) run.commit()
      expect(stateCodec.encode([...broken.stored])).toEqual(stateCodec.encode([...whole.stored]))
      broken.restart()
    })
    expect(broken.finish(6100).panes()).toEqual(whole.finish(6100).panes())
    expect(unattributed(whole.panes())).toBeGreaterThan(50)
  })
})
