/** Reads a capture, one record a line, in bounded memory. */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { StewardError } from '../errors.ts'

const LINE_BYTES_MAX = 16 * 1024 * 1024
const NEWLINE = 10

/**
 * Yields what `parse` makes of each line that is not blank, in order; lines count from 1. `-` is standard input, `.gz` is unpacked.
 * @throws StewardError INPUT_UNREADABLE: no such file, a line above 16 MiB, or a line that `parse` refused (with its number)
 */
export async function* readCapture<T>(path: string, parse: (line: string, lineNumber: number) => T): AsyncGenerator<T> {
  let lineNumber = 0
  for await (const line of lines(path)) {
    lineNumber += 1
    if (line.trim() === '') continue
    yield parsed(path, line, lineNumber, parse)
  }
}

function parsed<T>(path: string, line: string, lineNumber: number, parse: (line: string, lineNumber: number) => T): T {
  try {
    return parse(line, lineNumber)
  } catch (error) {
    throw unreadable(path, `line ${lineNumber}: ${reason(error)}`, error)
  }
}

async function* lines(path: string): AsyncGenerator<string> {
  let pieces: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of open(path) as AsyncIterable<Buffer>) {
      let from = 0
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        yield Buffer.concat([...pieces, chunk.subarray(from, at)]).toString()
        pieces = []
        bytes = 0
        from = at + 1
      }
      bytes += chunk.length - from
      if (bytes > LINE_BYTES_MAX) throw new Error(`a line is longer than ${LINE_BYTES_MAX / 1024 / 1024} MiB; is this a capture with one record a line?`)
      if (from < chunk.length) pieces.push(chunk.subarray(from))
    }
  } catch (error) {
    throw unreadable(path, reason(error), error)
  }
  if (bytes > 0) yield Buffer.concat(pieces).toString()
}

function open(path: string): Readable {
  if (path === '-') return process.stdin
  const file = createReadStream(path)
  if (!path.endsWith('.gz')) return file
  const unpacked = createGunzip()
  file.on('error', (error) => unpacked.destroy(error))
  return file.pipe(unpacked)
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const unreadable = (path: string, why: string, cause: unknown) =>
  new StewardError('INPUT_UNREADABLE', `${path === '-' ? 'standard input' : path} could not be read: ${why}`, { cause })
