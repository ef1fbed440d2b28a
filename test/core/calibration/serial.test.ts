import { describe, expect, it } from 'vitest'
import { commonSerial, growth, serialOf } from '../../../src/core/calibration/serial.ts'
import { normal, seeded, type Random } from '../../../src/core/random.ts'

/** Sampling noise of variance one plus an autoregression. */
function seriesOf(random: Random, panes: number, variance: number, rho: number): number[] {
  let state = Math.sqrt(variance) * normal(random)
  const z = Array.from({ length: panes }, () => {
    state = rho * state + Math.sqrt(variance * (1 - rho * rho)) * normal(random)
    return state + normal(random)
  })
  const mean = z.reduce((a, b) => a + b) / panes
  return z.map((x) => x - mean)
}

describe('growth', () => {
  it('is the variance of a mean of an autoregression, times its length', () => {
    const direct = (rho: number, panes: number) => 1 + 2 * Array.from({ length: panes - 1 }, (_, i) => (1 - (i + 1) / panes) * rho ** (i + 1)).reduce((a, b) => a + b, 0)
    for (const [rho, panes] of [[0.8, 60], [0.5, 6], [0.95, 60], [0.9, 1]]) expect(growth(rho, panes)).toBeCloseTo(direct(rho, panes), 9)
  })

  it('is one without autocorrelation', () => {
    expect(growth(0, 60)).toBe(1)
  })
})

describe('what carries over from pane to pane', () => {
  it('is nothing where panes are independent, nearly always', () => {
    const random = seeded(1)
    let believed = 0
    for (let run = 0; run < 200; run++) believed += Number(serialOf(Array.from({ length: 10 }, () => seriesOf(random, 60, 0, 0)))[0].variance > 0)
    expect(believed / 200).toBeLessThan(0.06)
  })

  it.each([[4, 0.8], [4, 0.9], [1, 0.8], [3, 0.95]])('of variance %f and autocorrelation %f makes windows of sixty as much wider as it does in truth', (variance, rho) => {
    const random = seeded(2)
    const found = Array.from({ length: 60 }, () => serialOf(Array.from({ length: 20 }, () => seriesOf(random, 60, variance, rho)))[0])
    const effect = found.map((each) => 1 + each.variance * growth(each.rho, 60)).sort((a, b) => a - b)[30]
    const truth = 1 + variance * growth(rho, 60)
    expect(effect / truth).toBeGreaterThan(0.75)
    expect(effect / truth).toBeLessThan(1.4)
  })

  it('of one feature among calm ones is its own', () => {
    const random = seeded(3)
    const [calm, shaken] = [seriesOf(random, 60, 0, 0), seriesOf(random, 60, 9, 0.85)]
    const serials = serialOf([...Array.from({ length: 40 }, () => seriesOf(random, 60, 0, 0)), calm, shaken])
    expect(serials[41].variance).toBeGreaterThan(3)
    expect(serials[40].variance).toBeLessThan(1)
  })

  it('shows over many panes where it is too faint to show from one to the next', () => {
    const random = seeded(4)
    const runs = Array.from({ length: 41 }, () => Array.from({ length: 80 }, () => seriesOf(random, 60, 0.15, 0.95)))
    const effects = runs.map((series) => serialOf(series)[0]).map(({ rho, variance }) => 1 + variance * growth(rho, 60)).sort((a, b) => a - b)
    const truth = 1 + 0.15 * growth(0.95, 60)
    expect(effects[20] / truth).toBeGreaterThan(0.7)
    expect(effects[20] / truth).toBeLessThan(1.5)
  })

  it('of a series looked at alone is at least what others of the same panes showed', () => {
    const random = seeded(5)
    const known = commonSerial(serialOf(Array.from({ length: 20 }, () => seriesOf(random, 60, 3, 0.95))))!
    const flat = seriesOf(random, 60, 0, 0)
    expect(serialOf([flat])[0].variance).toBe(0)
    expect(serialOf([flat], known)[0]).toEqual(known)
  })

  it('in common is the least that any feature has, and unknown without features', () => {
    expect(commonSerial([{ rho: 0.9, variance: 4 }, { rho: 0.5, variance: 1 }])).toEqual({ rho: 0.5, variance: 1 })
    expect(commonSerial([])).toBeNull()
  })
})
