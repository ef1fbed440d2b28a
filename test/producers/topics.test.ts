import { describe, expect, it } from 'vitest'
import { coPartitioned, differences, topicSpecs } from '../../src/producers/topics.ts'
import type { TopicRole } from '../../src/producers/topics.ts'

const DAY_MS = 86_400_000
const roles: TopicRole[] = ['predictions', 'labels', 'features', 'candidates', 'commands', 'panes', 'policies', 'profiles', 'ticks', 'journal',
  'retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'dead-letters']
const specs = topicSpecs({ names: new Map(roles.map((role) => [role, `my-${role}`])), observePartitions: 12, rekeyed: [], decidePartitions: 4, labelHorizonMs: 20 * DAY_MS })
const of = (role: TopicRole) => specs.find((spec) => spec.role === role)!

describe('topicSpecs', () => {
  it('gives topics that are read together the same number of partitions', () => {
    for (const group of coPartitioned([])) expect(new Set(group.map((role) => of(role).partitions)).size).toBe(1)
    expect([of('labels').partitions, of('panes').partitions, of('journal').partitions, of('ticks').partitions]).toEqual([12, 4, 12, 1])
  })

  it('keeps the last record of a key where the last one counts', () => {
    const compacted = specs.filter(({ config }) => config['cleanup.policy'] === 'compact').map(({ role }) => role)
    expect(compacted).toEqual(['policies', 'profiles', 'serving-config'])
  })

  it('keeps the inputs longer than labels are waited for, and decisions forever', () => {
    expect(of('labels').config['retention.ms']).toBe(String(21 * DAY_MS))
    expect(of('decisions').config['retention.ms']).toBe('-1')
    const [short] = topicSpecs({ names: new Map([['labels', 'l']]), observePartitions: 1, rekeyed: [], decidePartitions: 1, labelHorizonMs: 1 })
    expect(short.config['retention.ms']).toBe(String(7 * DAY_MS))
  })

  it('lets the broker stamp ticks and nothing else', () => {
    expect(specs.filter(({ config }) => config['message.timestamp.type'] === 'LogAppendTime').map(({ role }) => role)).toEqual(['ticks'])
  })
})

describe('differences', () => {
  const state = (config: Record<string, string>, partitions = 12) => ({ name: 'my-labels', partitions, replicas: 1, inSync: 1, config: { ...of('labels').config, ...config } })

  it('finds none in a topic that is kept longer than asked', () => {
    expect(differences(of('labels'), state({}))).toEqual([])
    expect(differences(of('labels'), state({ 'retention.ms': '-1' }))).toEqual([])
    expect(differences(of('labels'), state({ 'retention.ms': String(400 * DAY_MS) }))).toEqual([])
  })

  it('names each in a clause', () => {
    expect(differences(of('labels'), state({ 'retention.ms': '5', 'cleanup.policy': 'compact', 'message.timestamp.type': 'LogAppendTime' }, 3))).toEqual([
      'has 3 partitions, not 12', 'cleanup.policy is compact, not delete', `retention.ms is 5, not ${21 * DAY_MS}`, 'message.timestamp.type is LogAppendTime, not CreateTime'])
    expect(differences(of('decisions'), { ...state({ 'retention.ms': '5' }, 4) })).toEqual(['retention.ms is 5, not -1'])
  })
})
