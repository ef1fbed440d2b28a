import { describe, expect, it } from 'vitest'
import { stepd } from '../../../src/core/detectors/stepd.ts'
import { normalTail } from '../../../src/core/math/normal.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { alarmsOf, errorsAt, warningOnsetsOf } from './streams.ts'

const defaults = resolveParams(stepd)

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

/** The test as it is defined, on the two windows as lists. */
function pValue(values: readonly number[], windowSize: number): number {
  const [older, recent] = [values.slice(0, -windowSize), values.slice(-windowSize)]
  const rate = sum(values) / values.length
  const inverse = 1 / older.length + 1 / recent.length
  const difference = Math.abs(sum(older) / older.length - sum(recent) / recent.length)
  return 2 * normalTail(Math.max(0, difference - inverse / 2) / Math.sqrt(rate * (1 - rate) * inverse))
}

describe('stepd', () => {
  for (const [seed, windowSize] of [[1, 30], [2, 30], [3, 12]] as const) {
    it(`warns and alarms as the test of equal proportions says, value for value, ${windowSize} newest, seed ${seed}`, () => {
      const params = resolveParams(stepd, { windowSize })
      const state = stepd.init(params)
      const seen = { ok: 0, warning: 0, alarm: 0, insufficient: 0 }
      let since: number[] = []
      for (const value of errorsAt(seed, [0.15, 600], [0.5, 300], [0.2, 600])) {
        since.push(value)
        stepd.update(state, value, params)
        const { verdict } = stepd.read(state, params)
        seen[verdict] += 1
        if (since.length < 2 * windowSize) expect(verdict).toBe('insufficient')
        else {
          const p = pValue(since, windowSize)
          expect(verdict).toBe(p < 0.003 ? 'alarm' : p < 0.05 ? 'warning' : 'ok')
        }
        if (verdict === 'alarm') since = []
      }
      expect(Math.min(...Object.values(seen))).toBeGreaterThan(0)
    })
  }

  it('looks only in the direction asked for', () => {
    const falling = errorsAt(7, [0.6, 500], [0.1, 200])
    expect(alarmsOf(stepd, resolveParams(stepd, { mode: 'up' }), falling).indices.filter((index) => index >= 500)).toEqual([])
    expect(alarmsOf(stepd, resolveParams(stepd, { mode: 'down' }), falling).indices.filter((index) => index >= 500)).toHaveLength(1)
  })

  it('stays silent in a long flawless stretch that follows an error', () => {
    const values = new Array<number>(20_000).fill(0)
    values[5] = 1
    expect(alarmsOf(stepd, defaults, values).indices).toEqual([])
    expect(warningOnsetsOf(stepd, defaults, values)).toEqual([])
  })

  it('says both rates and the statistic, and starts afresh after an alarm', () => {
    const values = errorsAt(4, [0.1, 300], [0.7, 100])
    const [at] = alarmsOf(stepd, defaults, values).indices
    const { state } = alarmsOf(stepd, defaults, values.slice(0, at + 1))
    const reading = stepd.read(state, defaults)
    expect(reading).toMatchObject({ verdict: 'alarm', width: at + 1, recentRate: sum(values.slice(at - 29, at + 1)) / 30 })
    expect(reading.olderRate).toBeCloseTo(sum(values.slice(0, at - 29)) / (at - 29), 12)
    expect(2 * normalTail(reading.z!)).toBeCloseTo(pValue(values.slice(0, at + 1), 30), 12)
    stepd.update(state, 1, defaults)
    expect(stepd.read(state, defaults)).toEqual({ verdict: 'insufficient', n: at + 2, alarms: 1, width: 1, mean: 1, recentRate: 1, olderRate: null, z: null })
  })

  it('refuses a number that is none', () => {
    expect(() => stepd.update(stepd.init(defaults), NaN, defaults)).toThrow('finite')
  })
})
