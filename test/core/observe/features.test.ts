import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../src/codec/state.ts'
import { layoutOf } from '../../../src/core/observe/model.ts'
import { layoutHash, scoreLayoutHash } from '../../../src/core/panes/layout-hash.ts'
import type { FeatureShape } from '../../../src/core/records.ts'
import { profileOf, sha256, spread } from '../decide/build.ts'
import { bench, features, prediction } from '../observe-bench.ts'
import { testPolicy } from '../policy-fixture.ts'

const shapeOf = (...numeric: string[]): FeatureShape => ({ numeric, categorical: [] })
const [abc, abcd] = [shapeOf('a', 'b', 'c'), shapeOf('a', 'b', 'c', 'd')]
const vector = (id: string, at: number, shape: FeatureShape) => features(id, at, shape.numeric.map((_, i) => i), shape)

describe('features beyond the limit', () => {
  it('are as many as the widest record has, however often its shape was bound', () => {
    const policy = testPolicy('m', { limits: { featuresMax: 2 } })
    const [whole, broken] = [bench(policy), bench(policy)]
    for (const run of [whole, broken]) {
      for (let i = 0; i < 6; i++) {
        run.feed([[i, vector(`i${i}`, i, i % 2 === 0 ? abc : abcd)]]).commit()
        if (run === broken) run.restart()
      }
    }
    expect(whole.finish(10).panes()[0].features[0].ignored).toBe(2)
    expect(broken.finish(10).panes()).toEqual(whole.panes())
  })

  it('use up none of the room of segments, so that a restart makes none', () => {
    const profile = { ...profileOf({ a: spread(100), b: spread(100), c: spread(100) }), model: 'm' }
    const policy = testPolicy('m', {
      segments: ['region'], drift: { ...testPolicy('m').drift, segments: { region: 'all' } }, limits: { segmentFeaturesMax: 4, waitingFeaturesMax: 100, featuresMax: 2 },
    })
    const [whole, broken] = [bench(policy), bench(policy)]
    for (const run of [whole, broken]) {
      run.stored.set('layout/m', [layoutOf(profile, 0, { layout: layoutHash(profile, sha256), score: scoreLayoutHash(profile, sha256) })])
      run.restart()
    }
    for (let i = 0; i < 6; i++) {
      const [id, at, region] = [`i${i}`, 2 * i, ['eu', 'us', 'jp'][i % 3]]
      for (const run of [whole, broken]) run.feed([[at, prediction(id, at, { segments: { region } })], [at + 1, vector(id, at + 1, abc)]]).commit()
      expect(stateCodec.encode([...broken.stored]), `after ${id}`).toEqual(stateCodec.encode([...whole.stored]))
      broken.restart()
    }
    const { segments } = whole.finish(20).panes()[0]
    expect(Object.entries(segments!).map(([key, { features: [set] }]) => [key, Object.keys(set.features), set.ignored]))
      .toEqual([['region=eu', ['a', 'b'], 1], ['region=us', ['a', 'b'], 1], ['region=jp', [], 3]])
  })
})
