/** Reading a task's lists page by page, so that no reply is larger than it must be. */
import type { OutboxEntry } from '../engine/ports.ts'
import type { Ask } from './connection.ts'
import { unpackEntry, unpackQuarantined } from './entry.ts'

const PARTS_PAGE = 200
const CHUNKS_PAGE = 100
const ENTRIES_PAGE = 500

/** A copy that starts at byte 0 of its own memory: typed arrays may be laid over it, and the socket's buffer is let go. */
const own = (bytes: Buffer): Uint8Array => new Uint8Array(bytes)

export async function readParts(ask: Ask, key: string): Promise<Map<string, Uint8Array>> {
  const parts = new Map<string, Uint8Array>()
  let cursor = '0'
  do {
    const [next, flat] = (await ask('read state parts', 'hscan', [key, cursor, 'COUNT', PARTS_PAGE])) as [Buffer, Buffer[]]
    for (let i = 0; i < flat.length; i += 2) parts.set(flat[i]!.toString(), own(flat[i + 1]!))
    cursor = next.toString()
  } while (cursor !== '0')
  return parts
}

export const readChunks = async (ask: Ask, key: string): Promise<Uint8Array[]> => (await readList(ask, key, CHUNKS_PAGE)).map(own)

export const readQuarantine = async (ask: Ask, key: string): Promise<{ entry: OutboxEntry; reason: string }[]> =>
  (await readList(ask, key, ENTRIES_PAGE)).map(unpackQuarantined)

async function readList(ask: Ask, key: string, pageSize: number): Promise<Buffer[]> {
  const all: Buffer[] = []
  for (;;) {
    const page = (await ask('read a list', 'lrange', [key, all.length, all.length + pageSize - 1])) as Buffer[]
    for (const bytes of page) all.push(bytes)
    if (page.length < pageSize) return all
  }
}

export async function readOutbox(ask: Ask, key: string): Promise<OutboxEntry[]> {
  const entries: OutboxEntry[] = []
  let from = '-'
  for (;;) {
    const page = (await ask('read the outbox', 'xrange', [key, from, '+', 'COUNT', ENTRIES_PAGE])) as [Buffer, [Buffer, Buffer]][]
    for (const [id, [, bytes]] of page) {
      const [epoch, index] = id.toString().split('-').map(Number) as [number, number]
      entries.push(unpackEntry(bytes, epoch, index))
    }
    if (page.length < ENTRIES_PAGE) return entries
    from = `(${page.at(-1)![0].toString()}`
  }
}
