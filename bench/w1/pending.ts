/** What Redis holds for a prediction that waits for its label: W1's predictions drained without a label, with features for the learner and without. */
import { Redis } from 'ioredis'
import { clientOf, newRun, steward, type Servers } from './cluster.ts'
import { generate } from './generate.ts'
import { load } from './load.ts'
import { measured } from './measured.ts'
import type { Role } from './workload.ts'

export interface PendingBytes {
  pending: number
  /** of the chunk lists alone, as MEMORY USAGE gives them */
  bytesPerPending: number
  /** of everything the run keeps: parts, outbox, chunks */
  allBytesPerPending: number
}

/** @param n at most 600,000: later predictions would outlive the horizon of the first */
export async function pendingBytes(servers: Servers, n: number): Promise<{ withFeatures: PendingBytes; withoutFeatures: PendingBytes }> {
  const inferences = generate(n)
  const hold = async (roles: readonly Role[]): Promise<PendingBytes> => {
    await load(clientOf(servers.kafka), inferences, roles)
    return held(servers, n)
  }
  return { withFeatures: await hold(['features', 'predictions']), withoutFeatures: await hold(['predictions']) }
}

async function held(servers: Servers, n: number): Promise<PendingBytes> {
  const run = await newRun(servers)
  const { code, stderr } = await measured([steward, 'run', '--drain', '--config', run.configFile], run.env)
  if (code !== 0) throw new Error(`steward ended with ${code}:\n${stderr.slice(-4000)}`)
  const redis = new Redis(servers.redis)
  try {
    let [all, chunks] = [0, 0]
    for (const key of await redis.keys(`${run.name}:*`)) {
      const bytes = Number(await redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0'))
      all += bytes
      if (key.endsWith(':chunks')) chunks += bytes
    }
    return { pending: n, bytesPerPending: chunks / n, allBytesPerPending: all / n }
  } finally {
    redis.disconnect()
  }
}
