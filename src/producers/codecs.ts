/** The four compressions of Kafka for kafkajs, which brings gzip alone. Each library is loaded when the first batch of its kind comes. */
import kafkajs from 'kafkajs'

export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Compression = (typeof compressions)[number]

interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>
  decompress(buffer: Buffer): Promise<Buffer>
}

/** What the Java client puts before snappy blocks: magic, version 1, compatible with 1; then blocks, each after its length. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_HEADER = Buffer.concat([XERIAL_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const ZSTD_LEVEL = 3

const snappyCodec: Codec = {
  async compress({ buffer }) {
    const { compress } = await import('snappy')
    const block = await compress(buffer)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    return Buffer.concat([XERIAL_HEADER, length, block])
  },
  async decompress(buffer) {
    const { uncompress } = await import('snappy')
    const unpack = async (block: Buffer): Promise<Buffer> => await uncompress(block, { asBuffer: true }) as Buffer
    // librdkafka and others send one bare block
    if (!buffer.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return unpack(buffer)
    return Buffer.concat(await Promise.all(xerialBlocks(buffer).map(unpack)))
  },
}

function xerialBlocks(buffer: Buffer): Buffer[] {
  const blocks: Buffer[] = []
  for (let at = XERIAL_HEADER.length; at + 4 <= buffer.length;) {
    const length = buffer.readUInt32BE(at)
    blocks.push(buffer.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return blocks
}

const lz4Codec: Codec = {
  compress: async ({ buffer }) => (await import('lz4-napi')).compressFrame(buffer),
  decompress: async (buffer) => (await import('lz4-napi')).decompressFrame(buffer),
}

const zstdCodec: Codec = {
  compress: async ({ buffer }) => (await import('@mongodb-js/zstd')).compress(buffer, ZSTD_LEVEL),
  decompress: async (buffer) => (await import('@mongodb-js/zstd')).decompress(buffer),
}

/** Makes kafkajs, in this whole process, read and write all of them. */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec
}

/** kafkajs's number for a compression. */
export function compressionType(compression: Compression): number {
  const { None, GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes
  return { none: None, gzip: GZIP, snappy: Snappy, lz4: LZ4, zstd: ZSTD }[compression]
}
