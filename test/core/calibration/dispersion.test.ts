import { describe, expect, it } from 'vitest'
import { stationary } from '../../../bench/truth/worlds.ts'
import { cellsOf, faultCells } from '../../../src/core/calibration/cells.ts'
import { dispersionOf, effectOver, type FeatureDispersion, type PaneCells } from '../../../src/core/calibration/dispersion.ts'
import { seeded, uniform } from '../../../src/core/random.ts'
import { addCategory, addNumeric, createCategorical, createNumeric } from '../../../src/core/sketches/feature.ts'

function gathered(world: string, seed: number): Record<string, PaneCells> {
  const { start, referencePanes } = stationary.find(({ name }) => name === world)!
  const draw = start(seeded(seed))
  const into: Record<string, PaneCells> = {}
  for (let pane = 0; pane < referencePanes; pane++) {
    draw(pane, null, 0).forEach((summary, i) => {
      const cells = cellsOf(summary)
      const held = (into[`f${i}`] ??= { cells: cells.length, isOrdered: true, counts: [] })
      held.counts.push(...cells)
    })
  }
  return into
}
const middle = (found: Record<string, FeatureDispersion>, of: (each: FeatureDispersion) => number): number => {
  const values = Object.values(found).map(of).sort((a, b) => a - b)
  return values[values.length >> 1]
}

describe('cells', () => {
  it('count every record once, faults first, atoms beside their bin', () => {
    const summary = createNumeric({ kind: 'numeric', edges: Float64Array.of(0, 10), atoms: Float64Array.of(5, 10) })
    for (const x of [-1, 3, 5, 5, 10, 12, NaN, Infinity, Infinity]) addNumeric(summary, x)
    expect(cellsOf(summary)).toEqual([1, 2, 1, 1, 2, 1, 1])
  })

  it('of names end with those known but not counted apart; new ones are faults', () => {
    const summary = createCategorical({ kind: 'categorical', categories: ['a', 'b'], others: ['c'] })
    for (const name of ['a', 'a', 'b', 'c', 'd', null]) addCategory(summary, name)
    expect(cellsOf(summary)).toEqual([1, 1, 2, 1, 1])
  })

  it('are gathered where there are many', () => {
    const summary = createNumeric({ kind: 'numeric', edges: Float64Array.from({ length: 199 }, (_, i) => i), atoms: new Float64Array(0) })
    for (let i = 0; i < 500; i++) addNumeric(summary, i % 210)
    expect(cellsOf(summary)).toHaveLength(16 + faultCells)
    expect(cellsOf(summary).reduce((a, b) => a + b)).toBe(500)
  })
})

describe('dispersion', () => {
  it('of independent rows is none', () => {
    const found = dispersionOf(gathered('gaussian', 1))
    expect(middle(found, ({ curve }) => curve)).toBeLessThan(1.1)
    expect(middle(found, ({ directions }) => directions[0])).toBeLessThan(1.1)
    expect(middle(found, ({ degrees }) => degrees)).toBe(59)
  })

  it('of entities of ten equal rows is ten, in all directions', () => {
    const found = dispersionOf(gathered('entities-1', 2))
    expect(middle(found, ({ curve }) => curve)).toBeGreaterThan(8.5)
    expect(middle(found, ({ curve }) => curve)).toBeLessThan(13)
    expect(middle(found, ({ directions }) => directions[8])).toBeGreaterThan(8.5)
  })

  it('of entities that are half alike is that of their shares, and greatest in one direction', () => {
    const found = dispersionOf(gathered('entities-.5', 3))
    expect(middle(found, ({ curve }) => curve)).toBeCloseTo(4, 0)
    expect(middle(found, ({ directions }) => directions[0] / directions[8])).toBeGreaterThan(3)
  })

  it('of shocks grows with the window', () => {
    const found = dispersionOf(gathered('shocks', 4))
    const over = (panes: number) => middle(found, (each) => effectOver(each.curve, each, panes, 500))
    expect(over(1)).toBeGreaterThan(3)
    expect(over(6) / over(1)).toBeGreaterThan(2)
    expect(over(60)).toBeGreaterThan(20)
    expect(over(60)).toBeLessThan(45)
    expect(middle(found, ({ degrees }) => degrees)).toBeLessThan(30)
  })

  it('grows with the rows of a pane, and is never taken to fall', () => {
    const each = Object.values(dispersionOf(gathered('shocks', 5)))[0]
    expect(effectOver(each.curve, each, 1, 5_000) - 1).toBeCloseTo(10 * (effectOver(each.curve, each, 1, 500) - 1), 9)
    expect(effectOver(each.curve, each, 1, 50)).toBe(effectOver(each.curve, each, 1, 500))
  })

  it('of a share that never occurred is that of the values', () => {
    const found = dispersionOf(gathered('entities-1', 6)).f0
    expect(found.missing).toBe(found.curve)
  })

  it('of missing values that come in bursts is seen', () => {
    const random = seeded(7)
    const counts = Array.from({ length: 60 }, () => {
      const missing = uniform(random) < 0.5 ? 0 : 60
      return [missing, 0, (500 - missing) / 2, (500 - missing) / 2]
    }).flat()
    const { f } = dispersionOf({ f: { cells: 4, isOrdered: true, counts } })
    expect(f.missing).toBeGreaterThan(20)
    expect(f.curve).toBe(1)
  })

  it('of a constant feature, of one that is always missing and of nothing at all is finite', () => {
    const found = dispersionOf({
      constant: { cells: 3, isOrdered: true, counts: Array.from({ length: 60 }, () => [0, 0, 500]).flat() },
      absent: { cells: 3, isOrdered: true, counts: Array.from({ length: 60 }, () => [500, 0, 0]).flat() },
      empty: { cells: 3, isOrdered: false, counts: [] },
    })
    for (const { curve, missing, other, directions, degrees, rows, serial } of Object.values(found)) {
      for (const x of [curve, missing, other, degrees, rows, serial.rho, serial.variance, ...directions]) expect(Number.isFinite(x)).toBe(true)
    }
  })
})
