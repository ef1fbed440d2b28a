/** Errors in order, in blocks that grow with age: enough to say since when they have been more, and how surely. */
import { logHypergeometricTail } from '../math/hypergeometric.ts'

/** outcomes in the newest full blocks; those before hold 2, 4, 8 … times as many */
const blockSize = 8
/** blocks of one size before the two oldest of them merge */
const blocksASize = 4

/** Blocks from old to new. The newest may be part full; sizes double towards the old. */
export interface ErrorBlocks {
  n: number[]
  errors: number[]
  /** of these, the outcomes that were positive, block by block; absent where classes are not told apart */
  positive?: { n: number[]; errors: number[] }
}

export const createErrorBlocks = (isByClass = false): ErrorBlocks => ({ n: [], errors: [], ...(isByClass ? { positive: { n: [], errors: [] } } : {}) })

/** Adds one outcome: 1 for an error, 0 for none; 1 for an actual positive. Memory grows with the logarithm of all outcomes. */
export function addToBlocks({ n, errors, positive }: ErrorBlocks, error: number, actual = 0): void {
  const last = n.length - 1
  if (last >= 0 && n[last] < blockSize) {
    n[last] += 1
    errors[last] += error
    if (positive !== undefined) {
      positive.n[last] += actual
      positive.errors[last] += actual * error
    }
    return
  }
  for (let [size, end] = [blockSize, n.length]; ; size *= 2) {
    let first = end
    while (first > 0 && n[first - 1] === size) first -= 1
    if (end - first < blocksASize) break
    n.splice(first, 2, 2 * size)
    mergeTwo(errors, first)
    if (positive !== undefined) {
      mergeTwo(positive.n, first)
      mergeTwo(positive.errors, first)
    }
    end = first + 1
  }
  n.push(1)
  errors.push(error)
  positive?.n.push(actual)
  positive?.errors.push(actual * error)
}

const mergeTwo = (counts: number[], at: number): void => { counts.splice(at, 2, counts[at] + counts[at + 1]) }

/** A cut of the blocks in two. */
export interface ErrorChange {
  /** index of the first block since the change */
  at: number
  before: { n: number; errors: number }
  since: { n: number; errors: number }
  rose: boolean
  /** ln of the chance that a steady error rate looks as changed as this at some cut, in this direction: Fisher's exact test times the number of cuts */
  logChance: number
}

/**
 * The cut at which the error rate changed least by chance; null with fewer than two blocks. However the moment of asking was chosen, a steady stream gives a rise
 * with a logChance of at most ln p with a chance of at most p, outcomes being independent given their order (Bonferroni over the cuts).
 * @param designEffect variance inflation where one entity brings many outcomes: all counts are divided by it, and the test is then approximate
 */
export function strongestChange({ n, errors }: ErrorBlocks, designEffect = 1): ErrorChange | null {
  const [all, marked] = [total(n), total(errors)]
  // counts are divided once each: sums of quotients could come out a hair above the most there can be, which no chance gives
  const tail = (hits: number, drawn: number, of: number): number => logHypergeometricTail(hits / designEffect, drawn / designEffect, of / designEffect, all / designEffect)
  let found: ErrorChange | null = null
  let [drawn, hits] = [0, 0]
  for (let at = n.length - 1; at > 0; at--) {
    drawn += n[at]
    hits += errors[at]
    const rose = hits / drawn > marked / all
    const logChance = (rose ? tail(hits, drawn, marked) : tail(drawn - hits, drawn, all - marked)) + Math.log(n.length - 1)
    if (found === null || logChance < found.logChance) found = { at, before: { n: all - drawn, errors: marked - hits }, since: { n: drawn, errors: hits }, rose, logChance }
  }
  return found === null ? null : { ...found, before: sumOf(n, errors, 0, found.at), since: sumOf(n, errors, found.at, n.length) }
}

/** Forgets what was before a change. */
export function forgetBefore(blocks: ErrorBlocks, at: number): void {
  for (const { n, errors } of [blocks, blocks.positive ?? { n: [], errors: [] }]) {
    n.splice(0, at)
    errors.splice(0, at)
  }
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

const sumOf = (n: readonly number[], errors: readonly number[], from: number, to: number) => ({ n: total(n.slice(from, to)), errors: total(errors.slice(from, to)) })
