import { describe, expect, it } from 'vitest'
import { shareOf, yearMs } from '../../../src/core/calibration/budget.ts'
import type { FeatureDispersion } from '../../../src/core/calibration/dispersion.ts'
import { calibratedReading, type Calibration } from '../../../src/core/calibration/level.ts'
import type { DriftMeasure } from '../../../src/core/drift/measure.ts'
import { driftMeasures } from '../../../src/core/drift/table.ts'
import { seeded, normal } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { normals, namesOf, pairOf } from '../drift/pairs.ts'
import { policyOf } from '../decide/build.ts'

const table = driftMeasures as unknown as Readonly<Record<string, DriftMeasure>>
const time = policyOf().time
const calm: FeatureDispersion = {
  panes: 60, rows: 2_000, directions: Array<number>(9).fill(1), curve: 1, missing: 1, other: 1, serial: { rho: 0, variance: 0 }, degrees: 59,
}
const given = (over: Partial<Calibration> = {}): Calibration => ({ share: shareOf(time, 10 * yearMs, 100), dispersion: calm, gathered: 60, wanted: 60, windowPanes: 1, ...over })
const read = (unit: string, pair: ReturnType<typeof pairOf>, calibration: Calibration, params = {}) =>
  calibratedReading(table[unit], resolveParams(table[unit], params) as never, ...pair, calibration)

describe('the budget', () => {
  it('is dealt out evenly over panes and readings', () => {
    const { chance, ratePerYear } = shareOf(time, 10 * yearMs, 200)
    expect(chance).toBeCloseTo(time.paneMs / (10 * yearMs) / 200, 18)
    expect(ratePerYear * 200).toBeCloseTo(0.1, 12)
  })

  it('never allows more than one comparison in a thousand', () => {
    expect(shareOf(time, time.paneMs, 1).chance).toBe(1e-3)
  })
})

describe('a calibrated reading', () => {
  const numeric = pairOf(normals(20_000, 1), normals(2_000, 2))
  const named = pairOf(namesOf({ a: 5_000, b: 3_000, c: 2_000 }), namesOf({ a: 500, b: 300, c: 200 }))

  it('is at a higher level than one comparison, for every measure, and says what it rests on', () => {
    for (const measure of Object.values(table)) {
      const pair = measure.kinds.includes('numeric') ? numeric : named
      const alone = measure.compare(...pair, resolveParams(measure))
      const reading = read(measure.name, pair, given())
      expect(reading.value, measure.name).toBe(alone.value)
      expect(reading.noiseFloor!, measure.name).toBeGreaterThanOrEqual(alone.noiseFloor!)
      expect(reading.detail, measure.name).toMatchObject({ chance: given().share.chance, designEffect: 1, ratePerYear: expect.any(Number), extrapolates: expect.any(Number) })
      for (const x of Object.values(reading.detail!)) expect(typeof x !== 'number' || Number.isFinite(x), measure.name).toBe(true)
    }
  })

  it('says nothing while panes are gathered, but shows what was read', () => {
    expect(read('ks', numeric, given({ dispersion: null, gathered: 7 }))).toMatchObject({ value: expect.any(Number), verdict: 'insufficient', detail: { panesGathered: 7, panesWanted: 60 } })
  })

  it('sees a shift of half a sigma and stays calm without', () => {
    const moved = pairOf(normals(20_000, 3), normals(2_000, 4, 0.5))
    for (const unit of ['psi', 'ks', 'js', 'hellinger', 'wasserstein']) expect(read(unit, moved, given()).verdict, unit).toBe('alarm')
    for (const unit of ['psi', 'ks', 'js', 'hellinger', 'wasserstein']) expect(read(unit, numeric, given()).verdict, unit).toBe('ok')
  })

  it('needs ten times the rows where every row comes ten times', () => {
    const grouped: FeatureDispersion = { ...calm, directions: Array<number>(9).fill(10), curve: 10, missing: 10, other: 10 }
    const [alone, among] = [read('ks', numeric, given()), read('ks', numeric, given({ dispersion: grouped }))]
    expect(among.noiseFloor! / alone.noiseFloor!).toBeCloseTo(Math.sqrt(10), 9)
    expect(among.detail).toMatchObject({ designEffect: 10, effectiveN: 200, effectiveNReference: 2_000 })
    expect(read('psi', numeric, given({ dispersion: grouped })).noiseFloor! / read('psi', numeric, given()).noiseFloor!).toBeGreaterThan(9)
  })

  it('of a rare share is wider than √10 times where rows come in tens: groups come whole', () => {
    const grouped: FeatureDispersion = { ...calm, curve: 10, missing: 10, other: 10 }
    for (const unit of ['missing', 'non-finite', 'out-of-range']) {
      const wider = read(unit, numeric, given({ dispersion: grouped })).noiseFloor! / read(unit, numeric, given()).noiseFloor!
      expect(wider, unit).toBeGreaterThan(5)
      expect(wider, unit).toBeLessThan(11)
    }
    expect(read('missing', numeric, given({ dispersion: calm })).noiseFloor).toBeGreaterThan(driftMeasures.missing.compare(...numeric, resolveParams(driftMeasures.missing, { floorLevel: 1 - 1e-8 })).noiseFloor!)
  })

  it('is wider along one direction than along all by as much as its weighted law', () => {
    const directed: FeatureDispersion = { ...calm, directions: [9, ...Array<number>(8).fill(1)] }
    const even: FeatureDispersion = { ...calm, directions: Array<number>(9).fill(17 / 9) }
    expect(read('psi', numeric, given({ dispersion: directed })).noiseFloor!).toBeGreaterThan(2 * read('psi', numeric, given({ dispersion: even })).noiseFloor!)
  })

  it('is more careful after few panes', () => {
    const short: FeatureDispersion = { ...calm, panes: 15, degrees: 14 }
    expect(read('ks', numeric, given({ dispersion: short })).noiseFloor! / read('ks', numeric, given()).noiseFloor!).toBeGreaterThan(1.5)
    expect(read('ks', numeric, given({ dispersion: { ...calm, panes: 2, degrees: 1 } })).verdict).toBe('ok')
  })

  it('refuses a verdict where effective sizes are too small for the measure', () => {
    const grouped: FeatureDispersion = { ...calm, directions: Array<number>(9).fill(60), curve: 150 }
    expect(read('psi', numeric, given({ dispersion: grouped })).verdict).toBe('insufficient')
    expect(read('ks', numeric, given({ dispersion: grouped })).verdict).toBe('insufficient')
  })

  it('is the same whether a level was found before or not', () => {
    const random = seeded(9)
    const sample = (n: number) => Array.from({ length: n }, () => normal(random))
    const [reference, current] = pairOf(sample(3_000), sample(300))
    const first = read('psi', [reference, current], given())
    expect(read('psi', [reference, current], given())).toEqual(first)
    expect(read('psi', [structuredClone(reference), current], given())).toEqual(first)
  })
})
