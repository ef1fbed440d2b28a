/** What W1's output must say, computed from the generated inferences and not from summaries of them. */
import { decisionOf, featuresAtMs, orderBy, predictionAtMs, type Inferences } from './generate.ts'
import { CATEGORIES, edgesOf, FEATURES, PANE_MS, PARTITIONS, REFERENCE_PANES, SCORE_BINS, SEGMENTS, START_MS } from './workload.ts'

export interface Row {
  n: number
  labelled: number
  psi: number[] | null
  ks: number[] | null
  conf: Record<string, number[]>
  auc: number | null
  /** what binning the scores may change of the AUC */
  aucBound: number
  logloss: number | null
}

export interface Truth {
  /** by `partition/pane` */
  rows: Map<string, Row>
  /** running log-loss of the learner at the end, by partition */
  learner: number[]
  /** the flipped labels at the end of the run are enough for ADWIN to notice on every partition */
  hasChange: boolean
}

/** inferences */
const CHANGE_NOTICED_FROM = 100_000

export function truthOf(w: Inferences): Truth {
  const rows = new Map<string, Row>()
  const joinAtMs = Float64Array.from({ length: w.n }, (_, i) => Math.max(predictionAtMs(i), w.labelAtMs[i]))
  const joinOrder = orderBy(joinAtMs)
  const learner: number[] = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const own = (i: number) => w.partition[i] === partition
    const seen = byPane(Uint32Array.from({ length: w.n }, (_, i) => i).filter(own), featuresAtMs)
    const order = joinOrder.filter(own)
    const joined = byPane(order, (i) => joinAtMs[i])
    const reference = new Reference(w, [...seen].filter(([pane]) => pane < START_MS + REFERENCE_PANES * PANE_MS).flatMap(([, rows]) => rows))
    for (const pane of new Set([...seen.keys(), ...joined.keys()])) {
      rows.set(`${partition}/${pane}`, rowOf(w, pane, seen.get(pane) ?? [], joined.get(pane) ?? [], reference))
    }
    learner.push(learnerLogLoss(w, order))
  }
  return { rows, learner, hasChange: w.n >= CHANGE_NOTICED_FROM }
}

function byPane(indices: Uint32Array, atMs: (i: number) => number): Map<number, number[]> {
  const panes = new Map<number, number[]>()
  for (const i of indices) {
    const pane = Math.floor(atMs(i) / PANE_MS) * PANE_MS
    const held = panes.get(pane)
    if (held === undefined) panes.set(pane, [i])
    else held.push(i)
  }
  return panes
}

function rowOf(w: Inferences, pane: number, seen: number[], joined: number[], reference: Reference): Row {
  const conf: Record<string, number[]> = {}
  let logLossSum = 0
  for (const i of joined) {
    const counts = (conf[SEGMENTS[w.segment[i]]] ??= [0, 0, 0, 0])
    counts[2 * (1 - decisionOf(w.score[i])) + (1 - w.label[i])]++
    logLossSum -= Math.log(Math.min(1, Math.max(1e-15, w.label[i] === 1 ? w.score[i] : 1 - w.score[i])))
  }
  const compared = seen.length > 0 && pane >= START_MS + REFERENCE_PANES * PANE_MS
  return {
    n: seen.length, labelled: joined.length, conf, logloss: joined.length === 0 ? null : logLossSum / joined.length,
    psi: compared ? histogramsOf(w, seen).map((counts, f) => psiOf(counts, reference.histograms[f])) : null,
    ks: compared ? Array.from({ length: FEATURES }, (_, f) => ksOf(columnOf(w, seen, f), reference.columns[f])) : null,
    ...aucOf(w, joined),
  }
}

class Reference {
  readonly histograms: Float64Array[]
  readonly columns: Float64Array[]
  constructor(w: Inferences, indices: number[]) {
    this.histograms = histogramsOf(w, indices)
    this.columns = Array.from({ length: FEATURES }, (_, f) => columnOf(w, indices, f))
  }
}

function histogramsOf(w: Inferences, indices: number[]): Float64Array[] {
  const numeric = Array.from({ length: FEATURES }, (_, f) => {
    const edges = edgesOf(f)
    const counts = new Float64Array(edges.length + 1)
    for (const i of indices) counts[edges.filter((edge) => edge <= w.x[i * FEATURES + f]).length]++
    return counts
  })
  const categorical = [w.c0, w.c1].map((codes, c) => {
    const counts = new Float64Array(CATEGORIES[c].length)
    for (const i of indices) counts[codes[i]]++
    return counts
  })
  return [...numeric, ...categorical]
}

const columnOf = (w: Inferences, indices: number[], f: number): Float64Array => Float64Array.from(indices, (i) => w.x[i * FEATURES + f]).sort()

function psiOf(counts: Float64Array, reference: Float64Array): number {
  const total = (of: Float64Array) => of.reduce((sum, count) => sum + count, 0) + of.length / 2
  const [n, m] = [total(counts), total(reference)]
  return counts.reduce((sum, count, b) => {
    const [p, q] = [(count + 0.5) / n, (reference[b] + 0.5) / m]
    return sum + (p - q) * Math.log(p / q)
  }, 0)
}

/** sup |F − G| of two ascending samples, after all ties at a value. */
function ksOf(a: Float64Array, b: Float64Array): number {
  let [i, j, greatest] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    const x = Math.min(a[i], b[j])
    while (i < a.length && a[i] === x) i++
    while (j < b.length && b[j] === x) j++
    greatest = Math.max(greatest, Math.abs(i / a.length - j / b.length))
  }
  return greatest
}

/** Exact AUC, a tie counting half, and half of the pairs that share a score bin. */
function aucOf(w: Inferences, joined: number[]): { auc: number | null; aucBound: number } {
  const order = [...joined].sort((a, b) => w.score[a] - w.score[b])
  const [positives, negatives] = [new Float64Array(SCORE_BINS), new Float64Array(SCORE_BINS)]
  let [below, pairs] = [0, 0]
  for (let i = 0; i < order.length;) {
    let [tiedPositives, tiedNegatives] = [0, 0]
    for (const score = w.score[order[i]]; i < order.length && w.score[order[i]] === score; i++) {
      const bin = Math.min(Math.floor(score * SCORE_BINS), SCORE_BINS - 1)
      if (w.label[order[i]] === 1) positives[bin] += (tiedPositives++, 1)
      else negatives[bin] += (tiedNegatives++, 1)
    }
    pairs += tiedPositives * (below + tiedNegatives / 2)
    below += tiedNegatives
  }
  const all = below * (order.length - below)
  return all === 0 ? { auc: null, aucBound: 0 } : { auc: pairs / all, aucBound: positives.reduce((sum, n, b) => sum + n * negatives[b], 0) / 2 / all }
}

/** Scaler and SGD in River's order, each row scored before it is learnt. */
function learnerLogLoss({ x, label }: Inferences, order: Uint32Array): number {
  const [means, variances, weights, z] = Array.from({ length: 4 }, () => new Float64Array(FEATURES))
  let [bias, loss, n] = [0, 0, 0]
  const standardise = (i: number) => {
    for (let j = 0; j < FEATURES; j++) z[j] = variances[j] > 0 ? (x[i * FEATURES + j] - means[j]) / Math.sqrt(variances[j]) : 0
    return 1 / (1 + Math.exp(-z.reduce((sum, value, j) => sum + value * weights[j], bias)))
  }
  for (const i of order) {
    n++
    loss -= Math.log(Math.max(1e-15, Math.abs(1 - label[i] - standardise(i))))
    for (let j = 0; j < FEATURES; j++) {
      const deviation = x[i * FEATURES + j] - means[j]
      means[j] += deviation / n
      variances[j] += (deviation * (x[i * FEATURES + j] - means[j]) - variances[j]) / n
    }
    const gradient = standardise(i) - label[i]
    for (let j = 0; j < FEATURES; j++) weights[j] -= 0.01 * gradient * z[j]
    bias -= 0.01 * gradient
  }
  return loss / n
}
