import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { defaultConfig, loadConfig, parseConfig, parsePolicyFile, type ConfigContext } from '../../src/config/config.ts'

const context: ConfigContext = { checkUnit: () => undefined, env: { KAFKA_PASSWORD: 's3cret' } }
const config = (text: string) => parseConfig(text, '/etc/steward/steward.yaml', context)

function problems(text: string): string[] {
  try {
    config(text)
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    return (error as Error).message.split('\n').map((line) => line.replace('/etc/steward/', ''))
  }
  return []
}

describe('parseConfig', () => {
  test('needs nothing: an empty file is the defaults', () => {
    expect(config('')).toEqual(defaultConfig(context))
    expect(config('# nothing yet\n')).toMatchObject({ kafka: { brokers: ['localhost:9092'] }, redis: { url: 'redis://localhost:6379' }, registry: null, models: {} })
  })

  test('takes the file of DESIGN with quantities in human units', () => {
    expect(config(`
kafka: { brokers: [a:9092, b:9092], topics: { labels: team.labels }, partitions: { observe: 12 } }
redis: { url: redis://cache:6379 }
registry: { url: http://registry:8081 }
limits: { maxPanePart: 256KiB, epoch: 500ms }
http: { port: 0 }
log: { level: debug }
models:
  fraud: { mode: act }
  churn:
`)).toMatchObject({
      kafka: { brokers: ['a:9092', 'b:9092'], topics: { labels: 'team.labels', predictions: 'predictions' }, partitions: { observe: 12, decide: 2 } },
      registry: { url: 'http://registry:8081', username: null },
      limits: { panePartBytesMax: 262_144, epochMs: 500, epochMsMax: 10_000 },
      http: { host: '127.0.0.1', port: 0 }, log: { level: 'debug' },
      models: { fraud: { text: '{"mode":"act"}', policy: { model: 'fraud', mode: 'act' } }, churn: { text: '{}', policy: { model: 'churn', mode: 'advise' } } },
    })
  })

  test('is frozen', () => {
    expect(() => { (config('').kafka.brokers as string[]).push('x') }).toThrow(TypeError)
  })

  test('maps fields by path or constant, role by role', () => {
    const { inputs } = config(`
inputs:
  predictions: { mapping: { inferenceId: payload.id, model: { constant: fraud }, segments: { segment: payload.segment }, ignore: [payload.debug] } }
  labels: { mapping: { inferenceId: order, label: chargeback } }
`)
    expect(inputs.predictions.mapping).toMatchObject({ inferenceId: { path: 'payload.id' }, model: { constant: 'fraud' }, segments: { segment: 'payload.segment' }, ignore: ['payload.debug'] })
    expect(inputs.labels).toMatchObject({ mapping: { inferenceId: { path: 'order' }, label: { path: 'chargeback' } } })
    expect(inputs.features).toEqual({ mapping: null, rekey: false })
  })

  test('finds the files it names beside itself', () => {
    const { schemaFiles, kafka, redis } = config('schemaFiles: { 1: w1/features.avsc, 2: /abs/p.avsc }\nkafka: { ssl: { caFile: ca.pem } }\nredis: { caFile: ../ca.pem }')
    expect(schemaFiles).toEqual({ 1: '/etc/steward/w1/features.avsc', 2: '/abs/p.avsc' })
    expect(kafka.ssl).toEqual({ caFile: '/etc/steward/ca.pem', certFile: null, keyFile: null, rejectUnauthorized: true })
    expect(redis.caFile).toBe('/etc/ca.pem')
  })

  test('takes secrets from the environment, in the sections that hold secrets', () => {
    const { kafka, models } = config("kafka: { sasl: { mechanism: plain, username: u, password: '${KAFKA_PASSWORD}' } }\nmodels: { m: { segments: ['${KAFKA_PASSWORD}'] } }")
    expect(kafka.sasl!.password).toBe('s3cret')
    expect(models.m.policy.segments).toEqual(['${KAFKA_PASSWORD}'])
  })

  test('refuses a session that one missed heartbeat would end', () => {
    expect(config('kafka: { sessionTimeout: 2s, heartbeat: 500ms }').kafka).toMatchObject({ sessionTimeout: 2000, heartbeat: 500, rebalanceTimeout: 30_000 })
    expect(problems('kafka: { sessionTimeout: 6s }')).toEqual(['steward.yaml:1: `kafka.heartbeat` must be at most a third of `kafka.sessionTimeout`'])
  })

  test('switches the health server off by null', () => {
    expect(config('http: null').http).toBeNull()
  })
})

describe('a mistake in the file', () => {
  test('is reported with its line, all of them at once', () => {
    expect(problems(`kafka:
  brokers: a:9092
  topics: { prediction: x }
redis:
  url: redis://x
  pasword: '\${NOPE}'
models:
  fraud:
    time:
      pane: 10
  churn: { promotion: { canary: {} } }
`)).toEqual([
      "steward.yaml:6: `redis.pasword` names the environment variable NOPE, which is not set",
      'steward.yaml:2: `kafka.brokers` must be a list',
      "steward.yaml:3: `kafka.topics.prediction` is not a setting; did you mean 'predictions'?",
      "steward.yaml:6: `redis.pasword` is not a setting; did you mean 'password'?",
      'steward.yaml:10: `models.fraud.time.pane` must be a duration with its unit, like 250ms, 5s, 10m, 1.5h or 7d, not 10',
      'steward.yaml:11: `models.churn.promotion.canary` is not built yet: remove it',
    ])
  })

  test('never shows twenty-one problems where twenty and a count will do', () => {
    const many = problems(Array.from({ length: 30 }, (_, i) => `wrong${i}: 1`).join('\n'))
    expect(many).toHaveLength(21)
    expect(many[20]).toBe('and 10 more')
  })

  test.each([
    ['a: [', /^steward\.yaml:1:\d+: not YAML/], ['a: 1\na: 2', /^steward\.yaml:2:1: not YAML.*unique/], ['[1]', /the settings: must be a section/], ['fraud', /the settings: must be a section/],
    ['schemaFiles: { one: a.avsc }', /schemaFiles\.one. must .*number of a schema id/], ['http: 8080', /`http` must be a section/], ['models: [fraud]', /`models` must be a map/],
    ['limits: { maxPanePart: 512 }', /must be a size with its unit/], ['inputs: { labels: { mapping: { score: p } } }', /`inputs\.labels\.mapping\.score` is not a setting/],
    ['inputs: { labels: { mapping: { label: { const: 1 } } } }', /inputs\.labels\.mapping\.label/],
  ])('%s is refused', (text, problem) => {
    expect(problems(text)[0]).toMatch(problem)
  })
})

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'steward-config-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('are read by path, and one that is not there is named', async () => {
    writeFileSync(join(folder, 'a.yaml'), 'kafka: { clientId: here }')
    expect((await loadConfig(join(folder, 'a.yaml'), context)).kafka.clientId).toBe('here')
    await expect(loadConfig(join(folder, 'b.yaml'), context)).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', message: expect.stringContaining('b.yaml') as unknown })
  })
})

describe('parsePolicyFile', () => {
  const policies = (text: string, model: string | null = null) => parsePolicyFile(text, 'p.yaml', model, context).map(({ policy }) => `${policy.model} ${policy.mode}`)
  const whole = 'kafka: { clientId: x }\nmodels: { fraud: { mode: act }, churn: {} }'

  test('reads a whole file, a models map, or a bare policy', () => {
    expect(policies(whole)).toEqual(['fraud act', 'churn advise'])
    expect(policies('models: { fraud: { mode: act } }')).toEqual(['fraud act'])
    expect(policies('mode: act\nsegments: [region]', 'fraud')).toEqual(['fraud act'])
    expect(policies('', 'fraud')).toEqual(['fraud advise'])
    expect(policies('limits: { maxPending: 5 }', 'fraud')).toEqual(['fraud advise'])
    expect(policies('limits: { epoch: 2s }\n' + whole)).toEqual(['fraud act', 'churn advise'])
  })

  test('gives the one model that is asked for, and names those there are when it is not among them', () => {
    expect(policies(whole, 'churn')).toEqual(['churn advise'])
    expect(() => policies(whole, 'fraude')).toThrow("p.yaml has no model 'fraude'. It has: fraud, churn")
  })

  test('reports a bare policy by its own paths', () => {
    expect(() => policies('time:\n  pane: 3', 'fraud')).toThrow('p.yaml:2: `time.pane` must be a duration')
  })
})
