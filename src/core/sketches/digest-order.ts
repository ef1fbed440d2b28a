/** Ascending runs of centroids in one order, equal ones in the order of their runs. */

/** Ascending means and their weights. */
export interface Weighted {
  means: Float64Array
  weights: Float64Array
}

/** Of which the first `used` count; without weights each is 1. */
export interface Run {
  means: Float64Array
  weights: Float64Array | null
  used: number
}

/** Room for runs with a fence about each, for what is in order two by two, and for what is in order; never read before it is written, so it is no state. */
let [laid, paired, ordered] = roomsFor(1_024)

function roomsFor(count: number): [Weighted, Weighted, Weighted] {
  const room = (): Weighted => ({ means: new Float64Array(count), weights: new Float64Array(count) })
  return [room(), room(), room()]
}

/**
 * Two runs, or four, two by two first.
 * @returns as many entries as the runs have, which stay until the next call; the runs may be written over meanwhile
 */
export function putInOrder(runs: readonly Run[]): Weighted {
  let count = 0
  for (const { used } of runs) count += used
  if (ordered.means.length < count + 10) [laid, paired, ordered] = roomsFor(2 * (count + 10))
  const [a, b, c, d] = runs
  if (runs.length === 2) mergeTwo(a, b, 1, ordered, 0)
  else {
    const [left, right] = [a.used + b.used, c.used + d.used]
    mergeTwo(a, b, 1, paired, 1)
    mergeTwo(c, d, left + 5, paired, left + 3)
    fence(paired.means, 1, left)
    fence(paired.means, left + 3, right)
    merge(paired, 1, left, left + 3, right, ordered, 0)
  }
  return ordered
}

/** Lays two runs down from `from` on, and puts them in order in `to` from `start` on. */
function mergeTwo(a: Run, b: Run, from: number, to: Weighted, start: number): void {
  lay(a, from)
  lay(b, from + a.used + 2)
  merge(laid, from, a.used, from + a.used + 2, b.used, to, start)
}

function lay({ means, weights, used }: Run, start: number): void {
  laid.means.set(means.length === used ? means : means.subarray(0, used), start)
  if (weights === null) laid.weights.fill(1, start, start + used)
  else laid.weights.set(weights.length === used ? weights : weights.subarray(0, used), start)
  fence(laid.means, start, used)
}

/** A value below all others before a run and one above all behind it. */
function fence(means: Float64Array, start: number, used: number): void {
  means[start - 1] = -Infinity
  means[start + used] = Infinity
}

/**
 * Two fenced runs in one order; the first run first among equals. Which run is next cannot be foretold, so it is found by arithmetic, without a branch,
 * and from both ends at once: neither end waits for the other.
 */
function merge(
  { means: xs, weights: ws }: Weighted, first: number, firstUsed: number, second: number, secondUsed: number, { means, weights }: Weighted, start: number,
): void {
  const count = firstUsed + secondUsed
  let [i, j, p, q] = [first, second, first + firstUsed - 1, second + secondUsed - 1]
  const half = start + (count >> 1)
  for (let at = start, back = start + count - 1; at < half; at++, back--) {
    const fromA = Number(xs[i] <= xs[j])
    const next = j + fromA * (i - j)
    means[at] = xs[next]
    weights[at] = ws[next]
    i += fromA
    j += 1 - fromA
    const fromB = Number(xs[p] <= xs[q])
    const last = p + fromB * (q - p)
    means[back] = xs[last]
    weights[back] = ws[last]
    q -= fromB
    p -= 1 - fromB
  }
  if (count % 2 === 0) return
  const middle = xs[i] <= xs[j] ? i : j
  means[half] = xs[middle]
  weights[half] = ws[middle]
}
