/** Servers run on this machine. */
import { javaProblem, mavenProblem } from './java.ts'
import { isKafkaCached } from './kafka.ts'
import { redisProblem } from './redis.ts'
import { isRegistryCached } from './registry.ts'
import type { ServerName } from '../server.ts'

export { startKafka } from './kafka.ts'
export { startRedis } from './redis.ts'
export { startRegistry } from './registry.ts'

/** null when this machine can run the server, else what is missing and how to get it. */
export async function localProblem(name: ServerName): Promise<string | null> {
  if (name === 'redis') return redisProblem()
  const isCached = name === 'kafka' ? isKafkaCached() : isRegistryCached()
  return (await javaProblem()) ?? (isCached ? null : await mavenProblem())
}
