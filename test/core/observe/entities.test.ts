import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../src/codec/state.ts'
import { bucketOf } from '../../../src/core/metrics/entities.ts'
import type { BinaryOutcomes } from '../../../src/core/metrics/outcomes.ts'
import { mergePane } from '../../../src/core/panes/merge.ts'
import type { PaneSummary } from '../../../src/core/panes/summary.ts'
import type { ObserveRecord } from '../../../src/core/records.ts'
import { bench, label, prediction } from '../observe-bench.ts'
import { testPolicy } from '../policy-fixture.ts'

const outcomesOf = ({ versions }: PaneSummary, version = 'v1') => versions[version].outcomes as BinaryOutcomes
/** [tp, fp, fn, tn] of an entity's bucket. */
const cellsOf = (pane: PaneSummary, entity: string) => Array.from(outcomesOf(pane).byEntity!.subarray(4 * bucketOf(entity), 4 * bucketOf(entity) + 4))
const named = (id: string, at: number, entityId: string | null) => prediction(id, at, { entityId })

describe('outcomes of predictions that name an entity', () => {
  it('are counted in its bucket, version by version', () => {
    const [pane] = bench().feed([
      [0, named('a', 0, 'ada')], [1, named('b', 1, 'ada')], [2, named('c', 2, 'bob')], [2, prediction('c', 2, { version: 'v2', acted: false, entityId: 'bob' })],
      [5, label('a', 5, true)], [6, label('b', 6, false)], [7, label('c', 7, true)],
    ]).finish(7).panes()
    expect([cellsOf(pane, 'ada'), cellsOf(pane, 'bob')]).toEqual([[1, 1, 0, 0], [1, 0, 0, 0]])
    expect(outcomesOf(pane, 'v2').byEntity!.reduce((sum, count) => sum + count, 0)).toBe(1)
  })

  it('cost nothing where none is named, and segments and cohorts never have them', () => {
    const [unnamed] = bench().feed([[0, prediction('a', 0)], [5, label('a', 5, true)]]).finish(5).panes()
    expect(Object.keys(outcomesOf(unnamed))).not.toContain('byEntity')
    const [pane] = bench().feed([[0, named('a', 0, 'ada')], [5, label('a', 5, true)]]).finish(5).panes()
    const { segments, cohorts } = pane.versions.v1
    for (const outcomes of [segments['region=eu'].outcomes, cohorts['0']]) expect(Object.keys(outcomes)).not.toContain('byEntity')
  })

  it('leave those that name none out, even where the bucket of their own id is the same', () => {
    const [pane] = bench().feed([[0, named('a', 0, 'b')], [1, named('b', 1, null)], [5, label('a', 5, true)], [5, label('b', 5, true)]]).finish(5).panes()
    expect([cellsOf(pane, 'b'), outcomesOf(pane).n]).toEqual([[1, 0, 0, 0], 2])
  })

  it('move with a correction in the same pane, and are addressed with one of a closed pane', () => {
    const moved = bench().feed([[0, named('a', 0, 'ada')], [2, label('a', 2, true)], [3, label('a', 3, false)]]).finish(3).panes()
    expect(cellsOf(moved[0], 'ada')).toEqual([0, 1, 0, 0])
    const addressed = bench().feed([[0, named('a', 0, 'ada')], [2, label('a', 2, true)], [1500, label('a', 1500, null)]]).finish(1500).panes()
    expect(addressed[1].corrections).toMatchObject([{ before: 1, after: NaN, bucket: bucketOf('ada') }])
    const unnamed = bench().feed([[0, prediction('a', 0)], [2, label('a', 2, true)], [1500, label('a', 1500, null)]]).finish(1500).panes()
    expect(Object.keys(unnamed[1].corrections[0])).not.toContain('bucket')
  })

  it('survive a restart at any step, also through stored bytes', () => {
    const records: [number, ObserveRecord][] = Array.from({ length: 60 }, (_, i): [number, ObserveRecord] => i % 2 === 0
      ? [i * 40, named(`p${i}`, i * 40, i % 4 === 0 ? `e${i % 12}` : null)] : [i * 40, label(`p${i - 1}`, i * 40, i % 3 === 0)])
    const whole = bench().feed(records).finish(3000).panes()
    for (let step = 1; step < records.length; step += 7) expect(bench().feed(records.slice(0, step)).commit().restart().feed(records.slice(step)).finish(3000).panes()).toEqual(whole)
    for (const pane of whole) expect(stateCodec.decode(stateCodec.encode(pane))).toEqual(pane)
  })

  it('take few bytes on the way: what a few entities fill, not every bucket', () => {
    const records = (entityId: string | null) => Array.from({ length: 20 }, (_, i): [number, ObserveRecord][] => [[i, named(`p${i}`, i, entityId)], [i, label(`p${i}`, i, true)]]).flat()
    const bytes = (entityId: string | null) => stateCodec.encode(bench().feed(records(entityId)).finish(30).panes()[0]).length
    expect(bytes('ada') - bytes(null)).toBeLessThan(60)
  })

  it('add up over tasks', () => {
    const [a] = bench().feed([[0, named('a', 0, 'ada')], [2, label('a', 2, true)]]).finish(2).panes()
    const [b] = bench().feed([[0, named('b', 0, 'ada')], [2, label('b', 2, false)]]).finish(2).panes()
    const [c] = bench().feed([[0, prediction('c', 0)], [2, label('c', 2, false)]]).finish(2).panes()
    for (const parts of [[a, b, c], [c, b, a]]) {
      const { pane } = mergePane(parts.map((part, task) => ({ ...part, task })), a.policyHash)
      expect([cellsOf(pane, 'ada'), outcomesOf(pane).n]).toEqual([[1, 1, 0, 0], 3])
    }
  })

  it('of several classes and of a regression are counted too, moved by a correction, and addressed with one', () => {
    const multi = testPolicy('m', { task: 'multiclass', multiclass: { classes: null, classesMax: 3 } })
    const classed = (id: string, at: number) => prediction(id, at, { score: NaN, decision: 'cat', entityId: 'ada' })
    const [open] = bench(multi).feed([[0, classed('a', 0)], [1, classed('b', 1)], [5, label('a', 5, 'cat')], [6, label('b', 6, 'cat')], [7, label('b', 7, 'dog')]]).finish(7).panes()
    expect(Array.from(open.versions.v1.outcomes.byEntity!.subarray(2 * bucketOf('ada'), 2 * bucketOf('ada') + 2))).toEqual([2, 1])
    const late = bench(multi).feed([[0, classed('a', 0)], [2, label('a', 2, 'cat')], [1500, label('a', 1500, 'dog')]]).finish(1500).panes()
    expect(late[1].corrections).toMatchObject([{ bucket: bucketOf('ada'), classes: { before: { isRight: true }, after: { isRight: false } } }])
    const [numbers] = bench(testPolicy('m', { task: 'regression' })).feed([[0, prediction('a', 0, { score: 3, entityId: 'ada' })], [5, label('a', 5, 5)]]).finish(7).panes()
    expect(Array.from(numbers.versions.v1.outcomes.byEntity!.subarray(4 * bucketOf('ada'), 4 * bucketOf('ada') + 4))).toEqual([1, -2, 2, 4])
  })
})
