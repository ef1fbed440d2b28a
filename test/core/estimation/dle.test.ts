import { describe, expect, it } from 'vitest'
import { InvariantError } from '../../../src/core/assert.ts'
import { dle, type LabelledFeatureRow } from '../../../src/core/estimation/dle.ts'
import type { Estimates } from '../../../src/core/estimation/estimator.ts'
import { normal, seeded, type Random } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { throughBytes } from '../plain-data.ts'
import { holds, share } from './worlds.ts'

interface World {
  /** standard deviation of the error */
  noise: (a: number, b: number) => number
  mean?: number
  spread?: number
  /** error that the model makes besides */
  bias?: number
}

const growing = (a: number) => 0.3 + Math.abs(a)
const corner = (a: number, b: number) => (a > 0.3 && b > 0.3 ? 3 : 0.7)

/** The model is right about the mean; how far truth scatters about it depends on the features. */
function rows(random: Random, n: number, { noise, mean = 0, spread = 1, bias = 0 }: World): LabelledFeatureRow[] {
  return Array.from({ length: n }, () => {
    const [a, b, c] = [mean + spread * normal(random), mean + spread * normal(random), normal(random)]
    const prediction = 2 * a - b
    return { x: { a, b, c }, prediction, y: prediction + bias + noise(a, b) * normal(random) }
  })
}

function estimated(reference: readonly LabelledFeatureRow[], current: readonly LabelledFeatureRow[], given: Record<string, unknown> = {}): Estimates {
  const params = resolveParams(dle, given)
  const fit = dle.fit(reference, params)
  const state = dle.init(fit)
  for (const row of current) dle.update(state, row, fit)
  return dle.read(state, fit, params)
}

function realised(list: readonly LabelledFeatureRow[]): { mae: number; rmse: number } {
  const errors = list.map(({ prediction, y }) => Math.abs(prediction - y))
  return { mae: errors.reduce((sum, x) => sum + x, 0) / list.length, rmse: Math.sqrt(errors.reduce((sum, x) => sum + x * x, 0) / list.length) }
}

describe('dle', () => {
  it.each([['grows with a feature', growing], ['fills a corner of two features', corner]])('holds what the labels say where noise %s, rows having moved', (_, noise) => {
    const held = share(12, (random) => {
      const current = rows(random, 800, { noise, mean: 0.5, spread: 0.7 })
      const { readings } = estimated(rows(random, 2_000, { noise }), current, { trees: 40 })
      return holds(readings.mae, realised(current).mae)
    })
    expect(held).toBeGreaterThanOrEqual(10 / 12)
  })

  it('follows a shift to rows that are harder, which the reference alone does not tell', () => {
    const reference = rows(seeded(1), 4_000, { noise: corner })
    const current = rows(seeded(2), 3_000, { noise: corner, mean: 0.6, spread: 0.6 })
    const [before, truth, { readings, refusals }] = [realised(reference), realised(current), estimated(reference, current)]
    expect(refusals).toEqual([])
    expect(truth.mae - before.mae).toBeGreaterThan(0.5)
    expect(Math.abs(readings.mae.value! - truth.mae)).toBeLessThan(0.1)
    expect(Math.abs(readings.rmse.value! - truth.rmse)).toBeLessThan(0.2)
    expect(holds(readings.mae, before.mae) || holds(readings.rmse, before.rmse)).toBe(false)
    expect(readings.mae).toMatchObject({ n: 3_000, nReference: 4_000, verdict: 'ok' })
  })

  it('is as sure as the labels of these rows allow, and no surer than the reference', () => {
    const params = resolveParams(dle, { trees: 20 })
    const fit = dle.fit(rows(seeded(8), 3_000, { noise: growing }), params)
    const width = (n: number) => {
      const state = dle.init(fit)
      for (const row of rows(seeded(9), n, { noise: growing })) dle.update(state, row, fit)
      const [low, high] = dle.read(state, fit, { ...params, outsideShareMax: 1 }).readings.mae.interval!
      return high - low
    }
    expect(width(50) / width(800)).toBeGreaterThan(3)
    expect(width(800) / width(50_000)).toBeLessThan(3)
    expect(width(50_000)).toBeGreaterThan(0.04)
  })

  it('publishes what it explains of rows that it did not learn from', () => {
    const { quality } = estimated(rows(seeded(3), 3_000, { noise: corner }), rows(seeded(4), 100, { noise: corner }))
    for (const name of ['mae', 'rmse']) {
      const { r2, gap } = quality[name] as Record<string, { value: number; n: number; interval?: [number, number]; noiseFloor?: number }>
      expect(r2.n).toBe(3_000)
      expect(r2.interval![0]).toBeGreaterThan(0.1)
      expect(r2.value).toBeLessThan(0.6)
      expect(gap.value).toBeGreaterThan(0)
      expect(gap.noiseFloor).toBeGreaterThan(0)
    }
  })

  it('is blind to concept drift', () => {
    const current = rows(seeded(6), 1_000, { noise: growing, bias: 3 })
    const { readings, refusals } = estimated(rows(seeded(5), 3_000, { noise: growing }), current)
    expect(refusals).toEqual([])
    expect(realised(current).mae - readings.mae.value!).toBeGreaterThan(1)
    expect(holds(readings.mae, realised(current).mae) || holds(readings.rmse, realised(current).rmse)).toBe(false)
  })

  it('gives the same fit for the same rows, in plain data', () => {
    const reference = rows(seeded(7), 500, { noise: corner })
    const fit = () => dle.fit(reference, resolveParams(dle, { trees: 10 }))
    expect(fit()).toStrictEqual(fit())
    expect(throughBytes(fit())).toStrictEqual(fit())
  })
})

describe('dle where its assumptions fail', () => {
  const reference = rows(seeded(11), 2_000, { noise: corner })
  const current = rows(seeded(12), 300, { noise: corner })
  const refused = ({ readings, refusals }: Estimates, why: RegExp) => {
    expect(refusals.join()).toMatch(why)
    for (const name of ['mae', 'rmse']) expect(readings[name]).toMatchObject({ value: null, verdict: 'insufficient' })
  }

  it('says that features explain nothing of the loss', () => {
    const even = { noise: () => 1 }
    refused(estimated(rows(seeded(13), 2_000, even), rows(seeded(14), 300, even)), /^MAE: features and prediction explain nothing .*,RMSE: features/)
  })

  it('says that there is no error, no reference, or nothing to estimate', () => {
    refused(estimated(reference.map((row) => ({ ...row, y: row.prediction })), current), /explain nothing/)
    refused(estimated([], current), /holds 0 usable rows, and 200 are needed/)
    refused(estimated(reference, []), /no prediction that is a finite number/)
    refused(estimated(reference, current.slice(0, 9), { gapMax: 1 }), /^$/)
  })

  it('says that rows lie outside of the reference', () => {
    refused(estimated(reference, rows(seeded(15), 300, { noise: corner, mean: 3 })), /% of the rows have a value outside of the range of the reference/)
    refused(estimated(reference, current.map(({ x: { a, c }, ...row }) => ({ ...row, x: { a, c } }))), /100 % of the rows/)
    refused(estimated(reference, current.map((row) => ({ ...row, prediction: NaN }))), /no prediction that is a finite number/)
  })

  it('leaves reference rows out that cannot be used', () => {
    const spoilt = [...reference, { x: { a: 1, b: 1, c: 1 }, prediction: NaN, y: 1 }, { x: { a: 1, b: 1, c: 1 }, prediction: 1, y: Infinity }, { x: {}, prediction: 1e300, y: 0 }]
    expect(estimated(spoilt, current)).toStrictEqual(estimated(reference, current))
  })

  it('asserts that merged states come from one fit', () => {
    const fits = [10, 3].map((groups) => dle.fit(reference, resolveParams(dle, { groups, trees: 5 })))
    expect(() => dle.merge(dle.init(fits[0]), dle.init(fits[1]))).toThrow(InvariantError)
  })
})
