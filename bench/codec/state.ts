/**
 * The state codec on a pane summary's shape and on a pending index's: ours against cbor-x encoding the same.
 * `npx tsx bench/codec/state.ts`
 */
import { Encoder } from 'cbor-x/index-no-eval'
import { Bench } from 'tinybench'
import { stateCodec } from '../../src/codec/state.ts'

const outcomes = (i: number) => ({ n: i, tp: i, fp: i / 2, fn: 3, tn: 4, positives: new Uint32Array(100).fill(i), negatives: new Uint32Array(100), logLoss: i / 7 })
const pane = {
  kind: 'pane', model: 'fraud', startMs: 1_767_225_600_000, endMs: 1_767_225_610_000, task: 3, policyHash: 'f00d',
  features: Array.from({ length: 14 }, (_, i) => ({ name: `x${i}`, counts: new Float64Array(10).fill(i), digest: { means: new Float64Array(100).fill(i / 3), counts: new Float64Array(100) } })),
  versions: { v1: { version: 'v1', outcomes: outcomes(9), segments: Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`segment=seg${i}`, { predictions: i, outcomes: outcomes(i) }])) } },
}
const chunk = { hashes: new BigUint64Array(5_000), scores: new Float32Array(5_000), times: new Float64Array(5_000), codes: new Uint16Array(5_000) }

const theirs = new Encoder({ useRecords: false, mapsAsObjects: true, copyBuffers: true, variableMapSize: true })
const bench = new Bench({ time: 1000 })
for (const [name, value] of Object.entries({ pane, chunk })) {
  const bytes = stateCodec.encode(value)
  bench.add(`encode ${name} (${bytes.length} B)`, () => { stateCodec.encode(value) })
  bench.add(`encode ${name}, cbor-x`, () => { Uint8Array.prototype.slice.call(theirs.encode(value)) })
  bench.add(`decode ${name}`, () => { stateCodec.decode(bytes) })
}

await bench.run()
console.table(bench.tasks.map(({ name, result }) => ('latency' in result
  ? { task: name, 'µs (p50)': Number((result.latency.p50 * 1000).toFixed(1)), least: Number((result.latency.min * 1000).toFixed(1)) } : { task: name })))
