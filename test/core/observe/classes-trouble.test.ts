/** Class scores that no decoder lets through, and some that it does: observe must come out of it with sums that can be read. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../src/codec/state.ts'
import { addClassScoreCounts, addOutcomes } from '../../../src/core/panes/merge.ts'
import type { MulticlassOutcomes } from '../../../src/core/metrics/class-outcomes.ts'
import { readMetric, type Metric } from '../../../src/core/metrics/metric.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import type { ObserveRecord } from '../../../src/core/records.ts'
import { bench, label, prediction } from '../observe-bench.ts'
import { faultsOf } from '../plain-data.ts'
import { testPolicy } from '../policy-fixture.ts'

const policies = [null, ['b', 'a'], ['z', 'y', 'x']].map((classes) => testPolicy('m', { task: 'multiclass', multiclass: { classes, classesMax: classes?.length ?? 2 }, segments: ['region'] }))
const readable = (Object.values(metrics) as unknown as Metric[]).filter((metric) => metric.needs === 'multiclass' || (metric.needs === 'binary' && metric.readClasses !== undefined))

const share = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, 0.5, -0, 5e-324, 1e-300, NaN, Infinity, -Infinity, -0.5, -1, -2, 1.5, 1e308, -1e308))
const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 5 }).map((list) => [...list].sort())
const scores = fc.oneof(fc.constant(null), names.chain((classes) => fc.array(share, { minLength: classes.length, maxLength: classes.length }).map((of) => ({ classes, scores: Float64Array.from(of) }))))
const record = fc.record({
  id: fc.integer({ min: 0, max: 12 }), gap: fc.integer({ min: 0, max: 400 }), isLabel: fc.boolean(), scores, score: fc.constantFrom(NaN, 0.5, Infinity),
  decision: fc.constantFrom(null, null, 'a', 'e', '', 7, true, 'constructor'), truth: fc.constantFrom('a', 'b', 'c', 'e', 3, true, null, '', 'toString'), isShadow: fc.boolean(),
})

describe('a multiclass model that is sent anything', () => {
  it.each(policies.map((policy) => [JSON.stringify(policy.multiclass), policy] as const))('under %s keeps sums that can be read, merged, stored and taken up again', (_text, policy) => {
    fc.assert(fc.property(fc.array(record, { minLength: 1, maxLength: 60 }), fc.nat(60), (made, cut) => {
      let at = 0
      const records = made.map((one): [number, ObserveRecord] => {
        at += one.gap
        return [at, one.isLabel ? label(`i${one.id}`, at, one.truth)
          : prediction(`i${one.id}`, at, { version: one.isShadow ? 'v2' : 'v1', acted: !one.isShadow, score: one.score, classScores: one.scores, decision: one.decision })]
      })
      const { emitted, panes } = bench(policy).feed(records).finish(at)
      expect(bench(policy).feed(records.slice(0, cut)).commit().restart().feed(records.slice(cut)).finish(at).emitted).toEqual(emitted)
      for (const pane of panes()) {
        expect(faultsOf(pane.versions)).toEqual([])
        expect(stateCodec.decode(stateCodec.encode(pane))).toEqual(pane)
        for (const { outcomes, classCbpe } of Object.values(pane.versions)) {
          if (outcomes.kind !== 'multiclass') throw new Error('outcomes of another task')
          expectWhole(outcomes)
          expect([addOutcomes(structuredClone(outcomes), outcomes), addClassScoreCounts(structuredClone(classCbpe!), classCbpe!)]).toEqual([0, 0])
        }
      }
    }), { seed: 3, numRuns: 70 })
  })
})

/** What a pane counted of new labels alone, so before any correction of another pane, adds up; every metric reads within its range. */
function expectWhole(outcomes: MulticlassOutcomes): void {
  expect(outcomes.counts.reduce((sum, count) => sum + count, 0)).toBe(outcomes.n)
  outcomes.positives.forEach((positives, place) => {
    const total = [positives, outcomes.negatives[place]].reduce((sum, bins) => sum + bins.reduce((a, b) => a + b, 0), 0)
    expect(total).toBe(outcomes.scored)
  })
  expect(outcomes.logLossSum).toBeGreaterThanOrEqual(-1e-9)
  for (const metric of readable) {
    const reading = readMetric(metric, outcomes)
    expect(faultsOf(reading), metric.name).toEqual([])
    if (reading.value !== null && metric.range !== undefined) expect([metric.name, reading.value >= metric.range[0], reading.value <= metric.range[1]]).toEqual([metric.name, true, true])
    if (reading.value !== null && metric.name === 'log-loss') expect(reading.value).toBeGreaterThanOrEqual(0)
  }
}
