/** `steward doctor`: everything a worker needs, checked one by one, with the next step where something is wrong. */
import type { Check, ConfigPath } from '../cli/services.ts'
import type { Config } from '../config/config.ts'
import type { Kafka } from 'kafkajs'
import { withAdmin } from '../producers/admin.ts'
import { brokerHealth } from '../producers/health.ts'
import type { Log } from '../telemetry/log.ts'
import { redisHealth } from '../state/health.ts'
import { StewardError } from '../errors.ts'
import { configAt, decoderOf, kafkaOf, logOf, redisAddressOf, registryOf, topicOf } from './clients.ts'
import { placementOf } from './placement.ts'
import { readTopic } from './read-topic.ts'
import { labelHorizonOf, specsOf } from './topics.ts'
import { observedRoles, rekeyedRolesOf } from './topologies.ts'

export async function* doctor({ config: path }: ConfigPath): AsyncGenerator<Check> {
  let config: Config
  try {
    config = await configAt(path)
  } catch (error) {
    yield { name: 'settings', state: 'failed', text: (error as Error).message, fix: 'correct the settings that are named, then run the doctor again' }
    return
  }
  yield { name: 'settings', state: 'ok', text: path === null ? 'defaults, no file given' : `${path}, ${Object.keys(config.models).length} models`, fix: null }
  const log = logOf(config)
  const kafka = kafkaOf(config, log, 'short')
  const brokers = await brokerHealth({ kafka, specs: specsOf(config), rekeyed: rekeyedRolesOf(config), labelHorizonMs: labelHorizonOf(config) })
  for (const finding of brokers) yield checkOf('kafka', finding)
  if (brokers.every(({ check, ok }) => ok || !check.startsWith('kafka answers'))) yield* placementChecks(config, kafka, log)
  yield* redisChecks(config)
  yield await registryCheck(config)
}

async function* redisChecks(config: Config): AsyncGenerator<Check> {
  try {
    for (const finding of await redisHealth(redisAddressOf(config))) yield checkOf('redis', finding)
  } catch (error) {
    if (!(error instanceof StewardError)) throw error
    yield { name: 'redis: redis answers', state: 'failed', text: error.message, fix: 'check redis.url, its user, password and CA in the settings, and that Redis runs' }
  }
}

const checkOf = (part: string, { check, ok, found, fix }: { check: string; ok: boolean; found: string; fix: string }): Check =>
  ({ name: `${part}: ${check}`, state: ok ? 'ok' : 'failed', text: found, fix: ok || fix === '' ? null : fix })

/** Of each partition, how many of the newest records are looked at. */
const NEWEST = 100

/** Whether joined topics are keyed so that records of one inference meet, where nothing rekeys them. */
async function* placementChecks(config: Config, kafka: Kafka, log: Log): AsyncGenerator<Check> {
  const rekeyed = rekeyedRolesOf(config)
  const decoder = await decoderOf(config)
  for (const role of observedRoles) {
    const topic = topicOf(config, role)
    const name = `kafka: ${topic} is keyed by inference id`
    if (rekeyed.includes(role)) {
      yield { name, state: 'ok', text: 'it need not be: its records are rekeyed', fix: null }
      continue
    }
    try {
      const partitions = await partitionCount(kafka, topic)
      const { seen, elsewhere, example } = await placementOf(readTopic(config, kafka, role, log, new AbortController().signal, null, NEWEST), role, partitions, decoder)
      const text = seen === 0 ? 'it holds no record yet whose id can be read' : `${seen - elsewhere} of the ${seen} newest records lie on the partition of their inference id`
      yield { name, state: elsewhere === 0 ? 'ok' : 'failed', text: example === null ? text : `${text}; offset ${example.offset} of partition ${example.partition} (${example.inferenceId}) belongs on ${example.belongs}`,
        fix: elsewhere === 0 ? null : `set inputs.${role}.rekey: true in the settings, then \`steward topics create\`; or key the topic by inference id with the default partitioner of Kafka's Java client` }
    } catch (error) {
      // what is wrong with the topic was said above
      if (!(error instanceof StewardError)) throw error
      yield { name, state: 'failed', text: error.message, fix: 'see to the checks above first' }
    }
  }
}

const partitionCount = (kafka: Kafka, topic: string): Promise<number> => withAdmin(kafka, `asking for the partitions of ${topic}`, async (admin) => {
  const { topics: [found] } = await admin.fetchTopicMetadata({ topics: [topic] })
  return found.partitions.length
})

async function registryCheck(config: Config): Promise<Check> {
  const registry = registryOf(config)
  if (registry === null) return { name: 'registry', state: 'ok', text: 'none is configured: records are JSON, or Avro with `schemaFiles`', fix: null }
  try {
    // an id that no registry gives out: an answer, whatever it is, is what is looked for
    await registry.schema(2_147_483_647)
    return { name: 'registry', state: 'ok', text: `${config.registry!.url} answers`, fix: null }
  } catch (error) {
    return { name: 'registry', state: 'failed', text: (error as Error).message, fix: error instanceof StewardError ? 'check its address, user and password in the settings' : null }
  }
}
