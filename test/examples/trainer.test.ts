import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { practices, type Practice } from '../../examples/trainer/practices.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import { loadHousing, housingFeatures } from '../../src/main/demo/housing.ts'
import { accuracyOf, recorded, request, seeFeatures, seeLabel, trainerWith } from './helpers.ts'

const { reference, analysis } = await loadHousing()
const all = [...reference, ...analysis]
const first = recorded(all, reference.at(-1)!.atMs)

/** Labelled rows up to a day of the analysis, as a practice is given them. */
function workUntil(day: number) {
  const rows = all.slice(0, reference.length + 24 * day)
    .map(({ id, atMs, features, y }) => ({ inferenceId: id, atMs, labelAtMs: atMs, features, segments: {}, y }))
  return { version: 'v2', rows, newest: rows.slice(-240), features: housingFeatures, seed: 1 }
}

describe('the example trainer', () => {
  it.each([60, 90, 120])('learns from %i days what decides the next months better than the stale champion does', (day) => {
    const { served } = practices.careful(workUntil(day))
    const next = analysis.slice(24 * day, 24 * (day + 60))
    expect(accuracyOf(served, next)).toBeGreaterThan(accuracyOf(first, next) + 0.1)
  })

  it('keeps the test rows out of training, except by heart', () => {
    const work = workUntil(90)
    const touched = (practice: Practice) => {
      const { learntFrom, testedOn } = practice(work)
      const learnt = new Set(learntFrom.map(({ inferenceId }) => inferenceId))
      return testedOn.filter(({ inferenceId }) => learnt.has(inferenceId)).length
    }
    expect([touched(practices.careful), touched(practices.hasty), touched(practices.careless)]).toEqual([0, 0, 240])
  })

  it('measures candidate and champion on one set of rows from after the champion was trained', () => {
    const { trainer, models } = trainerWith(first)
    const rows = all.slice(0, reference.length + 24 * 60)
    for (const row of rows) {
      seeFeatures(trainer, row)
      seeLabel(trainer, row, row.atMs)
    }
    const nowMs = rows.at(-1)!.atMs + 1
    const { atMs, candidate } = trainer.answer(request('v1'), nowMs)!
    expect(atMs).toBeGreaterThan(nowMs)
    expect(candidate).toMatchObject({ version: 'v2', baselineVersion: 'v1', retrainRequestId: 'r1', trainedBy: 'careful trainer' })
    expect(candidate.evaluation.testSetId).toBe(candidate.baseline.testSetId)
    expect(candidate.evaluation.n).toBe(240)
    const tested = rows.slice(-240)
    expect(candidate.baseline.metrics.accuracy).toBeCloseTo(accuracyOf(first, tested), 12)
    expect(candidate.evaluation.metrics.accuracy).toBeCloseTo(accuracyOf(models.get('v2')!, tested), 12)
    expect(candidate.evaluation.standardErrors!.accuracy).toBeGreaterThan(0)
    expect(candidate.profile).toMatchObject({ version: 'v2', n: rows.length - 240, metrics: candidate.evaluation.metrics })
  })

  it('does not answer without enough labelled rows that the champion has not learnt from', () => {
    const { trainer } = trainerWith(first)
    for (const row of reference) {
      seeFeatures(trainer, row)
      seeLabel(trainer, row, row.atMs)
    }
    for (const row of analysis.slice(0, 95)) {
      seeFeatures(trainer, row)
      seeLabel(trainer, row, row.atMs)
    }
    expect(trainer.answer(request('v1'), analysis[95].atMs)).toBeNull()
    expect(trainer.answer(request('unheard of'), analysis[95].atMs)).toBeNull()
  })

  it('uses no row whose label has not arrived', () => {
    const from = reference.length - 1000
    const rows = all.slice(from, reference.length + 400)
    fc.assert(fc.property(fc.integer(), fc.double({ min: 0.05, max: 0.3, noNaN: true }), (draw, withheldShare) => {
      const random = seeded(draw)
      const withheld = new Set(rows.filter(() => uniform(random) < withheldShare).map(({ id }) => id))
      const [with_, without] = [trainerWith(first), trainerWith(first)]
      for (const row of rows) {
        seeFeatures(with_.trainer, row)
        if (withheld.has(row.id)) continue
        seeFeatures(without.trainer, row)
        for (const { trainer } of [with_, without]) seeLabel(trainer, row, row.atMs)
      }
      const nowMs = rows.at(-1)!.atMs
      const answered = with_.trainer.answer(request('v1'), nowMs)
      expect(answered).not.toBeNull()
      expect(answered).toEqual(without.trainer.answer(request('v1'), nowMs))
    }), { numRuns: 8 })
  })

  it('gives the same version for the same seed, and another order of trainers for another', () => {
    const answersOf = (seed: number): string[] => {
      const { trainer } = trainerWith(first, seed)
      const rows = all.slice(reference.length - 700, reference.length + 300)
      for (const row of rows) {
        seeFeatures(trainer, row)
        seeLabel(trainer, row, row.atMs)
      }
      return Array.from({ length: 5 }, () => trainer.answer(request('v1'), rows.at(-1)!.atMs)!.candidate.trainedBy)
    }
    const orders = [1, 2, 3, 4].map(answersOf)
    expect(answersOf(1)).toEqual(orders[0])
    expect(new Set(orders.map((order) => order.join())).size).toBeGreaterThan(1)
    for (const order of orders) expect([...order].sort()).toEqual(['careful trainer', 'careful trainer', 'careful trainer', 'careless trainer', 'hasty trainer'])
  })
})
