/** Capture files: NDJSON, one record a line, as `steward capture` writes and `steward replay` reads them. */
import { StewardError } from '../errors.ts'
import type { Headers } from '../engine/ports.ts'

/** One line: a record as a topic holds it, its value in JSON form where it has one. */
export interface CaptureLine {
  topic: string
  /** null: to be chosen by key */
  partition: number | null
  /** null: in the order of the lines */
  offset: number | null
  timestampMs: number
  key: string | null
  headers: Headers
  /** the value's bytes; JSON values are kept as they stand in the line, compact */
  value: Uint8Array | null
}

const members: ReadonlySet<string> = new Set(['topic', 'partition', 'offset', 'timestampMs', 'key', 'headers', 'value', 'valueBase64'])
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * Reads one line.
 * @param number of the line, from 1, for messages
 * @returns null for an empty line
 * @throws StewardError INPUT_UNREADABLE naming the line and what is wrong with it
 */
export function parseCaptureLine(text: string, number: number): CaptureLine | null {
  if (text.trim() === '') return null
  const wrong = (what: string): never => {
    throw new StewardError('INPUT_UNREADABLE', `capture line ${number}: ${what}`)
  }
  const line = parseObject(text, wrong)
  for (const name of Object.keys(line)) if (!members.has(name)) wrong(`'${name}' is no member of a capture line; it has ${[...members].join(', ')}`)
  const { topic, timestampMs, key = null } = line
  if (typeof topic !== 'string' || topic === '') return wrong('`topic` must name the topic')
  if (typeof timestampMs !== 'number' || !Number.isSafeInteger(timestampMs)) return wrong('`timestampMs` must be the record\'s time in whole epoch milliseconds')
  if (key !== null && typeof key !== 'string') return wrong('`key` must be a string or null')
  return {
    topic, timestampMs, key,
    partition: whole(line, 'partition', wrong), offset: whole(line, 'offset', wrong), headers: headersOf(line, wrong), value: valueOf(line, wrong),
  }
}

type Wrong = (what: string) => never

function parseObject(text: string, wrong: Wrong): Record<string, unknown> {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch (error) {
    return wrong(`no JSON: ${(error as Error).message}`)
  }
  return typeof line === 'object' && line !== null && !Array.isArray(line) ? line as Record<string, unknown> : wrong('not a JSON object')
}

function whole(line: Record<string, unknown>, name: string, wrong: Wrong): number | null {
  const value = line[name]
  if (value === undefined || value === null) return null
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : wrong(`\`${name}\` must be a whole number from 0`)
}

function headersOf({ headers }: Record<string, unknown>, wrong: Wrong): Headers {
  if (headers === undefined || headers === null) return {}
  const fine = typeof headers === 'object' && !Array.isArray(headers) && Object.values(headers).every((value) => typeof value === 'string')
  return fine ? headers as Headers : wrong('`headers` must map names to strings')
}

function valueOf(line: Record<string, unknown>, wrong: Wrong): Uint8Array | null {
  const { value, valueBase64 } = line
  if (value !== undefined && valueBase64 !== undefined) return wrong('it has both `value` and `valueBase64`; give one')
  if (valueBase64 === undefined) return value === undefined || value === null ? null : Buffer.from(JSON.stringify(value))
  if (typeof valueBase64 !== 'string' || !BASE64.test(valueBase64) || valueBase64.length % 4 === 1) return wrong('`valueBase64` is no base64')
  return Buffer.from(valueBase64, 'base64')
}

/** The line of a record, without the newline: `value` where the bytes are compact JSON, else `valueBase64`, so that reading gives the same bytes. */
export function formatCaptureLine({ topic, partition, offset, timestampMs, key, headers, value }: CaptureLine): string {
  return JSON.stringify({
    topic,
    ...(partition === null ? {} : { partition }),
    ...(offset === null ? {} : { offset }),
    timestampMs,
    key,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(value === null ? { value: null } : formatValue(Buffer.from(value.buffer, value.byteOffset, value.byteLength))),
  })
}

function formatValue(bytes: Buffer): { value: unknown } | { valueBase64: string } {
  if (bytes[0] === OPENING_BRACE) {
    try {
      const value: unknown = JSON.parse(bytes.toString())
      if (Buffer.from(JSON.stringify(value)).equals(bytes)) return { value }
    } catch {
      // not JSON after all: kept as bytes
    }
  }
  return { valueBase64: bytes.toString('base64') }
}

const OPENING_BRACE = 0x7b
