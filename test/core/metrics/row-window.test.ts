import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRowWindow, eachRow, pushRow, pushTimedRow, type RowWindow } from '../../../src/core/metrics/row-window.ts'

const rowsOf = (window: RowWindow, durationMs?: number): number[][] => {
  const rows: number[][] = []
  eachRow(window, (at) => rows.push(Array.from(window.rows.subarray(at, at + window.width))), durationMs)
  return rows
}

describe('a window of rows', () => {
  it('of count holds the newest, in order of arrival', () => fc.assert(fc.property(fc.array(fc.integer(), { maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (values, size) => {
    const window = createRowWindow(2, size)
    for (const value of values) pushRow(window, Float64Array.of(99, value, 2 * value), 1)
    expect(rowsOf(window)).toEqual(values.slice(-size).map((value) => [value, 2 * value]))
    expect(window.rows.length).toBeLessThanOrEqual(2 * Math.max(16, size))
  })))

  it('of time covers what is later than the newest time less the duration, in whatever order rows come', () => fc.assert(fc.property(
    fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 150 }), fc.integer({ min: 1, max: 40 }), (times, durationMs) => {
      const window = createRowWindow(2, 1_000)
      times.forEach((t, i) => {
        pushTimedRow(window, Float64Array.of(t, i), 0, durationMs)
        const newest = Math.max(...times.slice(0, i + 1))
        expect(rowsOf(window, durationMs)).toEqual(times.slice(0, i + 1).map((time, j) => [time, j]).filter(([time]) => time > newest - durationMs))
      })
      expect(window.dropped).toBe(0)
    }), { numRuns: 40 }))

  it('of time keeps ties together, lets go at exactly the duration, and never moves back', () => {
    const window = createRowWindow(1, 10)
    for (const t of [5, 5, 5, 15]) pushTimedRow(window, Float64Array.of(t), 0, 10)
    expect(rowsOf(window, 10)).toEqual([[15]])
    pushTimedRow(window, Float64Array.of(4), 0, 10)
    expect([rowsOf(window, 10), window.newest]).toEqual([[[15]], 15])
  })

  it('of time that runs out of room leaves the oldest out, and counts them', () => {
    const window = createRowWindow(1, 20)
    for (let t = 1; t <= 50; t++) pushTimedRow(window, Float64Array.of(t), 0, 1_000)
    expect([rowsOf(window, 1_000)[0], rowsOf(window, 1_000).length, window.dropped]).toEqual([[31], 20, 30])
  })

  it('takes no room before it is needed', () => expect(createRowWindow(4, 1_000_000).rows.length).toBe(64))
})
