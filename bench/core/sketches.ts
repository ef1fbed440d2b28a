import { createRequire } from 'node:module'
import { normal, seeded } from '../../src/core/random.ts'
import { addCategory, addNumeric, createCategorical, createNumeric } from '../../src/core/sketches/feature.ts'
import { addToDigest, createDigest, mergeDigest } from '../../src/core/sketches/digest.ts'
import { binOf } from '../../src/core/sketches/histogram.ts'
import { numericLayoutOf } from '../../src/core/sketches/layout.ts'
import { moments } from '../../src/core/sketches/moments.ts'
import { resolveParams } from '../../src/core/unit.ts'
import { whenStarted, type Task } from './per-record.ts'

const { TDigest } = createRequire(import.meta.url)('tdigest') as { TDigest: new () => { push(x: number): void } }

const records = 10_000
const random = seeded(1)
const values = Float64Array.from({ length: records }, () => normal(random))
const layout = numericLayoutOf(values)
const manyEdges = numericLayoutOf(values, { bins: 200 }).edges
const names = Array.from({ length: 50 }, (_, i) => `category-${i}`)

function digestTask(): Task {
  const digest = createDigest()
  return { name: 'digest add', records, unit: 'digest', run: () => { for (let i = 0; i < records; i++) addToDigest(digest, values[i]) } }
}

/** The rival, as the package is used by default. */
function npmDigestTask(): Task {
  const digest = new TDigest()
  return { name: 'digest add, npm tdigest', records, run: () => { for (let i = 0; i < records; i++) digest.push(values[i]) } }
}

function mergeTask(): Task {
  const pane = createDigest()
  for (const x of values) addToDigest(pane, x)
  return { name: 'digest merge of two full panes', records: 1, run: () => mergeDigest(createDigestOf(pane), pane) }
}

const createDigestOf = (d: ReturnType<typeof createDigest>) => ({ ...d, means: d.means.slice(), weights: d.weights.slice(), buffer: d.buffer.slice() })

function histogramTask(name: string, edges: Float64Array): Task {
  const counts = new Float64Array(edges.length + 1)
  return { name, records, unit: 'histogram', run: () => { for (let i = 0; i < records; i++) counts[binOf(edges, values[i])] += 1 } }
}

function momentsTask(): Task {
  const params = resolveParams(moments)
  const state = moments.init(params)
  return { name: 'moments add', records, unit: 'moments', run: () => { for (let i = 0; i < records; i++) moments.update(state, values[i], params) } }
}

function featureTask(): Task {
  const summary = createNumeric(layout)
  return { name: 'numeric feature: bins, atoms and digest', records, run: () => { for (let i = 0; i < records; i++) addNumeric(summary, values[i]) } }
}

function categoryTask(): Task {
  const summary = createCategorical({ kind: 'categorical', categories: names })
  return { name: 'categorical feature, 50 names', records, unit: 'categories', run: () => { for (let i = 0; i < records; i++) addCategory(summary, names[i % 50]) } }
}

export const tasks: readonly Task[] = [
  momentsTask(), digestTask(), npmDigestTask(), mergeTask(),
  histogramTask('histogram add, 9 edges', layout.edges), histogramTask('histogram add, 199 edges', manyEdges),
  featureTask(), categoryTask(),
]

await whenStarted(import.meta.url, tasks)
