import { expect, it } from 'vitest'
import type { ModelState } from '../../../src/core/observe/model.ts'
import { bench, label, prediction } from '../observe-bench.ts'
import { testPolicy } from '../policy-fixture.ts'

const names = ['a', 'b', 'c', 'd']
const values = 16

it('sets of segments have no end: those beyond what can be told apart are counted as other, and none as another', () => {
  const run = bench(testPolicy('m', { segments: names, limits: { pendingMax: 10, segmentsMax: 100 } }))
  const [first, last] = [{ a: 'v0', b: 'v0', c: 'v0', d: 'v0' }, { a: 'v15', b: 'v15', c: 'v15', d: 'v15' }]
  for (let i = 0; i < values ** names.length; i++) {
    const segments = Object.fromEntries(names.map((name, n) => [name, `v${Math.floor(i / values ** n) % values}`]))
    run.feed([[0, prediction(`i${i}`, 0, { segments })]])
  }
  const { segmentSets } = (run.commit().stored.get('model/m') as ModelState)
  expect(segmentSets.length).toBeLessThan(65_535)
  run.restart().feed([[1, prediction('last', 1, { segments: last })], [2, label('last', 2, true)], [3, prediction('first', 3, { segments: first })], [4, label('first', 4, true)]])
  const { segments } = run.finish(5).panes()[0].versions.v1
  expect(Object.entries(segments).filter(([, { outcomes }]) => outcomes.n > 0).map(([key]) => key).sort())
    .toEqual([...names.map((name) => `${name}=(other)`), ...names.map((name) => `${name}=v0`)].sort())
})
