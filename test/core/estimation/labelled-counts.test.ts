import { describe, expect, it } from 'vitest'
import { InvariantError } from '../../../src/core/assert.ts'
import { calibrate } from '../../../src/core/estimation/calibrator.ts'
import { cbpe } from '../../../src/core/estimation/cbpe.ts'
import { countLabelled, countPanes } from '../../../src/core/estimation/labelled-counts.ts'
import { createScoreCounts } from '../../../src/core/estimation/score-counts.ts'
import { addBinary, createBinaryOutcomes, scoreEdges } from '../../../src/core/metrics/outcomes.ts'
import { seeded } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { binaryRows } from './worlds.ts'

const sum = (values: Float64Array): number => values.reduce((total, x) => total + x, 0)

describe('labelled counts', () => {
  it('put every row in one fold, about as many in each', () => {
    const scores = Float64Array.from({ length: 1_000 }, (_, i) => i / 1_000)
    const { totals, positives, scoreSums } = countLabelled(scores, scores.map((score) => (score > 0.7 ? 1 : 0)), Float64Array.of(0.5), { folds: 4, seed: 1 })
    expect([sum(totals), sum(positives)]).toEqual([1_000, 299])
    expect(sum(scoreSums)).toBeCloseTo(499.5, 9)
    for (let fold = 0; fold < 4; fold++) {
      expect(totals[2 * fold] + totals[2 * fold + 1]).toBeGreaterThan(200)
      expect(positives[2 * fold]).toBe(0)
    }
  })

  it('of panes put each pane in one fold, and sum to the same', () => {
    const panes = [1, 2, 3].map((seed) => {
      const outcomes = createBinaryOutcomes(Float64Array.of(0.5))
      for (const { score, decision, y } of binaryRows(seeded(seed), 100 * seed)) addBinary(outcomes, y, score, decision)
      return outcomes
    })
    const { totals, positives, scoreSums } = countPanes(panes, 2)
    expect([totals[0] + totals[1], totals[2] + totals[3]]).toEqual([400, 200])
    expect(sum(positives)).toBe(panes.reduce((all, pane) => all + sum(pane.positives), 0))
    expect(sum(scoreSums)).toBeCloseTo(panes.reduce((all, pane) => all + sum(pane.scoreSums), 0), 9)
  })

  it('of panes are a reference as good as its rows', () => {
    const params = resolveParams(cbpe)
    const rows = binaryRows(seeded(5), 6_000, { warp: (p) => p * p })
    const edges = scoreEdges()
    const panes = Array.from({ length: 12 }, (_, pane) => {
      const outcomes = createBinaryOutcomes(edges)
      for (const { score, decision, y } of rows.slice(500 * pane, 500 * pane + 500)) addBinary(outcomes, y, score, decision)
      return outcomes
    })
    const fit = calibrate(countPanes(panes, params.folds), params)
    const fromRows = calibrate(countLabelled(rows.map(({ score }) => score), rows.map(({ y }) => y), edges, params), params)
    expect(fit.calibrator).toStrictEqual(fromRows.calibrator)
    const state = createScoreCounts(edges)
    for (const row of binaryRows(seeded(6), 1_000, { warp: (p) => p * p })) cbpe.update(state, row, fit)
    expect(cbpe.read(state, fit, params)).toMatchObject({ refusals: [], readings: { accuracy: { verdict: 'ok' }, 'roc-auc': { verdict: 'ok' } } })
  })

  it('of panes assert that there is one, and that edges are shared', () => {
    expect(() => countPanes([], 5)).toThrow(InvariantError)
    expect(() => countPanes([[0.5], [0.4]].map((edges) => createBinaryOutcomes(edges)), 5)).toThrow(InvariantError)
    expect(() => countPanes([[0.5], [0.5, 0.6]].map((edges) => createBinaryOutcomes(edges)), 5)).toThrow(InvariantError)
  })
})
