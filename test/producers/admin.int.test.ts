import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { createTopics, describeTopics } from '../../src/producers/admin.ts'
import { brokerHealth } from '../../src/producers/health.ts'
import { topicSpecs } from '../../src/producers/topics.ts'
import type { TopicRole } from '../../src/producers/topics.ts'
import { testServers, uniqueName } from '../servers/index.ts'

const DAY_MS = 86_400_000
const clientOf = (brokers: string[]) => new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING, connectionTimeout: 500, retry: { retries: 1, initialRetryTime: 50 } })
const kafka = () => clientOf(testServers().kafka.split(','))
const planned = (roles: TopicRole[], observePartitions = 3, labelHorizonMs = DAY_MS) =>
  topicSpecs({ names: new Map(roles.map((role) => [role, uniqueName(role)])), observePartitions, rekeyed: [], decidePartitions: 2, labelHorizonMs })

describe('createTopics', () => {
  it('makes what is missing and, run again, changes nothing', async () => {
    const specs = planned(['predictions', 'labels', 'policies', 'ticks', 'serving-config', 'decisions'])
    expect((await createTopics(kafka(), specs)).map(({ outcome }) => outcome)).toEqual(specs.map(() => 'created'))
    expect(await createTopics(kafka(), specs)).toEqual(specs.map(({ name }) => ({ name, outcome: 'exists', differences: [] })))
    const states = await describeTopics(kafka(), specs.map(({ name }) => name))
    for (const { name, partitions, config } of specs) {
      expect(states.find((state) => state.name === name)).toMatchObject({ partitions, replicas: 1, inSync: 1, config: { ...config, 'min.insync.replicas': '1' } })
    }
  })

  it('reports what is there and differs, and makes the others', async () => {
    const [predictions, labels] = planned(['predictions', 'labels'])
    await createTopics(kafka(), [predictions])
    const wanted = { ...predictions, partitions: 5, config: { ...predictions.config, 'retention.ms': String(40 * DAY_MS) } }
    expect(await createTopics(kafka(), [wanted, labels])).toEqual([
      { name: predictions.name, outcome: 'differs', differences: ['has 3 partitions, not 5', `retention.ms is ${7 * DAY_MS}, not ${40 * DAY_MS}`] },
      { name: labels.name, outcome: 'created', differences: [] },
    ])
  })

  it('says what the broker refused', async () => {
    const [spec] = planned(['labels'])
    await expect(createTopics(kafka(), [spec], { replicas: 7 })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', message: expect.stringMatching(/creating topics: .*[Rr]eplication/) })
  })
})

describe('brokerHealth', () => {
  it('finds nothing wrong with what createTopics made', async () => {
    const specs = planned(['predictions', 'labels', 'features', 'panes', 'commands', 'ticks', 'profiles'])
    await createTopics(kafka(), specs)
    const findings = await brokerHealth({ kafka: kafka(), specs, rekeyed: [], labelHorizonMs: DAY_MS })
    expect(findings.filter(({ ok }) => !ok)).toEqual([])
    expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining([
      `broker ${testServers().kafka} can be reached`, expect.stringMatching(/^predictions.*labels.*features.* as many partitions/), expect.stringMatching(/^panes.*commands.* as many partitions/)]))
    expect(findings.every(({ fix }) => fix === '')).toBe(true)
  })

  it('finds a missing topic, unequal counts, a wrong stamp and a retention below the label horizon, each with what to do', async () => {
    const specs = planned(['predictions', 'labels', 'features', 'ticks'], 3, 30 * DAY_MS)
    const asMade = specs.slice(0, 2).concat(specs[3]).map((spec) => ({
      ...spec, partitions: spec.role === 'labels' ? 4 : spec.partitions,
      config: { ...spec.config, 'retention.ms': String(5 * DAY_MS), 'message.timestamp.type': 'CreateTime' } }))
    await createTopics(kafka(), asMade)
    const wrong = (await brokerHealth({ kafka: kafka(), specs, rekeyed: [], labelHorizonMs: 30 * DAY_MS })).filter(({ ok }) => !ok)
    const about = (pattern: RegExp) => wrong.filter(({ check, found }) => pattern.test(`${check}: ${found}`))
    expect(about(/features.*does not exist/)).toMatchObject([{ fix: expect.stringMatching(/steward topics create/) }])
    expect(about(/predictions-\w+ 3, labels-\w+ 4/)).toMatchObject([{ fix: expect.stringMatching(/rekey: true .* recreate it/) }])
    expect(about(/ticks.*timestamp.type is CreateTime, not LogAppendTime/)).toHaveLength(1)
    expect(about(/is kept for as long.*retention 120 h, labelHorizon 720 h/)).toHaveLength(2)
    expect(wrong.every(({ fix }) => fix !== '')).toBe(true)
  })

  it('takes a cluster that does not answer for a finding', async () => {
    expect(await brokerHealth({ kafka: clientOf(['127.0.0.1:1']), specs: [], rekeyed: [], labelHorizonMs: 1 })).toEqual([
      { check: 'kafka answers', ok: false, found: expect.stringMatching(/connect/i), fix: expect.stringMatching(/kafka.brokers/) }])
  })
})
