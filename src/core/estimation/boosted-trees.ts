/** A small ensemble of regression trees over binned features, as plain data. */

/** Trees of depth 3 in full: 7 splits and 8 leaves each, level by level. A row goes left where its code is at most the cut. */
export interface Forest {
  base: number
  /** tree × 7 + node: the feature that is split on, and the greatest code that goes left; a node that is not split sends all left */
  features: Uint16Array
  cuts: Uint8Array
  /** tree × 8 + leaf, the learning rate included */
  leaves: Float64Array
}

export interface ForestSettings {
  trees: number
  learningRate: number
  /** rows that a leaf holds at least */
  leafRows: number
}

/** Rows by code, row × width + feature; a code is 0..255, in the order of the values. */
export interface CodedRows {
  codes: Uint8Array
  width: number
}

const DEPTH = 3
const NODES = 2 ** DEPTH - 1
const LEAVES = 2 ** DEPTH
const CODES = 256
/** the cut of a node that is not split */
const ALL_LEFT = CODES - 1

/**
 * Gradient boosting of squared loss: each tree is fitted greedily to what the trees before leave over, and counts by the learning rate. Every split is the
 * best of all features and cuts, the first of equals, so that the same rows give the same forest.
 * @param rows which of the coded rows to learn from, by index
 * @param afterTree is called with the forest after each tree, which later trees leave as it is
 * Source: Friedman 2001; on histograms as LightGBM (Ke et al. 2017).
 */
export function growForest(coded: CodedRows, targets: Float64Array, rows: Int32Array, settings: ForestSettings, afterTree?: (forest: Forest, tree: number) => void): Forest {
  const { trees } = settings
  const forest: Forest = {
    base: rows.reduce((sum, row) => sum + targets[row], 0) / Math.max(1, rows.length),
    features: new Uint16Array(trees * NODES), cuts: new Uint8Array(trees * NODES).fill(ALL_LEFT), leaves: new Float64Array(trees * LEAVES),
  }
  const residuals = targets.map((target) => target - forest.base)
  for (let tree = 0; tree < trees; tree++) {
    growTree(forest, tree, coded, residuals, rows, settings)
    for (let i = 0; i < rows.length; i++) residuals[rows[i]] -= treeValue(forest, tree, coded.codes, rows[i] * coded.width)
    afterTree?.(forest, tree)
  }
  return forest
}

/** The forest with its first `trees` trees only. */
export function firstTrees({ base, features, cuts, leaves }: Forest, trees: number): Forest {
  return { base, features: features.slice(0, trees * NODES), cuts: cuts.slice(0, trees * NODES), leaves: leaves.slice(0, trees * LEAVES) }
}

/** The value of a row whose codes start at `at`. */
export function forestValue(forest: Forest, codes: Uint8Array, at: number): number {
  let value = forest.base
  for (let tree = 0; tree * LEAVES < forest.leaves.length; tree++) value += forest.leaves[leafOf(forest, tree, codes, at)]
  return value
}

/** What one tree adds to the value of a row. */
export const treeValue = (forest: Forest, tree: number, codes: Uint8Array, at: number): number => forest.leaves[leafOf(forest, tree, codes, at)]

function leafOf({ features, cuts }: Forest, tree: number, codes: Uint8Array, at: number): number {
  let node = 0
  for (let level = 0; level < DEPTH; level++) {
    const split = tree * NODES + node
    node = 2 * node + (codes[at + features[split]] <= cuts[split] ? 1 : 2)
  }
  return tree * LEAVES + node - NODES
}

/** Splits level by level; the rows of a node lie together in `order`. */
function growTree(forest: Forest, tree: number, coded: CodedRows, residuals: Float64Array, rows: Int32Array, { learningRate, leafRows }: ForestSettings): void {
  const order = rows.slice()
  const starts = new Int32Array(NODES + LEAVES)
  const ends = new Int32Array(NODES + LEAVES)
  ends[0] = order.length
  for (let node = 0; node < NODES; node++) {
    const held = order.subarray(starts[node], ends[node])
    const best = bestSplit(coded, residuals, held, leafRows)
    if (best !== null) {
      forest.features[tree * NODES + node] = best.feature
      forest.cuts[tree * NODES + node] = best.cut
    }
    const middle = starts[node] + (best === null ? held.length : partition(coded, held, best))
    const [left, right] = [2 * node + 1, 2 * node + 2]
    starts[left] = starts[node]
    ends[left] = starts[right] = middle
    ends[right] = ends[node]
  }
  for (let leaf = 0; leaf < LEAVES; leaf++) {
    const held = order.subarray(starts[NODES + leaf], ends[NODES + leaf])
    if (held.length > 0) forest.leaves[tree * LEAVES + leaf] = (learningRate * held.reduce((sum, row) => sum + residuals[row], 0)) / held.length
  }
}

interface Split {
  feature: number
  cut: number
}

/** The split that takes most off the squared residuals, both sides holding `leafRows`; null where none takes anything. */
function bestSplit({ codes, width }: CodedRows, residuals: Float64Array, rows: Int32Array, leafRows: number): Split | null {
  if (rows.length < 2 * leafRows) return null
  const [sums, counts] = [new Float64Array(CODES), new Uint32Array(CODES)]
  let total = 0
  for (let i = 0; i < rows.length; i++) total += residuals[rows[i]]
  const unsplit = (total * total) / rows.length
  let best: Split | null = null
  let most = unsplit * (1 + 1e-12) + Number.MIN_VALUE
  for (let feature = 0; feature < width; feature++) {
    sums.fill(0)
    counts.fill(0)
    for (let i = 0; i < rows.length; i++) {
      const code = codes[rows[i] * width + feature]
      sums[code] += residuals[rows[i]]
      counts[code] += 1
    }
    let [sum, n] = [0, 0]
    for (let cut = 0; cut < ALL_LEFT && rows.length - n >= leafRows; cut++) {
      if (counts[cut] === 0) continue
      sum += sums[cut]
      n += counts[cut]
      if (n < leafRows || rows.length - n < leafRows) continue
      const split = (sum * sum) / n + ((total - sum) * (total - sum)) / (rows.length - n)
      if (split > most) [best, most] = [{ feature, cut }, split]
    }
  }
  return best
}

/** Brings the rows that go left to the front, in their order, the others behind them in theirs; gives how many go left. */
function partition({ codes, width }: CodedRows, rows: Int32Array, { feature, cut }: Split): number {
  const right: number[] = []
  let left = 0
  for (const row of rows) {
    if (codes[row * width + feature] <= cut) rows[left++] = row
    else right.push(row)
  }
  rows.set(right, left)
  return left
}
