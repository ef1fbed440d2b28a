import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import { classesOf } from './classes.ts'

const names = ['a', 'b', 'c'] as const
type Row = { y: string; scores: Record<string, number> }

function exact(rows: readonly Row[], name: string): number | null {
  const score = ({ scores }: Row) => scores[name] ?? 0
  const [inside, outside] = [rows.filter(({ y }) => y === name), rows.filter(({ y }) => y !== name)]
  if (inside.length === 0 || outside.length === 0) return null
  const sum = inside.reduce((total, one) => total + outside.reduce((part, other) => part + (score(one) > score(other) ? 1 : score(one) === score(other) ? 0.5 : 0), 0), 0)
  return sum / inside.length / outside.length
}

const row: fc.Arbitrary<Row> = fc.record({
  y: fc.constantFrom(...names), scores: fc.dictionary(fc.constantFrom(...names), fc.integer({ min: 0, max: 100 }).map((x) => x / 100), { minKeys: 1, maxKeys: 3 }),
})

describe('macro-roc-auc', () => {
  it('is the mean of the exact one-vs-rest AUCs within its bound, for the classes that have one', () => fc.assert(fc.property(fc.array(row, { maxLength: 50 }), (rows) => {
    const wanted = names.map((name) => exact(rows, name)).filter((auc) => auc !== null)
    const { value, interval, detail } = readMetric(metrics['macro-roc-auc'], classesOf(rows))
    if (wanted.length === 0) expect(value).toBeNull()
    else {
      expect(Math.abs(value! - wanted.reduce((sum, auc) => sum + auc, 0) / wanted.length)).toBeLessThanOrEqual((detail!.bound as number) + 1e-12)
      expect(0 <= interval![0] && interval![0] <= value! && value! <= interval![1] && interval![1] <= 1).toBe(true)
      expect(detail!.classes).toBe(wanted.length)
    }
  })))

  it('shows each class, and leaves out those with fewer than nMin outcomes in them', () => {
    const rows = Array.from({ length: 40 }, (_, i): Row => ({ y: i === 0 ? 'c' : i % 2 === 0 ? 'a' : 'b', scores: { a: i % 2 === 0 ? 0.8 : 0.3, b: i % 2 === 0 ? 0.1 : 0.6, c: i === 0 ? 0.1 : 0.05 } }))
    const reading = readMetric(metrics['macro-roc-auc'], classesOf(rows), { nMin: 5 })
    expect(reading).toMatchObject({ n: 40, detail: { classes: 2, classesUndefined: 1 } })
    expect(reading.rows!.map(({ class: name, value }) => [name, value === null])).toEqual([['a', false], ['b', false], ['c', true]])
  })
})
