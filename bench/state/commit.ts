/**
 * Commits to a Redis of its own: per second, CPU per commit on both sides, beside a plain SET of the same bytes; bytes a chunk entry.
 * `npx tsx bench/state/commit.ts [seconds a case]`
 */
import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Commit, TaskId } from '../../src/engine/ports.ts'
import { createRedisStore } from '../../src/state/redis.ts'
import { startRedis } from '../../test/servers/index.ts'

const task: TaskId = { topology: 'observe', partition: 0 }
const seconds = Number(process.argv[2] ?? 2)
const logger = { info: () => {}, warn: console.warn }
const noBytes = new Uint8Array(0)

/** Half of the bytes in 8 parts, a quarter as a chunk, a quarter in 4 outputs: the shape of an observe epoch. */
function commitOfSize(bytes: number): (epoch: number) => Commit {
  const piece = (share: number) => new Uint8Array(randomBytes(Math.floor(bytes * share)))
  const partsWritten = new Map(Array.from({ length: 8 }, (_, i) => [`fraud/7/${i}`, piece(1 / 16)] as const))
  const [meta, chunk, value] = [new Uint8Array(randomBytes(64)), piece(1 / 4), piece(1 / 16)]
  return (epoch) => ({
    token: 'bench', epoch, meta, partsWritten, partsRemoved: [], chunk, chunksDropped: epoch > 100 ? 1 : 0, views: new Map(),
    outbox: Array.from({ length: 4 }, (_, index) => ({ epoch, index, role: 'panes', partition: 0, timestampMs: 1_700_000_000_000, key: noBytes, value, headers: {} })),
  })
}

interface Cost {
  perSecond: number
  clientMicros: number
  redisMicros: number
}

/** One call after the other for some seconds, as one task commits. */
async function measure(client: Redis, call: (i: number) => Promise<unknown>): Promise<Cost> {
  for (let i = 1; i <= 200; i += 1) await call(i)
  const [redisBefore, cpuBefore, start] = [await redisCpuMicros(client), process.cpuUsage(), performance.now()]
  let calls = 0
  while (performance.now() - start < seconds * 1000) await call(200 + ++calls)
  const elapsed = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  return { perSecond: calls / elapsed, clientMicros: (user + system) / calls, redisMicros: ((await redisCpuMicros(client)) - redisBefore) / calls }
}

async function redisCpuMicros(client: Redis): Promise<number> {
  const info = await client.info('cpu')
  return 1e6 * ['used_cpu_user', 'used_cpu_sys'].reduce((sum, name) => sum + Number(new RegExp(`${name}:([\\d.]+)`).exec(info)![1]), 0)
}

const line = (name: string, { perSecond, clientMicros, redisMicros }: Cost) =>
  console.log(`${name.padEnd(44)}${perSecond.toFixed(0).padStart(9)} /s${clientMicros.toFixed(0).padStart(8)} µs client${redisMicros.toFixed(0).padStart(8)} µs Redis`)

async function commits(appendfsync: 'always' | 'everysec'): Promise<void> {
  const server = await startRedis({ appendfsync })
  const client = new Redis(server.address)
  try {
    for (const bytes of [1000, 100_000]) {
      await client.flushall()
      const store = await createRedisStore({ url: server.address, logger })
      await store.claim(task, 'bench', (await store.now()) + 60_000)
      const commitOf = commitOfSize(bytes)
      const cost = await measure(client, async (epoch) => {
        const { result } = await store.commit(task, commitOf(epoch))
        if (result !== 'applied') throw new Error(`commit ${epoch}: ${result}`)
        if (epoch % 50 === 0) await store.trimOutbox(task, 'bench', epoch, 3)
      })
      await store.stop()
      const value = randomBytes(bytes)
      const plain = await measure(client, () => client.set('plain', value))
      line(`${appendfsync}: commit of ${bytes / 1000} KB`, cost)
      line(`${appendfsync}: plain SET of ${bytes / 1000} KB`, plain)
      console.log(`${' '.repeat(44)}${(plain.perSecond / cost.perSecond).toFixed(2).padStart(9)} times the time of the SET`)
    }
    if (appendfsync === 'everysec') await chunkBytes(client, server.address)
  } finally {
    client.disconnect()
    await server.stop()
  }
}

/** Redis memory of a pending entry: packed entries of some bytes, one chunk an epoch. */
async function chunkBytes(client: Redis, url: string): Promise<void> {
  const [epochs, entriesAChunk, entryBytes] = [1000, 500, 22]
  await client.flushall()
  const store = await createRedisStore({ url, logger })
  await store.claim(task, 'bench', (await store.now()) + 60_000)
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    await store.commit(task, {
      token: 'bench', epoch, meta: noBytes, partsWritten: new Map(), partsRemoved: [], chunk: new Uint8Array(randomBytes(entriesAChunk * entryBytes)),
      chunksDropped: 0, outbox: [], views: new Map(),
    })
  }
  const used = Number(await client.call('MEMORY', 'USAGE', 'steward:{observe-0}:chunks', 'SAMPLES', '0'))
  await store.stop()
  console.log(`chunks: ${(used / (epochs * entriesAChunk)).toFixed(2)} bytes in Redis an entry packed in ${entryBytes} (${entriesAChunk} a chunk)`)
}

await commits('everysec')
await commits('always')
