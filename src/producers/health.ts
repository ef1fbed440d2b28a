/** What `doctor` looks at in Kafka. */
import { connect } from 'node:net'
import type { Admin, Kafka } from 'kafkajs'
import { topicStates, withAdmin } from './admin.ts'
import { coPartitioned, differences, joined } from './topics.ts'
import type { ObservedRole } from '../engine/ports.ts'
import type { TopicRole, TopicSpec, TopicState } from './topics.ts'

export interface Finding {
  check: string
  ok: boolean
  /** what was seen */
  found: string
  /** what to do; empty when all is well */
  fix: string
}

export interface HealthOptions {
  kafka: Kafka
  specs: readonly TopicSpec[]
  /** topics that are copied under another key */
  rekeyed: readonly ObservedRole[]
  /** the longest of all models */
  labelHorizonMs: number
}

const CONNECT_WITHIN_MS = 2000
const HOUR_MS = 3_600_000

/** Findings about brokers, topics, equal partition counts, timestamps, copies and retention. Never rejects: a cluster that does not answer is a finding. */
export async function brokerHealth({ kafka, specs, rekeyed, labelHorizonMs }: HealthOptions): Promise<Finding[]> {
  try {
    return await withAdmin(kafka, 'asking the cluster', async (admin) => {
      const states = await topicStates(admin, specs.map(({ name }) => name))
      return [
        ...await brokersReachable(admin),
        ...specs.map((spec) => topicAsPlanned(spec, states.get(spec.name))),
        ...coPartitioned(rekeyed).flatMap((roles) => sameCount(roles, specs, states)),
        ...[...states.values()].flatMap(allInSync),
        ...specs.flatMap((spec) => outlivesHorizon(spec, states.get(spec.name), labelHorizonMs)),
        ...rekeyed.flatMap((role) => copiesOutlive(role, specs, states)),
      ]
    })
  } catch (error) {
    return [{ check: 'kafka answers', ok: false, found: (error as Error).message, fix: 'Check kafka.brokers, TLS and the password in the configuration, and that the brokers run.' }]
  }
}

async function brokersReachable(admin: Admin): Promise<Finding[]> {
  const { brokers } = await admin.describeCluster()
  return Promise.all(brokers.map(async ({ host, port }) => {
    const ok = await answers(host, port)
    return {
      check: `broker ${host}:${port} can be reached`, ok, found: ok ? 'it can' : `no connection within ${CONNECT_WITHIN_MS / 1000} s`,
      fix: ok ? '' : 'This is the address that the broker advertises (advertised.listeners): it must be one that works from this machine.',
    }
  }))
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    const end = (ok: boolean) => {
      socket.destroy()
      resolve(ok)
    }
    socket.setTimeout(CONNECT_WITHIN_MS, () => end(false)).on('error', () => end(false)).on('connect', () => end(true))
  })
}

function topicAsPlanned(spec: TopicSpec, state: TopicState | undefined): Finding {
  const check = `topic ${spec.name} (${spec.role})`
  if (state === undefined) return { check, ok: false, found: 'it does not exist', fix: 'Run `steward topics create`, or correct its name in the configuration.' }
  const found = differences(spec, state)
  if (found.length === 0) return { check, ok: true, found: `${state.partitions} partitions`, fix: '' }
  return { check, ok: false, found: found.join('; '), fix: `Change the settings with kafka-configs.sh --alter --entity-type topics --entity-name ${spec.name}; a partition count is fixed at first start.` }
}

function sameCount(roles: readonly TopicRole[], specs: readonly TopicSpec[], states: ReadonlyMap<string, TopicState>): Finding[] {
  const counted = specs.filter(({ role, name }) => roles.includes(role) && states.has(name)).map(({ name }) => ({ name, count: states.get(name)!.partitions }))
  if (counted.length < 2) return []
  const ok = new Set(counted.map(({ count }) => count)).size === 1
  return [{
    check: `${counted.map(({ name }) => name).join(', ')} have as many partitions as each other`, ok,
    found: counted.map(({ name, count }) => `${name} ${count}`).join(', '),
    fix: ok ? '' : 'Records of one inference must meet on one worker: set inputs.<name>.rekey: true for the one that differs, or recreate it with the partition count of its fellows and load it anew.',
  }]
}

function allInSync({ name, replicas, inSync }: TopicState): Finding[] {
  if (inSync >= replicas) return []
  return [{ check: `copies of ${name} are in sync`, ok: false, found: `${inSync} of ${replicas} in the worst partition`, fix: 'A broker is down or behind; writes stop below min.insync.replicas.' }]
}

/** What waits for a label longer than the log keeps it cannot be replayed, nor read again after a loss of state. */
function outlivesHorizon({ role, name }: TopicSpec, state: TopicState | undefined, labelHorizonMs: number): Finding[] {
  if (state === undefined || !joined.includes(role) || !state.config['cleanup.policy']?.includes('delete')) return []
  const retentionMs = Number(state.config['retention.ms'])
  const ok = retentionMs === -1 || retentionMs >= labelHorizonMs
  const hours = (ms: number): string => (ms === -1 ? 'forever' : `${Math.round(ms / HOUR_MS)} h`)
  return [{
    check: `${name} is kept for as long as labels are waited for`, ok, found: `retention ${hours(retentionMs)}, labelHorizon ${hours(labelHorizonMs)}`,
    fix: ok ? '' : `Raise retention.ms of ${name} to ${labelHorizonMs} or more, or lower time.labelHorizon.`,
  }]
}

/** Copies keep the stamps of what they are copies of: a shorter retention takes them soon after they are written. */
function copiesOutlive(role: ObservedRole, specs: readonly TopicSpec[], states: ReadonlyMap<string, TopicState>): Finding[] {
  const stateOf = (of: TopicRole) => states.get(specs.find((spec) => spec.role === of)?.name ?? '')
  const [original, copy] = [stateOf(role), stateOf(`${role}-rekeyed`)]
  if (original === undefined || copy === undefined) return []
  const [wantedMs, actualMs] = [original, copy].map(({ config }) => Number(config['retention.ms'])).map((ms) => (ms === -1 ? Infinity : ms))
  const ok = actualMs >= wantedMs
  return [{
    check: `${copy.name} is kept for as long as ${original.name}`, ok, found: `retention.ms ${copy.config['retention.ms']}, of the original ${original.config['retention.ms']}`,
    fix: ok ? '' : `Set retention.ms of ${copy.name} to ${original.config['retention.ms']}: copies keep their stamps, and old ones would be gone before they are read.`,
  }]
}
