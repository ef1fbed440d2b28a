import { describe, expect, it } from 'vitest'
import { js, jensenShannonFromCounts } from '../../../src/core/drift/js.ts'
import { uniform } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { golden } from '../golden.ts'
import { falseAlarmShare, namesOf, normals, pairOf } from './pairs.ts'

interface Case { test: string; histogram: string; params: { base: number | 'e' }; p_counts: number[]; q_counts: number[]; expected: { distance: number; divergence: number } }

const defaults = resolveParams(js)

describe('js', () => {
  for (const c of golden<{ cases: Case[] }>('two_sample_tests').cases.filter(({ test }) => test === 'jensenshannon_distance')) {
    it(`agrees with scipy on ${c.histogram} to base ${c.params.base}`, () => {
      const distance = jensenShannonFromCounts(Float64Array.from(c.p_counts), Float64Array.from(c.q_counts))
      const base = c.params.base === 'e' ? Math.E : c.params.base
      expect(distance * Math.sqrt(Math.LN2 / Math.log(base))).toBeCloseTo(c.expected.distance, 9)
    })
  }

  it('is 0 for the same shares and 1 where nothing is in common, whatever the sizes', () => {
    expect(js.compare(...pairOf(namesOf({ a: 300, b: 600 }), namesOf({ a: 100, b: 200 })), defaults)).toMatchObject({ value: 0, verdict: 'ok', detail: { pValue: 1, bins: 2 } })
    expect(js.compare(...pairOf(Array<number>(300).fill(7), Array<number>(90).fill(8)), defaults)).toMatchObject({ value: 1, verdict: 'alarm' })
  })

  it('costs an emptied bin what it held, with no smoothing to choose', () => {
    const reading = js.compare(...pairOf(namesOf({ a: 900, b: 100 }), namesOf({ a: 1_000 })), defaults)
    const [p, mean] = [0.9, 0.95]
    expect(reading.value).toBeCloseTo(Math.sqrt((p * Math.log2(p / mean) + 0.1 * Math.log2(2) + Math.log2(1 / mean)) / 2), 12)
  })

  it('alarms at half a sigma, warns of a tenth that is sure, and is silent about noise and tiny panes', () => {
    const reference = normals(20_000, 1)
    expect(js.compare(...pairOf(reference, normals(5_000, 2, 0.5)), defaults).verdict).toBe('alarm')
    expect(js.compare(...pairOf(reference, normals(20_000, 3, 0.1)), defaults).verdict).toBe('warning')
    expect(js.compare(...pairOf(reference, normals(5_000, 4)), defaults).verdict).toBe('ok')
    expect(js.compare(...pairOf(reference, normals(60, 5, 3)), defaults)).toMatchObject({ verdict: 'insufficient', n: 60, value: expect.any(Number) })
    expect(js.compare(...pairOf(reference, [null]), defaults)).toEqual({ value: null, n: 0, nReference: 20_000, verdict: 'insufficient' })
  })

  it('passes its floor as often as the level says, in even bins and among many rare names', () => {
    const even = falseAlarmShare(js, uniform)
    const rare = falseAlarmShare(js, (random) => `c${Math.floor(Math.min(29, -6 * Math.log(1 - uniform(random))))}`)
    for (const share of [even, rare]) {
      expect(share).toBeGreaterThan(0.025)
      expect(share).toBeLessThan(0.08)
    }
  })
})
