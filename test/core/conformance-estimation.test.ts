import fc from 'fast-check'
import { normal, seeded, uniform } from '../../src/core/random.ts'
import { cbpe, type BinaryRow } from '../../src/core/estimation/cbpe.ts'
import { cbpeMulticlass, type ClassRow } from '../../src/core/estimation/cbpe-multiclass.ts'
import { dle } from '../../src/core/estimation/dle.ts'
import type { Estimates, Estimator } from '../../src/core/estimation/estimator.ts'
import type { FeatureRow } from '../../src/core/estimation/feature-codes.ts'
import { estimators } from '../../src/core/estimation/table.ts'
import { resolveParams, type ParamSpecs, type ParamsOf, type Unit } from '../../src/core/unit.ts'
import * as conformance from './conformance.ts'
import { throughBytes } from './plain-data.ts'
import { describe, expect, it } from 'vitest'
import { binaryRows, logistic } from './estimation/worlds.ts'

interface Bound<Fit, State> {
  fit: Fit
  sums: State
}

/** An estimator on one reference, as a streaming unit whose state holds the fit too: both must be plain data. */
function bound<Specs extends ParamSpecs, Row, Labelled, Fit, State>(
  estimator: Estimator<Specs, Row, Labelled, Fit, State>, reference: readonly Labelled[],
): Unit<Specs, Bound<Fit, State>, Row, Estimates> {
  const fits = new Map<string, Fit>()
  const fitted = (params: ParamsOf<Specs>): Fit => {
    const key = JSON.stringify(params)
    if (!fits.has(key)) fits.set(key, estimator.fit(reference, params))
    return throughBytes(fits.get(key)!)
  }
  return {
    name: estimator.name, summary: estimator.summary, source: estimator.source, params: estimator.params,
    init(params) {
      const fit = fitted(params)
      return { fit, sums: estimator.init(fit) }
    },
    update: ({ fit, sums }, row) => estimator.update(sums, row, fit),
    merge: (into, from) => estimator.merge(into.sums, from.sums),
    read: ({ fit, sums }, params) => estimator.read(sums, fit, params),
  }
}

const random = seeded(9)
const anyNumber = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -1, 0, 1, 1e300))
const classReference = Array.from({ length: 300 }, () => {
  const p = uniform(random)
  return { scores: { a: p, b: 1 - p }, y: uniform(random) < p ? 'a' : 'b' }
})
const lossReference = Array.from({ length: 250 }, () => {
  const a = normal(random)
  return { x: { a, b: uniform(random) < 0.1 ? null : a > 0 }, prediction: a, y: a + normal(random) * Math.abs(a) }
})
const classRow: fc.Arbitrary<ClassRow> = fc.record(
  { scores: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'constructor'), anyNumber), decision: fc.constantFrom('a', 'b', 'd') }, { requiredKeys: ['scores'] },
)
const lossRow: fc.Arbitrary<FeatureRow> = fc.record({ x: fc.dictionary(fc.constantFrom('a', 'b', 'z'), fc.oneof(anyNumber, fc.boolean(), fc.constant(null))), prediction: anyNumber })
const binaryRow: fc.Arbitrary<BinaryRow> = fc.record({ score: anyNumber, decision: fc.constantFrom(0, 1) })

it('knows every estimator there is', () => expect(Object.keys(estimators)).toEqual(['cbpe', 'cbpe-multiclass', 'dle']))

describe('parts of a stream of predictions', () => {
  function sumToTheWhole<Specs extends ParamSpecs, Row, Labelled, Fit, State>(
    estimator: Estimator<Specs, Row, Labelled, Fit, State>, reference: readonly Labelled[], rows: fc.Arbitrary<Row>, given: Record<string, unknown>,
  ): void {
    const params = resolveParams(estimator, given)
    const fit = estimator.fit(reference, params)
    const run = (stream: readonly Row[], state = estimator.init(fit)) => {
      for (const row of stream) estimator.update(state, row, fit)
      return state
    }
    fc.assert(fc.property(fc.array(rows, { maxLength: 200 }), fc.array(rows, { maxLength: 200 }), (a, b) => {
      const parts = run(a)
      estimator.merge(parts, run(b))
      expect(conformance.nearlyEqual(parts, run(b, run(a)))).toBe(true)
      expect(conformance.nearlyEqual(estimator.read(parts, fit, params), estimator.read(run([...a, ...b]), fit, params))).toBe(true)
    }), { seed: 12, numRuns: 40 })
  }

  it('of cbpe sum to the whole', () => sumToTheWhole(cbpe, binaryRows(seeded(1), 300), binaryRow, { outsideShareMax: 1 }))
  it('of cbpe-multiclass sum to the whole', () => sumToTheWhole(cbpeMulticlass, classReference, classRow, { outsideShareMax: 1, nMinReference: 20 }))
  it('of dle sum to the whole', () => sumToTheWhole(dle, lossReference, lossRow, { outsideShareMax: 1, trees: 10 }))
})

conformance.streaming('estimation', { cbpe: bound(cbpe, binaryRows(random, 300, { warp: logistic })) }, { inputs: binaryRow, params: { outsideShareMax: 1, bins: 40 }, soakCount: 20_000, runs: 20 })
conformance.streaming('estimation', { 'cbpe-multiclass': bound(cbpeMulticlass, classReference) }, { inputs: classRow, params: { nMinReference: 20, outsideShareMax: 1, bins: 20 }, soakCount: 20_000, runs: 15 })
conformance.streaming('estimation', { dle: bound(dle, lossReference) }, { inputs: lossRow, params: { trees: 10, outsideShareMax: 1 }, soakCount: 20_000, runs: 30 })
