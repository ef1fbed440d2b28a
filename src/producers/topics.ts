/** What the topics should be: partitions, retention, compaction and timestamps by role. */
import { isRekeyed, type InputRole, type ObservedRole, type OutputRole } from '../engine/ports.ts'

export type TopicRole = InputRole | OutputRole

export interface TopicPlan {
  /** configured names; a role that is not named is left alone */
  names: ReadonlyMap<TopicRole, string>
  /** of predictions, labels and features */
  observePartitions: number
  /** of these, those that are copied under another key: theirs may have any partition count */
  rekeyed: readonly ObservedRole[]
  /** of everything keyed by model */
  decidePartitions: number
  /** the longest of all models */
  labelHorizonMs: number
}

export interface TopicSpec {
  role: TopicRole
  name: string
  partitions: number
  /** whether another count is a difference */
  isCounted: boolean
  /** topic settings of Kafka, without replication, which is the cluster's */
  config: Readonly<Record<string, string>>
}

const DAY_MS = 86_400_000
const FOREVER = '-1'

type Count = 'observe' | 'decide' | 'both' | 'one'
/** `retention` in days; `compacted` keeps the last record of each key instead */
const layout: Readonly<Record<TopicRole, { count: Count; keep: 'compacted' | 'horizon' | 'forever' | number }>> = {
  'predictions': { count: 'observe', keep: 'horizon' },
  'labels': { count: 'observe', keep: 'horizon' },
  'features': { count: 'observe', keep: 'horizon' },
  'predictions-rekeyed': { count: 'observe', keep: 'horizon' },
  'labels-rekeyed': { count: 'observe', keep: 'horizon' },
  'features-rekeyed': { count: 'observe', keep: 'horizon' },
  'candidates': { count: 'decide', keep: 90 },
  'commands': { count: 'decide', keep: 90 },
  'panes': { count: 'decide', keep: 30 },
  'policies': { count: 'one', keep: 'compacted' },
  'profiles': { count: 'one', keep: 'compacted' },
  'ticks': { count: 'one', keep: 1 },
  'journal': { count: 'both', keep: 30 },
  'retrain-requested': { count: 'decide', keep: 90 },
  'promote': { count: 'decide', keep: 90 },
  'rollback': { count: 'decide', keep: 90 },
  'serving-config': { count: 'decide', keep: 'compacted' },
  'incidents': { count: 'decide', keep: 90 },
  'decisions': { count: 'decide', keep: 'forever' },
  'dead-letters': { count: 'both', keep: 30 },
}

/** Roles whose records wait for each other, some of them for as long as a label may take. */
export const joined: readonly TopicRole[] = ['predictions', 'labels', 'features', 'predictions-rekeyed', 'labels-rekeyed', 'features-rekeyed']

/** Groups of roles that are read together, partition p of each by one member. */
export const coPartitioned = (rekeyed: readonly ObservedRole[]): readonly (readonly TopicRole[])[] => [
  (['predictions', 'labels', 'features'] as const).map((role) => (rekeyed.includes(role) ? (`${role}-rekeyed` as const) : role)),
  ['panes', 'candidates', 'commands'],
]

/** The topics as they should be. A prediction must outlive its label's delay, and a day of outage, in the log. */
export function topicSpecs({ names, observePartitions, rekeyed, decidePartitions, labelHorizonMs }: TopicPlan): TopicSpec[] {
  const counts: Record<Count, number> = { observe: observePartitions, decide: decidePartitions, both: Math.max(observePartitions, decidePartitions), one: 1 }
  const horizonMs = Math.max(7 * DAY_MS, labelHorizonMs + DAY_MS)
  return [...names].filter(([role]) => !isRekeyed(role) || rekeyed.some((of) => role === `${of}-rekeyed`)).map(([role, name]) => {
    const { count, keep } = layout[role]
    const retention = keep === 'horizon' ? String(horizonMs) : keep === 'forever' ? FOREVER : String(Number(keep) * DAY_MS)
    return {
      role, name, partitions: counts[count], isCounted: !rekeyed.some((of) => of === role),
      config: {
        ...(keep === 'compacted' ? { 'cleanup.policy': 'compact' } : { 'cleanup.policy': 'delete', 'retention.ms': retention }),
        // a tick is the broker's own time; everything else carries the stream time of its cause
        'message.timestamp.type': role === 'ticks' ? 'LogAppendTime' : 'CreateTime',
      },
    }
  })
}

export interface TopicState {
  name: string
  partitions: number
  /** least number of copies that a partition has, and that are in sync */
  replicas: number
  inSync: number
  config: Readonly<Record<string, string>>
}

/** What differs in a way that matters, each in a clause; a longer retention or more safety than asked is no difference. */
export function differences(spec: TopicSpec, state: TopicState): string[] {
  const found: string[] = []
  if (spec.isCounted && state.partitions !== spec.partitions) found.push(`has ${state.partitions} partitions, not ${spec.partitions}`)
  for (const [name, wanted] of Object.entries(spec.config)) {
    const actual = state.config[name]
    if (actual === wanted || (name === 'retention.ms' && atLeast(actual, wanted))) continue
    found.push(`${name} is ${actual ?? 'not known'}, not ${wanted}`)
  }
  return found
}

const atLeast = (actual: string | undefined, wanted: string): boolean =>
  actual === FOREVER || (wanted !== FOREVER && Number(actual) >= Number(wanted))
