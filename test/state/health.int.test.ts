import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisHealth } from '../../src/state/health.ts'
import { startRedis } from '../servers/index.ts'
import type { TestServer } from '../servers/index.ts'

describe('redisHealth', () => {
  let server: TestServer
  let client: Redis
  beforeAll(async () => {
    server = await startRedis({ appendfsync: 'always' })
    client = new Redis(server.address)
  })
  afterAll(async () => {
    client.disconnect()
    await server.stop()
  })
  const bad = async (nowMs?: () => number) => (await redisHealth({ url: server.address }, nowMs)).filter(({ ok }) => !ok)

  it('finds nothing wrong with a server that keeps what it answered', async () => {
    const findings = await redisHealth({ url: server.address })
    expect(findings.map(({ check, ok, fix }) => [check, ok, fix])).toEqual(
      ['version', 'appendonly', 'appendfsync', 'maxmemory-policy', 'clock'].map((check) => [`redis ${check}`, true, '']),
    )
    expect(findings[2]!.found).toBe('always')
  })

  it('names each setting that may lose state, with what to do', async () => {
    await client.config('SET', 'appendfsync', 'no')
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    expect((await bad()).map(({ check, found }) => [check, found])).toEqual([['redis appendfsync', 'no'], ['redis maxmemory-policy', 'allkeys-lru, maxmemory unlimited']])
    await client.config('SET', 'appendonly', 'no')
    const [first] = await bad()
    expect(first).toMatchObject({ check: 'redis appendonly', found: 'no', fix: expect.stringContaining('appendonly yes') })
    await client.config('SET', 'appendonly', 'yes')
    await expect.poll(() => client.info('persistence')).toMatch(/aof_rewrite_in_progress:0[^]*aof_rewrite_scheduled:0[^]*aof_current_size/)
    await client.config('SET', 'appendfsync', 'everysec')
    await client.config('SET', 'maxmemory-policy', 'noeviction')
    expect(await bad()).toEqual([])
  })

  it('measures the clock against ours', async () => {
    expect(await bad(() => Date.now() - 5000)).toMatchObject([{ check: 'redis clock', found: expect.stringMatching(/^(4999|500\d) ms ahead/) }])
  })

  it('works without the right to CONFIG and says what it could not read', async () => {
    await client.call('ACL', 'SETUSER', 'plain', 'on', '>p', '~*', '+@all', '-config')
    const findings = await redisHealth({ url: server.address.replace('//', '//plain:p@') })
    expect(findings[2]).toMatchObject({ check: 'redis appendfsync', ok: true, found: expect.stringContaining('not readable') })
  })
})
