import { describe, expect, it } from 'vitest'
import { dispersionOf } from '../../../src/core/calibration/dispersion.ts'
import { normal, seeded, type Random } from '../../../src/core/random.ts'
import { seasonDispersion, withoutSeason, type PaneSeen } from '../../../src/core/season/dispersion.ts'
import { multinomial } from '../../../bench/truth/draw.ts'
import { sharesOf } from '../../../bench/truth/worlds.ts'

const swing = (hour: number): number => 0.5 * Math.sin((2 * Math.PI * hour) / 24) - (hour >= 120 ? 0.3 : 0)
/** Hourly panes in deciles, behind the two places of faults. */
const panesOf = (random: Random, meanOf: (hour: number, week: number) => number, weeks = 3, rows = 500): PaneSeen[] =>
  Array.from({ length: weeks * 168 }, (_, i) => {
    const [week, hour] = [Math.floor(i / 168), i % 168]
    return { week, hour, counts: [0, 0, ...multinomial(random, rows, sharesOf(meanOf(hour, week), 1))] }
  })
const found = (panes: PaneSeen[]) => seasonDispersion({ x: { places: 12, isOrdered: true, panes } }).x
const frozen = (panes: PaneSeen[]) => dispersionOf({ x: { cells: 12, isOrdered: true, counts: panes.flatMap(({ counts }) => Array.from(counts)) } }).x

describe('the dispersion of panes about their own hour', () => {
  it('is that of independent rows where a season is all there is, which panes about the whole take for noise', () => {
    const panes = panesOf(seeded(1), swing)
    expect(frozen(panes).curve).toBeGreaterThan(30)
    const { curve, directions, serial } = found(panes)
    expect(curve).toBeLessThan(1.4)
    expect(directions[0]).toBeLessThan(1.6)
    expect(serial.variance).toBeLessThan(0.3)
  })

  it('is what it is without a season where shocks shake the panes as well', () => {
    const [random, other] = [seeded(2), seeded(2)]
    const [plain, shaken] = [panesOf(random, () => 0.1 * normal(random)), panesOf(other, (hour) => swing(hour) + 0.1 * normal(other))]
    expect(found(shaken).curve / frozen(plain).curve).toBeGreaterThan(0.8)
    expect(found(shaken).curve / frozen(plain).curve).toBeLessThan(1.3)
  })

  it('sees weeks that differ as a whole as a slow process', () => {
    const { serial } = found(panesOf(seeded(3), (hour, week) => swing(hour) + 0.1 * (week - 1)))
    expect(serial.rho).toBeGreaterThan(0.9)
    expect(serial.variance).toBeGreaterThan(1)
  })

  it('has one week less of freedom than it has weeks', () => {
    const panes = panesOf(seeded(4), () => 0)
    const free = dispersionOf({ x: { cells: 12, isOrdered: true, counts: withoutSeason(panes, 12) } }).x.degrees
    expect(found(panes).degrees).toBeCloseTo((free * 2) / 3, 9)
  })
})

describe('panes without their season', () => {
  it('keep their rows, and leave nothing of a place that was never seen', () => {
    const panes = panesOf(seeded(5), swing)
    const counts = withoutSeason(panes, 12)
    for (const pane of [0, 100, 503]) expect(counts.slice(pane * 12, pane * 12 + 12).reduce((a, b) => a + b)).toBeCloseTo(500, 6)
    expect(counts.filter((_, i) => i % 12 < 2).every((count) => count === 0)).toBe(true)
  })

  it('of an hour without rows are empty', () => {
    const panes = panesOf(seeded(6), swing)
    panes[7] = { ...panes[7], counts: Array<number>(12).fill(0) }
    expect(withoutSeason(panes, 12).slice(7 * 12, 8 * 12)).toEqual(Array<number>(12).fill(0))
  })

  it('are as if drawn from the whole: variances and covariances of a strong season are those of one multinomial', () => {
    const random = seeded(7)
    const counts = withoutSeason(panesOf(random, (hour) => 1.2 * Math.sin((2 * Math.PI * hour) / 24), 6), 12)
    const panes = Array.from({ length: counts.length / 12 }, (_, i) => counts.slice(i * 12, i * 12 + 12))
    const share = (k: number): number => panes.reduce((sum, pane) => sum + pane[k], 0) / panes.length / 500
    for (const [j, k] of [[2, 2], [6, 6], [11, 11], [2, 3], [2, 11]]) {
      const covariance = panes.reduce((sum, pane) => sum + (pane[j] - 500 * share(j)) * (pane[k] - 500 * share(k)), 0) / panes.length
      const expected = 500 * (j === k ? share(j) * (1 - share(j)) : -share(j) * share(k))
      expect(Math.abs(covariance - expected) / 500).toBeLessThan(0.015)
    }
  })
})
