/** The whole settings file but for the models, whose policies are parsed one by one (policy-schema.ts). */
import { z } from 'zod'
import { count, duration, name, section, size } from './schema.ts'

/** Every topic the program reads or writes, by role. */
export const topicRoles = [
  'predictions', 'labels', 'features', 'predictions-rekeyed', 'labels-rekeyed', 'features-rekeyed', 'candidates', 'commands', 'policies', 'profiles', 'ticks', 'panes', 'journal',
  'retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'dead-letters',
] as const
export type TopicRole = (typeof topicRoles)[number]

/** Where a value stands in a record of the user's: a dotted path, or the same value for every record. */
const source = z.union([name().transform((path) => ({ path })), section({ constant: z.union([z.string(), z.number(), z.boolean()]) })])

/** Fields common to every mapping. */
const common = { inferenceId: source.optional(), model: source.optional(), time: source.optional() }
const leftover = { features: name().nullable().prefault(null), ignore: z.array(name()).prefault([]) }

const mappings = {
  predictions: section({
    ...common, version: source.optional(), score: source.optional(), decision: source.optional(), acted: source.optional(), outcome: source.optional(),
    errorCode: source.optional(), entityId: source.optional(), configSequence: source.optional(), latencyMs: source.optional(), cost: source.optional(),
    segments: z.record(name(), name()).prefault({}), classScores: z.union([name(), z.record(name(), name())]).optional(), ...leftover,
  }),
  features: section({ ...common, ...leftover }),
  labels: section({ ...common, label: source.optional(), weight: source.optional() }),
}

const input = <Mapping extends z.ZodType>(mapping: Mapping) => section({
  mapping: mapping.nullable().prefault(null),
  /** the topic has another key, partitioner or partition count: its records are copied to their inference id's partition first */
  rekey: z.boolean().prefault(false),
}).prefault({})

const topicName = (role: TopicRole) => name().prefault(role)
const topics = section(Object.fromEntries(topicRoles.map((role) => [role, topicName(role)])) as Record<TopicRole, ReturnType<typeof topicName>>)

const files = { caFile: name().nullable().prefault(null), certFile: name().nullable().prefault(null), keyFile: name().nullable().prefault(null) }

const kafka = section({
  brokers: z.array(name()).min(1).prefault(['localhost:9092']),
  clientId: name().prefault('model-steward'),
  groupPrefix: name().prefault('steward'),
  ssl: z.union([z.boolean(), section({ ...files, rejectUnauthorized: z.boolean().prefault(true) })]).prefault(false),
  sasl: section({ mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']), username: name(), password: z.string() }).nullable().prefault(null),
  topics: topics.prefault({}),
  partitions: section({ observe: count().prefault(4), decide: count().prefault(2) }).prefault({}),
  replication: count().nullable().prefault(null),
  sessionTimeout: duration(1000).prefault('30s'),
  heartbeat: duration(100).prefault('3s'),
  rebalanceTimeout: duration(1000).prefault('30s'),
}).check(({ value, issues }) => {
  // three missed heartbeats are a dead worker; a session that one pause can outlast is none
  if (value.sessionTimeout < 3 * value.heartbeat) issues.push({ code: 'custom', path: ['heartbeat'], message: 'must be at most a third of `kafka.sessionTimeout`', input: value })
})

const redis = section({
  url: name().prefault('redis://localhost:6379'),
  username: name().nullable().prefault(null),
  password: z.string().nullable().prefault(null),
  prefix: name().prefault('steward'),
  caFile: name().nullable().prefault(null),
  cluster: z.boolean().prefault(false),
})

export const configSchema = section({
  kafka: kafka.prefault({}),
  redis: redis.prefault({}),
  registry: section({ url: name(), username: name().nullable().prefault(null), password: z.string().nullable().prefault(null) }).nullable().prefault(null),
  schemaFiles: z.record(z.string().regex(/^\d+$/, 'must be the number of a schema id'), name()).prefault({}),
  inputs: section({ predictions: input(mappings.predictions), labels: input(mappings.labels), features: input(mappings.features) }).prefault({}),
  limits: section({
    epoch: duration(10).prefault('1s'),
    maxEpoch: duration(10).prefault('10s'),
    maxStoreBytesPerSecond: size().prefault('16MiB'),
    maxBufferRecords: count().prefault(20_000),
    maxPanePart: size(1024).prefault('512KiB'),
    maxDeadLetter: size(0).prefault('64KiB'),
  }).prefault({}),
  http: section({ host: name().prefault('127.0.0.1'), port: z.int().min(0).max(65_535).prefault(8080) }).nullable().prefault({}),
  log: section({ level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).prefault('info') }).prefault({}),
  models: z.record(name(), z.unknown()).nullable().prefault({}),
})

export type ConfigSettings = z.infer<typeof configSchema>
