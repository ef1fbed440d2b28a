/** The newest scores of one version with their truths, one by one, where the policy asks for metrics that bins would blur. */
import { addBinary, addEntity, createBinaryOutcomes, type BinaryOutcomes } from '../metrics/outcomes.ts'
import type { ModelPolicy } from '../policy.ts'

/** Metrics that bins of scores can only bound. */
export const exactMetrics: readonly string[] = ['roc-auc', 'pr-auc']

/** Most scores that a policy may ask for: 100 kB a version and pane. */
export const exactCountMax = 10_000

/** Scored outcomes of a version in one pane, the newest of them, in order. 64 sub-slots of equal stream time. */
export interface ScoreSequence {
  /** outcomes kept at most; an open pane holds up to twice as many before it lets the oldest go */
  pairsMax: number
  /** outcomes in each sub-slot, of those kept */
  counts: Uint32Array
  /** by outcome; further places are free */
  scores: Float64Array
  /** by outcome: bit 0 the actual class, bit 1 the decision, bit 2 whether it named an entity, from bit 3 on the bucket of that */
  marks: Uint16Array
  n: number
}

/** The scores to keep of every version: 0 where nothing is read one by one. */
export function exactCountOf({ task, performance }: Pick<ModelPolicy, 'task' | 'performance'>): number {
  if (task !== 'binary') return 0
  return (performance.windowed ?? []).reduce((most, { window }) => window.form === 'count' && window.exact === true ? Math.max(most, window.count) : most, 0)
}

export const createScoreSequence = (pairsMax: number, subSlots: number): ScoreSequence =>
  ({ pairsMax, counts: new Uint32Array(subSlots), scores: new Float64Array(0), marks: new Uint16Array(0), n: 0 })

/** Appends an outcome that is no older than the last; one without a score is left out. @param bucket of its entity, −1 where it named none */
export function appendScore(sequence: ScoreSequence, slot: number, score: number, actual: number, decision: number, bucket: number): void {
  if (!Number.isFinite(score)) return
  if (sequence.n === 2 * sequence.pairsMax) dropOldest(sequence, sequence.pairsMax)
  else if (sequence.n === sequence.scores.length) grow(sequence)
  append(sequence, slot, score, (actual === 1 ? 1 : 0) | (decision === 1 ? 2 : 0) | (bucket < 0 ? 0 : 4 | (bucket << 3)))
}

function append(sequence: ScoreSequence, slot: number, score: number, mark: number): void {
  sequence.scores[sequence.n] = score
  sequence.marks[sequence.n] = mark
  sequence.counts[slot] += 1
  sequence.n += 1
}

function grow(sequence: ScoreSequence): void {
  const length = Math.min(2 * sequence.pairsMax, Math.max(64, 2 * sequence.n))
  const { scores, marks } = sequence
  sequence.scores = new Float64Array(length)
  sequence.scores.set(scores)
  sequence.marks = new Uint16Array(length)
  sequence.marks.set(marks)
}

function dropOldest(sequence: ScoreSequence, count: number): void {
  sequence.scores.copyWithin(0, count, sequence.n)
  sequence.marks.copyWithin(0, count, sequence.n)
  sequence.n -= count
  for (let slot = 0, left = count; left > 0; slot++) {
    const taken = Math.min(left, sequence.counts[slot])
    sequence.counts[slot] -= taken
    left -= taken
  }
}

/** The newest `pairsMax` alone, on no more room than they take. */
export function compactScoreSequence(sequence: ScoreSequence): ScoreSequence {
  if (sequence.n > sequence.pairsMax) dropOldest(sequence, sequence.n - sequence.pairsMax)
  return { ...sequence, scores: sequence.scores.slice(0, sequence.n), marks: sequence.marks.slice(0, sequence.n) }
}

/**
 * The newest of two parts of one pane: sub-slot by sub-slot, within one sub-slot `a` before `b`. The parts of any number of tasks, each cut to its newest and
 * folded in one order, come to the newest of the whole.
 */
export function joinScoreSequences(a: ScoreSequence, b: ScoreSequence): ScoreSequence {
  const joined: ScoreSequence = {
    pairsMax: Math.max(a.pairsMax, b.pairsMax), counts: new Uint32Array(a.counts.length), scores: new Float64Array(a.n + b.n), marks: new Uint16Array(a.n + b.n), n: 0,
  }
  const from = [{ part: a, at: 0 }, { part: b, at: 0 }]
  for (let slot = 0; slot < joined.counts.length; slot++) {
    for (const each of from) for (let i = 0; i < each.part.counts[slot]; i++, each.at++) append(joined, slot, each.part.scores[each.at], each.part.marks[each.at])
  }
  return compactScoreSequence(joined)
}

/** Outcomes of the newest scores, a bin for each distinct score, with their decisions and entities. */
export interface NewestScores {
  /** null: there are none */
  outcomes: BinaryOutcomes | null
  /** places in `sequences` that gave some, the first of them the newest; empty where none did */
  from: number[]
}

/** @param sequences by time, ascending, of one version @param count the newest to take over all of them */
export function newestScores(sequences: readonly (ScoreSequence | undefined)[], count: number): NewestScores {
  const taken: { sequence: ScoreSequence; start: number; at: number }[] = []
  let left = count
  for (let at = sequences.length - 1; at >= 0 && left > 0; at--) {
    const sequence = sequences[at]
    if (sequence === undefined || sequence.n === 0) continue
    const start = Math.max(0, sequence.n - left)
    taken.push({ sequence, start, at })
    left -= sequence.n - start
  }
  if (taken.length === 0) return { outcomes: null, from: [] }
  const scores = new Float64Array(count - left)
  let filled = 0
  for (const { sequence, start } of taken) {
    scores.set(sequence.scores.subarray(start, sequence.n), filled)
    filled += sequence.n - start
  }
  const distinct = scores.sort().filter((score, i) => i === 0 || score > scores[i - 1])
  const outcomes: BinaryOutcomes = { ...createBinaryOutcomes(distinct.subarray(1)), oneScoreABin: true }
  for (const { sequence, start } of taken) addPairs(outcomes, sequence, start)
  return { outcomes, from: taken.map(({ at }) => at) }
}

function addPairs(outcomes: BinaryOutcomes, { scores, marks, n }: ScoreSequence, start: number): void {
  for (let i = start; i < n; i++) {
    const [actual, decision] = [(marks[i] & 1) as 0 | 1, ((marks[i] >> 1) & 1) as 0 | 1]
    addBinary(outcomes, actual, scores[i], decision)
    if ((marks[i] & 4) !== 0) addEntity(outcomes, actual, decision, marks[i] >> 3)
  }
}
