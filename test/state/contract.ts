/** What every state store must do. Run it with a factory that gives an empty store each time. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Commit, OutboxEntry, StateStore, TaskId } from '../../src/engine/ports.ts'

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
export const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i)
export const task: TaskId = { topology: 'observe', partition: 3 }
export const soon = async (store: StateStore): Promise<number> => (await store.now()) + 60_000

export const commitOf = (token: string, epoch: number, fields: Partial<Commit> = {}): Commit => ({
  token, epoch, meta: bytes(epoch), partsWritten: new Map(), partsRemoved: [], chunk: null, chunksDropped: 0, outbox: [], views: new Map(), ...fields,
})

export const entryOf = (epoch: number, index: number, fields: Partial<OutboxEntry> = {}): OutboxEntry =>
  ({ epoch, index, role: 'panes', partition: 1, timestampMs: 1_700_000_000_000 + index, key: bytes(1), value: bytes(epoch % 256, index % 256), headers: {}, ...fields })

const positions = (entries: readonly OutboxEntry[]) => entries.map(({ epoch, index }) => `${epoch}-${index}`)

export function stateStoreContract(create: () => Promise<StateStore>): void {
  let store: StateStore
  beforeEach(async () => {
    store = await create()
  })
  afterEach(() => store.stop())
  const claim = async (token: string, of = task) => store.claim(of, token, await soon(store))

  describe('ownership', () => {
    it('gives an unknown task as epoch 0 with nothing in it', async () => {
      expect(await claim('a')).toEqual({ epoch: 0, meta: null, parts: new Map(), chunks: [], outbox: [] })
    })

    it('belongs to the last token that claimed it', async () => {
      await claim('a')
      expect(await store.owns(task, 'a')).toBe(true)
      await claim('b')
      expect(await store.owns(task, 'a')).toBe(false)
      expect(await store.owns(task, 'b')).toBe(true)
    })

    it('belongs to nobody before the first claim', async () => {
      expect(await store.owns(task, 'a')).toBe(false)
      expect(await store.commit(task, commitOf('a', 1))).toEqual({ result: 'refused', storedEpoch: 0, reason: 'token' })
    })

    it('is not taken after the deadline, and the former owner goes on', async () => {
      await claim('a')
      await expect(store.claim(task, 'late', (await store.now()) - 1)).rejects.toMatchObject({ code: 'CLAIM_EXPIRED' })
      expect(await store.owns(task, 'a')).toBe(true)
      expect(await store.commit(task, commitOf('a', 1))).toEqual({ result: 'applied' })
    })

    it('of one task says nothing about another', async () => {
      await claim('a')
      await claim('b', { topology: 'decide', partition: 3 })
      await claim('c', { topology: 'observe', partition: 4 })
      expect(await store.owns(task, 'a')).toBe(true)
    })

    it('lets a paused owner that wakes after another claimed change nothing', async () => {
      await claim('paused')
      await store.commit(task, commitOf('paused', 1, { outbox: [entryOf(1, 0)] }))
      await claim('successor')
      const late = commitOf('paused', 2, { partsWritten: new Map([['p', bytes(9)]]), chunk: bytes(9), outbox: [entryOf(2, 0)], views: new Map([['m', '{}']]) })
      expect(await store.commit(task, late)).toEqual({ result: 'refused', storedEpoch: 1, reason: 'token' })
      expect(await store.trimOutbox(task, 'paused', 1, 0)).toBe(false)
      expect(await store.quarantine(task, 'paused', entryOf(1, 0), 'too large')).toBe(false)
      expect(await claim('reader')).toEqual({ epoch: 1, meta: bytes(1), parts: new Map(), chunks: [], outbox: [entryOf(1, 0)] })
      expect(await store.quarantined(task)).toEqual([])
      expect(await store.view('observe', 'm')).toEqual([])
    })
  })

  describe('commit', () => {
    it('applies the next epoch and the state is there for the next owner', async () => {
      await claim('a')
      const outbox = [entryOf(1, 0), entryOf(1, 1)]
      expect(await store.commit(task, commitOf('a', 1, { partsWritten: new Map([['m/1/0', bytes(1, 2)]]), chunk: bytes(7), outbox }))).toEqual({ result: 'applied' })
      expect(await claim('b')).toEqual({ epoch: 1, meta: bytes(1), parts: new Map([['m/1/0', bytes(1, 2)]]), chunks: [bytes(7)], outbox })
    })

    it('recognises a repeat and repeats nothing', async () => {
      await claim('a')
      const commit = commitOf('a', 1, { chunk: bytes(7), outbox: [entryOf(1, 0)] })
      await store.commit(task, commit)
      await store.trimOutbox(task, 'a', 1, 0)
      expect(await store.commit(task, commit)).toEqual({ result: 'already-applied' })
      expect(await claim('b')).toMatchObject({ epoch: 1, chunks: [bytes(7)], outbox: [] })
    })

    it('refuses an epoch that does not come next', async () => {
      await claim('a')
      await store.commit(task, commitOf('a', 1))
      await store.commit(task, commitOf('a', 2))
      for (const epoch of [1, 4]) expect(await store.commit(task, commitOf('a', epoch))).toEqual({ result: 'refused', storedEpoch: 2, reason: 'epoch' })
    })

    it('does not take the epoch of a former owner for a repeat of its own', async () => {
      await claim('a')
      await store.commit(task, commitOf('a', 1))
      await claim('b')
      expect(await store.commit(task, commitOf('b', 1))).toEqual({ result: 'refused', storedEpoch: 1, reason: 'epoch' })
    })

    it('writes, overwrites and removes parts; one both removed and written is there', async () => {
      await claim('a')
      await store.commit(task, commitOf('a', 1, { partsWritten: new Map([['x', bytes(1)], ['y', bytes(2)], ['z', bytes(3)]]) }))
      await store.commit(task, commitOf('a', 2, { partsWritten: new Map([['y', bytes(4)], ['z', bytes(5)]]), partsRemoved: ['x', 'z', 'unknown'] }))
      expect((await claim('b')).parts).toEqual(new Map([['y', bytes(4)], ['z', bytes(5)]]))
    })

    it('drops chunks from the old end, after the append', async () => {
      await claim('a')
      for (const epoch of [1, 2, 3]) await store.commit(task, commitOf('a', epoch, { chunk: bytes(epoch) }))
      await store.commit(task, commitOf('a', 4, { chunk: bytes(4), chunksDropped: 2 }))
      expect((await claim('b')).chunks).toEqual([bytes(3), bytes(4)])
      await store.commit(task, commitOf('b', 5, { chunk: bytes(5), chunksDropped: 3 }))
      expect((await claim('c')).chunks).toEqual([])
      await store.commit(task, commitOf('c', 6, { chunk: bytes(6), chunksDropped: 99 }))
      expect((await claim('d')).chunks).toEqual([])
    })

    it('asserts that outbox entries are of its epoch and in order', async () => {
      await claim('a')
      await expect(store.commit(task, commitOf('a', 1, { outbox: [entryOf(2, 0)] }))).rejects.toThrow('outbox entry 2-0')
      await expect(store.commit(task, commitOf('a', 1, { outbox: [entryOf(1, 1), entryOf(1, 1)] }))).rejects.toThrow('after index 1')
      expect((await claim('b')).epoch).toBe(0)
    })

    it('keeps every byte, empty values and odd names', async () => {
      await claim('a')
      const parts = new Map([['every', everyByte], ['empty', bytes()], ['', bytes(1)], ['né / {x}\n\0"', everyByte]])
      await store.commit(task, commitOf('a', 1, { meta: bytes(), partsWritten: parts, chunk: everyByte }))
      await store.commit(task, commitOf('a', 2, { meta: everyByte, chunk: bytes() }))
      expect(await claim('b')).toMatchObject({ meta: everyByte, parts, chunks: [everyByte, bytes()] })
    })

    it('gives bytes that start their own memory, so that typed arrays may be laid over them', async () => {
      await claim('a')
      await store.commit(task, commitOf('a', 1, { meta: everyByte, partsWritten: new Map([['p', everyByte]]), chunk: everyByte }))
      const { meta, parts, chunks } = await claim('b')
      for (const got of [meta!, parts.get('p')!, chunks[0]!]) expect([got.byteOffset, got.buffer.byteLength]).toEqual([0, 256])
    })

    it('does not see what the caller does to its bytes afterwards', async () => {
      await claim('a')
      const [meta, part, chunk, value] = [bytes(1), bytes(1), bytes(1), bytes(1)]
      await store.commit(task, commitOf('a', 1, { meta, partsWritten: new Map([['p', part]]), chunk, outbox: [entryOf(1, 0, { value })] }))
      for (const mine of [meta, part, chunk, value]) mine.fill(9)
      const first = await claim('b')
      for (const theirs of [first.meta!, first.parts.get('p')!, first.chunks[0]!, first.outbox[0]!.value!]) {
        expect(theirs).toEqual(bytes(1))
        theirs.fill(9)
      }
      expect(await claim('c')).toEqual({ epoch: 1, meta: bytes(1), parts: new Map([['p', bytes(1)]]), chunks: [bytes(1)], outbox: [entryOf(1, 0, { value: bytes(1) })] })
    })

    it('takes an epoch of 5,000 parts and 20,000 outbox entries in 8 MB, whole', async () => {
      await claim('a')
      const partsWritten = new Map(Array.from({ length: 5000 }, (_, i) => [`m/1/${i}`, new Uint8Array(1200).fill(i % 251)] as const))
      const outbox = Array.from({ length: 20_000 }, (_, i) => entryOf(1, i, { value: new Uint8Array(100).fill(i % 251) }))
      expect(await store.commit(task, commitOf('a', 1, { partsWritten, outbox, chunk: new Uint8Array(100_000).fill(5) }))).toEqual({ result: 'applied' })
      const snapshot = await claim('b')
      expect(snapshot.parts.size).toBe(5000)
      for (const [name, value] of partsWritten) if (Buffer.compare(snapshot.parts.get(name)!, value) !== 0) expect(name).toBe('unchanged')
      expect(positions(snapshot.outbox)).toEqual(positions(outbox))
      expect(snapshot.outbox[19_999]).toEqual(outbox[19_999])
      expect(snapshot.chunks).toEqual([new Uint8Array(100_000).fill(5)])
      await store.commit(task, commitOf('b', 2, { partsRemoved: [...partsWritten.keys()].slice(1) }))
      expect([...(await claim('c')).parts.keys()]).toEqual(['m/1/0'])
    })

    it('keeps hundreds of chunks in order', async () => {
      await claim('a')
      for (let epoch = 1; epoch <= 250; epoch += 1) await store.commit(task, commitOf('a', epoch, { chunk: bytes(epoch) }))
      expect((await claim('b')).chunks.map(([first]) => first)).toEqual(Array.from({ length: 250 }, (_, i) => i + 1))
    })
  })

  describe('outbox', () => {
    it('keeps the order of epoch and index, beyond ten of each', async () => {
      await claim('a')
      for (let epoch = 1; epoch <= 11; epoch += 1) await store.commit(task, commitOf('a', epoch, { outbox: Array.from({ length: 11 }, (_, i) => entryOf(epoch, i)) }))
      const expected = Array.from({ length: 121 }, (_, i) => `${Math.floor(i / 11) + 1}-${i % 11}`)
      expect(positions(await store.outbox(task))).toEqual(expected)
      expect(positions((await claim('b')).outbox)).toEqual(expected)
    })

    it('is trimmed up to and including a position', async () => {
      await claim('a')
      for (const epoch of [1, 2]) await store.commit(task, commitOf('a', epoch, { outbox: [0, 1, 2].map((i) => entryOf(epoch, i)) }))
      expect(await store.trimOutbox(task, 'a', 1, 1)).toBe(true)
      expect(positions(await store.outbox(task))).toEqual(['1-2', '2-0', '2-1', '2-2'])
      expect(await store.trimOutbox(task, 'a', 1, 0)).toBe(true)
      expect(positions(await store.outbox(task))).toEqual(['1-2', '2-0', '2-1', '2-2'])
      expect(await store.trimOutbox(task, 'a', 2, 2)).toBe(true)
      expect(await store.outbox(task)).toEqual([])
      await store.commit(task, commitOf('a', 3, { outbox: [entryOf(3, 0)] }))
      expect(positions(await store.outbox(task))).toEqual(['3-0'])
    })

    it('keeps keys, values, tombstones, headers and times as they were', async () => {
      await claim('a')
      const outbox = [
        entryOf(1, 0, { role: 'serving-config', partition: 0, key: everyByte, value: null, headers: { ce_type: 'a', 'ce_né': '', __proto__x: 'y' } }),
        entryOf(1, 5, { key: null, value: everyByte, timestampMs: -1 }),
        entryOf(1, 7, { key: bytes(), value: bytes(), timestampMs: 2 ** 53 - 1, partition: 70_000, headers: { h: 'x'.repeat(70_000) } }),
      ]
      await store.commit(task, commitOf('a', 1, { outbox }))
      expect(await store.outbox(task)).toEqual(outbox)
    })
  })

  describe('quarantine', () => {
    it('takes one entry out of the outbox and keeps it with its reason; a repeat does nothing', async () => {
      await claim('a')
      const outbox = [0, 1, 2].map((i) => entryOf(1, i, { headers: { n: String(i) } }))
      await store.commit(task, commitOf('a', 1, { outbox }))
      for (let i = 0; i < 2; i += 1) expect(await store.quarantine(task, 'a', outbox[1]!, 'message too large: né')).toBe(true)
      expect(positions(await store.outbox(task))).toEqual(['1-0', '1-2'])
      expect(await store.quarantined(task)).toEqual([{ entry: outbox[1], reason: 'message too large: né' }])
    })
  })

  describe('view', () => {
    it('is the last committed text, from every task of the topology that wrote one, in partition order', async () => {
      const decide = (partition: number): TaskId => ({ topology: 'decide', partition })
      for (const partition of [10, 2]) {
        await claim('a', decide(partition))
        await store.commit(decide(partition), commitOf('a', 1, { views: new Map([['fraud', `{"old":${partition}}`], ['né {x}', '{}']]) }))
        await store.commit(decide(partition), commitOf('a', 2, { views: new Map([['fraud', `{"from":${partition}}`]]) }))
        await store.commit(decide(partition), commitOf('a', 3))
      }
      expect(await store.view('decide', 'fraud')).toEqual(['{"from":2}', '{"from":10}'])
      expect(await store.view('decide', 'né {x}')).toEqual(['{}', '{}'])
      expect(await store.view('observe', 'fraud')).toEqual([])
      expect(await store.view('decide', 'unknown')).toEqual([])
    })
  })
}
