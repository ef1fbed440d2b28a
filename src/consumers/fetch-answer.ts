/** The answer to a fetch (version 11 of the API, the newest that kafkajs speaks), read into records. */
import kafkajs from 'kafkajs'
import { readRecordSet } from './record-set.ts'
import type { AbortedTransaction, RecordSet } from './record-set.ts'

export const FETCH_VERSION = 11

/** In the shape that kafkajs expects, with `read` beside it; kafkajs's own decoder leaves `read` out. */
export interface FetchAnswer {
  throttleTime?: number
  clientSideThrottleTime?: number
  responses: { topicName: string; partitions: AnsweredPartition[] }[]
}

export interface AnsweredPartition {
  partition: number
  errorCode: number
  highWatermark: string
  lastStableOffset?: string
  lastStartOffset?: string
  abortedTransactions?: unknown[]
  preferredReadReplica?: number
  messages: { offset: string; isControlRecord?: boolean }[]
  read?: RecordSet
}

/**
 * @throws OldFormatError, or an Error when the bytes cannot be read
 */
export async function readFetchAnswer(bytes: Buffer): Promise<FetchAnswer> {
  const from = new Cursor(bytes)
  const clientSideThrottleTime = from.int32()
  from.at += 6 // error code and session id: kafkajs opens no session, and errors come by partition
  const responses: FetchAnswer['responses'] = []
  for (let topics = from.int32(); topics > 0; topics--) {
    const topicName = from.text()
    const partitions: AnsweredPartition[] = []
    for (let left = from.int32(); left > 0; left--) partitions.push(await readPartition(from))
    responses.push({ topicName, partitions })
  }
  // a broker has not waited for this time: kafkajs does, by the second of the two
  return { throttleTime: 0, clientSideThrottleTime, responses }
}

async function readPartition(from: Cursor): Promise<AnsweredPartition> {
  const partition = from.int32()
  const errorCode = from.int16()
  const [highWatermark, lastStableOffset, lastStartOffset] = [from.int64(), from.int64(), from.int64()]
  const aborted: AbortedTransaction[] = []
  for (let left = from.int32(); left > 0; left--) aborted.push({ producerId: from.int64(), firstOffset: from.int64() })
  const preferredReadReplica = from.int32()
  const length = from.int32()
  const read = await readRecordSet(from.take(Math.max(length, 0)), aborted, decompress)
  return {
    partition, errorCode, preferredReadReplica, messages: [], abortedTransactions: [], read,
    highWatermark: String(highWatermark), lastStableOffset: String(lastStableOffset), lastStartOffset: String(lastStartOffset),
  }
}

interface Codec { decompress(buffer: Buffer): Promise<Buffer> }

const decompress = async (compression: number, bytes: Buffer): Promise<Buffer> => {
  const codec = (kafkajs.CompressionCodecs as unknown as Record<number, (() => Codec) | undefined>)[compression]
  if (codec === undefined) throw new Error(`Kafka has no compression number ${compression}`)
  return codec().decompress(bytes)
}

class Cursor {
  at = 0
  private readonly bytes: Buffer
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
  int16 = (): number => this.bytes.readInt16BE((this.at += 2) - 2)
  int32 = (): number => this.bytes.readInt32BE((this.at += 4) - 4)
  int64 = (): number => Number(this.bytes.readBigInt64BE((this.at += 8) - 8))
  take = (length: number): Buffer => this.bytes.subarray(this.at, this.at += length)
  text = (): string => this.take(this.int16()).toString()
}
