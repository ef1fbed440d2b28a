/** Servers in Docker, through testcontainers, whose reaper removes them when this process is gone. */
import { setTimeout as sleep } from 'node:timers/promises'
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers'
import { answers } from './answers.ts'
import { freePorts } from './ports.ts'
import { brokerProperties, redisArguments, REGISTRY_PATH, versions } from './server.ts'
import type { KafkaOptions, RedisOptions, ServerName, TestServer } from './server.ts'

const START_TIMEOUT_MS = 180_000
const POLL_MS = 100
const image = {
  kafka: `apache/kafka:${versions.kafka}`,
  redis: 'redis:7.2.5-alpine',
  registry: `apicurio/apicurio-registry:${versions.registry}`,
} as const satisfies Record<ServerName, string>

export async function startKafka({ config = {} }: KafkaOptions = {}): Promise<TestServer> {
  const { host, port } = await hostPort()
  const properties: Record<string, unknown> = {
    ...brokerProperties,
    'controller.quorum.voters': '1@localhost:9093',
    'listeners': 'PLAINTEXT://:9092,CONTROLLER://:9093',
    'advertised.listeners': `PLAINTEXT://${host}:${port}`,
    'log.dirs': '/tmp/steward-kafka',
    ...config,
  }
  const environment = Object.fromEntries(Object.entries(properties).map(([name, value]) => [variableOf(name), String(value)]))
  const container = new GenericContainer(image.kafka).withEnvironment(environment).withExposedPorts({ container: 9092, host: port })
  return startContainer('kafka', `${host}:${port}`, container)
}

/** The image's name for a broker property. */
const variableOf = (property: string): string => `KAFKA_${property.toUpperCase().replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_')}`

export async function startRedis(options: RedisOptions = {}): Promise<TestServer> {
  const { host, port } = await hostPort()
  const container = new GenericContainer(image.redis).withCommand(['redis-server', ...redisArguments(options)]).withExposedPorts({ container: 6379, host: port })
  return startContainer('redis', `redis://${host}:${port}`, container)
}

export async function startRegistry(): Promise<TestServer> {
  const { host, port } = await hostPort()
  const environment = { APICURIO_DATASOURCE_URL: 'jdbc:h2:file:/tmp/registry;WRITE_DELAY=0' } // in memory it would forget at a restart
  const container = new GenericContainer(image.registry).withEnvironment(environment).withExposedPorts({ container: 8080, host: port })
  return startContainer('registry', `http://${host}:${port}${REGISTRY_PATH}`, container)
}

/** The engine's host, and a port chosen before the start: brokers advertise it, and it must be the same after a restart. */
async function hostPort(): Promise<{ host: string; port: number }> {
  const [{ info }, [port]] = await Promise.all([getContainerRuntimeClient(), freePorts(1)])
  return { host: info.containerRuntime.host, port }
}

async function startContainer(name: ServerName, address: string, container: GenericContainer): Promise<TestServer> {
  const started = await container.withStartupTimeout(START_TIMEOUT_MS).start()
  const handle = (await getContainerRuntimeClient()).container.getById(started.getId())
  const isRunning = async () => (await handle.inspect()).State.Running
  const kill = async () => {
    if (await isRunning()) await handle.kill({ signal: 'SIGKILL' })
    while (await isRunning()) await sleep(POLL_MS)
  }
  await untilAnswers(name, address)
  return {
    address,
    pid: undefined,
    kill,
    restart: async () => {
      await kill()
      await handle.start()
      await untilAnswers(name, address)
    },
    stop: async () => {
      await started.stop({ remove: true, removeVolumes: true })
    },
  }
}

async function untilAnswers(name: ServerName, address: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  while (!(await answers(name, address))) {
    if (performance.now() > deadline) throw new Error(`The test server ${name} in Docker does not answer at ${address}. See its log with docker logs.`)
    await sleep(POLL_MS)
  }
}
