/** The constants of workload W1; see docs/benchmarks.md. */

export const START_MS = Date.UTC(2026, 0, 1)
export const PANE_MS = 10_000
export const DELAY_MS_MAX = 600_000
export const PARTITIONS = 4
export const FEATURES = 12
/** the first panes with features, a partition: what drift is measured against */
export const REFERENCE_PANES = 5
export const SCORE_BINS = 100

const EDGES_POSITIVE = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4]
const EDGES = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]
/** Inner edges of feature `x<j>`: a value's bin is the number of edges at or below it. */
export const edgesOf = (feature: number): readonly number[] => (feature < 2 ? EDGES_POSITIVE : EDGES)
export const WEIGHTS = [0.3, -0.2, 0.8, -0.6, 0.5, 0.4, -0.3, 0.2, -0.1, 0.1, 0, 0]

export const MODEL = 'm00'
export const VERSION = 'v1'
export const CATEGORIES = [['a', 'b', 'c', 'd', 'e'], Array.from({ length: 40 }, (_, i) => `k${String(i).padStart(2, '0')}`)] as const
export const SEGMENTS = ['seg0', 'seg1', 'seg2', 'seg3']

export const topics = { features: 'w1-features', predictions: 'w1-predictions', labels: 'w1-labels' } as const
export type Role = keyof typeof topics
export const roles = Object.keys(topics) as Role[]
export const OUT_TOPIC = 'w1-out-steward'

/** One record of the output: a pane of one model on one partition. */
export interface Summary {
  pane: number
  partition: number
  model: string
  /** feature records */
  n: number
  /** per feature, x0…x11, c0, c1; null in the reference panes and without features */
  psi: number[] | null
  /** per numeric feature */
  ks: number[] | null
  /** p50, p95, p99 per numeric feature; null without features */
  q: (number | null)[][] | null
  /** joined inferences */
  labelled: number
  /** [tp, fp, fn, tn] by segment */
  conf: Record<string, number[]>
  auc: number | null
  logloss: number | null
  /** positives and negatives by score bin */
  bins: [number[], number[]]
  learner: { n: number; logloss: number }
  adwin: { width: number; mean: number; detections: number }
}
