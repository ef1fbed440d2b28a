/** Where W1 runs: a broker and a Redis, the program as built, and the topics of one run. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import kafkajs from 'kafkajs'
import type { Kafka } from 'kafkajs'
import { loadConfig } from '../../src/config/config.ts'
import { checkUnitInTables } from '../../src/config/units.ts'
import { specsOf } from '../../src/main/topics.ts'
import { createTopics } from '../../src/producers/admin.ts'
import { startKafka, startRedis } from '../../test/servers/index.ts'
import { freshTopics, timeless } from './topics.ts'
import { OUT_TOPIC } from './workload.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
export const steward = `${root}dist/src/cli/bin.js`
export const programOf = (name: 'format' | 'raw'): string => `${root}dist/bench/w1/${name}.js`

export interface Servers {
  kafka: string
  redis: string
  /** for its CPU time; undefined when it runs elsewhere */
  redisPid: number | undefined
  stop(): Promise<void>
}

/** Those given, or fresh ones of this run's own. */
export async function servers(given: { kafka?: string; redis?: string }): Promise<Servers> {
  const [kafka, redis] = await Promise.all([given.kafka === undefined ? startKafka() : null, given.redis === undefined ? startRedis() : null])
  return {
    kafka: given.kafka ?? kafka!.address, redis: given.redis ?? redis!.address, redisPid: redis?.pid,
    async stop() {
      await Promise.all([kafka?.stop(), redis?.stop()])
    },
  }
}

export const clientOf = (brokers: string): Kafka => new kafkajs.Kafka({ brokers: brokers.split(','), clientId: 'bench', logLevel: kafkajs.logLevel.NOTHING })

/** Compiles the formatter and the W2 reader beside the program, for `run`, and takes them away again: what is packed holds neither. */
export async function withPrograms<T>(run: () => Promise<T>): Promise<T> {
  // a type check leaves the program without its scripts there
  if (!existsSync(steward) || !existsSync(`${root}dist/src/state/scripts/claim.lua`)) throw new Error('the program is not built: run `npm run build` first')
  const built = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}bench/w1`], { encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`bench/w1 does not compile:\n${built.stdout}`)
  try {
    return await run()
  } finally {
    await rm(`${root}dist/bench`, { recursive: true, force: true })
  }
}

export interface Run {
  name: string
  configFile: string
  env: Record<string, string>
  topicOf(role: string): string
}

/** Makes the topics of a run that writes under a name of its own, and an empty output topic. */
export async function newRun({ kafka, redis }: Servers, configFile = `${root}bench/w1/steward.yaml`): Promise<Run> {
  const name = `w1-${Date.now().toString(36)}`
  const env = { W1_KAFKA: kafka, W1_REDIS: redis, W1_RUN: name }
  const config = await loadConfig(configFile, { checkUnit: checkUnitInTables, env })
  const client = clientOf(kafka)
  const specs = specsOf(config).map((spec) => ({ ...spec, config: { ...spec.config, ...timeless } }))
  await createTopics(client, specs)
  await freshTopics(client, [OUT_TOPIC], 1)
  return { name, configFile, env, topicOf: (role) => `${name}-${role}` }
}
