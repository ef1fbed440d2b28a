/** The inferences of W1 in columns: seeded, so that one seed is one workload, and everything the truth is computed from. */
import { partitionOf } from '../../src/core/murmur2.ts'
import { normal, seeded, uniform, type Random } from '../../src/core/random.ts'
import { CATEGORIES, DELAY_MS_MAX, FEATURES, PARTITIONS, START_MS, WEIGHTS } from './workload.ts'

/** Inference i happens in millisecond i of the run: 1,000 a second. */
export interface Inferences {
  n: number
  /** 16 hex characters */
  ids: string[]
  /** by inference, `FEATURES` values each */
  x: Float64Array
  /** positions in CATEGORIES */
  c0: Uint8Array
  c1: Uint8Array
  score: Float64Array
  label: Uint8Array
  latencyMs: Float64Array
  /** position in SEGMENTS */
  segment: Uint8Array
  labelAtMs: Float64Array
  partition: Uint8Array
  /** inferences in the order of their labels */
  labelOrder: Uint32Array
}

export const featuresAtMs = (i: number): number => START_MS + i
export const predictionAtMs = (i: number): number => START_MS + i + 5
export const decisionOf = (score: number): 0 | 1 => (score >= 0.5 ? 1 : 0)

export function generate(n: number, seed = 1): Inferences {
  const random = seeded(seed)
  const w: Inferences = {
    n, ids: [], x: new Float64Array(n * FEATURES), c0: new Uint8Array(n), c1: new Uint8Array(n), score: new Float64Array(n), label: new Uint8Array(n),
    latencyMs: new Float64Array(n), segment: new Uint8Array(n), labelAtMs: new Float64Array(n), partition: new Uint8Array(n), labelOrder: new Uint32Array(n),
  }
  const [segment, c0, c1] = [picker([0.4, 0.3, 0.2, 0.1]), picker([0.4, 0.3, 0.15, 0.1, 0.05]), picker(CATEGORIES[1].map((_, i) => 1 / (i + 1)))]
  for (let i = 0; i < n; i++) {
    w.ids.push(idOf(i, seed))
    drawFeatures(w, i, random)
    w.score[i] = scoreOf(w, i, random)
    const flipped = i >= 0.8 * n && uniform(random) < 0.3
    w.label[i] = uniform(random) < w.score[i] !== flipped ? 1 : 0
    w.labelAtMs[i] = featuresAtMs(i) + Math.min(Math.round(-60_000 * Math.log(1 - uniform(random))), DELAY_MS_MAX)
    w.segment[i] = segment(random)
    w.c0[i] = c0(random)
    w.c1[i] = c1(random)
    w.latencyMs[i] = Math.exp(1.5 + 0.4 * normal(random))
    w.partition[i] = partitionOf(Buffer.from(w.ids[i]), PARTITIONS)
  }
  w.labelOrder = orderBy(w.labelAtMs)
  return w
}

/** x0 lognormal, x1 zero with probability .6 else lognormal, the others normal; x3 shifts by one after 60 % of the run. */
function drawFeatures({ x, n }: Inferences, i: number, random: Random): void {
  for (let j = 0; j < FEATURES; j++) x[i * FEATURES + j] = normal(random)
  const at = i * FEATURES
  x[at] = Math.exp(0.5 * x[at])
  x[at + 1] = uniform(random) < 0.6 ? 0 : Math.exp(0.5 * x[at + 1])
  if (i >= 0.6 * n) x[at + 3] += 1
}

function scoreOf({ x }: Inferences, i: number, random: Random): number {
  let margin = 0.5 * normal(random)
  for (let j = 0; j < FEATURES; j++) margin += WEIGHTS[j] * x[i * FEATURES + j]
  return 1 / (1 + Math.exp(-margin))
}

/** Draws a position with probability proportional to its weight. */
function picker(weights: readonly number[]): (random: Random) => number {
  let total = 0
  const cumulated = weights.map((weight) => (total += weight))
  return (random) => {
    const at = uniform(random) * total
    const found = cumulated.findIndex((sum) => at < sum)
    return found === -1 ? weights.length - 1 : found
  }
}

/** SplitMix64's finaliser over a counter: distinct, and spread over the partitions. */
function idOf(i: number, seed: number): string {
  let h = BigInt.asUintN(64, BigInt(i + seed * 1_000_003) + 0x9e3779b97f4a7c15n)
  h = BigInt.asUintN(64, (h ^ (h >> 30n)) * 0xbf58476d1ce4e5b9n)
  h = BigInt.asUintN(64, (h ^ (h >> 27n)) * 0x94d049bb133111ebn)
  return (h ^ (h >> 31n)).toString(16).padStart(16, '0')
}

/** Positions in ascending order of `values` (whole numbers from START_MS), earlier positions first among equals. */
export function orderBy(values: Float64Array): Uint32Array {
  const n = values.length
  const keys = values.map((value, i) => (value - START_MS) * n + i).sort()
  return Uint32Array.from(keys, (key) => key % n)
}
