import { describe, expect, it } from 'vitest'
import { pageHinkley } from '../../../src/core/detectors/page-hinkley.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { alarmsOf, camelCase, casesOf } from './streams.ts'

const step = (from: number, to: number) => Array.from({ length: 2000 }, (_, i) => (i < 1000 ? from : to))

describe('page-hinkley', () => {
  for (const one of casesOf('drift_detectors_more', 'PageHinkley')) {
    it(`alarms where River 0.26.1 does on ${one.stream} with ${JSON.stringify(one.params)}`, () => {
      const { indices, state } = alarmsOf(pageHinkley, resolveParams(pageHinkley, camelCase(one.params)), one.values)
      expect(indices).toEqual(one.expected)
      expect(state.mean).toBeCloseTo(one.final!.x_mean, 10)
      expect(state.up).toBeCloseTo(one.final!.sum_increase, 8)
      expect(state.down).toBeCloseTo(one.final!.sum_decrease, 8)
    })
  }

  for (const one of casesOf('drift_detectors', 'PageHinkley')) {
    it(`alarms at the published index of the clamped form on ${one.stream}`, () => {
      const params = resolveParams(pageHinkley, { ...camelCase(one.params), form: 'clamped', mode: 'up' })
      expect(alarmsOf(pageHinkley, params, one.values).indices).toEqual(one.expected)
    })
  }

  for (const form of ['min-max', 'clamped']) {
    it(`looks only in the direction asked for, ${form}`, () => {
      const alarms = (mode: string, values: number[]) => alarmsOf(pageHinkley, resolveParams(pageHinkley, { mode, form }), values).indices.length
      expect(alarms('up', step(0, 1))).toBeGreaterThan(0)
      expect(alarms('down', step(0, 1))).toBe(0)
      expect(alarms('up', step(1, 0))).toBe(0)
      expect(alarms('down', step(1, 0))).toBeGreaterThan(0)
      expect(alarms('both', step(1, 0))).toBeGreaterThan(0)
    })
  }

  it('starts afresh after an alarm and says what it cumulated', () => {
    const params = resolveParams(pageHinkley, { threshold: 5 })
    const { indices, state } = alarmsOf(pageHinkley, params, step(0, 1).slice(0, 1010))
    expect(indices).toEqual([1005])
    expect(pageHinkley.read(state, params)).toMatchObject({ verdict: 'insufficient', n: 1010, width: 4, alarms: 1, mean: 1 })
  })

  it('has nothing to say before the first value', () => {
    const params = resolveParams(pageHinkley)
    expect(pageHinkley.read(pageHinkley.init(params), params)).toEqual({ verdict: 'insufficient', n: 0, alarms: 0, width: 0, mean: null, rise: 0, fall: 0 })
  })
})
