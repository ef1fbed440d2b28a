import { describe, expect, it } from 'vitest'
import { compressions, compressionType, registerCodecs } from '../../src/producers/codecs.ts'
import { testServers } from '../servers/index.ts'
import { begin, contractPartitions, contractRoles, Ear, names, numbered, sourceContract, until } from './contract.ts'
import { testLog } from './kafka-harness.ts'

sourceContract('Kafka', () => testLog(testServers().kafka, contractRoles, contractPartitions), 700)

describe('a source on Kafka', () => {
  it.each(compressions)('reads %s', async (compression) => {
    registerCodecs()
    const log = await testLog(testServers().kafka, ['labels'], 1)
    const source = log.source()
    const ear = new Ear()
    try {
      await log.append('labels', 0, numbered('l', 0, 500), compressionType(compression))
      await source.start(ear)
      begin(source, ear, 0, { labels: 100 })
      await until(() => ear.records('labels', 0).length === 400)
      expect(ear.values('labels', 0)).toEqual(names('l', 100, 500))
      expect([...ear.broken, ...ear.failures]).toEqual([])
    } finally {
      await source.stop()
      await log.stop()
    }
  })
})
