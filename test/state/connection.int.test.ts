import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedisStore } from '../../src/state/redis.ts'
import { freePorts } from '../servers/ports.ts'
import { startRedis } from '../servers/index.ts'
import type { TestServer } from '../servers/index.ts'
import { commitOf, entryOf, soon, task } from './contract.ts'

function recorder() {
  const told: string[] = []
  const note = (_: object, message: string) => void told.push(message)
  return { told, logger: { info: note, warn: note } }
}
const { logger } = recorder()

describe('trouble with Redis', () => {
  let server: TestServer
  let client: Redis
  beforeAll(async () => {
    server = await startRedis()
    client = new Redis(server.address)
    await client.call('ACL', 'SETUSER', 'steward', 'on', '>right', '~steward:*', '+@all')
    await client.call('ACL', 'SETUSER', 'reader', 'on', '>right', '~steward:*', '+@all', '-@stream')
  })
  afterAll(async () => {
    client.disconnect()
    await server.stop()
  })
  const as = (user: string, password: string) => server.address.replace('//', `//${user}:${password}@`)

  it('is unavailable when nothing listens there, and says where', async () => {
    const [port] = await freePorts(1)
    await expect(createRedisStore({ url: `redis://127.0.0.1:${port}`, logger })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE', policy: 'retry', message: `Could not connect: no answer from Redis at 127.0.0.1:${port} (connect ECONNREFUSED 127.0.0.1:${port}).`,
    })
  })

  it('says that the password is wrong, without telling it', async () => {
    const { told, logger } = recorder()
    const error = await createRedisStore({ url: as('steward', 'wrong-secret'), logger }).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'STORE_REFUSED', message: expect.stringContaining('correct redis.password') })
    expect(JSON.stringify([told, error, (error as Error).message, (error as Error).cause])).not.toContain('wrong-secret')
  })

  it('takes a password option before the one in the address', async () => {
    const store = await createRedisStore({ url: as('steward', 'wrong'), password: 'right', logger })
    expect(await store.owns(task, 'a')).toBe(false)
    await store.stop()
  })

  it.each(['localhost', 'http://localhost:1', 'redis://h:1/x', 'redis://:secret@:x'])('refuses the address %s as configuration', async (url) => {
    const error = await createRedisStore({ url, logger }).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    expect((error as Error).message).not.toContain('secret')
  })

  it('refuses a prefix with a brace', async () => {
    await expect(createRedisStore({ url: server.address, prefix: '{a}', logger })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('refuses a claim when a right for a later step is missing, so that no commit stops half-way', async () => {
    const store = await createRedisStore({ url: as('reader', 'right'), logger })
    await expect(store.claim(task, 'a', await soon(store))).rejects.toMatchObject({ code: 'STORE_REFUSED', message: expect.stringContaining('may not run XADD') })
    expect(await store.owns(task, 'a')).toBe(false)
    await store.stop()
  })

  it('needs no more rights than its advice for a missing one names', async () => {
    await client.call('ACL', 'SETUSER', 'least', 'on', '>right', '~least:*', '+@read', '+@write', '+@scripting', '+@connection', '+info', '+time')
    const store = await createRedisStore({ url: as('least', 'right'), prefix: 'least', logger })
    await store.claim(task, 'a', await soon(store))
    const outbox = [entryOf(1, 0), entryOf(1, 1)]
    expect(await store.commit(task, commitOf('a', 1, { partsRemoved: ['q'], chunk: new Uint8Array(1), chunksDropped: 1, outbox, views: new Map([['m', '{}']]) }))).toEqual({ result: 'applied' })
    expect(await store.quarantine(task, 'a', outbox[0]!, 'x')).toBe(true)
    expect(await store.trimOutbox(task, 'a', 1, 1)).toBe(true)
    expect([await store.view('observe', 'm'), (await store.quarantined(task)).length, await store.outbox(task)]).toEqual([['{}'], 1, []])
    expect((await store.claim(task, 'b', await soon(store))).epoch).toBe(1)
    await store.stop()
  })

  it('refuses a whole commit when memory is full, and applies the same one when there is room', async () => {
    const store = await createRedisStore({ url: as('steward', 'right'), logger })
    await store.claim(task, 'a', await soon(store))
    await client.config('SET', 'maxmemory', '1')
    const commit = commitOf('a', 1, { partsWritten: new Map([['p', new Uint8Array(9)]]), partsRemoved: ['q'], chunk: new Uint8Array(9), outbox: [entryOf(1, 0)] })
    await expect(store.commit(task, commit)).rejects.toMatchObject({ code: 'STORE_REFUSED', message: expect.stringMatching(/commit epoch 1 of observe-3.*raise maxmemory/) })
    await client.config('SET', 'maxmemory', '0')
    expect(await store.commit(task, commit)).toEqual({ result: 'applied' })
    await store.stop()
  })

  it('rejects at once what was unanswered when the connection broke, keeps payloads out of the error, and reconnects', async () => {
    const { told, logger } = recorder()
    const store = await createRedisStore({ url: as('steward', 'right'), prefix: 'steward:broken', logger })
    await store.claim(task, 'a', await soon(store))
    await client.call('CLIENT', 'PAUSE', '20000', 'WRITE')
    const commit = commitOf('a', 1, { chunk: new TextEncoder().encode('payload-payload') })
    const waiting = store.commit(task, commit).catch((error: unknown) => error)
    await sleep(100)
    await client.call('CLIENT', 'KILL', 'USER', 'steward')
    const error = await waiting
    await client.call('CLIENT', 'UNPAUSE')
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(JSON.stringify([error, (error as Error).cause])).not.toContain('payload')
    await expect.poll(() => store.commit(task, commit).catch(() => null), { timeout: 10_000 }).toEqual({ result: 'applied' })
    expect(told.every((message) => !message.includes('payload'))).toBe(true)
    await store.stop()
  })
})

describe('a Redis that hangs', () => {
  it('counts as gone after a while; the commit it had received is there once when it wakes', async () => {
    const server = await startRedis({ config: { 'enable-debug-command': 'yes' } })
    const client = new Redis(server.address)
    const store = await createRedisStore({ url: server.address, answerMsMax: 200, logger })
    await store.claim(task, 'a', await soon(store))
    const asleep = client.call('DEBUG', 'SLEEP', '1.5')
    await sleep(50)
    const commit = commitOf('a', 1, { chunk: new Uint8Array(3) })
    await expect(store.commit(task, commit)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('200ms') })
    await expect(store.commit(task, commit)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await asleep
    await expect.poll(() => store.commit(task, commit).catch(() => null), { timeout: 10_000 }).toEqual({ result: 'already-applied' })
    expect((await store.claim(task, 'b', await soon(store))).chunks).toEqual([new Uint8Array(3)])
    await store.stop()
    client.disconnect()
    await server.stop()
  })
})

describe('Redis over TLS', () => {
  let folder: string
  let server: TestServer
  let url: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'steward-tls-'))
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
    for (const name of ['ca', 'other']) openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.crt`, '-days', '2', '-subj', `/CN=${name}`)
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=server')
    execFileSync('sh', ['-c', 'printf "subjectAltName=IP:127.0.0.1" > san && openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 -extfile san'], { cwd: folder, stdio: 'ignore' })
    const [port] = await freePorts(1)
    const file = (name: string) => join(folder, name)
    server = await startRedis({ config: { 'tls-port': port!, 'tls-cert-file': file('server.crt'), 'tls-key-file': file('server.key'), 'tls-ca-cert-file': file('ca.crt'), 'tls-auth-clients': 'no' } })
    url = `rediss://127.0.0.1:${port}`
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  it('works with the CA that signed the certificate', async () => {
    const store = await createRedisStore({ url, caFile: join(folder, 'ca.crt'), logger })
    expect((await store.claim(task, 'a', await soon(store))).epoch).toBe(0)
    await store.stop()
  })

  it.each([['another CA', 'other.crt'], ['no CA', undefined]])('says that the certificate is not trusted with %s', async (_, name) => {
    const caFile = name === undefined ? undefined : join(folder, name)
    await expect(createRedisStore({ url, caFile, logger })).rejects.toMatchObject({ code: 'STORE_REFUSED', message: expect.stringContaining('Set redis.caFile') })
  })

  it('says that the CA file cannot be read', async () => {
    await expect(createRedisStore({ url, caFile: join(folder, 'missing.crt'), logger })).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('missing.crt') })
  })
})
