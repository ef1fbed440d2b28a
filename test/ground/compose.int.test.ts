import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '../../src/config/config.ts'

const COMPOSE = 'docker-compose.yml'

interface Compose {
  services: Record<string, { image?: string; build?: string; healthcheck?: unknown; restart?: string }>
  configs: Record<string, { content: string }>
}

let folder: string
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'steward-compose-')) })
afterAll(() => rm(folder, { recursive: true }))

/** What the parser says of a file, and whether it passes. */
async function check(file: string): Promise<{ passes: boolean; says: string }> {
  return promisify(execFile)('scripts/compose-check.sh', [file]).then(
    ({ stdout }) => ({ passes: true, says: stdout }),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ passes: false, says: stdout + stderr }),
  )
}

const readCompose = async (): Promise<Compose> => parse(await readFile(COMPOSE, 'utf8')) as Compose

describe('docker-compose.yml', () => {
  it('is accepted, with every service in it', async () => {
    const { passes, says } = await check(COMPOSE)
    expect(says).toBe(`${COMPOSE}: grafana kafka prometheus redis registry steward topics\n`)
    expect(passes).toBe(true)
  })

  it.for<[what: string, from: string, to: string, says: string]>([
    ['an unknown key', 'healthcheck:', 'healthchek:', 'healthchek'],
    ['a dependency that is not there', 'kafka: { condition: service_healthy }', 'kafca: { condition: service_healthy }', 'kafca'],
    ['a variable without a value', 'image: redis:7.2.5-alpine', 'image: redis:${REDIS_VERSION_OF_NOBODY}', 'REDIS_VERSION_OF_NOBODY'],
    ['a config that is not there', 'source: steward,', 'source: stewart,', 'stewart'],
  ])('is refused once it has %s', async ([, from, to, says]) => {
    const text = await readFile(COMPOSE, 'utf8')
    expect(text).toContain(from)
    const planted = join(folder, 'docker-compose.yml')
    await writeFile(planted, text.replace(from, to))
    expect(await check(planted)).toEqual({ passes: false, says: expect.stringContaining(says) })
  })

  it('pins every image and checks the health of every service that stays up', async () => {
    for (const [name, service] of Object.entries((await readCompose()).services)) {
      expect(service.build ?? service.image, name).toMatch(/^\.$|:v?\d+\.\d+\.\d+/)
      if (service.restart !== 'no') expect(service.healthcheck, name).toBeDefined()
    }
  })

  it('gives steward settings that it takes, and Prometheus the port that they name', async () => {
    const { configs } = await readCompose()
    const settings = parseConfig(configs.steward.content, 'steward.yaml', { checkUnit: () => {}, env: {} })
    expect(settings.kafka.brokers).toEqual(['kafka:19092'])
    expect(configs.prometheus.content).toContain(`steward:${settings.http?.port}`)
  })
})
