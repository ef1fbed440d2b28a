import { describe, expect, it } from 'vitest'
import type { ObserveRecord } from '../../../src/core/records.ts'
import type { PaneSummary } from '../../../src/core/panes/summary.ts'
import { bench, label, prediction, totals } from '../observe-bench.ts'
import { testPolicy } from '../policy-fixture.ts'

const policy = testPolicy('m', { labels: { exist: 'positivesOnly', negativeAfterMs: 3_000 }, segments: ['region'] })
const confusionOf = ({ versions }: PaneSummary, version = 'v1') => Array.from((versions[version].outcomes as { confusion: Float64Array }).confusion)
const cohortOf = (panes: PaneSummary[], cohort: string) => panes.reduce((sum, pane) => {
  const counts = (pane.versions.v1?.cohorts[cohort] as { confusion: Float64Array } | undefined)?.confusion ?? [0, 0, 0, 0]
  return sum.map((count, cell) => count + counts[cell])
}, [0, 0, 0, 0])

describe('where only positives are labelled', () => {
  it('a prediction that none met counts as negative once its time is up, in the cohort of its prediction', () => {
    const panes = bench(policy).feed([[0, prediction('a', 0)]]).advance(3_000).advance(3_001).finish(3_001).panes()
    expect(panes.map(({ join }) => join.assumedNegatives ?? 0)).toEqual([0, 1])
    expect(confusionOf(panes[1])).toEqual([0, 1, 0, 0])
    expect(cohortOf(panes, '0')).toEqual([0, 1, 0, 0])
    expect(totals(panes)).toMatchObject({ joinedLabels: 0, expiredPredictions: 0 })
  })

  it('a positive in time counts, and nothing is assumed', () => {
    const panes = bench(policy).feed([[0, prediction('a', 0)], [2_000, label('a', 2_000, true)]]).advance(4_000).finish(4_000).panes()
    expect(cohortOf(panes, '0')).toEqual([1, 0, 0, 0])
    expect(panes.every(({ join }) => join.assumedNegatives === undefined)).toBe(true)
  })

  it('a positive that comes after all corrects the assumption', () => {
    const panes = bench(policy).feed([[0, prediction('a', 0)]]).advance(3_500).feed([[6_200, label('a', 6_200, true)]]).finish(6_200).panes()
    expect(cohortOf(panes, '0')).toEqual([1, 0, 0, 0])
    expect(panes.at(-1)!.corrections).toMatchObject([{ paneStart: 3_000, before: 0, after: 1 }])
  })

  it('every version of an inference is judged once', () => {
    const panes = bench(policy).feed([[0, prediction('a', 0)], [1, prediction('a', 1, { version: 'v2', acted: false, score: 0.2 })]]).advance(5_000).finish(5_000).panes()
    expect([confusionOf(panes.at(-1)!), confusionOf(panes.at(-1)!, 'v2')]).toEqual([[0, 1, 0, 0], [0, 0, 0, 1]])
    expect(panes.at(-1)!.join.assumedNegatives).toBe(1)
  })

  it('a prediction without a usable score has no outcome, and one that waited past its horizon unseen has', () => {
    const panes = bench(policy).feed([[0, prediction('a', 0, { outcome: 'error', score: NaN })], [0, prediction('b', 0)]]).advance(60_000).finish(60_000).panes()
    expect(panes.reduce((sum, { versions }) => sum + (versions.v1?.outcomes.n ?? 0), 0)).toBe(1)
  })

  it('a restart at any step assumes neither twice nor never', () => {
    const records: [number, ObserveRecord][] = Array.from({ length: 60 }, (_, i) => i % 10 === 9
      ? [i * 200, label(`p${i - 5}`, i * 200, true)] : [i * 200, prediction(`p${i}`, i * 200)])
    const whole = bench(policy).feed(records).advance(20_000).finish(20_000).panes()
    for (let step = 1; step < records.length; step += 7) {
      const stopped = bench(policy).feed(records.slice(0, step)).commit().restart().feed(records.slice(step)).advance(20_000).finish(20_000).panes()
      expect(stopped).toEqual(whole)
    }
    expect(whole.reduce((sum, { join }) => sum + (join.assumedNegatives ?? 0), 0)).toBe(48)
  })
})
