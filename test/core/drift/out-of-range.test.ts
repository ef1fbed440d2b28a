import { describe, expect, it } from 'vitest'
import { outOfRange } from '../../../src/core/drift/out-of-range.ts'
import { uniform } from '../../../src/core/random.ts'
import { numericLayoutOf } from '../../../src/core/sketches/layout.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { falseAlarmShare, normals, pairOf, paneOf } from './pairs.ts'

const defaults = resolveParams(outOfRange)
const upTo = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i)

describe('out-of-range', () => {
  it('counts what lies below and above the reference, its extremes being inside', () => {
    const reading = outOfRange.compare(...pairOf(upTo(1_000), [-1, -2, 0, 999, 1_000, ...upTo(95, 100)]), defaults)
    expect(reading).toMatchObject({ value: expect.closeTo(0.03, 12), n: 100, nReference: 1_000, detail: { below: 0.02, above: expect.closeTo(0.01, 12), low: 0, high: 999 } })
  })

  it('alarms when the unit changes, warns of few that are sure, and is silent about the next extreme', () => {
    const reference = normals(20_000, 1)
    const verdict = (current: number[]) => outOfRange.compare(...pairOf(reference, current), defaults).verdict
    expect(verdict(normals(500, 2).map((x) => 1_000 * x))).toBe('alarm')
    expect(verdict([...normals(995, 3), 50, 51, 52, 53, 54])).toBe('warning')
    expect(verdict([...normals(499, 3), 50])).toBe('ok')
    expect(verdict(upTo(10, 100))).toBe('insufficient')
  })

  it('has the exact law of exceedances for its floor: with 99 against 1 a value is outside in 2 of 100 cases', () => {
    const floor = (level: number) => outOfRange.compare(...pairOf(normals(99, 4), [0]), { ...defaults, floorLevel: level }).noiseFloor
    expect([floor(0.979), floor(0.981)]).toEqual([0, 1])
  })

  it('reads one value of a hundred above the range as one below it', () => {
    const inside = Array.from({ length: 99 }, (_, i) => (i + 1) / 100)
    const read = (odd: number) => outOfRange.compare(...pairOf([0, 1, ...normals(10_000, 8).map((x) => 0.5 + x / 1e3)], [...inside, odd]), defaults)
    const [above, below] = [read(2), read(-1)]
    expect([above.value, below.value, above.verdict]).toEqual([0.01, 0.01, below.verdict])
  })

  it('passes its floor at most as often as the level says', () => {
    const share = falseAlarmShare(outOfRange, uniform, { m: 100, n: 200, runs: 1_000 })
    expect(share).toBeGreaterThan(0.015)
    expect(share).toBeLessThan(0.06)
  })

  it('reads the range exactly from a digest that has condensed its values, and counts the atoms in it', () => {
    const raw = [...normals(20_000, 5), ...Array<number>(5_000).fill(40)]
    const layout = numericLayoutOf(Float64Array.from(raw))
    const reading = outOfRange.compare(paneOf(raw, layout), paneOf([...normals(2_000, 6, 0, 0.5), 40], layout), defaults)
    expect(reading).toMatchObject({ value: 0, verdict: 'ok', detail: { low: Math.min(...raw), high: 40 } })
  })

  it('says nothing without a finite value on either side', () => {
    expect(outOfRange.compare(...pairOf([1, 2, 3], [null, 'text']), defaults)).toEqual({ value: null, n: 0, nReference: 3, verdict: 'insufficient' })
    expect(outOfRange.compare(...pairOf([null, null], [1], [0.5]), defaults)).toEqual({ value: null, n: 1, nReference: 0, verdict: 'insufficient' })
  })
})
