import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OutboxEntry, OutputRole, StateStore, TaskId } from '../../src/engine/ports.ts'
import { Relay, type RelayOptions } from '../../src/engine/relay.ts'
import { StewardError } from '../../src/errors.ts'
import { faultyStore, gate, manualClock, RecordingFencedSink, RecordingSink, settle, tooLargeAbove, unavailable } from './fakes.ts'

const task: TaskId = { topology: 'decide', partition: 0 }
const entry = (epoch: number, index: number, role: OutputRole, partition = 0, bytes = 1): OutboxEntry =>
  ({ epoch, index, role, partition, timestampMs: epoch, key: null, value: new Uint8Array(bytes).fill(index), headers: { place: `${epoch}.${index}` } })
const epochOf = (epoch: number): OutboxEntry[] => [entry(epoch, 0, 'journal'), entry(epoch, 1, 'panes', 1), entry(epoch, 2, 'panes', 0), entry(epoch, 3, 'decisions'), entry(epoch, 4, 'panes', 1)]
const places = (records: readonly { headers: Readonly<Record<string, string>> }[]) => records.map(({ headers }) => headers.place)
const lost = () => new StewardError('LOG_UNAVAILABLE', 'nobody answers')

async function commit(store: StateStore, outbox: readonly OutboxEntry[], token = 'mine'): Promise<void> {
  const { result } = await store.commit(task, {
    token, epoch: outbox[0].epoch, meta: new Uint8Array(1), partsWritten: new Map(), partsRemoved: [], chunk: null, chunksDropped: 0, outbox, views: new Map(),
  })
  expect(result).toBe('applied')
}

/** A relay whose task is owned by the token `mine`, with the epochs committed and handed to it. */
async function bench({ fenced = false, left = [] as OutboxEntry[][] } = {}) {
  const clock = manualClock()
  const store = faultyStore(clock)
  const [plain, transactional] = [new RecordingSink(), new RecordingFencedSink()]
  const retried: unknown[] = []
  const quarantined: OutboxEntry[] = []
  const options: RelayOptions = {
    task, token: 'mine', store, sink: plain, fenced: fenced ? transactional : null, clock,
    onRetry: (error) => retried.push(error), onQuarantine: (one) => quarantined.push(one),
  }
  await store.claim(task, 'earlier', Infinity)
  for (const outbox of left) await commit(store, outbox, 'earlier')
  const { outbox } = await store.claim(task, 'mine', Infinity)
  return {
    clock, store, sink: plain, fencedSink: transactional, retried, quarantined, options,
    open: () => new Relay(options, outbox),
    sent: () => places(fenced ? transactional.records : plain.records),
    left: async () => places(await store.outbox(task)),
    async add(relay: Relay, entries: readonly OutboxEntry[]) {
      await commit(store, entries)
      relay.add(entries)
    },
  }
}

for (const fenced of [false, true]) {
  describe(fenced ? 'a relay that fences' : 'a relay', () => {
    it('publishes the journal first and takes out of the outbox what was acknowledged', async () => {
      const { open, add, sent, left } = await bench({ fenced })
      const relay = open()
      await add(relay, epochOf(1))
      await relay.flushed()
      expect(sent()[0]).toBe('1.0')
      expect([...sent()].sort()).toEqual(places(epochOf(1)))
      expect([await left(), relay.backlog, relay.fenced]).toEqual([[], 0, false])
    })

    it('sends first what a former owner left behind', async () => {
      const { open, add, sent } = await bench({ fenced, left: [epochOf(1), epochOf(2)] })
      const relay = open()
      await add(relay, epochOf(3))
      await relay.flushed()
      expect(sent().map((place) => place[0]).join('')).toBe('111112222233333')
    })

    it('keeps the records of one partition strictly in order, whatever fails how often, and loses none', async () => {
      await fc.assert(fc.asyncProperty(fc.array(fc.nat(3), { minLength: 20, maxLength: 20 }), fc.integer({ min: 1, max: 4 }), async (failures, epochs) => {
        const { open, add, sink, fencedSink, clock, store, left } = await bench({ fenced })
        const faults = [...failures]
        sink.refuse = fencedSink.refuse = () => (faults.pop() === 1 ? lost() : undefined)
        const relay = open()
        for (let epoch = 1; epoch <= epochs; epoch++) {
          if (faults.pop() === 2) store.down.add('trimOutbox')
          await add(relay, epochOf(epoch))
          await settle(3)
          store.down.clear()
        }
        await clock.advance(200_000)
        const records = fenced ? fencedSink.records : sink.records
        for (const [role, partition] of [['journal', 0], ['panes', 0], ['panes', 1], ['decisions', 0]] as const) {
          const got = places(records.filter((one) => one.role === role && one.partition === partition))
          const wanted = Array.from({ length: epochs }, (_, i) => epochOf(i + 1)).flat().filter((one) => one.role === role && one.partition === partition).map(({ headers }) => headers.place)
          // a reader that keeps the highest number and drops what is not greater sees each once and in order
          expect(got.filter((place, i) => got.slice(0, i).every((earlier) => earlier < place))).toEqual(wanted)
        }
        expect(await left()).toEqual([])
      }), { numRuns: 25 })
    })

    it('repeats the same bytes after a failure, and waits longer each time', async () => {
      const { open, add, sink, fencedSink, clock, sent, retried } = await bench({ fenced })
      const times: number[] = []
      const seen: Uint8Array[][] = []
      sink.refuse = fencedSink.refuse = (records) => {
        if (!fenced && records[0].role !== 'journal') return undefined
        times.push(clock.nowMs())
        seen.push(records.map(({ value }) => value!))
        return times.length < 9 ? lost() : undefined
      }
      const relay = open()
      await add(relay, epochOf(1))
      await clock.advance(60_000)
      expect(times.map((time, i) => time - (times[i - 1] ?? time))).toEqual([0, 100, 200, 400, 800, 1600, 3200, 5000, 5000])
      for (const bytes of seen) expect(bytes).toEqual(seen[0])
      expect(retried).toHaveLength(8)
      expect([...sent()].sort()).toEqual(places(epochOf(1)))
    })

    it('stops for good when the outbox is no longer its own', async () => {
      const { open, add, store, sent, sink, fencedSink } = await bench({ fenced })
      const { closed, open: goOn } = gate()
      sink.gate = closed
      fencedSink.refuse = () => undefined
      const relay = open()
      if (fenced) {
        // the owner changes between the check of the token and the trimming
        fencedSink.refuse = () => {
          void store.claim(task, 'other', Infinity)
          return undefined
        }
      }
      await add(relay, epochOf(1))
      if (!fenced) await store.claim(task, 'other', Infinity)
      goOn()
      await relay.flushed()
      expect(relay.fenced).toBe(true)
      relay.add(epochOf(2))
      await relay.flushed()
      expect(sent().every((place) => place.startsWith('1.'))).toBe(true)
    })

    it('sets aside what the broker will never take, and sends the rest in order', async () => {
      const { open, add, store, sink, fencedSink, sent, left, quarantined } = await bench({ fenced })
      sink.refuse = fencedSink.refuse = tooLargeAbove(100)
      const relay = open()
      const large = entry(1, 2, 'panes', 0, 200)
      await add(relay, [entry(1, 0, 'journal'), entry(1, 1, 'panes', 0), large, entry(1, 3, 'panes', 0), entry(1, 4, 'decisions')])
      await add(relay, epochOf(2))
      await relay.flushed()
      expect(sent().slice(0, 4)).toEqual(['1.0', '1.1', '1.3', '1.4'])
      expect(sent()).toHaveLength(9)
      expect(places(quarantined)).toEqual(['1.2'])
      expect((await store.quarantined(task)).map(({ entry: { value } }) => value)).toEqual([large.value])
      expect(await left()).toEqual([])
    })

    it('sets aside only what is too large for its own topic, not what is larger on another', async () => {
      const { open, add, sink, fencedSink, sent, quarantined } = await bench({ fenced })
      sink.refuse = fencedSink.refuse = tooLargeAbove(50, 'decisions')
      const relay = open()
      await add(relay, [entry(1, 0, 'journal'), entry(1, 1, 'panes', 0, 500), entry(1, 2, 'decisions', 0, 60)])
      await relay.flushed()
      expect(sent()).toEqual(['1.0', '1.1'])
      expect(places(quarantined)).toEqual(['1.2'])
    })

    it('reports an entry set aside once, though the rest has to be sent again', async () => {
      const { open, add, sink, fencedSink, clock, sent, quarantined } = await bench({ fenced })
      let failures = 2
      sink.refuse = fencedSink.refuse = (records) => {
        const refused = tooLargeAbove(100)(records)
        return refused ?? (records.some(({ role }) => role === 'decisions') && failures-- > 0 ? lost() : undefined)
      }
      const relay = open()
      await add(relay, [entry(1, 0, 'journal'), entry(1, 1, 'panes', 0, 200), entry(1, 2, 'decisions')])
      await clock.advance(10_000)
      expect(places(quarantined)).toEqual(['1.1'])
      expect(new Set(sent())).toEqual(new Set(['1.0', '1.2']))
      expect(relay.backlog).toBe(0)
    })

    it('sets nothing aside and sends nothing more once another owns the outbox', async () => {
      const { open, add, store, sink, fencedSink, sent, quarantined } = await bench({ fenced })
      sink.refuse = fencedSink.refuse = (records) => {
        const refused = tooLargeAbove(100)(records)
        if (refused !== undefined) void store.claim(task, 'other', Infinity)
        return refused
      }
      const relay = open()
      await add(relay, [entry(1, 0, 'journal'), entry(1, 1, 'panes', 0, 200), entry(1, 2, 'decisions')])
      await relay.flushed()
      expect(relay.fenced).toBe(true)
      expect([quarantined, await store.quarantined(task)]).toEqual([[], []])
      expect(sent()).not.toContain('1.2')
    })

    it('stops after what is under way', async () => {
      const { open, add, sink, sent, left, fencedSink } = await bench({ fenced })
      const { closed, open: goOn } = gate()
      sink.gate = closed
      const relay = open()
      await add(relay, epochOf(1))
      const stopping = relay.stop()
      relay.add(epochOf(2))
      goOn()
      await stopping
      await settle()
      expect(sent().some((place) => place.startsWith('2.'))).toBe(false)
      expect(await left()).toEqual([])
      expect(fencedSink.openSessions).toBe(0)
    })
  })
}

describe('a fencing relay', () => {
  it('checks that it still owns the task after it shut out the others, and before it publishes', async () => {
    const { open, add, store, fencedSink } = await bench({ fenced: true })
    await commit(store, epochOf(1))
    await store.claim(task, 'other', Infinity)
    const relay = open()
    relay.add(epochOf(1))
    await relay.flushed()
    expect([relay.fenced, fencedSink.opened, fencedSink.published]).toEqual([true, 1, []])
    await expect(add(relay, epochOf(2))).rejects.toThrow()
  })

  it('takes its place again when a former owner shut it out by mistake', async () => {
    const { open, add, fencedSink, clock, sent } = await bench({ fenced: true })
    const relay = open()
    await add(relay, epochOf(1))
    await relay.flushed()
    await fencedSink.open('decide-0')
    await add(relay, epochOf(2))
    await clock.advance(1_000)
    expect(relay.fenced).toBe(false)
    expect(sent()).toHaveLength(10)
  })

  it('waits for the store rather than give up when it cannot be asked who the owner is', async () => {
    const { open, add, store, clock, sent } = await bench({ fenced: true })
    const relay = open()
    await commit(store, epochOf(1))
    store.down.add('owns')
    relay.add(epochOf(1))
    await clock.advance(1_000)
    expect([relay.fenced, sent()]).toEqual([false, []])
    store.down.clear()
    await clock.advance(10_000)
    expect(sent()).toHaveLength(5)
    await expect(add(relay, epochOf(2))).resolves.toBeUndefined()
  })

  it('publishes one epoch at a time, all or nothing', async () => {
    const { open, add, fencedSink } = await bench({ fenced: true })
    const relay = open()
    for (const epoch of [1, 2, 3]) await add(relay, epochOf(epoch))
    await relay.flushed()
    expect(fencedSink.published.map((records) => places(records))).toEqual([1, 2, 3].map((epoch) => places(epochOf(epoch))))
    expect(fencedSink.opened).toBe(1)
  })
})

describe('the errors that a relay meets', () => {
  it('are all waited out: the outbox keeps what is in it', async () => {
    const { open, add, sink, clock, retried, left } = await bench()
    const errors: Error[] = [unavailable('TOPIC_MISSING'), new RangeError('no such partition'), lost()]
    sink.refuse = () => errors.shift()
    const relay = open()
    await add(relay, epochOf(1))
    await settle()
    expect(await left()).toHaveLength(5)
    await clock.advance(10_000)
    expect([retried.length, await left()]).toEqual([3, []])
  })
})
