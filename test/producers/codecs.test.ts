import kafkajs from 'kafkajs'
import fc from 'fast-check'
import { compress as snappyBlock } from 'snappy'
import { beforeAll, describe, expect, it } from 'vitest'
import { compressionType, compressions, registerCodecs } from '../../src/producers/codecs.ts'
import type { Compression } from '../../src/producers/codecs.ts'

interface Codec { compress(encoder: { buffer: Buffer }): Promise<Buffer>; decompress(buffer: Buffer): Promise<Buffer> }
const codecOf = (compression: Compression) => (kafkajs.CompressionCodecs[compressionType(compression) as keyof typeof kafkajs.CompressionCodecs] as unknown as () => Codec)()
const packed = compressions.filter((compression) => compression !== 'none')

describe('the codecs', () => {
  beforeAll(registerCodecs)

  it.each(packed)('%s gives back the bytes it was given', async (compression) => {
    const codec = codecOf(compression)
    await fc.assert(fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 3000 }), async (bytes) => {
      const buffer = Buffer.from(bytes)
      expect((await codec.decompress(await codec.compress({ buffer }))).equals(buffer)).toBe(true)
    }), { numRuns: 50 })
  })

  it.each(packed)('%s makes what repeats smaller', async (compression) => {
    const buffer = Buffer.from('model-steward '.repeat(20_000))
    const small = await codecOf(compression).compress({ buffer })
    expect(small.length).toBeLessThan(buffer.length / 10)
    expect((await codecOf(compression).decompress(small)).equals(buffer)).toBe(true)
  })

  it('reads snappy in several xerial blocks, as the Java client sends it', async () => {
    const parts = ['one ', 'two ', 'three'].map((part) => Buffer.from(part.repeat(100)))
    const blocks = await Promise.all(parts.map(async (part) => {
      const block = await snappyBlock(part)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(block.length)
      return Buffer.concat([length, block])
    }))
    const header = Buffer.from('82534e41505059000000000100000001', 'hex')
    expect(await codecOf('snappy').decompress(Buffer.concat([header, ...blocks]))).toEqual(Buffer.concat(parts))
  })

  it('reads snappy in one bare block, as librdkafka sends it', async () => {
    expect(await codecOf('snappy').decompress(await snappyBlock(Buffer.from('bare')))).toEqual(Buffer.from('bare'))
  })
})
