import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../src/codec/state.ts'
import { appendScore, compactScoreSequence, createScoreSequence, exactCountOf, joinScoreSequences, newestScores, type ScoreSequence } from '../../../src/core/panes/score-sequence.ts'
import { seeded, uniform } from '../../../src/core/random.ts'
import { policyOf } from '../decide/build.ts'

/** [sub-slot, score, actual, decision, bucket] */
type Row = readonly [number, number, number, number, number]
const draws = seeded(5)
const below = (most: number) => Math.floor(uniform(draws) * most)
const rows: Row[] = Array.from({ length: 200 }, () => [below(64), Math.round(uniform(draws) * 40) / 40, below(2), below(2), below(257) - 1] as const).sort(([a], [b]) => a - b)

function sequenceOf(given: readonly Row[], pairsMax: number): ScoreSequence {
  const sequence = createScoreSequence(pairsMax, 64)
  for (const [slot, score, actual, decision, bucket] of given) appendScore(sequence, slot, score, actual, decision, bucket)
  return compactScoreSequence(sequence)
}

describe('a sequence of scores', () => {
  it('keeps the newest it was asked for, with the sub-slots they came in, on no more room', () => {
    const kept = sequenceOf(rows, 30)
    expect(Array.from(kept.scores)).toEqual(rows.slice(-30).map(([, score]) => score))
    expect(Array.from(kept.marks)).toEqual(rows.slice(-30).map(([, , actual, decision, bucket]) => actual + 2 * decision + (bucket < 0 ? 0 : 4 + 8 * bucket)))
    const counts = new Array<number>(64).fill(0)
    for (const [slot] of rows.slice(-30)) counts[slot] += 1
    expect([kept.n, Array.from(kept.counts)]).toEqual([30, counts])
    expect(stateCodec.decode(stateCodec.encode(kept))).toEqual(kept)
  })

  it('holds never more than twice what it was asked for while it is open', () => {
    const sequence = createScoreSequence(7, 64)
    for (const [slot, score] of rows) {
      appendScore(sequence, slot, score, 1, 1, -1)
      expect([sequence.n, sequence.scores.length].every((held) => held <= 14)).toBe(true)
    }
    expect(Array.from(compactScoreSequence(sequence).scores)).toEqual(rows.slice(-7).map(([, score]) => score))
  })

  it.each([[5], [30], [150], [500]])('of several tasks, each cut to the newest %i, is cut as the whole is, however they are folded', (pairsMax) => {
    const tasks = [0, 1, 2].map((task) => rows.filter((_, i) => i % 3 === task))
    const whole = sequenceOf(Array.from({ length: 64 }, (_, slot) => tasks.flatMap((given) => given.filter(([at]) => at === slot))).flat(), pairsMax)
    const [a, b, c] = tasks.map((given) => sequenceOf(given, pairsMax))
    expect(joinScoreSequences(joinScoreSequences(a, b), c)).toEqual(whole)
    expect(joinScoreSequences(a, joinScoreSequences(b, c))).toEqual(whole)
  })

  it('leaves out what has no score, and takes nothing for −0, infinities and NaN', () => {
    const given: Row[] = [[0, NaN, 1, 1, -1], [1, Infinity, 1, 1, -1], [2, -0, 0, 0, -1], [3, 0, 1, 1, -1]]
    const { outcomes } = newestScores([sequenceOf(given, 10)], 10)
    expect([outcomes!.n, Array.from(outcomes!.positives), Array.from(outcomes!.negatives)]).toEqual([2, [1], [1]])
  })
})

describe('the newest of several panes', () => {
  const sequences = [sequenceOf(rows.slice(0, 100), 60), undefined, sequenceOf(rows.slice(100, 180), 60), sequenceOf([], 60), sequenceOf(rows.slice(180), 60)]

  it('are those of the newest panes and the end of an older one, each score a bin', () => {
    const { outcomes, from } = newestScores(sequences, 50)
    const newest = rows.slice(-50)
    expect([from, outcomes!.n]).toEqual([[4, 2], 50])
    const distinct = [...new Set(newest.map(([, score]) => score))].sort((a, b) => a - b)
    const countsOf = (of: number) => distinct.map((at) => newest.filter(([, score, actual]) => score === at && actual === of).length)
    expect([Array.from(outcomes!.positives), Array.from(outcomes!.negatives)]).toEqual([countsOf(1), countsOf(0)])
    expect(outcomes!.byEntity!.reduce((sum, count) => sum + count, 0)).toBe(newest.filter(([, , , , bucket]) => bucket >= 0).length)
  })

  it('are all there are where there are fewer, and none where there are none', () => {
    expect(newestScores(sequences, 500).outcomes!.n).toBe(60 + 60 + 20)
    expect(newestScores([undefined, sequenceOf([], 60)], 50)).toEqual({ outcomes: null, from: [] })
  })
})

describe('the scores to keep', () => {
  const asking = (task: 'binary' | 'multiclass', ...counts: number[]) => ({
    ...policyOf(), task,
    performance: { metrics: [], errorDetectors: [], windowed: counts.map((count) => ({ unit: 'roc-auc', params: {}, window: { form: 'count', count, exact: true } as const })) },
  })
  it('are the most that any metric of the policy asks for, and none of another task or where bins do', () => {
    const binned = { ...policyOf(), performance: { metrics: [], errorDetectors: [], windowed: [{ unit: 'roc-auc', params: {}, window: { form: 'count', count: 9 } as const }] } }
    expect([asking('binary', 20, 50), asking('multiclass', 50), binned, policyOf()].map(exactCountOf)).toEqual([50, 0, 0, 0])
  })
})
