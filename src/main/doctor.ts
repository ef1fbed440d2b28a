/** `steward doctor`: everything a worker needs, checked one by one, with the next step where something is wrong. */
import type { Check, ConfigPath } from '../cli/services.ts'
import type { Config } from '../config/config.ts'
import { brokerHealth } from '../producers/health.ts'
import { redisHealth } from '../state/health.ts'
import { StewardError } from '../errors.ts'
import { configAt, kafkaOf, logOf, redisAddressOf, registryOf } from './clients.ts'
import { labelHorizonOf, specsOf } from './topics.ts'

export async function* doctor({ config: path }: ConfigPath): AsyncGenerator<Check> {
  let config: Config
  try {
    config = await configAt(path)
  } catch (error) {
    yield { name: 'settings', state: 'failed', text: (error as Error).message, fix: 'correct the settings that are named, then run the doctor again' }
    return
  }
  yield { name: 'settings', state: 'ok', text: path === null ? 'defaults, no file given' : `${path}, ${Object.keys(config.models).length} models`, fix: null }
  const log = logOf(config)
  for (const finding of await brokerHealth({ kafka: kafkaOf(config, log), specs: specsOf(config), labelHorizonMs: labelHorizonOf(config) })) yield checkOf('kafka', finding)
  for (const finding of await redisHealth(redisAddressOf(config))) yield checkOf('redis', finding)
  yield await registryCheck(config)
}

const checkOf = (part: string, { check, ok, found, fix }: { check: string; ok: boolean; found: string; fix: string }): Check =>
  ({ name: `${part}: ${check}`, state: ok ? 'ok' : 'failed', text: found, fix: ok || fix === '' ? null : fix })

async function registryCheck(config: Config): Promise<Check> {
  const registry = registryOf(config)
  if (registry === null) return { name: 'registry', state: 'ok', text: 'none is configured: records are JSON, or Avro with `schemaFiles`', fix: null }
  try {
    // an id that no registry gives out: an answer, whatever it is, is what is looked for
    await registry.schema(2_147_483_647)
    return { name: 'registry', state: 'ok', text: `${config.registry!.url} answers`, fix: null }
  } catch (error) {
    return { name: 'registry', state: 'failed', text: (error as Error).message, fix: error instanceof StewardError ? 'check its address, user and password in the settings' : null }
  }
}
