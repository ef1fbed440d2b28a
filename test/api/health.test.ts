import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createHealthServer, startHealthServer, type HealthOptions } from '../../src/api/health.ts'

const options = (over: Partial<HealthOptions> = {}): HealthOptions => ({
  host: '127.0.0.1', port: 0, isAlive: () => true, awaited: () => null, metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }), ...over,
})

describe('the health server', () => {
  test('says alive and ready while both hold', async () => {
    const server = createHealthServer(options())
    expect((await server.inject('/healthz')).statusCode).toBe(200)
    expect((await server.inject('/readyz')).json()).toEqual({ status: 'ready' })
  })

  test('stays alive while it waits, and says for what', async () => {
    const server = createHealthServer(options({ awaited: () => 'the first assignment of the group' }))
    expect((await server.inject('/healthz')).statusCode).toBe(200)
    const ready = await server.inject('/readyz')
    expect(ready.statusCode).toBe(503)
    expect(ready.json()).toEqual({ status: 'waiting', for: 'the first assignment of the group' })
  })

  test('answers 503 to /healthz when only a restart can help', async () => {
    expect((await createHealthServer(options({ isAlive: () => false })).inject('/healthz')).statusCode).toBe(503)
  })

  test('hands metrics through with their content type', async () => {
    const answer = await createHealthServer(options()).inject('/metrics')
    expect(answer.headers['content-type']).toContain('version=0.0.4')
    expect(answer.body).toBe('up 1\n')
  })

  test('listens on a free port and stops', async () => {
    const server = await startHealthServer(options())
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    await server.stop()
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
  })

  test('says which setting to change when the port is taken', async () => {
    const holder = createServer()
    const port = await new Promise<number>((resolve) => holder.listen(0, '127.0.0.1', () => resolve((holder.address() as { port: number }).port)))
    await expect(startHealthServer(options({ port }))).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('http.port') as unknown })
    await new Promise((resolve) => holder.close(resolve))
  })
})
