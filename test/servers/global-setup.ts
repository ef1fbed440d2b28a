/** Starts, or finds, the servers that the integration tests share, and says which. */
import type { TestProject } from 'vitest/node'
import { startKafka, startRedis, startRegistry } from './index.ts'
import { place } from './search.ts'
import type { Engine } from './search.ts'
import type { ServerAddresses, ServerName, TestServer } from './server.ts'

const starters = { kafka: startKafka, redis: startRedis, registry: startRegistry }
const names: readonly ServerName[] = ['kafka', 'redis', 'registry']

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: TestServer[] = []
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()))
  }
  const addresses: Partial<ServerAddresses> = {}
  const results = await Promise.allSettled(names.map(async (name) => {
    const found = await place(name)
    if (found.from === 'environment') addresses[name] = found.address
    else {
      process.env.STEWARD_TEST_ENGINE ??= found.from satisfies Engine // test workers need not look again
      const server = await starters[name]()
      started.push(server)
      addresses[name] = server.address
    }
    console.log(`test servers: ${name} ${addresses[name]} (${found.from})`)
  }))
  const failed = results.filter((result) => result.status === 'rejected')
  if (failed.length > 0) {
    await stop()
    throw new Error(failed.map(({ reason }) => (reason instanceof Error ? reason.message : String(reason))).join('\n'))
  }
  project.provide('servers', addresses as ServerAddresses)
  return stop
}
