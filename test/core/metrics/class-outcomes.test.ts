import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeMulticlass } from '../../../src/core/metrics/class-outcomes.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import { nearlyEqual } from '../conformance.ts'
import { classesOf, decided } from './classes.ts'

const name = fc.constantFrom('a', 'b', 'c', 'd')
const scores = fc.dictionary(name, fc.double({ min: 0, max: 1, noNaN: true }), { minKeys: 1, maxKeys: 4 })
const rows = fc.array(fc.oneof(fc.record({ y: name, scores }), fc.record({ y: name, prediction: name })), { maxLength: 60 })
const read = ['macro-f1', 'weighted-precision', 'macro-roc-auc', 'mcc', 'kappa', 'log-loss', 'accuracy'] as const

describe('multiclass outcomes', () => {
  it('merge parts into what the whole would have been, whichever classes each part met', () => fc.assert(fc.property(rows, rows, (head, tail) => {
    const merged = classesOf(head)
    const part = classesOf(tail)
    const before = structuredClone(part)
    mergeMulticlass(merged, part)
    expect(part).toEqual(before)
    const whole = classesOf([...head, ...tail])
    for (const metric of read) expect(nearlyEqual(readMetric(metrics[metric], merged), readMetric(metrics[metric], whole)), metric).toBe(true)
  })))

  it('read the same in any order of rows', () => fc.assert(fc.property(rows, (stream) => {
    const turned = classesOf([...stream].reverse())
    for (const metric of read) expect(nearlyEqual(readMetric(metrics[metric], turned), readMetric(metrics[metric], classesOf(stream))), metric).toBe(true)
  })))

  it('give a class that comes late the negatives of all scored rows before it', () => {
    const outcomes = classesOf([{ y: 'a', scores: { a: 0.9, b: 0.1 } }, { y: 'b', scores: { a: 0.2, b: 0.8 } }, { y: 'new', scores: { a: 0.1, new: 0.7 } }])
    const rowsOf = readMetric(metrics['macro-roc-auc'], outcomes).rows!
    expect(rowsOf.map(({ class: one, n, value }) => [one, n, value])).toEqual([['a', 1, 1], ['b', 1, 1], ['new', 1, 1]])
    expect(outcomes.negatives[2][0]).toBe(2)
  })

  it('count what comes after the first classesMax classes as OTHER, and still know right from wrong there', () => {
    const outcomes = decided([['a', 'a', 4], ['b', 'b', 3], ['c', 'c', 2], ['c', 'd', 1], ['a', 'd', 1], ['d', 'b', 1]], 2)
    expect(outcomes.classes).toEqual(['a', 'b'])
    expect(readMetric(metrics.accuracy, outcomes)).toMatchObject({ value: 9 / 12, n: 12, detail: { classes: 2, overflow: 5 } })
    expect(readMetric(metrics['macro-recall'], outcomes)).toMatchObject({ value: (4 / 5 + 1) / 2, detail: { classes: 2, overflow: 5 } })
  })

  it('do not let a class that only has probabilities widen an interval', () => {
    const rows = [{ y: 'a', prediction: 'a' }, { y: 'b', prediction: 'a' }, { y: 'b', prediction: 'b' }]
    const scored = rows.map((row) => ({ ...row, scores: { a: 0.5, b: 0.3, never: 0.2 } }))
    for (const metric of ['macro-f1', 'mcc', 'kappa'] as const) {
      expect(readMetric(metrics[metric], classesOf(scored))).toEqual(readMetric(metrics[metric], classesOf(rows)))
    }
  })

  it('merge classes without room into OTHER, right ones as right and wrong ones as wrong', () => {
    const into = decided([['a', 'a'], ['b', 'a']], 2)
    mergeMulticlass(into, decided([['x', 'x', 3], ['x', 'y', 2], ['y', 'z', 1], ['z', 'z', 1], ['y', 'x', 1]], 2))
    expect(readMetric(metrics.accuracy, into)).toMatchObject({ value: 5 / 10, n: 10, detail: { overflow: 8 } })
  })

  it('hold probabilities of 0 at 1e-15 in the log-loss, a class without a probability having 0', () => {
    expect(readMetric(metrics['log-loss'], classesOf([{ y: 'a', scores: { b: 1 } }])).value).toBeCloseTo(-Math.log(1e-15), 10)
  })
})
