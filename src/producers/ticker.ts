/** The heartbeat of stream time: one record a second on `ticks`, stamped by the broker. */
import kafkajs from 'kafkajs'
import type { Kafka } from 'kafkajs'
import { writeError } from './kafka-errors.ts'

export interface TickerOptions {
  /** writes one tick */
  publish(): Promise<void>
  /** default 1 s */
  periodMs?: number
  /** a tick could not be written; the next is tried in its turn */
  onFailure(error: Error): void
}

/** Writes a tick at once and then every period until stopped. A tick is never made up for: while one is under way, those that fall due are left out. */
export function startTicker({ publish, periodMs = 1000, onFailure }: TickerOptions): { stop(): Promise<void> } {
  let underWay: Promise<void> | undefined
  const tick = (): void => {
    underWay ??= publish().catch((error: unknown) => onFailure(error instanceof Error ? error : new Error(String(error))))
      .then(() => { underWay = undefined })
  }
  const timer = setInterval(tick, periodMs)
  tick()
  return {
    async stop() {
      clearInterval(timer)
      await underWay
    },
  }
}

/** Writes `value` to the only partition of `topic`, whose stamps are the broker's (LogAppendTime). */
export function kafkaTicks({ kafka, topic, value }: { kafka: Kafka; topic: string; value: Uint8Array }): { publish(): Promise<void>; stop(): Promise<void> } {
  const producer = kafka.producer({
    allowAutoTopicCreation: false, createPartitioner: kafkajs.Partitioners.DefaultPartitioner, retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 2 } })
  let connected: Promise<void> | undefined
  return {
    async publish() {
      try {
        await (connected ??= producer.connect())
        await producer.send({ topic, acks: -1, messages: [{ partition: 0, value: Buffer.from(value) }] })
      } catch (error) {
        connected = undefined
        throw writeError(error, `ticking to ${topic}`)
      }
    },
    stop: () => producer.disconnect(),
  }
}
