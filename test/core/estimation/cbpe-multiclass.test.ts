import { describe, expect, it } from 'vitest'
import { InvariantError } from '../../../src/core/assert.ts'
import { cbpeMulticlass, type LabelledClassRow } from '../../../src/core/estimation/cbpe-multiclass.ts'
import type { Estimates } from '../../../src/core/estimation/estimator.ts'
import { addMulticlass, codeOf, createMulticlassOutcomes } from '../../../src/core/metrics/class-outcomes.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import { seeded } from '../../../src/core/random.ts'
import { resolveParams, UnitError } from '../../../src/core/unit.ts'
import { classes, rows } from './class-world.ts'
import { holds, share } from './worlds.ts'

const names = ['accuracy', 'macro-precision', 'macro-recall', 'macro-f1', 'micro-f1'] as const

function estimated(reference: readonly LabelledClassRow[], current: readonly LabelledClassRow[], given: Record<string, unknown> = {}): Estimates {
  const params = resolveParams(cbpeMulticlass, given)
  const fit = cbpeMulticlass.fit(reference, params)
  const state = cbpeMulticlass.init(fit)
  for (const row of current) cbpeMulticlass.update(state, row, fit)
  return cbpeMulticlass.read(state, fit, params)
}

const likeliest = ({ scores, decision }: LabelledClassRow): string => decision ?? Object.keys(scores).reduce((a, b) => (scores[b] > scores[a] ? b : a))

function realised(current: readonly LabelledClassRow[]): Record<string, number> {
  const outcomes = createMulticlassOutcomes(3, classes)
  const none = new Float64Array(3)
  for (const row of current) {
    addMulticlass(outcomes, { truth: codeOf(outcomes, row.y), prediction: codeOf(outcomes, likeliest(row)), truthScore: -1, scores: none, scoresAt: 0 })
  }
  return Object.fromEntries(names.map((name) => [name, readMetric(metrics[name], outcomes).value!]))
}

function coverage(runs: number, before: { sharpness?: number; n?: number }, after: { mean?: number; sharpness?: number; n?: number }): Record<string, number> {
  const held = Object.fromEntries(names.map((name) => [name, 0]))
  share(runs, (random) => {
    const current = rows(random, after.n ?? 1_500, after)
    const { readings } = estimated(rows(random, before.n ?? 2_500, before), current)
    const truth = realised(current)
    for (const name of names) if (holds(readings[name], truth[name])) held[name] += 1 / runs
    return true
  })
  return held
}

describe('cbpe over several classes', () => {
  it('puts the probabilities of each prediction in the row of its decision', () => {
    const reference = rows(seeded(1), 3_000)
    const current = rows(seeded(2), 400).map((row, i) => (i % 4 === 0 ? { ...row, decision: 'dog' } : row))
    const { confusion, readings } = estimated(reference, current)
    const sums = Object.fromEntries(classes.map((name) => [name, Object.values(confusion![name]).reduce((a, b) => a + b, 0)]))
    for (const name of classes) expect(sums[name], name).toBeCloseTo(current.filter((row) => likeliest(row) === name).length, 9)
    const diagonal = classes.map((name) => confusion![name][name])
    expect(readings.accuracy.value).toBeCloseTo(diagonal.reduce((a, b) => a + b, 0) / 400, 9)
    expect(readings['macro-precision'].value).toBeCloseTo(classes.reduce((sum, name, k) => sum + diagonal[k] / sums[name] / 3, 0), 9)
    const truths = classes.map((truth) => classes.reduce((sum, decided) => sum + confusion![decided][truth], 0))
    expect(readings['macro-recall'].value).toBeCloseTo(truths.reduce((sum, n, k) => sum + diagonal[k] / n / 3, 0), 9)
    expect(readings['macro-f1'].value).toBeCloseTo(classes.reduce((sum, name, k) => sum + (2 * diagonal[k]) / (sums[name] + truths[k]) / 3, 0), 9)
    for (const name of ['micro-precision', 'micro-recall', 'micro-f1']) expect(readings[name]).toEqual(readings.accuracy)
  })

  it('holds what the labels say under covariate shift', () => {
    for (const [name, held] of Object.entries(coverage(25, {}, { mean: 0.8 }))) expect(held, name).toBeGreaterThanOrEqual(0.92)
  })

  it('holds what the labels say after repairing overconfident scores', () => {
    const sharpness = 2.5
    for (const [name, held] of Object.entries(coverage(25, { sharpness }, { sharpness, mean: 0.5 }))) expect(held, name).toBeGreaterThanOrEqual(0.84)
    const raw = rows(seeded(5), 4_000, { sharpness })
    const { quality, readings } = estimated(raw, raw)
    for (const name of classes) expect(quality[name].calibrator).toBe('isotonic')
    const wordForIt = raw.reduce((sum, row) => sum + row.scores[likeliest(row)], 0) / raw.length
    expect(wordForIt - realised(raw).accuracy).toBeGreaterThan(0.1)
    expect(Math.abs(readings.accuracy.value! - realised(raw).accuracy)).toBeLessThan(0.015)
  })

  it('counts what a short reference leaves open, which much traffic does not make up for', () => {
    const sharpness = 2.5
    for (const [name, held] of Object.entries(coverage(15, { sharpness, n: 1_000 }, { sharpness, n: 6_000 }))) expect(held, name).toBeGreaterThanOrEqual(0.85)
  })

  it('is blind to concept drift', () => {
    const current = rows(seeded(7), 2_000, { turned: true })
    const { readings, refusals } = estimated(rows(seeded(6), 3_000), current)
    expect(refusals).toEqual([])
    for (const name of names) expect(holds(readings[name], realised(current)[name]), name).toBe(false)
    expect(readings.accuracy.value! - realised(current).accuracy).toBeGreaterThan(0.3)
  })

  it('agrees with the rows it was fitted on', () => {
    const reference = rows(seeded(8), 5_000)
    const { readings } = estimated(reference, reference)
    for (const name of names) expect(Math.abs(readings[name].value! - realised(reference)[name]), name).toBeLessThan(0.015)
  })
})

describe('cbpe over several classes where its assumptions fail', () => {
  const reference = rows(seeded(11), 2_000)
  const current = rows(seeded(12), 300)
  const refused = (estimates: Estimates, why: RegExp) => {
    expect(estimates.refusals.join()).toMatch(why)
    expect(estimates.confusion).toBeNull()
    for (const reading of Object.values(estimates.readings)) expect(reading).toMatchObject({ value: null, verdict: 'insufficient' })
  }

  it('says that there is no reference, or nothing to estimate', () => {
    refused(estimated([], current), /holds 0 usable rows/)
    refused(estimated(reference.slice(0, 40), current), /holds 40 usable rows/)
    refused(estimated(reference, []), /no prediction with class scores/)
  })

  it('counts scores that are no probabilities, and classes that the reference lacks', () => {
    const spoilt = [...current.slice(0, 200), ...current.slice(200).map((row) => ({ ...row, scores: { ...row.scores, cat: NaN } }))]
    refused(estimated(reference, spoilt), /3[34] % of the predictions/)
    refused(estimated(reference, current.map((row) => ({ ...row, scores: { fox: 0.9, cat: 0.1 } }))), /no prediction with class scores/)
    refused(estimated(reference, current.map((row) => ({ ...row, decision: 'fox' }))), /no prediction with class scores/)
  })

  it('refuses decisions that the reference never made', () => {
    const never = reference.map((row) => ({ ...row, decision: likeliest(row) === 'dog' ? 'cat' : likeliest(row) }))
    refused(estimated(never, current), /scores or decisions that the reference does not have/)
  })

  it('gives accuracy but no macro average where a class is thin, and refuses where it is expected often', () => {
    const thin = [...reference, ...Array.from({ length: 20 }, (): LabelledClassRow => ({ scores: { bird: 0.1, cat: 0.1, dog: 0.1, fox: 0.7 }, y: 'fox' }))]
    const few = estimated(thin, [...current, ...thin.slice(-5)])
    expect(few.refusals).toEqual([])
    expect(few.readings.accuracy.verdict).toBe('ok')
    expect(few.readings['macro-f1']).toMatchObject({ value: null, verdict: 'insufficient', detail: { classes: 4, classesThin: 1 } })
    refused(estimated(thin, [...current, ...thin.slice(-20), ...thin.slice(-20)]), /of classes with under 50 reference rows/)
  })

  it('refuses a column of keys for classes', () => {
    const keys = Array.from({ length: 60 }, (_, i): LabelledClassRow => ({ scores: { [`id${i}`]: 1 }, y: `id${i}` }))
    expect(() => estimated(keys, [])).toThrow(UnitError)
    expect(() => estimated(keys, [])).toThrow("60 classes, more than the 50 of 'classesMax'")
  })

  it('asserts that merged states come from one fit', () => {
    const fits = [reference, reference.map((row) => ({ scores: { cat: 1 }, y: row.y === 'cat' ? 'cat' : 'dog' }))].map((list) => cbpeMulticlass.fit(list, resolveParams(cbpeMulticlass)))
    expect(() => cbpeMulticlass.merge(cbpeMulticlass.init(fits[0]), cbpeMulticlass.init(fits[1]))).toThrow(InvariantError)
  })
})
