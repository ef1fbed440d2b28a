import { describe, expect, it } from 'vitest'
import { addScored, createScoreCounts } from '../../../src/core/estimation/score-counts.ts'
import { scoreEdges } from '../../../src/core/metrics/outcomes.ts'
import { clonePlain, codeAt, joinSequences, mergePane } from '../../../src/core/panes/merge.ts'
import { addColumns, addRow, compactRowSample, createRowSample, wantsRow } from '../../../src/core/panes/row-sample.ts'
import { paneOf, profileOf, sequenceOf, spread } from '../decide/build.ts'

const profile = profileOf({ amount: spread(100) })
const part = (task: number, values: readonly number[]) => paneOf(0, {
  task, profile, features: { amount: values }, join: { predictions: 10 * (task + 1), joinedLabels: 1 },
  versions: { v1: { tp: 5, fn: task, errors: [1, 0], configSequence: 3 + task }, [`only-${task}`]: { tn: 1 } },
})

describe('merging the parts of a pane', () => {
  it('adds what every task counted', () => {
    const { pane, leftOut } = mergePane([part(0, spread(50)), part(1, spread(30))], 'p1')
    expect(leftOut).toBe(0)
    expect(pane).toMatchObject({ task: -1, featureRecords: 80, join: { predictions: 30, joinedLabels: 2 } })
    expect(Object.keys(pane.versions).sort()).toEqual(['only-0', 'only-1', 'v1'])
    expect(Array.from((pane.versions.v1.outcomes as { confusion: Float64Array }).confusion)).toEqual([10, 0, 1, 0])
    expect(pane.versions.v1).toMatchObject({ predictions: 11, configSequenceMin: 3, configSequenceMax: 4 })
    expect(pane.features[0].features.amount.n).toBe(80)
  })

  it('gives the same whatever order the parts came in', () => {
    const parts = [part(0, spread(50)), part(1, spread(30, 0, 2)), part(2, spread(70, -1, 1))]
    expect(mergePane([parts[2], parts[0], parts[1]], 'p1')).toEqual(mergePane(parts, 'p1'))
  })

  it('leaves the parts alone and shares nothing with them', () => {
    const parts = [part(0, spread(50)), part(1, spread(30))]
    const before = clonePlain(parts)
    const { pane } = mergePane(parts, 'p1')
    pane.versions['only-1'].predictions = 99
    pane.features[0].features.amount.n = 99
    expect(parts).toEqual(before)
  })

  it('keeps out parts made under another policy than the one in force', () => {
    const other = { ...part(1, spread(30)), policyHash: 'p0' }
    const { pane, leftOut } = mergePane([part(0, spread(50)), other], 'p1')
    expect(leftOut).toBe(1)
    expect(pane.featureRecords).toBe(50)
    expect(mergePane([other], 'p1').pane.featureRecords).toBe(30)
  })

  it('keeps features on different bins apart instead of adding them', () => {
    const elsewhere = paneOf(0, { task: 1, profile: profileOf({ amount: spread(100, 0, 9) }), features: { amount: spread(30) } })
    const { pane } = mergePane([part(0, spread(50)), elsewhere], 'p1')
    expect(pane.features.map(({ features }) => features.amount.n)).toEqual([50, 30])
  })

  it('counts a feature that one task took for a name and another for a number, and goes on', () => {
    const named = paneOf(0, { task: 1, names: { amount: ['a', 'b'] } })
    const { pane, leftOut } = mergePane([paneOf(0, { features: { amount: [1, 2, 3] } }), named], 'p1')
    expect(leftOut).toBe(1)
    expect(pane.features[0].features.amount.n).toBe(3)
  })

  it('adds squares of costs, which a part without costs does not have', () => {
    const parts = [0, 1, 2].map((task) => paneOf(0, { task, versions: { v1: { tp: 1 } } }))
    Object.assign(parts[0].versions.v1, { costSum: 2, costCount: 1, costSquareSum: 4 })
    Object.assign(parts[2].versions.v1, { costSum: 3, costCount: 1, costSquareSum: 9 })
    expect(mergePane(parts, 'p1').pane.versions.v1).toMatchObject({ costSum: 5, costCount: 2, costSquareSum: 13 })
    expect(Object.keys(mergePane([parts[1]], 'p1').pane.versions.v1)).not.toContain('costSquareSum')
  })
})

describe('merging scores by decision', () => {
  const scored = (task: number, scores: readonly number[], bins = 20) => {
    const pane = paneOf(0, { task, versions: { v1: { predictions: scores.length } } })
    pane.versions.v1.cbpe = createScoreCounts(scoreEdges(bins))
    for (const score of scores) addScored(pane.versions.v1.cbpe, score, score >= 0.5 ? 1 : 0)
    return pane
  }

  it('adds the counts of every task', () => {
    const { cbpe } = mergePane([scored(0, [0.1, 0.9]), scored(1, [0.6, 0.12, NaN])], 'p1').pane.versions.v1
    expect(cbpe).toMatchObject({ n: 4, unusable: 1 })
    expect(cbpe!.decidedNegative[2]).toBe(2)
    expect(cbpe!.negativeScoreSums[2]).toBeCloseTo(0.22, 12)
  })

  it('leaves out what is on other score bins, and counts it', () => {
    const { pane, leftOut } = mergePane([scored(0, [0.1, 0.9]), scored(1, [0.6], 10)], 'p1')
    expect([pane.versions.v1.cbpe!.n, leftOut]).toEqual([2, 1])
  })

  it('takes a part without such counts for one that has none', () => {
    const bare = paneOf(0, { task: 1, versions: { v1: { predictions: 5 } } })
    expect(mergePane([scored(0, [0.1]), bare], 'p1').pane.versions.v1.cbpe!.n).toBe(1)
    expect(mergePane([bare, scored(2, [0.1])], 'p1').pane.versions.v1.cbpe!.n).toBe(1)
    expect(Object.keys(mergePane([bare, { ...bare, task: 2 }], 'p1').pane.versions.v1)).not.toContain('cbpe')
  })
})

describe('merging samples of rows', () => {
  const withRows = (task: number, ids: readonly number[]) => {
    const rows = createRowSample(3, 5)
    addColumns(rows, [`f${task}`, 'shared'])
    for (const id of ids) if (wantsRow(rows, id, 0)) addRow(rows, id, 0, [task, id])
    return { ...paneOf(0, { task }), rows: compactRowSample(rows) }
  }

  it('keeps the rows that hash lowest of all tasks, and leaves the parts alone', () => {
    const parts = [withRows(0, [9, 2, 7]), withRows(1, [8, 1, 3])]
    const { rows } = mergePane(parts, 'p1').pane
    expect(rows).toMatchObject({ n: 3, features: ['f0', 'f1', 'shared'] })
    expect(Array.from(rows!.values)).toEqual([NaN, 1, 1, 0, NaN, 2, NaN, 1, 3])
    expect(parts[0].rows.n).toBe(3)
    expect(mergePane([...parts].reverse(), 'p1').pane.rows).toEqual(rows)
  })

  it('takes a part without rows for one that has none', () => {
    const bare = paneOf(0, { task: 2 })
    expect(mergePane([bare, withRows(3, [1])], 'p1').pane.rows!.n).toBe(1)
    expect(Object.keys(mergePane([bare, { ...bare, task: 4 }], 'p1').pane)).not.toContain('rows')
  })
})

describe('joining error sequences', () => {
  it('goes sub-slot by sub-slot, in each the first before the second', () => {
    const joined = joinSequences(sequenceOf([1, 0, 1]), sequenceOf([0, 0, 1, 1]))
    expect(joined.n).toBe(7)
    expect(Array.from({ length: 7 }, (_, i) => codeAt(joined, i) & 1)).toEqual([1, 0, 0, 0, 1, 1, 1])
    expect(Array.from(joined.counts.slice(0, 5))).toEqual([2, 2, 2, 1, 0])
  })
})
