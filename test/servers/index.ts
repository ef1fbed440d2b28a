/**
 * Real servers for `*.int.test.ts`.
 *
 * Shared, started once a run by the integration project's global setup (one Kafka broker, one Redis, one schema registry):
 *
 *     import { testServers, uniqueName } from '<...>/servers/index.ts'
 *     const { kafka, redis, registry } = testServers()      // 'host:port[,host:port]', 'redis://host:port', 'http://host:port/…'
 *     const topic = uniqueName('predictions')               // tests share the servers, so every topic, group and key is a test's own
 *
 * The shared Kafka creates no topic by itself, has fast groups (sessions from 1 s, no initial rebalance delay), takes record
 * times of any year, and holds one offsets and one transaction partition. The shared Redis syncs its file once a second.
 * The registry speaks the Confluent API at the address given.
 *
 * For fault tests, a server of the test's own:
 *
 *     const broker = await startKafka({ config: { 'message.max.bytes': 2000 } })    // about 3 s
 *     const redis = await startRedis({ appendfsync: 'always', config: { maxmemory: '64mb' } })
 *     const registry = await startRegistry()
 *     broker.address    // as in testServers(); the same after restart()
 *     broker.pid        // of the server itself, for SIGSTOP and the like; undefined while it is down or when it runs in Docker
 *     await broker.kill()       // SIGKILL; resolves when the process is gone
 *     await broker.restart()    // on the same data and port; resolves when it answers; kills first when it is up
 *     await broker.stop()       // ends it and removes its data
 *
 * Where servers come from, each by itself: an address in the environment (STEWARD_TEST_KAFKA, STEWARD_TEST_REDIS,
 * STEWARD_TEST_REGISTRY; shared servers only) → Docker, when an engine answers within 3 s → this machine (`redis-server` from PATH
 * or apt; Kafka and the registry fetched once with Maven and run with Java 17) → an error that says what to install.
 * STEWARD_TEST_ENGINE=docker|local names the second or third outright. Every process started here ends with the process that
 * started it, however that ends.
 */
import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { place } from './search.ts'
import type { Engine } from './search.ts'
import type { KafkaOptions, RedisOptions, ServerAddresses, TestServer } from './server.ts'

export type { KafkaOptions, RedisOptions, ServerAddresses, ServerName, TestServer } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    servers: ServerAddresses
  }
}

/** Addresses of the servers that this test run shares. Only inside the integration project. */
export const testServers = (): ServerAddresses => inject('servers')

/** `prefix` and eight random hex digits: a topic, group or key prefix that no other test uses. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`

/** One KRaft broker of the test's own; `config` adds to or replaces broker properties. */
export const startKafka = async (options: KafkaOptions = {}): Promise<TestServer> => (await engineFor('kafka')).startKafka(options)

/** A Redis of the test's own, with an append-only file. */
export const startRedis = async (options: RedisOptions = {}): Promise<TestServer> => (await engineFor('redis')).startRedis(options)

/** A schema registry of the test's own. */
export const startRegistry = async (): Promise<TestServer> => (await engineFor('registry')).startRegistry()

async function engineFor(name: 'kafka' | 'redis' | 'registry') {
  const found = await place(name, { own: true })
  return engines[found.from as Engine]()
}

const engines = {
  docker: () => import('./docker.ts'),
  local: () => import('./local/index.ts'),
}
