/** Lines of JSON in, lines of JSON out. */
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { pipeline } from 'node:stream'
import { StewardError } from '../errors.ts'
import type { Io } from './io.ts'

export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`

/** Bytes of a file (unpacked when its name ends in .gz), or of standard input for `-`. */
export function bytesOf(path: string, io: Io): AsyncIterable<Uint8Array | string> {
  if (path === '-') return io.stdin
  const file = createReadStream(path)
  return path.endsWith('.gz') ? pipeline(file, createGunzip(), () => undefined) : file
}

/**
 * Values of an NDJSON file or standard input, one a line; empty lines are passed over.
 * @throws StewardError INPUT_UNREADABLE naming the line
 */
export async function* readNdjson(path: string, io: Io): AsyncGenerator<unknown> {
  let lineNumber = 0
  for await (const line of readLines(path, io)) {
    lineNumber += 1
    if (line.trim() === '') continue
    yield parseLine(line, path, lineNumber)
  }
}

/** A whole JSON file. @throws StewardError INPUT_UNREADABLE */
export async function readJson(path: string, io: Io): Promise<unknown> {
  const lines: string[] = []
  for await (const line of readLines(path, io)) lines.push(line)
  return parseLine(lines.join('\n'), path, null)
}

/** @throws StewardError INPUT_UNREADABLE */
export async function* readLines(path: string, io: Io): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of readable(path, io)) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))).split('\n')
    rest = lines.pop()!
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
  }
  if (rest !== '') yield rest
}

async function* readable(path: string, io: Io): AsyncGenerator<Uint8Array | string> {
  try {
    yield* bytesOf(path, io)
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function parseLine(text: string, path: string, lineNumber: number | null): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable(path, `${lineNumber === null ? 'it' : `line ${lineNumber}`} is not JSON (${(cause as Error).message})`, cause)
  }
}

export function unreadable(path: string, what: string, cause?: unknown): StewardError {
  return new StewardError('INPUT_UNREADABLE', `cannot read ${path === '-' ? 'standard input' : path}: ${what}`, { cause })
}
