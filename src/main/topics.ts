/** The topics as they should be, and as they are. */
import type { TopicStatus } from '../cli/services.ts'
import type { Config } from '../config/config.ts'
import { topicRoles } from '../config/config-schema.ts'
import { createTopics as createMissing, describeTopics, type TopicReport } from '../producers/admin.ts'
import { differences, topicSpecs, type TopicSpec } from '../producers/topics.ts'
import type { Reach } from './inspect.ts'
import { policyEnvironment } from './policies.ts'
import { rekeyedRolesOf } from './topologies.ts'

/** The longest label horizon of any model: what retention must cover. */
export const labelHorizonOf = ({ models }: Config): number =>
  Math.max(policyEnvironment().defaultPolicy('').time.labelHorizonMs, ...Object.values(models).map(({ policy }) => policy.time.labelHorizonMs))

export function specsOf(config: Config): TopicSpec[] {
  const { topics, partitions } = config.kafka
  return topicSpecs({
    names: new Map(topicRoles.map((role) => [role, topics[role]])),
    observePartitions: partitions.observe, rekeyed: rekeyedRolesOf(config), decidePartitions: partitions.decide, labelHorizonMs: labelHorizonOf(config),
  })
}

/** Compares every topic with what the settings ask for. */
export async function topics({ config, kafka }: Pick<Reach, 'config' | 'kafka'>): Promise<TopicStatus[]> {
  const specs = specsOf(config)
  const found = new Map((await describeTopics(kafka, specs.map(({ name }) => name))).map((state) => [state.name, state]))
  return specs.map((spec) => {
    const state = found.get(spec.name)
    if (state === undefined) return statusOf(spec, 'missing', 'run `steward topics create`')
    const differing = differences(spec, state)
    return statusOf({ ...spec, partitions: state.partitions }, differing.length === 0 ? 'present' : 'differs', differing.join('; '))
  })
}

export async function createTopics({ config, kafka }: Pick<Reach, 'config' | 'kafka'>): Promise<TopicStatus[]> {
  const specs = specsOf(config)
  const reports = new Map((await createMissing(kafka, specs, { replicas: config.kafka.replication ?? undefined })).map((report) => [report.name, report]))
  return specs.map((spec) => {
    const { outcome, differences: differing } = reports.get(spec.name)!
    return statusOf(spec, stateOf[outcome], differing.join('; '))
  })
}

const stateOf = { created: 'created', exists: 'present', differs: 'differs' } as const satisfies Record<TopicReport['outcome'], TopicStatus['state']>

function statusOf({ role, name, partitions, config }: TopicSpec, state: TopicStatus['state'], text: string): TopicStatus {
  return { role, topic: name, partitions, cleanup: config['cleanup.policy'] === 'compact' ? 'compact' : 'delete', state, text }
}
