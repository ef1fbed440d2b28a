import { assert } from '../assert.ts'

/** A non-decreasing step function over bins: block k spans the bins from `starts[k]` to the next start, and its value is `sums[k] / weights[k]`. */
export interface Blocks {
  /** first bin of each block, ascending from 0 */
  starts: Uint32Array
  sums: Float64Array
  weights: Float64Array
}

/**
 * Pool adjacent violators: the non-decreasing function of the bin that is nearest to the bins' means Σy/Σw in weighted squares. Neighbours of equal
 * mean are one block. A bin without weight belongs to the block below it, or to the first. Without any weight there is one block, of value 0/0.
 * Linear in the bins. Source: Ayer, Brunk, Ewing, Reid & Silverman 1955.
 */
export function poolAdjacentViolators(sums: ArrayLike<number>, weights: ArrayLike<number>): Blocks {
  assert(sums.length === weights.length && sums.length > 0, 'isotonic regression needs as many sums as weights, and at least one bin')
  const starts = new Uint32Array(sums.length)
  const [blockSums, blockWeights] = [new Float64Array(sums.length), new Float64Array(sums.length)]
  let last = 0
  for (let bin = 0; bin < sums.length; bin++) {
    if (weights[bin] === 0) continue
    if (blockWeights[last] > 0) {
      last += 1
      starts[last] = bin
    }
    blockSums[last] = sums[bin]
    blockWeights[last] = weights[bin]
    while (last > 0 && blockSums[last - 1] * blockWeights[last] >= blockSums[last] * blockWeights[last - 1]) {
      blockSums[last - 1] += blockSums[last]
      blockWeights[last - 1] += blockWeights[last]
      last -= 1
    }
  }
  return { starts: starts.slice(0, last + 1), sums: blockSums.slice(0, last + 1), weights: blockWeights.slice(0, last + 1) }
}
