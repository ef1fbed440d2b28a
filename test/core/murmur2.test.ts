import { createRequire } from 'node:module'
import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { murmur2, partitionOf } from '../../src/core/murmur2.ts'

const theirs = createRequire(import.meta.url)('kafkajs/src/producer/partitioners/default/murmur2.js') as (key: Buffer) => number

/** Vectors of Kafka's own UtilsTest.testMurmur2. */
const javaVectors: [string, number][] = [
  ['21', -973932308], ['foobar', -790332482], ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829], ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
]

describe('murmur2', () => {
  it.each(javaVectors)('hashes %j as the Java client does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })

  it('hashes any bytes as kafkajs does', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => murmur2(bytes) === theirs(Buffer.from(bytes))), { numRuns: 2000 })
  })
})

describe('partitionOf', () => {
  it('chooses the partition that the default partitioner of kafkajs chooses', () => {
    const choose = kafkajs.Partitioners.DefaultPartitioner()
    const metadata = (count: number) => Array.from({ length: count }, (_, partitionId) => ({
      partitionId, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] }))
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 64 }), (bytes, count) => {
      const key = Buffer.from(bytes)
      expect(partitionOf(key, count)).toBe(choose({ topic: 't', partitionMetadata: metadata(count), message: { key, value: null } }))
    }), { numRuns: 500 })
  })
})
