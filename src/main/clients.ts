/** Clients of Kafka, Redis and the registry, from the settings. */
import { readFileSync } from 'node:fs'
import kafkajs from 'kafkajs'
import type { Kafka, KafkaConfig } from 'kafkajs'
import { createDecoder, type Decoder } from '../codec/decoder.ts'
import { createEncoder, type Encoder } from '../codec/encoder.ts'
import type { SchemaRole } from '../codec/own.ts'
import { createRegistry, type Registry } from '../codec/registry.ts'
import { createSchemaSource } from '../codec/schemas.ts'
import { defaultConfig, loadConfig, type Config } from '../config/config.ts'
import type { InputRole, OutputRole, StateStore } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import type { RedisAddress } from '../state/connection.ts'
import { createRedisStore } from '../state/redis.ts'
import { createLog, type Log } from '../telemetry/log.ts'
import { registerCodecs } from '../producers/codecs.ts'
import { fieldMappings } from './mappings.ts'
import { checkUnitInTables as checkUnit } from '../config/units.ts'

const context = { checkUnit, env: process.env }

export const configAt = (path: string | null): Promise<Config> => (path === null ? Promise.resolve(defaultConfig(context)) : loadConfig(path, context))

/** Log lines in the shape that the edges of Kafka and Redis ask for; details are scalars or an error. */
export function edgeLog(log: Log) {
  const line = (level: 'debug' | 'info' | 'warn') => (details: object, message: string) => {
    const { err, ...fields } = details as { err?: unknown } & Record<string, string>
    log[level](message, fields, err)
  }
  return { debug: line('debug'), info: line('info'), warn: line('warn') }
}

export const topicOf = ({ kafka }: Config, role: InputRole | OutputRole): string => kafka.topics[role]

/** The configured names of some roles, in that order. */
export const topicsOf = <Role extends InputRole | OutputRole>(config: Config, roles: readonly Role[]): Map<Role, string> =>
  new Map(roles.map((role) => [role, topicOf(config, role)]))

/** How long a cluster may stay silent: a worker waits a minute for brokers that restart, a person who typed a command a quarter of one. */
const patience = {
  long: { connectionTimeout: 3000, retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 60 } },
  short: { connectionTimeout: 2000, retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 5 } },
}

/** With short patience the first connection that fails is told at once, as a person sits before it. */
export function kafkaOf({ kafka }: Config, log: Log, waits: keyof typeof patience = 'long'): Kafka {
  registerCodecs()
  let isTold = waits === 'long'
  return new kafkajs.Kafka({
    brokers: kafka.brokers, clientId: kafka.clientId, ssl: sslOf(kafka.ssl), sasl: (kafka.sasl ?? undefined) as KafkaConfig['sasl'],
    ...patience[waits], logLevel: kafkajs.logLevel.WARN,
    logCreator: () => ({ namespace, log: entry }) => {
      log.debug(`kafkajs ${namespace}: ${entry.message}`, {}, entry.error)
      if (isTold || namespace !== 'Connection') return
      isTold = true
      log.warn(`Kafka does not answer at ${kafka.brokers.join(', ')} (${entry.message}); trying for a few seconds more`)
    },
  })
}

function sslOf(ssl: Config['kafka']['ssl']): KafkaConfig['ssl'] {
  if (typeof ssl === 'boolean') return ssl
  const file = (path: string | null) => (path === null ? undefined : readFileSync(path, 'utf8'))
  return { rejectUnauthorized: ssl.rejectUnauthorized, ca: file(ssl.caFile), cert: file(ssl.certFile), key: file(ssl.keyFile) }
}

export function redisAddressOf({ redis }: Config): RedisAddress {
  if (!URL.canParse(redis.url)) throw new StewardError('CONFIG_INVALID', `redis.url "${redis.url.replace(/\/\/.*@/, '//…@')}" is not an address like redis://host:6379.`)
  const url = new URL(redis.url)
  if (redis.username !== null) url.username = encodeURIComponent(redis.username)
  return { url: url.href, password: redis.password ?? undefined, caFile: redis.caFile ?? undefined, nodes: redis.cluster ? [url.host] : undefined }
}

export const storeOf = (config: Config, log: Log): Promise<StateStore> =>
  createRedisStore({ ...redisAddressOf(config), prefix: config.redis.prefix, logger: edgeLog(log) })

export const registryOf = ({ registry }: Config): Registry | null =>
  registry === null ? null : createRegistry({ url: registry.url, username: registry.username ?? undefined, password: registry.password ?? undefined })

export async function decoderOf(config: Config): Promise<Decoder> {
  const registry = registryOf(config)
  const schemas = await createSchemaSource({ files: config.schemaFiles, registry })
  return createDecoder({ schemas, mappings: fieldMappings(config) })
}

/** @param roles whose schemas are registered now: what the caller will write */
export const encoderOf = (config: Config, roles: readonly SchemaRole[]): Promise<Encoder> =>
  createEncoder({ registry: registryOf(config), topics: config.kafka.topics, roles })

export const logOf = (config: Config): Log => createLog(config.log.level)
