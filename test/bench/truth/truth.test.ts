import { describe, expect, it } from 'vitest'
import { newTally } from '../../../bench/truth/common.ts'
import { binomial, multinomial } from '../../../bench/truth/draw.ts'
import { cusum, naive } from '../../../bench/truth/rivals.ts'
import { runMonth } from '../../../bench/truth/run.ts'
import { runThroughDecide } from '../../../bench/truth/through-decide.ts'
import { sharesOf, stationary, type World } from '../../../bench/truth/worlds.ts'
import { seeded } from '../../../src/core/random.ts'

const named = (name: string): World => stationary.find((world) => world.name === name)!
const budgets = ['30d', '10y', null]

describe('the quick way through a month', () => {
  const worlds: World[] = [{ ...named('shocks'), features: 2, rows: 300 }, named('thin'), { ...named('table'), tableRows: 5_000 }, named('names')]
  it.each(worlds.map((world) => [world.name, world] as const))('of %s reads what decide reads', (_name, world) => {
    const small = { ...world, referencePanes: 20 }
    const onset = { change: { shift: 0.6 }, atPane: 15 }
    const [quick, whole] = [budgets.map(newTally), budgets.map(newTally)]
    runMonth(small, 5, budgets, quick, onset, 0.05)
    runThroughDecide(small, 5, budgets, whole, onset, 0.05)
    expect(quick).toEqual(whole)
    expect(quick[2].readings).toBeGreaterThan(500)
    expect(quick[2].beyond).toBeGreaterThan(0)
  })
})

describe('a stationary month', () => {
  it('of panes that are far from independent asks for nothing under a budget of a month', () => {
    const tally = newTally()
    for (const seed of [1, 2]) runMonth(named('shocks'), seed, ['30d'], [tally], null, 0.12)
    expect(tally.requests).toBe(0)
    expect(tally.crossings).toBeLessThanOrEqual(2)
    expect(tally.readings).toBeGreaterThan(3_000)
  })

  it('cries wolf many times where every reading is held against its own floor', () => {
    const tally = newTally()
    runMonth(named('shocks'), 1, [null], [tally], null, 0.1)
    expect(tally.crossings).toBeGreaterThan(100)
  })
})

describe('a shift of half a sigma', () => {
  it('of one feature among twenty is named within 5,000 inferences under a budget of ten years', () => {
    const tally = newTally()
    for (const seed of [1, 2, 3]) runMonth(named('gaussian'), seed, ['10y'], [tally], { change: { shift: 0.5 }, atPane: 10 }, 0.05)
    for (const panes of tally.warnedAfter) expect(panes! * 500).toBeLessThanOrEqual(5_000)
  })
})

describe('a segment with a quarter of the rows', () => {
  it('whose feature moves by half a sigma is named within 5,000 inferences of the whole, and a calm one never', () => {
    const [moved, calm] = [newTally(), newTally()]
    const small = { ...named('segments'), referencePanes: 40 }
    runThroughDecide(small, 1, ['10y'], [moved], { change: { shift: 0.5, segment: 'region=us' }, atPane: 5 }, 0.06)
    runThroughDecide(small, 2, ['10y'], [calm], null, 0.04)
    expect(moved.warnedAfter[0]! * 400).toBeLessThanOrEqual(5_000)
    expect(moved.requestedAfter[0]).not.toBeNull()
    expect([calm.requests, calm.beyond]).toEqual([0, 0])
    expect(calm.readings).toBeGreaterThan(2_000)
  })
})

describe('draws', () => {
  it('of counts have the mean and variance of their law', () => {
    const random = seeded(4)
    for (const [n, p] of [[50_000, 0.1], [300, 0.4], [30, 0.02]]) {
      const drawn = Array.from({ length: 4_000 }, () => binomial(random, n, p))
      const mean = drawn.reduce((a, b) => a + b) / drawn.length
      const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length
      expect(Math.abs(mean - n * p) / Math.sqrt((n * p * (1 - p)) / drawn.length)).toBeLessThan(4)
      expect(Math.abs(variance / (n * p * (1 - p)) - 1)).toBeLessThan(0.1)
    }
    expect(multinomial(random, 1_000, sharesOf(0, 1)).reduce((a, b) => a + b)).toBe(1_000)
  })
})

describe('rivals', () => {
  it('the naive rule cries wolf nearly always; CUSUM about as often as it is set to where rows are independent', () => {
    const [rule, chart, tally] = [naive(), cusum(6, 200), newTally()]
    let [naiveOn, chartAlarms, panes] = [0, 0, 0]
    for (const seed of [1, 2, 3, 4]) {
      runMonth({ ...named('thin'), tableRows: 50_000 }, seed, ['10y'], [tally], null, 1, (summaries, reference) => {
        naiveOn += Number(rule.see(summaries, reference).length > 0)
        chartAlarms += chart.see(summaries, reference).length
        panes += 1
      })
    }
    expect(naiveOn / panes).toBeGreaterThan(0.1)
    expect(chartAlarms / panes).toBeGreaterThan(0.3 / 200)
    expect(chartAlarms / panes).toBeLessThan(4 / 200)
  })
})
