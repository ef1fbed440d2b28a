/** Who made a record: every output carries (task, epoch, index), and consumers keep one number a task and drop what is not greater. */
import type { Headers, RawRecord } from './ports.ts'

export interface Origin {
  task: string
  epoch: number
  index: number
  /** part number from 0, and how many parts the value was cut into */
  part: number
  parts: number
}

const HEADER = 'steward-origin'

/** `observe-3 17 4` or, for a value sent in parts, `observe-3 17 4 0/3`. */
export function originHeaders(origin: Origin): Headers {
  const { task, epoch, index, part, parts } = origin
  return { [HEADER]: parts === 1 ? `${task} ${epoch} ${index}` : `${task} ${epoch} ${index} ${part}/${parts}` }
}

/** The origin of a record, or null when it was not made by a task. */
export function originOf(raw: Pick<RawRecord, 'headers'>): Origin | null {
  const text = raw.headers[HEADER]
  const match = text === undefined ? null : /^(\S+) (\d+) (\d+)(?: (\d+)\/(\d+))?$/.exec(text)
  if (match === null) return null
  const [, task, epoch, index, part = '0', parts = '1'] = match
  return { task, epoch: Number(epoch), index: Number(index), part: Number(part), parts: Number(parts) }
}

/** The last origin taken from one task. */
export interface Mark {
  epoch: number
  index: number
  part: number
}

export const isAfter = (origin: Origin, mark: Mark | undefined): boolean =>
  mark === undefined || origin.epoch > mark.epoch
  || (origin.epoch === mark.epoch && (origin.index > mark.index || (origin.index === mark.index && origin.part > mark.part)))

const ENDED = 'steward-ended'

/** On the last word of a task that ended: the offsets it had consumed, by input. */
export const endedHeaders = (offsets: Readonly<Record<string, number>>): Headers => ({ [ENDED]: JSON.stringify(offsets) })

/** Null where a record is not the last word of a task. */
export function endedOf(raw: Pick<RawRecord, 'headers'>): Record<string, number> | null {
  const text = raw.headers[ENDED]
  try {
    const offsets: unknown = text === undefined ? null : JSON.parse(text)
    return typeof offsets === 'object' && offsets !== null ? (offsets as Record<string, number>) : null
  } catch {
    return null
  }
}

/** Where a rekeyed record comes from, and the stream time of its partition there. */
export interface RekeyedFrom {
  partition: number
  offset: number
  streamTimeMs: number
  /** on its own topic; the copy has the inference id in its place */
  key: Uint8Array | null
}

const REKEYED = 'steward-rekeyed'

/** `3 1042 1700000000000 b3JkZXItMQ==`, without the last where there was no key. */
export function rekeyedHeaders({ partition, offset, streamTimeMs, key }: RekeyedFrom): Headers {
  return { [REKEYED]: `${partition} ${offset} ${streamTimeMs}${key === null ? '' : ` ${Buffer.from(key).toString('base64')}`}` }
}

/** Null for a record that was not rekeyed. */
export function rekeyedFrom(raw: Pick<RawRecord, 'headers'>): RekeyedFrom | null {
  const match = /^(\d+) (\d+) (-?\d+)(?: (\S*))?$/.exec(raw.headers[REKEYED] ?? '')
  if (match === null) return null
  const [, partition, offset, streamTimeMs, key] = match
  return { partition: Number(partition), offset: Number(offset), streamTimeMs: Number(streamTimeMs), key: key === undefined ? null : Buffer.from(key, 'base64') }
}

const PASSED = 'steward-passed'

/** On a mark: how far its task is in stream time. The broker's stamp would do, were it never the broker's own. */
export const passedHeaders = (streamTimeMs: number): Headers => ({ [PASSED]: String(streamTimeMs) })

/** Null for a record that is no mark. */
export function passedOf(raw: Pick<RawRecord, 'headers'>): number | null {
  const text = raw.headers[PASSED]
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : null
}

const OURS: ReadonlySet<string> = new Set([HEADER, ENDED, REKEYED, PASSED])

/** Headers without those that carry meaning between tasks: what a producer outside puts there means nothing. */
export const withoutOurs = (headers: Headers): Headers =>
  Object.keys(headers).some((name) => OURS.has(name)) ? Object.fromEntries(Object.entries(headers).filter(([name]) => !OURS.has(name))) : headers

/** The record as it stood on its own topic: its offset and key there, and the headers that its producer gave it. */
export const asRekeyedFrom = (raw: RawRecord, { offset, key }: RekeyedFrom): RawRecord => ({ ...raw, offset, key, headers: withoutOurs(raw.headers) })
