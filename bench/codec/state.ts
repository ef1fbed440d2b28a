/**
 * The state codec on a pane summary's shape and on a pending index's: ours against cbor-x encoding the same.
 * `npx tsx bench/codec/state.ts`
 */
import { Encoder } from 'cbor-x/index-no-eval'
import { stateCodec } from '../../src/codec/state.ts'
import { whenStarted, type Task } from '../core/per-record.ts'

const outcomes = (i: number) => ({ n: i, tp: i, fp: i / 2, fn: 3, tn: 4, positives: new Uint32Array(100).fill(i), negatives: new Uint32Array(100), logLoss: i / 7 })
const pane = {
  kind: 'pane', model: 'fraud', startMs: 1_767_225_600_000, endMs: 1_767_225_610_000, task: 3, policyHash: 'f00d',
  features: Array.from({ length: 14 }, (_, i) => ({ name: `x${i}`, counts: new Float64Array(10).fill(i), digest: { means: new Float64Array(100).fill(i / 3), counts: new Float64Array(100) } })),
  versions: { v1: { version: 'v1', outcomes: outcomes(9), segments: Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`segment=seg${i}`, { predictions: i, outcomes: outcomes(i) }])) } },
}
const chunk = { hashes: new BigUint64Array(5_000), scores: new Float32Array(5_000), times: new Float64Array(5_000), codes: new Uint16Array(5_000) }

const theirs = new Encoder({ useRecords: false, mapsAsObjects: true, copyBuffers: true, variableMapSize: true })

export const tasks: readonly Task[] = Object.entries({ pane, chunk }).flatMap(([name, value]): Task[] => {
  const bytes = stateCodec.encode(value)
  return [
    { name: `encode ${name} (${bytes.length} B)`, records: 1, run: () => { stateCodec.encode(value) } },
    { name: `encode ${name}, cbor-x`, records: 1, run: () => { Uint8Array.prototype.slice.call(theirs.encode(value)) } },
    { name: `decode ${name}`, records: 1, run: () => { stateCodec.decode(bytes) } },
  ]
})

await whenStarted(import.meta.url, tasks)
