import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/config.ts'
import { checkUnitInTables } from '../../src/config/units.ts'
import { kafkaOf } from '../../src/main/clients.ts'
import type { Log } from '../../src/telemetry/log.ts'

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => { server.close(resolve) })
  return port
}

describe('a Kafka client for a person who waits', () => {
  it('says at once which brokers do not answer, once, and gives up within a quarter of a minute', async () => {
    const brokers = [`127.0.0.1:${await closedPort()}`]
    const config = defaultConfig({ checkUnit: checkUnitInTables, env: {} })
    const started = performance.now()
    const warned: { text: string; afterMs: number }[] = []
    const log = { debug: () => undefined, warn: (text: string) => { warned.push({ text, afterMs: performance.now() - started }) } } as unknown as Log
    const admin = kafkaOf({ ...config, kafka: { ...config.kafka, brokers } }, log, 'short').admin()
    await expect(admin.connect()).rejects.toThrow('ECONNREFUSED')
    expect(performance.now() - started).toBeLessThan(15_000)
    await admin.disconnect()
    expect(warned.map(({ text }) => text)).toEqual([expect.stringMatching(new RegExp(`^Kafka does not answer at ${brokers[0]} .*ECONNREFUSED`))])
    expect(warned[0].afterMs).toBeLessThan(performance.now() - started - 1_000)
  })
})
