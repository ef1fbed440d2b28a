import { describe, expect, it } from 'vitest'
import { seeded, type Random } from '../../../src/core/random.ts'
import { fillsWeek, hourOfWeek, mixtureOf, poolingOf, seasonCells, weekHours, type HourSeen } from '../../../src/core/season/cells.ts'
import { multinomial } from '../../../bench/truth/draw.ts'
import { sharesOf } from '../../../bench/truth/worlds.ts'

/** Weeks of hourly counts in deciles of a normal whose mean depends on the hour. */
const weeksOf = (random: Random, weeks: number, rows: number, meanOf: (hour: number, week: number) => number): HourSeen[] =>
  Array.from({ length: weeks * weekHours }, (_, i) => {
    const [week, hour] = [Math.floor(i / weekHours), i % weekHours]
    return { week, hour, counts: multinomial(random, rows, sharesOf(meanOf(hour, week), 1)) }
  })
const swing = (hour: number): number => 0.5 * Math.sin((2 * Math.PI * hour) / 24) - (hour >= 120 ? 0.3 : 0)
const shareAt = (cells: ReturnType<typeof seasonCells>, hour: number): Float64Array => cells.shares.slice(hour * cells.width, (hour + 1) * cells.width)
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from({ length: a.length }, (_, k) => (a[k] - b[k]) ** 2 / b[k]).reduce((x, y) => x + y, 0)

describe('cells of the week', () => {
  it('come nearer to the truth than their own counts do, where a day and a weekend swing', () => {
    const seen = weeksOf(seeded(1), 3, 500, swing)
    const cells = seasonCells(seen, poolingOf(seen, 10))
    let [pooled, alone] = [0, 0]
    for (let hour = 0; hour < weekHours; hour++) {
      const truth = sharesOf(swing(hour), 1)
      const own = Array.from({ length: 10 }, (_, k) => seen.filter((each) => each.hour === hour).reduce((sum, { counts }) => sum + counts[k], 0) / 1_500)
      pooled += distance(shareAt(cells, hour), truth)
      alone += distance(own, truth)
    }
    expect(pooled).toBeLessThan(alone / 3)
  })

  it('are all like the whole where nothing swings, and each like itself where every hour is another', () => {
    const still = weeksOf(seeded(2), 3, 500, () => 0)
    const pooling = poolingOf(still, 10)
    expect(pooling.hours + pooling.days + pooling.cells).toBeLessThan(2e-4)
    const flat = seasonCells(still, pooling)
    for (const hour of [0, 50, 167]) expect(distance(shareAt(flat, hour), Array<number>(10).fill(0.1))).toBeLessThan(0.003)
    const own = weeksOf(seeded(3), 3, 2_000, (hour) => Math.sin(hour * hour))
    const cells = seasonCells(own, poolingOf(own, 10))
    for (const hour of [3, 77, 140]) expect(distance(shareAt(cells, hour), sharesOf(Math.sin(hour * hour), 1))).toBeLessThan(0.01)
    expect(cells.worth[77]).toBeGreaterThan(5_000)
    expect(cells.worth[77]).toBeLessThan(9_000)
  })

  it('trust themselves less the more the same hour differs between weeks', () => {
    const steady = poolingOf(weeksOf(seeded(4), 3, 500, swing), 10)
    const restless = poolingOf(weeksOf(seeded(4), 3, 500, (hour, week) => swing(hour) + 0.3 * Math.sin(hour * 7.1 + week * 2.3 + (hour * week) ** 2)), 10)
    expect(steady.within).toBeLessThan(1.1)
    expect(restless.within).toBeGreaterThan(2)
  })

  it('take an hour that was never seen for what its hour of the day and its day come to', () => {
    const seen = weeksOf(seeded(5), 3, 2_000, swing).filter(({ hour }) => hour !== 130)
    const cells = seasonCells(seen, poolingOf(seen, 10))
    expect(distance(shareAt(cells, 130), sharesOf(swing(130), 1))).toBeLessThan(0.01)
    expect(cells.worth[130]).toBeGreaterThan(0)
  })

  it('give no season to a place too rare for one, and never expect nothing where something was', () => {
    const seen = weeksOf(seeded(6), 3, 300, swing).map((each, i): HourSeen => ({ ...each, counts: [...Array.from(each.counts), i === 77 ? 1 : 0] }))
    const cells = seasonCells(seen, poolingOf(seen, 11))
    const rare = Array.from({ length: weekHours }, (_, hour) => shareAt(cells, hour)[10])
    expect(Math.max(...rare) / Math.min(...rare)).toBeCloseTo(1, 9)
    for (let hour = 0; hour < weekHours; hour++) {
      expect(Math.min(...shareAt(cells, hour))).toBeGreaterThan(0)
      expect(shareAt(cells, hour).reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    }
  })

  it('count hours from the Thursday of the epoch, and want panes that fill them', () => {
    expect([0, 3_600_000, 7 * 86_400_000 - 1].map(hourOfWeek)).toEqual([0, 1, 167])
    expect([600_000, 3_600_000, 6 * 3_600_000, 86_400_000].map(fillsWeek)).toEqual([true, true, true, true])
    expect([7 * 60_000, 5_400_000, 5 * 3_600_000].map(fillsWeek)).toEqual([false, false, false])
  })
})

describe('the mixture that a window expects', () => {
  const cells = { width: 2, shares: new Float64Array(2 * weekHours).fill(0.5), worth: new Float64Array(weekHours).fill(300) }
  cells.shares.set([0.9, 0.1], 2 * 5)

  it('weighs cells by the rows of the window', () => {
    const rows = new Float64Array(weekHours)
    rows[5] = 100
    rows[6] = 300
    const mixture = mixtureOf(cells, rows)!
    expect(mixture.cells).toBe(2)
    expect(Array.from(mixture.shares)).toEqual([0.25 * 0.9 + 0.75 * 0.5, 0.25 * 0.1 + 0.75 * 0.5])
    expect(mixture.worth).toBeCloseTo(300 / (0.25 ** 2 + 0.75 ** 2), 9)
  })

  it('is worth as many rows as lie behind cells of equal weight, and what one is where a window holds one hour', () => {
    expect(mixtureOf(cells, new Float64Array(weekHours).fill(7))!.worth).toBeCloseTo(300 * weekHours, 6)
    const one = new Float64Array(weekHours)
    one[5] = 40
    expect(mixtureOf(cells, one)!.worth).toBeCloseTo(300, 9)
    expect(mixtureOf(cells, new Float64Array(weekHours))).toBeNull()
  })

  it('leaves a window of any hours where the truth is', () => {
    const seen = weeksOf(seeded(7), 3, 500, swing)
    const learned = seasonCells(seen, poolingOf(seen, 10))
    const rows = new Float64Array(weekHours)
    for (let hour = 8; hour < 14; hour++) rows[hour] = 500
    const { shares, worth } = mixtureOf(learned, rows)!
    const truth = Array.from({ length: 10 }, (_, k) => [8, 9, 10, 11, 12, 13].reduce((sum, hour) => sum + sharesOf(swing(hour), 1)[k], 0) / 6)
    expect(distance(shares, truth) * worth).toBeLessThan(40)
  })
})
