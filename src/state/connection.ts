/** The one place that knows ioredis: options, reconnecting, and errors with their true reason. */
import type { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { Cluster, Redis } from 'ioredis'
import { StewardError } from '../errors.ts'
import { toStoreError } from './redis-errors.ts'

export interface RedisAddress {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS */
  url: string
  /** wins over the one in the URL */
  password?: string | undefined
  tls?: boolean | undefined
  /** PEM file of the CA that signed the server's certificate; implies TLS */
  caFile?: string | undefined
  /** `host:port` of some nodes of a Redis Cluster: the client finds the others; user, password and TLS are those of the URL */
  nodes?: readonly string[] | undefined
  /** a server silent for so long while it owes an answer counts as gone; default 15 s */
  answerMsMax?: number | undefined
}

/** As pino has it. Details never hold payloads or passwords. */
export interface StoreLogger {
  info(details: object, message: string): void
  warn(details: object, message: string): void
}

export type Argument = string | number | Buffer
export type Ask = (doing: string, command: string, args: Argument[]) => Promise<unknown>

export interface Connection {
  /** Sends one command and gives its reply with bulk strings as Buffers. @throws StewardError STORE_UNAVAILABLE, STORE_REFUSED */
  ask: Ask
  /** where, without the password */
  address: string
  stop(): Promise<void>
}

interface Commander {
  callBuffer(command: string, args: Argument[]): Promise<unknown>
}

const RECONNECT_MS_MAX = 2000
const CONNECT_MS_MAX = 5000
const ANSWER_MS_MAX_DEFAULT = 15_000

/** beyond the longest time between two attempts */
const PROBLEM_MS_MAX = RECONNECT_MS_MAX + CONNECT_MS_MAX + 1000
const REPEAT_MS = 60_000

const reconnectDelayMs = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt - 1, 10), RECONNECT_MS_MAX)

/**
 * Connects and waits until Redis is ready for commands; afterwards reconnects for ever by itself.
 * No command waits in a queue and none is ever sent twice: one whose answer is lost rejects, and the caller decides.
 * @throws StewardError CONFIG_INVALID (address), STORE_REFUSED (password, certificate), STORE_UNAVAILABLE (no answer within 5 s)
 */
export async function connect(options: RedisAddress, logger: StoreLogger): Promise<Connection> {
  const parsed = parseAddress(options)
  const client = options.nodes?.length ? clusterClient(parsed, options.nodes) : singleClient(parsed)
  const problem = watchProblems(client, parsed.address, logger)
  try {
    await client.connect()
  } catch (error) {
    client.disconnect()
    throw toStoreError(error, 'connect', parsed.address, problem())
  }
  const ask: Ask = async (doing, command, args) => {
    try {
      return await (client as Commander).callBuffer(command, args)
    } catch (error) {
      throw toStoreError(error, doing, parsed.address, problem())
    }
  }
  return { ask, address: parsed.address, stop: async () => client.disconnect() }
}

/**
 * Logs trouble of the connection, the same one once a minute, and gives the last of it while it is fresh: a client that is down tries
 * again within some seconds, and one node of a cluster that came back is not announced.
 */
function watchProblems(client: EventEmitter, address: string, logger: StoreLogger): () => Error | null {
  let last: { error: Error; atMs: number } | null = null
  let told: { message: string; atMs: number } | null = null
  const noticed = (error: Error) => {
    const atMs = performance.now()
    last = { error, atMs }
    const { message } = toStoreError(error, 'stay connected', address, error)
    if (told?.message === message && atMs - told.atMs < REPEAT_MS) return
    told = { message, atMs }
    logger.warn({ address }, message)
  }
  client.on('error', noticed)
  client.on('node error', noticed)
  client.on('ready', () => {
    if (told !== null) logger.info({ address }, 'Connected to Redis again.')
    last = null
    told = null
  })
  return () => (last !== null && performance.now() - last.atMs < PROBLEM_MS_MAX ? last.error : null)
}

interface ParsedAddress {
  host: string
  port: number
  address: string
  db: number
  session: { username?: string; password?: string; tls?: { ca?: Buffer }; socketTimeout: number }
}

function parseAddress({ url, password, tls, caFile, answerMsMax = ANSWER_MS_MAX_DEFAULT }: RedisAddress): ParsedAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null
  const db = Number(parsed?.pathname.slice(1) ?? '')
  if (parsed === null || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '' || !Number.isInteger(db)) {
    throw new StewardError('CONFIG_INVALID', `redis.url "${url.replace(/\/\/.*@/, '//…@')}" is not an address like redis://host:6379.`)
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  const secret = password ?? decodeURIComponent(parsed.password)
  const secure = tls ?? (parsed.protocol === 'rediss:' || caFile !== undefined)
  return {
    host, port: Number(parsed.port || 6379), address: `${parsed.hostname}:${parsed.port || 6379}`, db,
    session: {
      socketTimeout: answerMsMax,
      ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
      ...(secret === '' ? {} : { password: secret }),
      ...(secure ? { tls: caFile === undefined ? {} : { ca: readCa(caFile) } } : {}),
    },
  }
}

function readCa(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new StewardError('CONFIG_INVALID', `redis.caFile could not be read: ${(error as Error).message}`)
  }
}

/**
 * maxRetriesPerRequest 0 rejects what was unanswered as soon as a connection breaks (without it, ioredis forgets those promises);
 * socketTimeout turns a server that hangs into a broken connection.
 */
const common = { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0, connectTimeout: CONNECT_MS_MAX, connectionName: 'steward' } as const

const singleClient = ({ host, port, db, session }: ParsedAddress) =>
  new Redis({
    ...common, ...session, host, port, db, lazyConnect: true, enableOfflineQueue: false, retryStrategy: reconnectDelayMs,
    // after a failover the old address may be a replica: look again, but send nothing again
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })

/** retryDelayOnFailover 0: after a node's connection broke nothing is sent again; the map of slots is refreshed every second instead. */
const clusterClient = ({ session }: ParsedAddress, nodes: readonly string[]) =>
  new Cluster(nodes.map(toNode), {
    redisOptions: { ...common, ...session }, lazyConnect: true, enableOfflineQueue: false, clusterRetryStrategy: reconnectDelayMs,
    maxRedirections: 3, retryDelayOnClusterDown: 100, retryDelayOnFailover: 0, slotsRefreshInterval: 1000,
  })

function toNode(node: string): { host: string; port: number } {
  const at = node.lastIndexOf(':')
  const port = Number(node.slice(at + 1))
  if (at < 1 || !Number.isInteger(port)) throw new StewardError('CONFIG_INVALID', `redis.nodes: "${node}" is not host:port.`)
  return { host: node.slice(0, at).replace(/^\[|\]$/g, ''), port }
}
