import { describe, expect, it } from 'vitest'
import { lInfinity, lInfinityFromCounts } from '../../../src/core/drift/l-infinity.ts'
import { uniform } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { golden } from '../golden.ts'
import { falseAlarmShare, namesOf, pairOf } from './pairs.ts'

interface Case { test: string; histogram: string; p_counts: number[]; q_counts: number[]; expected: { distance: number } }

const defaults = resolveParams(lInfinity)

describe('l-infinity', () => {
  for (const c of golden<{ cases: Case[] }>('two_sample_tests').cases.filter(({ test }) => test === 'l_infinity')) {
    it(`agrees with the definition on ${c.histogram}`, () => {
      expect(lInfinityFromCounts(Float64Array.from(c.p_counts), Float64Array.from(c.q_counts)).distance).toBeCloseTo(c.expected.distance, 12)
    })
  }

  it('says how the share moved that moved most', () => {
    const reading = lInfinity.compare(...pairOf(namesOf({ a: 500, b: 300, c: 200 }), namesOf({ a: 300, b: 350, c: 350 })), defaults)
    expect(reading).toMatchObject({ value: expect.closeTo(0.2, 12), verdict: 'alarm', detail: { share: 0.3, shareReference: 0.5, bins: 3 } })
  })

  it('does not add up small changes of many names, warns of a sure one, and abstains on a handful', () => {
    const [even, tilted] = [Array.from({ length: 20 }, () => 5_000), Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 4_000 : 6_000))]
    const names = (counts: number[]) => namesOf(Object.fromEntries(counts.map((count, i) => [`c${i}`, count])))
    expect(lInfinity.compare(...pairOf(names(even), names(tilted)), defaults)).toMatchObject({ value: expect.closeTo(0.01, 12), verdict: 'warning' })
    expect(lInfinity.compare(...pairOf(namesOf({ a: 500, b: 500 }), namesOf({ a: 60, b: 40 })), defaults).verdict).toBe('ok')
    expect(lInfinity.compare(...pairOf(namesOf({ a: 500, b: 500 }), namesOf({ a: 10 })), defaults).verdict).toBe('insufficient')
  })

  it('reads nothing into a constant, and everything into another one', () => {
    expect(lInfinity.compare(...pairOf([7, 7, 7, 7], [7, 7]), { ...defaults, minInstances: 2 })).toMatchObject({ value: 0, noiseFloor: 0, verdict: 'ok', detail: { share: null } })
    expect(lInfinity.compare(...pairOf(Array<number>(300).fill(7), Array<number>(300).fill(8)), defaults)).toMatchObject({ value: 1, verdict: 'alarm' })
  })

  it('passes its floor at most as often as the level says, and hardly less, with even and uneven names', () => {
    const even = falseAlarmShare(lInfinity, (random) => Math.floor(10 * uniform(random)) / 10)
    const uneven = falseAlarmShare(lInfinity, (random) => `c${Math.floor(Math.min(29, -6 * Math.log(1 - uniform(random))))}`)
    for (const share of [even, uneven]) {
      expect(share).toBeGreaterThan(0.015)
      expect(share).toBeLessThan(0.065)
    }
  })
})
