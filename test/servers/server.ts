/** What tests see of a server, whatever runs it. */

export interface ServerAddresses {
  /** `host:port`, comma-separated when there are several brokers */
  kafka: string
  /** `redis://host:port` */
  redis: string
  /** base URL of the Confluent-compatible API */
  registry: string
}
export type ServerName = keyof ServerAddresses

export interface TestServer {
  /** as in {@link ServerAddresses}; the same after `restart` */
  readonly address: string
  /** of the server process; undefined while it is down, or when it runs in Docker */
  readonly pid: number | undefined
  /** SIGKILL; resolves when the process is gone. Its data stays */
  kill(): Promise<void>
  /** starts it again on the same data and port, killing it first when it is up; resolves when it answers */
  restart(): Promise<void>
  /** ends it and removes its data */
  stop(): Promise<void>
}

export interface KafkaOptions {
  /** broker properties to add or replace */
  config?: Readonly<Record<string, string | number | boolean>>
}

export interface RedisOptions {
  /** `always`: an acknowledged write survives SIGKILL; `everysec` (default): the last second may be lost */
  appendfsync?: 'always' | 'everysec'
  /** further settings of redis.conf by name */
  config?: Readonly<Record<string, string | number>>
}

/** Properties of a broker for tests: one node, fast groups, fast return after a kill, record times of any year. */
export const brokerProperties = {
  'process.roles': 'broker,controller',
  'node.id': 1,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'auto.create.topics.enable': false,
  'num.partitions': 4,
  'offsets.topic.num.partitions': 1,
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.num.partitions': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'share.coordinator.state.topic.num.partitions': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1000,
  'broker.heartbeat.interval.ms': 500,
  'broker.session.timeout.ms': 2000,
  'log.message.timestamp.after.max.ms': '9223372036854775807',
  'log.segment.bytes': 67108864,
  'num.network.threads': 2,
  'num.io.threads': 4,
  'num.recovery.threads.per.data.dir': 1,
} as const

/** Settings of a Redis for tests, as arguments of `redis-server`. */
export const redisArguments = ({ appendfsync = 'everysec', config = {} }: RedisOptions): string[] =>
  Object.entries({ appendonly: 'yes', appendfsync, save: '', ...config }).flatMap(([name, value]) => [`--${name}`, String(value)])

/** Path of the Confluent-compatible API of an Apicurio registry. */
export const REGISTRY_PATH = '/apis/ccompat/v7'

export const versions = { kafka: '4.4.0', registry: '3.0.9' } as const
