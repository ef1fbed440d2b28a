/** What every Source must do, whatever is behind it: the same tests run on the in-process log and on Kafka. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Batch, InputRole, RawRecord, Source, SourceListener } from '../../src/engine/ports.ts'

export interface SourceHarness {
  /** a new member of the one group, not started */
  source(): Source
  append(role: InputRole, partition: number, records: Omit<RawRecord, 'offset'>[]): Promise<void>
  /** drops everything below `offset` */
  truncate(role: InputRole, partition: number, offset: number): Promise<void>
  stop(): Promise<void>
}

export const contractRoles: readonly InputRole[] = ['labels', 'predictions']
export const contractPartitions = 4

/**
 * A listener that keeps what it heard, and checks on the way that each input continues where it stopped.
 * A group may join again at any time: what was begun is then begun again where it stood.
 */
export class Ear implements SourceListener {
  assignments: number[][] = []
  batches: Batch[] = []
  ends: { role: InputRole; partition: number; nextOffset: number }[] = []
  /** by role: how many batches had come when its end was last told */
  batchesBeforeEnd = new Map<InputRole, number>()
  failures: Error[] = []
  broken: string[] = []
  /** what the next batch of an input must start at */
  expected = new Map<string, number>()
  begun = new Map<number, Source>()
  held = new Set<InputRole>()
  /** called inside `assigned` */
  onAssigned: (partitions: readonly number[]) => void = (partitions) => {
    for (const p of partitions) {
      const source = this.begun.get(p)
      if (source === undefined) continue
      begin(source, this, p, Object.fromEntries(source.roles.map((role) => [role, this.expected.get(`${role}-${p}`)])))
      for (const role of this.held) source.pause(role, p)
    }
  }

  assigned(partitions: readonly number[]): void {
    this.assignments.push([...partitions])
    this.onAssigned(partitions)
  }
  batch(batch: Batch): void {
    this.batches.push(batch)
    const key = `${batch.role}-${batch.partition}`
    if (this.expected.get(key) !== batch.fromOffset) this.broken.push(`${key} from ${batch.fromOffset}, not ${this.expected.get(key)}`)
    if (batch.records.some(({ offset }) => offset < batch.fromOffset || offset >= batch.nextOffset)) this.broken.push(`${key} holds offsets outside of its range`)
    this.expected.set(key, batch.nextOffset)
  }
  caughtUp(role: InputRole, partition: number, nextOffset: number): void {
    this.ends.push({ role, partition, nextOffset })
    this.batchesBeforeEnd.set(role, this.batches.length)
    if (this.expected.has(`${role}-${partition}`)) this.expected.set(`${role}-${partition}`, nextOffset)
  }
  failed(error: Error): void {
    this.failures.push(error)
  }

  values(role: InputRole, partition: number): string[] {
    return this.records(role, partition).map(({ value }) => text(value))
  }
  records(role: InputRole, partition: number): RawRecord[] {
    return this.batches.filter((batch) => batch.role === role && batch.partition === partition).flatMap((batch) => batch.records)
  }
}

/** Begins and says to the ear where. */
export function begin(source: Source, ear: Ear, partition: number, offsets: Partial<Record<InputRole, number>> = {}): void {
  ear.begun.set(partition, source)
  for (const role of source.roles) ear.expected.set(`${role}-${partition}`, offsets[role] ?? 0)
  source.begin(partition, new Map(Object.entries(offsets) as [InputRole, number][]))
}

export const text = (bytes: Uint8Array | null): string => (bytes === null ? 'null' : Buffer.from(bytes).toString())
export const numbered = (prefix: string, from: number, to: number): Omit<RawRecord, 'offset'>[] =>
  Array.from({ length: to - from }, (_, i) => ({ timestampMs: 1_700_000_000_000 + from + i, key: Buffer.from(`k${from + i}`), value: Buffer.from(`${prefix}${from + i}`), headers: {} }))
export const names = (prefix: string, from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `${prefix}${from + i}`)

export async function until(condition: () => boolean, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${condition.toString()}`)
    await sleep(10)
  }
}

/** `quietMs`: how long nothing must be heard for nothing to be coming. */
export function sourceContract(name: string, make: () => Promise<SourceHarness>, quietMs: number): void {
  describe(`a source on ${name}`, () => {
    let log: SourceHarness
    let sources: Source[]
    const started = async (): Promise<[Source, Ear]> => {
      const source = log.source()
      sources.push(source)
      const ear = new Ear()
      await source.start(ear)
      return [source, ear]
    }
    beforeEach(async () => {
      sources = []
      log = await make()
    })
    afterEach(async () => {
      await Promise.all(sources.map((source) => source.stop()))
      await log.stop()
    })

    it('starts with its partitions, all paused until they are begun', async () => {
      await log.append('predictions', 1, numbered('p', 0, 3))
      const [, ear] = await started()
      expect(ear.assignments[0]).toEqual([0, 1, 2, 3])
      await sleep(quietMs)
      expect(ear.batches).toEqual([])
      expect(ear.ends).toEqual([])
    })

    it('reads on from the offsets it is given, and from the log start where none is given', async () => {
      await log.append('predictions', 1, numbered('p', 0, 10))
      await log.append('labels', 1, numbered('l', 0, 5))
      const [source, ear] = await started()
      begin(source, ear, 1, { predictions: 7 })
      await until(() => ear.records('predictions', 1).length === 3 && ear.records('labels', 1).length === 5)
      expect(ear.values('predictions', 1)).toEqual(names('p', 7, 10))
      expect(ear.values('labels', 1)).toEqual(names('l', 0, 5))
      expect(ear.broken).toEqual([])
    })

    it('may be begun inside the assignment', async () => {
      await log.append('labels', 2, numbered('l', 0, 5))
      const source = log.source()
      sources.push(source)
      const ear = new Ear()
      ear.onAssigned = () => begin(source, ear, 2, { labels: 2, predictions: 0 })
      await source.start(ear)
      await until(() => ear.records('labels', 2).length === 3)
      expect(ear.values('labels', 2)).toEqual(names('l', 2, 5))
      expect(ear.broken).toEqual([])
    })

    it('keeps keys, values, times and headers, nulls included', async () => {
      const records: Omit<RawRecord, 'offset'>[] = [
        { timestampMs: 1_600_000_000_123, key: null, value: Buffer.from([0, 255, 1]), headers: { ce_type: 'label', other: 'x' } },
        { timestampMs: 1_600_000_000_100, key: Buffer.from('k'), value: null, headers: {} },
      ]
      await log.append('labels', 0, records)
      const [source, ear] = await started()
      begin(source, ear, 0)
      await until(() => ear.records('labels', 0).length === 2)
      expect(ear.records('labels', 0).map(({ key, value, ...rest }) => ({ ...rest, key: key && Buffer.from(key), value: value && Buffer.from(value) })))
        .toEqual(records.map((record, offset) => ({ ...record, offset })))
    })

    it('says within a second that an empty or fully read input has ended, and again while it stays so', async () => {
      await log.append('predictions', 3, numbered('p', 0, 4))
      const [source, ear] = await started()
      begin(source, ear, 3, { predictions: 4, labels: 0 })
      await until(() => contractRoles.every((role) => ear.ends.some((end) => end.role === role)), 1000)
      expect(ear.ends).toContainEqual({ role: 'predictions', partition: 3, nextOffset: 4 })
      expect(ear.ends).toContainEqual({ role: 'labels', partition: 3, nextOffset: 0 })
      ear.ends = []
      await log.append('predictions', 3, numbered('p', 4, 5))
      await until(() => ear.records('predictions', 3).length === 1)
      await until(() => ear.batchesBeforeEnd.get('labels') === 1, 1000)
      await until(() => ear.ends.some(({ role, nextOffset }) => role === 'predictions' && nextOffset === 5), 1000)
    })

    it('tells with each batch where the log ends', async () => {
      await log.append('labels', 0, numbered('l', 0, 20))
      const [source, ear] = await started()
      begin(source, ear, 0)
      await until(() => ear.records('labels', 0).length === 20)
      expect(ear.batches.at(-1)).toMatchObject({ nextOffset: 20, logEnd: 20 })
      expect(await source.logEnds(0)).toEqual(new Map([['labels', 20], ['predictions', 0]]))
      expect(await source.logStarts(0)).toEqual(new Map([['labels', 0], ['predictions', 0]]))
    })

    it('holds one input while the others of the partition go on, and loses nothing', async () => {
      const [source, ear] = await started()
      begin(source, ear, 1)
      source.pause('predictions', 1)
      ear.held.add('predictions')
      await log.append('predictions', 1, numbered('p', 0, 5))
      await log.append('labels', 1, numbered('l', 0, 5))
      await until(() => ear.records('labels', 1).length === 5)
      await sleep(quietMs)
      expect(ear.values('predictions', 1)).toEqual([])
      ear.held.clear()
      source.resume('predictions', 1)
      await until(() => ear.records('predictions', 1).length === 5)
      expect(ear.values('predictions', 1)).toEqual(names('p', 0, 5))
      expect(ear.broken).toEqual([])
    })

    it('goes back when it is begun again', async () => {
      await log.append('labels', 0, numbered('l', 0, 6))
      const [source, ear] = await started()
      begin(source, ear, 0)
      await until(() => ear.records('labels', 0).length === 6)
      begin(source, ear, 0, { labels: 4 })
      await until(() => ear.records('labels', 0).length === 8)
      expect(ear.values('labels', 0)).toEqual([...names('l', 0, 6), 'l4', 'l5'])
      expect(ear.broken).toEqual([])
    })

    it('shares the partitions among members, each partition of every role with one of them', async () => {
      const [first, one] = await started()
      const [second, two] = await started()
      await until(() => one.assignments.at(-1)?.length === 2 && two.assignments.at(-1)?.length === 2)
      expect([...one.assignments.at(-1)!, ...two.assignments.at(-1)!].sort()).toEqual([0, 1, 2, 3])
      for (let p = 0; p < contractPartitions; p++) {
        for (const role of contractRoles) await log.append(role, p, numbered(`${role}${p}-`, 0, 3))
      }
      for (const [source, ear] of [[first, one], [second, two]] as const) for (const p of ear.assignments.at(-1)!) begin(source, ear, p)
      await until(() => [one, two].every((ear) => ear.batches.flatMap(({ records }) => records).length === 12))
      for (const ear of [one, two]) for (const p of ear.assignments.at(-1)!) for (const role of contractRoles) expect(ear.values(role, p)).toHaveLength(3)
      await second.stop()
      await until(() => one.assignments.at(-1)?.length === 4)
      expect([...one.broken, ...two.broken]).toEqual([])
    })

    it('fails, and reads nothing beyond, when records that were to come next are gone', async () => {
      await log.append('labels', 1, numbered('l', 0, 10))
      await log.truncate('labels', 1, 6)
      const [source, ear] = await started()
      expect((await source.logStarts(1)).get('labels')).toBe(6)
      begin(source, ear, 1, { labels: 3 })
      await until(() => ear.failures.length > 0)
      expect(ear.failures).toEqual([expect.objectContaining({ code: 'OFFSET_GAP', message: expect.stringMatching(/labels.*offset 3.*6/) })])
      await log.append('labels', 1, numbered('l', 10, 12))
      await sleep(quietMs)
      expect(ear.values('labels', 1)).toEqual([])
    })

    it('fails when it is told to begin beyond the end of the log', async () => {
      await log.append('labels', 1, numbered('l', 0, 2))
      const [source, ear] = await started()
      begin(source, ear, 1, { labels: 30 })
      await until(() => ear.failures.length > 0)
      expect(ear.failures).toEqual([expect.objectContaining({ code: 'OFFSET_GAP' })])
    })

    it('starts at the log start, wherever that is, when no offset is known', async () => {
      await log.append('labels', 1, numbered('l', 0, 10))
      await log.truncate('labels', 1, 6)
      const [source, ear] = await started()
      begin(source, ear, 1)
      ear.expected.set('labels-1', 6)
      await until(() => ear.records('labels', 1).length === 4)
      expect(ear.values('labels', 1)).toEqual(names('l', 6, 10))
      expect([...ear.broken, ...ear.failures]).toEqual([])
    })

    it('says nothing after it was stopped', async () => {
      const [source, ear] = await started()
      begin(source, ear, 0)
      await source.stop()
      const heard = ear.ends.length
      await log.append('labels', 0, numbered('l', 0, 3))
      await sleep(quietMs)
      expect([ear.batches.length, ear.ends.length]).toEqual([0, heard])
    })
  })
}
