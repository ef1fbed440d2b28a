import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PaneSummary } from '../../src/core/panes/summary.ts'
import type { ObserveRecord } from '../../src/core/records.ts'
import { bench, features, label, prediction, totals } from './observe-bench.ts'
import { testPolicy } from './policy-fixture.ts'

const outcomes = (panes: PaneSummary[], v = 'v1') => panes.reduce((s, p) => s + (p.versions[v]?.outcomes.n ?? 0), 0)

describe('observe in trouble', () => {
  it('features of several shapes count the same after a restart', () => {
    const other = { numeric: ['z'], categorical: [] }
    const run = (restart: boolean) => {
      const b = bench().feed([[0, features('1', 0)], [1, features('2', 1, [9], other)]]).commit()
      if (restart) b.restart()
      return b.feed([[2, features('3', 2)]]).finish(2).panes()
    }
    expect(run(true)).toEqual(run(false))
  })
  it('a correction past the label horizon and within the correction horizon is a correction', () => {
    const p = testPolicy('m', { time: { labelHorizonMs: 1000, correctionHorizonMs: 10_000 } })
    const panes = bench(p).feed([[0, prediction('a', 0)], [10, label('a', 10, true)], [3000, label('a', 3000, false)]]).finish(3000).panes()
    expect(totals(panes)).toMatchObject({ joinedLabels: 1, correctedLabels: 1 })
    expect(outcomes(panes)).toBe(1)
  })
  it('a label parked before its prediction, and repeated after its own horizon, is counted once', () => {
    const panes = bench().feed([[0, label('a', 0, true)], [9000, prediction('a', 9000)], [12_000, label('a', 0, true)]]).finish(12_000).panes()
    expect(outcomes(panes)).toBe(1)
  })
  const record = fc.record({
    kind: fc.constantFrom('prediction', 'prediction', 'label', 'features'), id: fc.integer({ min: 0, max: 8 }), gap: fc.integer({ min: 0, max: 900 }),
    version: fc.constantFrom('v1', 'v1', 'v2'), value: fc.constantFrom(true, false, null), score: fc.constantFrom(0.2, 0.5, 0.9),
  })
  const built = (made: { kind: string; id: number; gap: number; version: string; value: boolean | null; score: number }[]): [number, ObserveRecord][] => {
    let at = 0
    return made.map(({ kind, id, gap, version, value, score }) => {
      at += gap
      if (kind === 'label') return [at, label(`i${id}`, at, value)]
      if (kind === 'features') return [at, features(`i${id}`, at, [score, id])]
      return [at, prediction(`i${id}`, at, { version, acted: version === 'v1', score })]
    })
  }
  const variants: [string, object][] = [
    ['pendingMax 3', { limits: { pendingMax: 3 } }], ['long corrections', { time: { labelHorizonMs: 1000, correctionHorizonMs: 6000 } }],
    ['short horizon', { time: { labelHorizonMs: 300, correctionHorizonMs: 100 } }], ['pane shorter than watch', { time: { paneMs: 300, watchEveryMs: 700 } }],
  ]
  it.each(variants)('restarts change nothing: %s', (_n, over) => {
    const p = testPolicy('m', { segments: ['region'], learners: [{ unit: 'logistic', params: {} }], ...over })
    fc.assert(fc.property(fc.array(record, { minLength: 1, maxLength: 60 }), fc.array(fc.nat(60), { maxLength: 6 }), (made, cuts) => {
      const records = built(made)
      const end = records.at(-1)![0]
      const undisturbed = bench(p).feed(records).advance(end + 30_000).finish(end + 30_000)
      const disturbed = bench(p)
      records.forEach((one, i) => {
        disturbed.feed([one])
        if (cuts.includes(i)) disturbed.commit().restart()
        else if (i % 3 === 0) disturbed.commit()
      })
      disturbed.advance(end + 30_000).finish(end + 30_000)
      expect(disturbed.emitted).toEqual(undisturbed.emitted)
    }), { numRuns: 200 })
  })
  it.each(variants)('no outcome counts twice: %s', (_n, over) => {
    const p = testPolicy('m', { ...over })
    fc.assert(fc.property(fc.array(record, { minLength: 1, maxLength: 60 }), (made) => {
      const panes = bench(p).feed(built(made)).finish(1e9).panes()
      const t = totals(panes)
      for (const v of ['v1', 'v2']) {
        const preds = panes.reduce((s, q) => s + (q.versions[v]?.predictions ?? 0), 0)
        const n = outcomes(panes, v) + panes.reduce((s, q) => s + q.corrections.filter((c) => c.version === v).reduce((d, { before, after }) => d + (Number.isNaN(after) ? 0 : 1) - (Number.isNaN(before) ? 0 : 1), 0), 0)
        expect(n, JSON.stringify(t)).toBeLessThanOrEqual(preds)
      }
    }), { numRuns: 300 })
  })
  it('every record is in the pane of its time', () => {
    const p = testPolicy('m', { time: { paneMs: 300, watchEveryMs: 700 } })
    fc.assert(fc.property(fc.array(record, { minLength: 1, maxLength: 40 }), fc.array(fc.nat(5000), { maxLength: 5 }), (made, ticks) => {
      const b = bench(p)
      const records = built(made)
      const times = records.map(([at]) => at)
      let all: [number, ObserveRecord | null][] = [...records, ...ticks.map((t): [number, null] => [t, null])]
      all = all.sort((x, y) => x[0] - y[0])
      for (const [at, r] of all) { if (r === null) b.advance(at); else b.feed([[at, r]]) }
      b.finish(1e9)
      for (const pane of b.panes()) {
        const inside = records.filter(([at, r]) => r.kind === 'prediction' && at >= pane.startMs && at < pane.endMs).length
        expect(pane.join.predictions).toBe(inside)
      }
      void times
    }), { numRuns: 200 })
  })
  it('learner slots are bounded by featuresMax', () => {
    const b = bench(testPolicy('m', { learners: [{ unit: 'logistic', params: {} }], limits: { featuresMax: 5 } }))
    for (let i = 0; i < 50; i++) b.feed([[i, features(`x${i}`, i, [1], { numeric: [`f${i}`], categorical: [] })]])
    b.commit()
    expect((b.stored.get('model/m') as { slots: string[] }).slots.length).toBeLessThanOrEqual(5)
  })
  it('what expires by a tick alone is stored too', () => {
    const run = bench().feed([[0, prediction('1', 0)]]).advance(9_999).commit()
    run.feed([[10_000, prediction('2', 10_000)]]).commit().advance(10_001).commit().restart()
    expect(totals(run.finish(10_001).panes()).expiredPredictions).toBe(1)
  })
})
