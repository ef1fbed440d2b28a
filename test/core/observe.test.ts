import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMetric, type Metric } from '../../src/core/metrics/metric.ts'
import { createCostOutcomes, mergeCost } from '../../src/core/metrics/service-outcomes.ts'
import { metrics } from '../../src/core/metrics/table.ts'
import type { ObserveRecord } from '../../src/core/records.ts'
import { bench, features, label, prediction, totals } from './observe-bench.ts'
import { testPolicy } from './policy-fixture.ts'

describe('labels are counted where they belong', () => {
  it('a label joins the prediction it follows', () => {
    const panes = bench().feed([[0, prediction('a', 0)], [10, label('a', 10, true)]]).finish(10).panes()
    expect(Array.from((panes[0].versions.v1.outcomes as { confusion: Float64Array }).confusion)).toEqual([1, 0, 0, 0])
    expect(panes[0].join).toMatchObject({ predictions: 1, labels: 1, joinedLabels: 1 })
    expect(Object.keys(panes[0].versions.v1.segments)).toEqual(['region=eu'])
  })

  it('an early label is parked and joined by its prediction', () => {
    const panes = bench().feed([[0, label('a', 0, false)], [1500, prediction('a', 0)]]).finish(1500).panes()
    expect(totals(panes)).toMatchObject({ earlyLabels: 1, joinedLabels: 1 })
    expect(panes[1].versions.v1.outcomes.n).toBe(1)
  })

  it('a repeated label, prediction or features record changes nothing', () => {
    const panes = bench().feed([
      [0, features('a', 0)], [0, features('a', 0)], [0, prediction('a', 0)], [1, prediction('a', 0)], [2, label('a', 2, true)], [3, label('a', 2, true)],
    ]).finish(3).panes()
    expect(panes[0].join).toMatchObject({ duplicateFeatures: 1, duplicatePredictions: 1, duplicateLabels: 1, joinedLabels: 1 })
    expect(panes[0].versions.v1).toMatchObject({ predictions: 1 })
    expect(panes[0].featureRecords).toBe(1)
  })

  it('a correction in the same pane moves the outcome', () => {
    const panes = bench().feed([[0, prediction('a', 0)], [2, label('a', 2, true)], [3, label('a', 3, false)]]).finish(3).panes()
    expect(Array.from((panes[0].versions.v1.outcomes as { confusion: Float64Array }).confusion)).toEqual([0, 1, 0, 0])
    expect(panes[0].join.correctedLabels).toBe(1)
  })

  it('a correction of a closed pane is addressed to it', () => {
    const panes = bench().feed([[0, prediction('a', 0)], [2, label('a', 2, true)], [1500, label('a', 1500, false)]]).finish(1500).panes()
    expect(panes[1].corrections).toEqual([{ paneStart: 0, version: 'v1', cohort: 0, segments: ['region=eu'], score: 0.7, decision: 1, before: 1, after: 0 }])
    expect(panes[1].versions.v1.outcomes.n).toBe(0)
    expect(panes[1].versions.v1.cohorts['0'].n).toBe(0)
  })

  it('a withdrawn label takes its outcome back', () => {
    const panes = bench().feed([[0, prediction('a', 0)], [2, label('a', 2, true)], [3, label('a', 3, null)]]).finish(3).panes()
    expect(panes[0].versions.v1.outcomes.n).toBe(0)
    expect(panes[0].join.withdrawnLabels).toBe(1)
  })

  it('a label past the horizon is counted and not joined', () => {
    const panes = bench().feed([[9000, prediction('a', 0)], [9500, label('a', 11_000, true)]]).finish(9500).panes()
    expect(totals(panes)).toMatchObject({ lateLabels: 1, joinedLabels: 0 })
  })

  it('what never finds its partner is counted when its time runs out', () => {
    const panes = bench().feed([[0, prediction('a', 0)], [0, label('unknown', 0, true)]]).advance(10_001).finish(10_001).panes()
    expect(totals(panes)).toMatchObject({ expiredPredictions: 1, unmatchedLabels: 1 })
  })

  it('one label serves every version, and the pair is compared', () => {
    const panes = bench().feed([
      [0, prediction('a', 0)], [1, prediction('a', 0, { version: 'v2', acted: false, score: 0.2 })], [5, label('a', 5, true)],
    ]).finish(5).panes()
    expect([panes[0].versions.v1.outcomes.n, panes[0].versions.v2.outcomes.n]).toEqual([1, 1])
    const [pair] = panes[0].pairs
    expect([pair.acted, pair.other]).toEqual(['v1', 'v2'])
    expect(pair.sums.reduce((a, b) => a + b, 0)).toBe(3)
  })

  it('costs are summed with their squares, and nothing is kept of them where none is told', () => {
    const [told, none] = [[0.5, NaN, 2], [NaN]].map((costs) => bench().feed(costs.map((cost, i) => [i, prediction(`p${i}`, i, { cost })])).finish(5).panes()[0].versions.v1)
    expect(told).toMatchObject({ costSum: 2.5, costCount: 2, costSquareSum: 4.25 })
    expect([none.costCount, Object.keys(none).includes('costSquareSum')]).toEqual([0, false])
  })

  it('one absurd cost leaves sums that can be read, and is gone with its pane', () => {
    const costs = [0.5, 1e200, -1.7e308, ...Array.from({ length: 40 }, () => 2)]
    const records = costs.map((cost, i): [number, ObserveRecord] => [i < 3 ? 0 : 1500, prediction(`p${i}`, i < 3 ? 0 : 1500, { cost })])
    const [first, second] = bench().feed(records).finish(1600).panes().map(({ versions }) => versions.v1)
    expect([first.costCount, Number.isFinite(first.costSum), Math.round(first.costSquareSum! / 1e119)]).toEqual([3, true, 20])
    const reading = (...parts: (typeof first)[]) => {
      const sums = createCostOutcomes()
      for (const { costCount, costSum, costSquareSum } of parts) mergeCost(sums, { kind: 'cost', n: costCount, costSum, costSquareSum: costSquareSum! })
      return readMetric(metrics['cost-per-thousand'] as unknown as Metric, sums)
    }
    expect(reading(first, second)).toMatchObject({ n: 43, verdict: 'ok' })
    expect(reading(first, second).interval!.every(Number.isFinite)).toBe(true)
    expect(reading(second)).toMatchObject({ value: 2000, interval: [2000, 2000] })
  })

  it('a label of the wrong type is set aside', () => {
    expect(bench().feed([[0, label('a', 0, 'yes')]]).dead).toEqual(['WRONG_TYPE'])
  })

  it('a score that is not finite counts as an error and is copied aside', () => {
    const run = bench().feed([[0, prediction('a', 0, { score: Infinity })], [2, label('a', 2, true)]]).finish(2)
    expect(run.dead).toEqual(['NON_FINITE_SCORE'])
    expect(run.panes()[0].versions.v1).toMatchObject({ predictions: 1, nonFiniteScores: 1 })
    expect(run.panes()[0].versions.v1.outcomes.n).toBe(0)
  })

  it('scores are counted by bin and decision as predictions come, labels or none, once each', () => {
    const panes = bench().feed([
      [0, prediction('a', 0)], [0, prediction('a', 0)], [1, prediction('b', 1, { decision: false, score: 0.75 })], [2, prediction('c', 2, { score: 0.05 })],
      [3, prediction('d', 3, { decision: true, score: NaN })], [4, prediction('e', 4, { score: 7 })], [5, prediction('f', 5, { outcome: 'error' })],
      [6, prediction('g', 6, { version: 'v2', acted: false })],
    ]).finish(6).panes()
    const { cbpe, outcomes } = panes[0].versions.v1
    expect(cbpe).toMatchObject({ n: 3, unusable: 2, scoreEdges: (outcomes as { scoreEdges: Float64Array }).scoreEdges })
    expect([cbpe!.decidedPositive[7], cbpe!.decidedNegative[7], cbpe!.decidedNegative[0]]).toEqual([1, 1, 1])
    expect([cbpe!.positiveScoreSums[7], cbpe!.negativeScoreSums[7]]).toEqual([0.7, 0.75])
    expect(panes[0].versions.v2.cbpe!.n).toBe(1)
  })

  it('scores of a regression are no probabilities and are not counted so', () => {
    const panes = bench(testPolicy('m', { task: 'regression' })).feed([[0, prediction('a', 0)]]).finish(0).panes()
    expect(panes[0].versions.v1).not.toHaveProperty('cbpe')
  })

  it('the oldest inference goes when the limit is reached, and is counted', () => {
    const small = testPolicy('m', { limits: { pendingMax: 2 } })
    const panes = bench(small).feed([[0, prediction('a', 0)], [1, prediction('b', 1)], [2, prediction('c', 2)], [3, label('a', 3, true)]]).finish(3).panes()
    expect(panes[0].join).toMatchObject({ evicted: 2, earlyLabels: 1, joinedLabels: 0 })
  })
})

describe('an observe task', () => {
  it('closes a pane when stream time passes its end, and says so to everyone', () => {
    const { emitted } = bench().feed([[100, prediction('a', 100)], [1100, prediction('b', 1100)]])
    expect(emitted.map((record) => record.kind)).toEqual(['watch', 'pane', 'broadcast'])
    expect(emitted[2]).toMatchObject({ streamTimeMs: 1100, final: false })
  })

  it('forgets chunks that no live inference needs', () => {
    const run = bench()
    for (let t = 0; t < 40_000; t += 100) run.feed([[t, prediction(`p${t}`, t)]]).commit()
    expect(run.chunkCount()).toBeLessThan(110)
  })

  const record = fc.record({
    kind: fc.constantFrom('prediction', 'prediction', 'label', 'features'), id: fc.integer({ min: 0, max: 12 }), gap: fc.integer({ min: 0, max: 900 }),
    version: fc.constantFrom('v1', 'v1', 'v2'), value: fc.constantFrom(true, false, null), score: fc.constantFrom(0.2, 0.5, 0.9, Infinity), late: fc.integer({ min: 0, max: 12_000 }),
  })
  const built = (made: { kind: string; id: number; gap: number; version: string; value: boolean | null; score: number; late: number }[]): [number, ObserveRecord][] => {
    let at = 0
    return made.map(({ kind, id, gap, version, value, score, late }) => {
      at += gap
      if (kind === 'label') return [at, label(`i${id}`, at, value)]
      if (kind === 'features') return [at, features(`i${id}`, at, [score === Infinity ? NaN : score, id])]
      return [at, prediction(`i${id}`, Math.max(0, at - late), { version, acted: version === 'v1', score })]
    })
  }

  it('goes on after any restart as if there had been none', () => {
    fc.assert(fc.property(fc.array(record, { minLength: 1, maxLength: 150 }), fc.array(fc.nat(150), { maxLength: 8 }), (made, cuts) => {
      const records = built(made)
      const end = records.at(-1)![0]
      const undisturbed = bench().feed(records).advance(end + 30_000).finish(end + 30_000)
      const disturbed = bench()
      records.forEach((one, i) => {
        disturbed.feed([one])
        if (cuts.includes(i)) disturbed.commit().restart()
        else if (i % 3 === 0) disturbed.commit()
      })
      disturbed.advance(end + 30_000).finish(end + 30_000)
      expect(disturbed.emitted).toEqual(undisturbed.emitted)
    }), { numRuns: 150 })
  })

  it('keeps every count of outcomes within what was labelled, whatever order records come in', () => {
    fc.assert(fc.property(fc.array(record, { minLength: 1, maxLength: 120 }), (made) => {
      const panes = bench().feed(built(made)).finish(1e9).panes()
      const joined = panes.reduce((sum, pane) => sum + pane.join.joinedLabels, 0)
      for (const version of ['v1', 'v2']) {
        const n = panes.reduce((sum, pane) => sum + (pane.versions[version]?.outcomes.n ?? 0) + pane.corrections.filter((c) => c.version === version)
          .reduce((delta, { before, after }) => delta + (Number.isNaN(after) ? 0 : 1) - (Number.isNaN(before) ? 0 : 1), 0), 0)
        expect(n).toBeGreaterThanOrEqual(0)
        expect(n).toBeLessThanOrEqual(joined + totals(panes).correctedLabels)
      }
    }), { numRuns: 100 })
  })
})
