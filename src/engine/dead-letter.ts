import type { DeadLetter } from '../core/records.ts'
import { sha256 } from './hash.ts'
import type { RawRecord } from './ports.ts'

/** The letter for a record that could not be used. Its value is cut at `bytesMax`; a cut one cannot be sent again. */
export function deadLetterOf(topic: string, partition: number, raw: RawRecord, bytesMax: number, code: string, message: string): DeadLetter {
  // without its whole key a record cannot be sent again, so then its value is left out too
  const keyFits = (raw.key?.length ?? 0) <= bytesMax
  return {
    kind: 'dead-letter', id: `${topic}-${partition}-${raw.offset}`, topic, partition, offset: raw.offset, timestampMs: raw.timestampMs,
    key: keyFits ? raw.key : raw.key!.slice(0, bytesMax), bytes: raw.value === null || !keyFits ? null : raw.value.slice(0, bytesMax),
    length: raw.value?.length ?? 0, hash: sha256(raw.value ?? new Uint8Array(0)), code, message,
  }
}
