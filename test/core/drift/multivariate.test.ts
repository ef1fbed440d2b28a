import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvariantError } from '../../../src/core/assert.ts'
import type { DriftMeasure } from '../../../src/core/drift/measure.ts'
import type { RowMeasure, Rows } from '../../../src/core/drift/sample-measure.ts'
import { driftMeasures, sampleMeasures } from '../../../src/core/drift/table.ts'
import { normal, seeded, type Random } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import * as conformance from '../conformance.ts'
import { faultsOf } from '../plain-data.ts'
import { pairOf } from './pairs.ts'

const { reconstruction, 'domain-classifier': classifier } = sampleMeasures
const rowMeasures: readonly RowMeasure[] = [reconstruction, classifier]

const rowsOf = (rows: readonly (readonly number[])[], widthOfNone = 2): Rows =>
  ({ features: Array.from({ length: rows[0]?.length ?? widthOfNone }, (_, i) => `f${i}`), n: rows.length, values: Float64Array.from(rows.flat()) })

/** Standard normal features of which the first two are correlated. */
function gaussian(random: Random, n: number, width: number, correlation: number): number[][] {
  return Array.from({ length: n }, () => {
    const row = Array.from({ length: width }, () => normal(random))
    row[1] = correlation * row[0] + Math.sqrt(1 - correlation ** 2) * row[1]
    return row
  })
}

const read = (measure: RowMeasure, reference: readonly (readonly number[])[], current: readonly (readonly number[])[], params: object = {}) =>
  measure.compare(rowsOf(reference, current[0]?.length), rowsOf(current, reference[0]?.length), resolveParams(measure, params as Record<string, unknown>))

conformance.specs('drift of samples', sampleMeasures)

describe('a correlation that turns its sign while every feature stays as it was', () => {
  const random = seeded(1)
  const [reference, current] = [gaussian(random, 2_000, 4, 0.8), gaussian(random, 1_000, 4, -0.8)]

  it('is seen by no measure of one feature', () => {
    for (const measure of Object.values<DriftMeasure>(driftMeasures).filter(({ kinds }) => kinds.includes('numeric'))) {
      for (const feature of [0, 1, 2, 3]) {
        const { verdict } = measure.compare(...pairOf(reference.map((row) => row[feature]), current.map((row) => row[feature])), resolveParams(measure))
        expect(verdict, `${measure.name} of f${feature}`).toBe('ok')
      }
    }
  })

  it('is seen by reconstruction: the error in the plane of the two grows to about that of the whole', () => {
    const reading = read(reconstruction, reference, current)
    expect(reading).toMatchObject({ verdict: 'alarm', n: 1_000, nReference: 2_000, detail: { features: 4 } })
    expect(reading.value).toBeGreaterThan(0.2)
    expect(read(reconstruction, reference.map((row) => row.slice(0, 2)), current.map((row) => row.slice(0, 2))).detail!.ratio).toBeCloseTo(3, 0)
  })

  it('is seen by the domain classifier, which names the product', () => {
    const reading = read(classifier, reference, current)
    expect(reading).toMatchObject({ verdict: 'alarm', n: 1_000, nReference: 2_000 })
    expect(reading.value).toBeGreaterThan(0.85)
    expect(reading.interval![0]).toBeGreaterThan(0.8)
    expect(reading.detail!.strongest).toMatch(/^−f0·f1/)
  })

  it('is not seen by a classifier without products', () => expect(read(classifier, reference, current, { interactionsMax: 0 }).verdict).toBe('ok'))
})

describe('a shift of one feature of six', () => {
  it('is seen by the domain classifier, near the best that can be: Φ(½/√2) = .638 for half a deviation', () => {
    const random = seeded(2)
    const [reference, current] = [gaussian(random, 4_000, 6, 0.5), gaussian(random, 4_000, 6, 0.5).map((row) => Object.assign([...row], { 3: row[3] + 0.5 }))]
    const { value, verdict, detail } = read(classifier, reference, current)
    expect(verdict).toBe('alarm')
    expect(value).toBeGreaterThan(0.6)
    expect(value).toBeLessThan(0.67)
    expect(detail!.strongest).toMatch(/^\+f3/)
  })
})

describe('without drift', () => {
  it.each([
    ['reconstruction', 400, 200, 3, 300], ['reconstruction', 300, 300, 8, 300], ['reconstruction', 100, 60, 6, 300],
    ['domain-classifier', 400, 200, 3, 500], ['domain-classifier', 150, 300, 6, 500],
  ] as const)('%s of %i against %i rows of %i features passes its floor about as often as the level says', (name, m, n, width, runs) => {
    const measure: RowMeasure = sampleMeasures[name]
    const random = seeded(3)
    let beyond = 0
    for (let run = 0; run < runs; run++) {
      const { value, noiseFloor } = read(measure, gaussian(random, m, width, 0.6), gaussian(random, n, width, 0.6), { floorLevel: 0.9 })
      beyond += Number(value! > noiseFloor!)
    }
    expect(beyond / runs).toBeGreaterThan(0.04)
    expect(beyond / runs).toBeLessThan(0.15)
  })

  it.each(rowMeasures)('$name is ok at its defaults, in every one of 60 runs', (measure) => {
    const random = seeded(4)
    const verdicts = Array.from({ length: 60 }, () => read(measure, gaussian(random, 500, 5, 0.4), gaussian(random, 250, 5, 0.4)).verdict)
    expect(verdicts.filter((verdict) => verdict !== 'ok')).toEqual([])
  })

  it.each(rowMeasures)('$name of a sample and itself is ok', (measure) => {
    const rows = gaussian(seeded(5), 300, 4, 0.5)
    expect(read(measure, rows, rows).verdict).toBe('ok')
  })
})

describe.each(rowMeasures)('$name', (measure) => {
  const random = seeded(6)
  const [reference, current] = [gaussian(random, 600, 3, 0.7), gaussian(random, 300, 3, 0.7)]

  it('says the same of the same rows, and leaves them alone', () => {
    const [p, q] = [rowsOf(reference), rowsOf(current)]
    const before = structuredClone([p, q])
    const params = resolveParams(measure)
    expect(measure.compare(p, q, params)).toEqual(measure.compare(p, q, params))
    expect([p, q]).toEqual(before)
  })

  it('leaves constant features out', () => {
    const constant = (rows: number[][]) => rows.map((row) => [...row, 7])
    expect(read(measure, constant(reference), constant(current))).toMatchObject({ verdict: 'ok', detail: { features: 3 } })
    expect(read(measure, reference.map(() => [1, 2]), current.map(() => [1, 2]))).toMatchObject({ value: null, verdict: 'insufficient' })
  })

  it('leaves a feature out that is missing throughout', () => {
    const missing = (rows: number[][]) => rows.map((row) => [...row, NaN])
    expect(read(measure, missing(reference), missing(current))).toMatchObject({ verdict: 'ok', detail: { features: 3 } })
    expect(read(measure, reference.map(() => [NaN, NaN]), current.map(() => [NaN, NaN]))).toMatchObject({ value: null, verdict: 'insufficient' })
  })

  it('takes values that are not finite for missing', () => {
    const with_ = (odd: number) => read(measure, reference.map((row, i) => (i % 9 === 0 ? [odd, row[1], row[2]] : row)), current)
    expect(with_(Infinity)).toEqual(with_(NaN))
  })

  it('is not carried away by one huge value on either side', () => {
    const spoilt = (rows: number[][]) => rows.map((row, i) => (i === 4 ? [1e300, row[1], row[2]] : row))
    expect(read(measure, reference, spoilt(current)).verdict).toBe('ok')
    expect(read(measure, spoilt(reference), current).verdict).toBe('ok')
  })

  it('says nothing of one row, of none, or of few', () => {
    expect(read(measure, reference, [])).toEqual({ value: null, n: 0, nReference: 600, verdict: 'insufficient' })
    expect(read(measure, [], current)).toMatchObject({ value: null, verdict: 'insufficient' })
    expect(read(measure, reference, current.slice(0, 1)).verdict).toBe('insufficient')
    expect(read(measure, reference.slice(0, 1), current).verdict).toBe('insufficient')
    expect(read(measure, reference, current.slice(0, 15)).verdict).toBe('insufficient')
  })

  it('refuses rows of other features', () => {
    expect(() => measure.compare(rowsOf(reference), rowsOf(current.map((row) => row.slice(1))), resolveParams(measure))).toThrow(InvariantError)
  })

  it('reads finite numbers of any rows', () => {
    const rows = fc.array(fc.array(fc.oneof(fc.double(), fc.integer({ min: 0, max: 2 })), { minLength: 3, maxLength: 3 }), { maxLength: 40, size: 'max' })
    fc.assert(fc.property(rows, rows, (p, q) => {
      const reading = measure.compare(rowsOf(p, 3), rowsOf(q, 3), resolveParams(measure, { trim: 0 }))
      expect(faultsOf(reading)).toEqual([])
      if (reading.value === null) expect(reading.verdict).toBe('insufficient')
    }), { seed: 7, numRuns: 60 })
  })
})

describe('a feature that begins to be missing', () => {
  it('is seen by the domain classifier, and named', () => {
    const random = seeded(8)
    const [reference, current] = [gaussian(random, 800, 3, 0.5), gaussian(random, 800, 3, 0.5).map((row, i) => (i % 2 === 0 ? Object.assign([...row], { 2: NaN }) : row))]
    expect(read(classifier, reference, current)).toMatchObject({ verdict: 'alarm', detail: { strongest: expect.stringMatching(/^\+f2 missing/) as unknown } })
  })
})

describe('reconstruction', () => {
  it('says nothing where the reference has no error to compare with', () => {
    const onALine = gaussian(seeded(9), 200, 2, 0).map(([x]) => [x, 2 * x])
    expect(read(reconstruction, onALine, gaussian(seeded(10), 200, 2, 0))).toEqual({ value: null, n: 200, nReference: 200, verdict: 'insufficient' })
  })
})
