import { describe, expect, it } from 'vitest'
import { InvariantError } from '../../../src/core/assert.ts'
import { addScored, createScoreCounts, mergeScoreCounts, referenceScoreEdges } from '../../../src/core/estimation/score-counts.ts'

describe('the score bins of a reference', () => {
  it('hold as many scores each, between an empty bin below the least and one above the greatest', () => {
    const edges = referenceScoreEdges(Float64Array.of(0.4, 0.1, 0.3, 0.2), 2)
    expect(Array.from(edges.slice(0, 2))).toEqual([0.1, 0.3])
    expect(edges[2]).toBeGreaterThan(0.4)
    expect(edges[2] - 0.4).toBeLessThan(1e-15)
  })

  it('are one for each value where values are few', () => {
    expect(referenceScoreEdges(Float64Array.of(0, 1, 0, 1, 1), 10)).toHaveLength(3)
    expect(referenceScoreEdges(Float64Array.of(0.5, 0.5), 200)).toHaveLength(2)
    expect(referenceScoreEdges(new Float64Array(0), 200)).toHaveLength(0)
  })

  it('end above 0 and above 1 where scores reach them', () => {
    for (const score of [0, 1]) expect(referenceScoreEdges(Float64Array.of(score), 5)[1]).toBeGreaterThan(score)
  })
})

describe('score counts', () => {
  const edges = Float64Array.of(0.25, 0.5)

  it('count predictions and sum scores by bin and decision', () => {
    const counts = createScoreCounts(edges)
    for (const [score, decision] of [[0.1, 0], [0.3, 1], [0.25, 0], [0.9, 1], [0.5, 1]] as const) addScored(counts, score, decision)
    expect(counts).toEqual({
      scoreEdges: edges, n: 5, unusable: 0, decidedPositive: Float64Array.of(0, 1, 2), decidedNegative: Float64Array.of(1, 1, 0),
      positiveScoreSums: Float64Array.of(0, 0.3, 1.4), negativeScoreSums: Float64Array.of(0.1, 0.25, 0),
    })
  })

  it('count what is no probability apart', () => {
    const counts = createScoreCounts(edges)
    for (const score of [NaN, Infinity, -0.01, 1.01]) addScored(counts, score, 1)
    expect(counts).toEqual({ ...createScoreCounts(edges), unusable: 4 })
  })

  it('assert that merged counts share their edges', () => {
    expect(() => mergeScoreCounts(createScoreCounts(edges), createScoreCounts(Float64Array.of(0.25, 0.6)))).toThrow(InvariantError)
    expect(() => mergeScoreCounts(createScoreCounts(edges), createScoreCounts(Float64Array.of(0.25)))).toThrow(InvariantError)
  })
})
