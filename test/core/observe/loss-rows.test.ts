import { describe, expect, it } from 'vitest'
import type { ObserveRecord } from '../../../src/core/records.ts'
import { actualColumn, cohortColumn, predictionColumn, type LossRows } from '../../../src/core/panes/loss-rows.ts'
import { bench, features, label, prediction } from '../observe-bench.ts'
import { testPolicy } from '../policy-fixture.ts'

const policy = testPolicy('m', { task: 'regression', performance: { metrics: [], errorDetectors: [], estimate: 'dle' } })

/** [prediction, actual, cohort, amount] of each row, by prediction. */
const rowsOf = ({ rows: { features: names, n, values } }: LossRows): number[][] => Array.from({ length: n }, (_, row) =>
  [predictionColumn, actualColumn, cohortColumn, 'amount'].map((name) => values[row * names.length + names.indexOf(name)])).sort((a, b) => a[0] - b[0])

const vector = (id: string, amount: number, more: readonly string[] = []) =>
  features(id, 5, [...more.map(() => 0.5), amount], { numeric: [...more, 'amount'], categorical: [] })

type Fed = [atMs: number, record: ObserveRecord]
const pieces = (id: string, score: number): Record<'p' | 'f' | 'l', ObserveRecord> =>
  ({ p: prediction(id, 5, { score }), f: vector(id, score * 10), l: label(id, 5, score + 1) })

describe('rows of a regression whose loss is to be expected', () => {
  it.each(['pfl', 'plf', 'fpl', 'flp', 'lpf', 'lfp'])('are the same in whatever order prediction, features and label come: %s', (order) => {
    const fed = (['a', 'b'] as const).flatMap((id, i) => [...order].map((kind): Fed => [5, pieces(id, i + 1)[kind as 'p']]))
    const [pane] = bench(policy).feed(fed).finish(9).panes()
    const { predicted, labelled } = pane.versions.v1.lossRows!
    expect([predicted.offered, labelled.offered]).toEqual([2, 2])
    expect(rowsOf(predicted)).toEqual([[1, NaN, 0, 10], [2, NaN, 0, 20]])
    expect(rowsOf(labelled)).toEqual([[1, 2, 0, 10], [2, 3, 0, 20]])
  })

  it('count once what is sent twice, in the pane in which it is whole', () => {
    const { p, f, l } = pieces('a', 1)
    const panes = bench(policy).feed([[5, p], [5, p], [6, f], [7, f], [1_500, l], [1_600, l]]).finish(1_700).panes()
    expect(panes.map(({ versions }) => versions.v1.lossRows).map((held) => [held!.predicted.offered, held!.labelled.offered])).toEqual([[1, 0], [0, 1]])
    expect(rowsOf(panes[1].versions.v1.lossRows!.labelled)).toEqual([[1, 2, 0, 10]])
  })

  it('are of acted predictions that can have an outcome and whose features are known', () => {
    const [pane] = bench(policy).feed([
      [5, prediction('a', 5, { acted: false, score: 1 })], [5, vector('a', 1)], [5, prediction('b', 5, { outcome: 'error' })], [5, vector('b', 1)],
      [5, prediction('c', 5, { score: 3 })], [6, label('a', 6, 1)], [6, label('c', 6, 1)],
    ]).finish(9).panes()
    expect(pane.versions.v1.outcomes.n).toBe(2)
    expect(pane.versions.v1).not.toHaveProperty('lossRows')
  })

  it('stay as they came where a label is corrected or withdrawn later', () => {
    const { p, f, l } = pieces('a', 1)
    const [pane] = bench(policy).feed([[5, p], [5, f], [5, l], [6, label('a', 6, 7)], [7, label('a', 7, null)]]).finish(9).panes()
    expect(rowsOf(pane.versions.v1.lossRows!.labelled)).toEqual([[1, 2, 0, 10]])
  })

  it('are the same after a restart, with features that were met since the pane was opened', () => {
    const fed = ([id, score]: [string, number], more: readonly string[]): Fed[] =>
      [[5, prediction(id, 5, { score })], [5, vector(id, score * 10, more)]]
    const labels: Fed[] = [[6, label('a', 6, 2)], [6, label('b', 6, 3)]]
    const through = (restarts: boolean) => {
      const task = bench(policy).feed(fed(['a', 1], []))
      if (restarts) task.commit().restart()
      task.feed(fed(['b', 2], ['age', 'rate']))
      if (restarts) task.commit().restart()
      return task.feed(labels).finish(9).panes()
    }
    expect(through(true)).toEqual(through(false))
    const { labelled } = through(true)[0].versions.v1.lossRows!
    expect(rowsOf(labelled)).toEqual([[1, 2, 0, 10], [2, 3, 0, 20]])
    expect(labelled.rows.features.slice(-3)).toEqual(['age', 'amount', 'rate'])
  })

  it('are not kept where the policy does not ask', () => {
    const { p, f, l } = pieces('a', 1)
    const [pane] = bench(testPolicy('m', { task: 'regression' })).feed([[5, p], [5, f], [5, l]]).finish(9).panes()
    expect(pane.versions.v1).not.toHaveProperty('lossRows')
  })
})
