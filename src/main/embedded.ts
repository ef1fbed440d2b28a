/** Both topologies in this process, over JSON records and a memory store: for the demo, replay and tests. */
import { createDecoder, type Decoder } from '../codec/decoder.ts'
import { createEncoder, type Encoder } from '../codec/encoder.ts'
import { stateCodec } from '../codec/state.ts'
import { EmbeddedRun, type EmbeddedOptions } from '../engine/embedded.ts'
import type { InputRole, StateStore } from '../engine/ports.ts'
import type { Rekeyed } from '../engine/programs/rekey.ts'
import { createMemoryStore } from '../state/memory.ts'
import { policyEnvironment } from './policies.ts'
import { topologiesOf } from './topologies.ts'

export interface Embedded {
  run: EmbeddedRun
  decoder: Decoder
  encoder: Encoder
  /** Publishes a record of an input topic at a stream time. */
  publish(role: InputRole, key: string | null, timestampMs: number, record: unknown): void
}

export interface EmbeddedSettings {
  partitions: number
  decidePartitions?: number
  rekeyed?: Rekeyed
  /** raw settings of models that no published policy names */
  defaults?: unknown
  store?: StateStore
  onPublished?: EmbeddedOptions['onPublished']
  epochRecordsMax?: number
  dies?: EmbeddedOptions['dies']
}

export async function startEmbedded({ partitions, decidePartitions = 1, rekeyed = {}, defaults = {}, store = createMemoryStore(), ...rest }: EmbeddedSettings): Promise<Embedded> {
  const decoder = createDecoder()
  const encoder = await createEncoder({ format: 'json' })
  const topologies = topologiesOf(policyEnvironment(defaults), { observe: partitions, rekeyed })
  const run = await EmbeddedRun.start({
    partitions, decidePartitions, rekeyed, store, ...rest,
    settings: ({ topology }) => ({ ...topologies(topology), decoder, encoder, codec: stateCodec, topicName: (role) => role }),
  })
  const bytes = new TextEncoder()
  return {
    run, decoder, encoder,
    publish(role, key, timestampMs, record) {
      run.append(role, { key: key === null ? null : bytes.encode(key), timestampMs, value: encoder.encodeInput(role, record).value })
    },
  }
}
