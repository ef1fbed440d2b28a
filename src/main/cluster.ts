/** `steward run`: both topologies against Kafka, Redis and (where there is one) the registry. */
import type { Kafka } from 'kafkajs'
import { startHealthServer, type HealthServer } from '../api/health.ts'
import type { RunOptions, RunSummary } from '../cli/services.ts'
import { stateCodec } from '../codec/state.ts'
import type { Config } from '../config/config.ts'
import { createKafkaSource } from '../consumers/kafka.ts'
import { createKafkaTable } from '../consumers/table.ts'
import { partitionOf } from '../core/murmur2.ts'
import { taskName, type Clock, type FencedSink, type InputRole, type ObservedRole, type OutputRole, type Source, type StateStore, type TaskId } from '../engine/ports.ts'
import { rekeyedRole, rekeyedTopic } from '../engine/programs/rekey.ts'
import type { RecoveryLog } from '../engine/recovery.ts'
import { TableFeed } from '../engine/tables.ts'
import { Worker } from '../engine/worker.ts'
import type { DrainEnds, WorkerOptions } from '../engine/worker-options.ts'
import { StewardError } from '../errors.ts'
import { withAdmin } from '../producers/admin.ts'
import { createKafkaFencedSink } from '../producers/fenced.ts'
import { createKafkaSink } from '../producers/kafka.ts'
import { kafkaTicks, startTicker } from '../producers/ticker.ts'
import type { Log } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { configAt, decoderOf, edgeLog, encoderOf, kafkaOf, logOf, redisAddressOf, storeOf, topicOf, topicsOf } from './clients.ts'
import { drainEnds } from './drain-ends.ts'
import { openJournalTail } from './journal-tail.ts'
import { policyEnvironment } from './policies.ts'
import { specsOf } from './topics.ts'
import { publishMissingPolicies } from './publish.ts'
import { RunReport } from './report.ts'
import { clusterInputs } from './task-inputs.ts'
import { decidedRoles, observedRoles, observedTopics, publishedOver, rekeyedRolesOf, rekeyTopology, topologiesOf } from './topologies.ts'

const outputRoles: readonly OutputRole[] = [
  'panes', 'journal', 'profiles', 'retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'dead-letters',
]
const writtenRoles = [
  'profiles', 'retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'dead-letters', 'policies', 'ticks',
] as const

/** Clients may wait for a broker that does not answer; by the time they are closed all that matters is committed. */
const CLOSE_MS_MAX = 3000

const clock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
}

/** Runs until drained, stopped by the signal, or unable to go on. */
export async function runCluster(options: RunOptions): Promise<RunSummary> {
  const config = await configAt(options.config)
  const log = logOf(config)
  log.info('starting', { brokers: config.kafka.brokers.join(', '), redis: new URL(redisAddressOf(config).url).host, config: options.config ?? 'defaults' })
  const kafka = kafkaOf(config, log)
  const closing: (() => Promise<unknown>)[] = []
  try {
    const store = await storeOf(config, log)
    closing.push(() => store.stop())
    return await run(config, kafka, store, options, log, closing)
  } finally {
    for (const close of closing.reverse()) await within(CLOSE_MS_MAX, close()).catch((error: unknown) => log.warn('could not close cleanly', {}, error))
  }
}

async function run(
  config: Config, kafka: Kafka, store: StateStore, { drain, signal, onProgress }: RunOptions, log: Log, closing: (() => Promise<unknown>)[],
): Promise<RunSummary> {
  const rekeyed = rekeyedRolesOf(config)
  const counts = await partitionsOf(config, kafka, rekeyed)
  const partitions = Math.min(...observedTopics(rekeyed).map((role) => counts.get(role)!))
  const [decoder, encoder] = await Promise.all([decoderOf(config), encoderOf(config, writtenRoles)])
  await publishMissingPolicies(config, kafka, decoder, encoder, log)
  const topics = topicsOf(config, [...outputRoles, ...rekeyed.map(rekeyedRole)])
  const sink = await createKafkaSink({ kafka, topics })
  closing.push(() => sink.stop())
  const sessions = await createKafkaFencedSink({ kafka, topics })
  // another installation on the same brokers has tasks of the same names
  const fenced: FencedSink = { open: (id) => sessions.open(`${config.kafka.groupPrefix}-${id}`) }
  const metrics = createMetrics()
  const report = new RunReport(metrics, log, onProgress)
  const edges = edgeLog(log)
  const order = drain ? 'stream-time' : 'live'
  let failTables: (error: unknown) => void = () => {}
  const tablesFailed = new Promise<never>((_, reject) => { failTables = reject })
  tablesFailed.catch(() => {})
  const table = (role: InputRole, fromEnd = false) => createKafkaTable({
    kafka, role, topic: topicOf(config, role), groupPrefix: `${config.kafka.groupPrefix}-table`, log: edges, fromEnd, onFailed: failTables,
    sessionTimeoutMs: config.kafka.sessionTimeout, heartbeatMs: config.kafka.heartbeat,
  })
  const feed = new TableFeed({
    tables: [table('policies'), table('profiles')], ticks: table('ticks', !drain), decoder, order, clock, onFailed: failTables,
    onRetry: (error) => report.trouble({}, 'loading the schema of a table', error),
  })
  await feed.start()
  closing.push(() => feed.stop())

  const tail = await openJournalTail({ config, kafka, log })
  closing.push(() => tail.stop())
  const recovery: RecoveryLog = {
    journal: (id, sinceMs) => tail.read(partitionOf(Buffer.from(taskName(id)), sink.partitionCount('journal')), sinceMs),
    inputs: clusterInputs({ config, kafka, log }, signal),
  }

  const source = (group: string, roles: readonly InputRole[]) => createKafkaSource({
    kafka, groupId: `${config.kafka.groupPrefix}-${group}`, topics: topicsOf(config, roles), log: edges,
    sessionTimeoutMs: config.kafka.sessionTimeout, heartbeatMs: config.kafka.heartbeat, rebalanceTimeoutMs: config.kafka.rebalanceTimeout,
    onMismatch: (counts) => log.error('topics that are read together have different partition counts; only the common ones are read', Object.fromEntries(counts)),
  })
  const policies = policyEnvironment()
  const rekeyedCounts = Object.fromEntries(rekeyed.map((role) => [role, counts.get(role)!]))
  const topologies = topologiesOf(policies, { observe: partitions, rekeyed: rekeyedCounts })
  const shared = {
    order, decoder, encoder, codec: stateCodec, partitionCount: publishedOver(partitions, (role) => sink.partitionCount(role)), topicName: (role: InputRole) => topicOf(config, role),
    partBytesMax: config.limits.panePartBytesMax, deadLetterBytesMax: config.limits.deadLetterBytesMax,
    upstreamRecordsMax: config.limits.bufferRecordsMax, maxFutureSkewMs: futureSkewOf(config), silenceMsMax: paneGraceOf(config),
  } as const
  const partitionsOfTopology = (topology: TaskId['topology']): number => {
    const role = rekeyedTopic(topology)
    if (role !== null) return rekeyedCounts[role]
    return topology === 'observe' ? partitions : Infinity
  }
  const worker = (topology: TaskId['topology'], over: Pick<WorkerOptions, 'source' | 'fenced' | 'drain'>) => new Worker({
    topology, partitions: partitionsOfTopology(topology), feed, store, sink, clock, recovery, limits: workerLimits(config), events: report.events(topology), settings: () => ({ ...shared, ...topologies(topology) }), ...over,
  })
  const rekeySources = new Map(rekeyed.map((role) => [role, source(rekeyTopology(role), [role])]))
  const observeSource = source('observe', observedTopics(rekeyed))
  const decideSource = source('decide', decidedRoles)
  const ends = drainEnds(observeSource, partitions, rekeySources, rekeyedCounts)
  const draining = (own: Source, upstream: DrainEnds['upstream']) => (drain ? { own: ends.of(own), upstream } : null)
  const rekey = [...rekeySources].map(([role, own]) => worker(rekeyTopology(role), { source: own, fenced: null, drain: draining(own, () => Promise.resolve(new Map())) }))
  const observe = worker('observe', { source: observeSource, fenced: null, drain: draining(observeSource, ends.ofRekeyTasks) })
  const decide = worker('decide', { source: decideSource, fenced, drain: draining(decideSource, ends.ofObserveTasks) })
  const workers = [...rekey, observe, decide]
  const health = await startHealth(config, workers, metrics)
  closing.push(() => health?.stop() ?? Promise.resolve())
  await Promise.all(workers.map((it) => it.start()))
  const stopWorkers = () => Promise.all(workers.map((it) => it.stop()))
  closing.push(stopWorkers)
  const ticking = drain ? null : startTicking(config, kafka, encoder, observe, (error) => report.trouble({}, 'ticking', error))
  closing.push(() => ticking?.stop() ?? Promise.resolve())
  log.info(drain ? 'draining' : 'running', { partitions, ...(rekeyed.length > 0 && { rekeying: rekeyed.join(', ') }) })
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  const outcomes: Promise<unknown>[] = [stopped, ...workers.map((it) => it.failed()), tablesFailed]
  if (drain) outcomes.push(Promise.all(workers.map((it) => it.drained())))
  await Promise.race(outcomes)
  await stopWorkers()
  return report.summary()
}

/** Waits for the work, but no longer than `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, ms) })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A silent task holds the merge of all models: the least patient model's grace holds for all. */
function paneGraceOf({ models }: Config): number {
  const graces = Object.values(models).map(({ policy }) => policy.time.paneGraceMs)
  return graces.length === 0 ? policyEnvironment().defaultPolicy('').time.paneGraceMs : Math.min(...graces)
}

/** A record's stamp is judged before anything knows its model: the most patient model's bound holds for all. */
function futureSkewOf({ models }: Config): number {
  const bounds = Object.values(models).map(({ policy }) => policy.time.maxFutureSkewMs)
  return bounds.length === 0 ? policyEnvironment().defaultPolicy('').time.maxFutureSkewMs : Math.max(...bounds)
}

/**
 * Partitions by role, of what the observe tasks read and what is copied for them.
 * @throws StewardError TOPIC_MISSING naming every topic that is missing, LOG_UNAVAILABLE
 */
async function partitionsOf(config: Config, kafka: Kafka, rekeyed: readonly ObservedRole[]): Promise<Map<InputRole, number>> {
  const topics = specsOf(config).map(({ name }) => name)
  return withAdmin(kafka, 'looking for the topics', async (admin) => {
    const existing = new Set(await admin.listTopics())
    const missing = topics.filter((topic) => !existing.has(topic))
    if (missing.length > 0) throw new StewardError('TOPIC_MISSING', `${config.kafka.brokers.join(', ')} has no topic ${missing.join(', ')}`)
    const roles: InputRole[] = [...observedRoles, ...rekeyed.map(rekeyedRole)]
    const { topics: found } = await admin.fetchTopicMetadata({ topics: roles.map((role) => topicOf(config, role)) })
    const counts = new Map(found.map(({ name, partitions }) => [name, partitions.length]))
    return new Map(roles.map((role) => [role, counts.get(topicOf(config, role))!]))
  })
}

function workerLimits({ limits }: Config): WorkerOptions['limits'] {
  const { epochMs, epochMsMax, storeBytesPerSecondMax, bufferRecordsMax } = limits
  return { epochMs, epochMsMax, storeBytesPerSecondMax, bufferRecordsMax }
}

async function startHealth({ http }: Config, workers: readonly Worker[], metrics: ReturnType<typeof createMetrics>): Promise<HealthServer | null> {
  if (http === null) return null
  return startHealthServer({
    host: http.host, port: http.port, isAlive: () => true,
    awaited: () => (workers.every((worker) => worker.isReady) ? null : 'tasks: the group has not dealt them, or they are not loaded yet'),
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
  })
}

/** One process ticks: the owner of the first observe partition. */
function startTicking(config: Config, kafka: Kafka, encoder: Awaited<ReturnType<typeof encoderOf>>, observe: Worker, onFailure: (error: unknown) => void): { stop(): Promise<void> } {
  const { value } = encoder.encodeInput('ticks', { kind: 'tick', issuer: config.kafka.clientId })
  const ticks = kafkaTicks({ kafka, topic: topicOf(config, 'ticks'), value })
  const isOwner = () => observe.holds(0)
  const ticker = startTicker({ publish: async () => { if (isOwner()) await ticks.publish() }, onFailure })
  return {
    async stop() {
      await ticker.stop()
      await ticks.stop()
    },
  }
}

