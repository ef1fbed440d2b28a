/** What a run came to, in lines that can be compared: of the embedded run, and of a cluster. */
import { createHash } from 'node:crypto'
import { policyRecord } from '../../src/config/policy.ts'
import { checkUnitInTables } from '../../src/config/units.ts'
import { stateCodec } from '../../src/codec/state.ts'
import type { OutputRole } from '../../src/engine/ports.ts'
import { originOf } from '../../src/engine/origin.ts'
import type { Rekeyed } from '../../src/engine/programs/rekey.ts'
import { startEmbedded } from '../../src/main/embedded.ts'
import { HOUR, type Published } from '../main/traffic.ts'
import { PARTITIONS, type Cluster } from './cluster.ts'

const roles: readonly OutputRole[] = ['retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'dead-letters']

export interface Outcome {
  /** events of every role, each model's in order */
  events: string[]
  /** what each observe task told decide, in its order: kind and hash of the content */
  panes: string[]
}

export const policies = (models: Readonly<Record<string, unknown>>): Published[] =>
  Object.entries(models).map(([model, settings]) => ['policies', model, 0, policyRecord(model, settings, { effectiveFrom: 0, issuer: 'test' }, checkUnitInTables)])

/** What the embedded run comes to, and the profiles it made: they are part of a capture. `hours`: stream time of the records. */
export async function embeddedOutcome(models: Readonly<Record<string, unknown>>, records: readonly Published[], [from, to]: [number, number], rekeyed: Rekeyed = {}): Promise<Outcome & { profiles: Published[] }> {
  const embedded = await startEmbedded({ partitions: PARTITIONS, decidePartitions: 2, rekeyed })
  const { run, decoder } = embedded
  for (const record of [...policies(models), ...records]) embedded.publish(...record)
  for (let atMs = from; atMs < to; atMs += HOUR) await run.runTo(atMs)
  await run.finish()
  const decoded = (role: OutputRole) => run.topic(role).partitions.flat().map((raw) => {
    const result = decoder.decodeOutput(role, raw.value!)
    if (result.ok !== true) throw new Error(`an event of ${role} cannot be decoded`)
    return { timestampMs: raw.timestampMs, event: result.record }
  })
  const panes = run.topic('panes').partitions.flatMap((records_, partition) => records_.map((raw) => ({ task: originOf(raw)!.task, partition, value: raw.value! })))
  return {
    events: roles.flatMap((role) => byModel(role, decoded(role))),
    panes: byTask(panes),
    profiles: decoded('profiles').map(({ timestampMs, event }): Published => ['profiles', (event as { model: string }).model, timestampMs, event]),
  }
}

export async function clusterOutcome(cluster: Cluster): Promise<Outcome> {
  const events = await Promise.all(roles.map(async (role) => byModel(role, await cluster.events(role))))
  return { events: events.flat(), panes: byTask(await cluster.panes()) }
}

interface Found {
  timestampMs: number
  event: unknown
}

const modelOf = ({ event }: Found): string => (event as { model?: string }).model ?? ''

/** A model's events are all on one partition, whatever the count of partitions. */
const byModel = (role: OutputRole, found: readonly Found[]): string[] =>
  [...found].sort((a, b) => (modelOf(a) < modelOf(b) ? -1 : modelOf(a) > modelOf(b) ? 1 : 0)).map(({ timestampMs, event }) => `${role} ${timestampMs} ${JSON.stringify(event)}`)

/** Tasks interleave as they come; each task's own order counts. */
function byTask(panes: readonly { task: string; partition: number; value: Uint8Array }[]): string[] {
  const lines = panes.map(({ task, partition, value }) => {
    const { kind, model = '', startMs = '' } = stateCodec.decode(value) as { kind: string; model?: string; startMs?: number }
    return { of: `${task} to ${partition}`, text: `${kind} ${model} ${startMs} ${createHash('sha256').update(value).digest('hex')}` }
  })
  return lines.sort((a, b) => (a.of < b.of ? -1 : a.of > b.of ? 1 : 0)).map(({ of, text }) => `${of}: ${text}`)
}
