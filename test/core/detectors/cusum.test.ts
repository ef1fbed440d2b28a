import { describe, expect, it } from 'vitest'
import { cusum } from '../../../src/core/detectors/cusum.ts'
import { pageHinkley } from '../../../src/core/detectors/page-hinkley.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { alarmsOf, casesOf, errorsAt } from './streams.ts'

const step = (from: number, to: number) => Array.from({ length: 2000 }, (_, i) => (i < 1000 ? from : to))
const streams = casesOf('drift_detectors_more', 'PageHinkley').slice(0, 3)

describe('cusum', () => {
  for (const { stream, values } of streams) {
    for (const mode of ['both', 'up', 'down']) {
      it(`is Page–Hinkley in its min/max form without forgetting, ${mode}, on ${stream}`, () => {
        const common = { mode, threshold: 20 }
        const ours = alarmsOf(cusum, resolveParams(cusum, common), values)
        const theirs = alarmsOf(pageHinkley, resolveParams(pageHinkley, { ...common, alpha: 1 }), values)
        expect(ours.indices).toEqual(theirs.indices)
        const [mine, other] = [cusum.read(ours.state, resolveParams(cusum)), pageHinkley.read(theirs.state, resolveParams(pageHinkley))]
        expect([mine.rise, mine.fall, mine.mean]).toEqual([other.rise, other.fall, other.mean].map((value) => expect.closeTo(value!, 9)))
      })
    }
  }

  it('alarms somewhere on those streams', () => {
    const alarms = streams.map(({ values }) => alarmsOf(cusum, resolveParams(cusum, { threshold: 20 }), values).indices.length)
    expect(alarms.filter((count) => count > 0).length).toBeGreaterThanOrEqual(2)
  })

  for (const target of ['running', 'burn-in']) {
    it(`looks only in the direction asked for, ${target}`, () => {
      const alarms = (mode: string, values: number[]) => alarmsOf(cusum, resolveParams(cusum, { mode, target }), values).indices.length
      expect(alarms('up', step(0, 1))).toBeGreaterThan(0)
      expect(alarms('down', step(0, 1))).toBe(0)
      expect(alarms('up', step(1, 0))).toBe(0)
      expect(alarms('down', step(1, 0))).toBeGreaterThan(0)
      expect(alarms('both', step(1, 0))).toBeGreaterThan(0)
    })
  }

  it('freezes mean and deviation of its burn-in and cumulates in units of that deviation', () => {
    const params = resolveParams(cusum, { target: 'burn-in', minInstances: 40, threshold: 5, delta: 0.5 })
    const values = [...errorsAt(3, [0.5, 40]).map((value) => 10 + 4 * value), ...new Array<number>(30).fill(16)]
    const burnIn = values.slice(0, 40)
    const mean = burnIn.reduce((sum, value) => sum + value, 0) / 40
    const deviation = Math.sqrt(burnIn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 40)
    const perValue = (16 - mean) / deviation - 0.5
    const count = Math.floor(5 / perValue) + 1
    const { indices: [first] } = alarmsOf(cusum, params, values)
    expect(first).toBe(39 + count)
    const { state } = alarmsOf(cusum, params, values.slice(0, first + 1))
    expect(cusum.read(state, params)).toMatchObject({
      verdict: 'alarm', width: 40 + count, mean: expect.closeTo(mean, 10), rise: expect.closeTo(count * perValue, 9), fall: 0,
    })
  })

  it('measures from a burn-in without spread in units of the input', () => {
    const params = resolveParams(cusum, { target: 'burn-in', threshold: 5, delta: 0 })
    expect(alarmsOf(cusum, params, [...new Array<number>(30).fill(2), ...new Array<number>(20).fill(3)]).indices).toEqual([35])
  })

  it('starts afresh after an alarm, target included', () => {
    const params = resolveParams(cusum, { threshold: 5, target: 'burn-in' })
    const { indices, state } = alarmsOf(cusum, params, step(0, 1).slice(0, 1010))
    expect(indices).toEqual([1005])
    expect(cusum.read(state, params)).toEqual({ verdict: 'insufficient', n: 1010, alarms: 1, width: 4, mean: 1, rise: 0, fall: 0 })
  })

  it('refuses a number that is none', () => {
    const params = resolveParams(cusum)
    expect(() => cusum.update(cusum.init(params), NaN, params)).toThrow('finite')
  })
})
