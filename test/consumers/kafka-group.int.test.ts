import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { Batch, InputRole, Source } from '../../src/engine/ports.ts'
import { testServers } from '../servers/index.ts'
import { begin, contractRoles, Ear, numbered, until } from './contract.ts'
import { testLog } from './kafka-harness.ts'
import type { TestLog } from './kafka-harness.ts'

/** A store that a worker claims partitions from and commits to, as the state store does. */
interface Stored { owner: Worker | null; positions: Map<InputRole, number> }
class Worker {
  source: Source
  ear = new Ear()
  applied = 0
  refused = 0
  private joins = 0
  private store: Stored[]
  constructor(log: TestLog, store: Stored[]) {
    this.store = store
    this.source = log.source()
    this.ear.onAssigned = (partitions) => void this.claim(partitions)
    const heard = this.ear.batch.bind(this.ear)
    this.ear.batch = (batch) => {
      heard(batch)
      this.commit(batch)
    }
  }
  private async claim(partitions: readonly number[]): Promise<void> {
    const join = ++this.joins
    await sleep(Math.random() * 150)
    for (const partition of partitions) {
      if (join !== this.joins) return
      const stored = this.store[partition]
      stored.owner = this
      begin(this.source, this.ear, partition, Object.fromEntries(stored.positions))
    }
  }
  private commit({ role, partition, fromOffset, nextOffset, records }: Batch): void {
    const stored = this.store[partition]
    if (stored.owner !== this) return void this.refused++
    if (stored.positions.get(role) !== fromOffset) throw new Error(`${role}-${partition}: ${fromOffset} came, ${stored.positions.get(role)} was next`)
    stored.positions.set(role, nextOffset)
    this.applied += records.length
  }
}

describe('a group on Kafka', () => {
  const workers: Worker[] = []
  const sources: Source[] = []
  let log: TestLog
  afterEach(async () => {
    await Promise.all([...workers.splice(0).map(({ source }) => source), ...sources.splice(0)].map((source) => source.stop()))
    await log.stop()
  })

  it('never delivers from an offset that was not asked for, through many joins and leaves', { timeout: 120_000 }, async () => {
    const partitions = 12
    log = await testLog(testServers().kafka, contractRoles, partitions)
    const store = Array.from({ length: partitions }, (): Stored => ({ owner: null, positions: new Map(contractRoles.map((role) => [role, 0])) }))
    const join = async () => {
      const worker = new Worker(log, store)
      workers.push(worker)
      await worker.source.start(worker.ear)
    }
    let written = 0
    let isWriting = true
    const writing = (async () => {
      while (isWriting) {
        for (let p = 0; p < partitions; p++) for (const role of contractRoles) await log.append(role, p, numbered('x', written, written + 5))
        written += 5
      }
    })()
    await join()
    for (let round = 0; round < 8; round++) {
      await join()
      await sleep(300)
      if (round % 2 === 1) await workers[Math.floor(Math.random() * workers.length)].source.stop()
    }
    isWriting = false
    await writing
    await until(() => store.every(({ positions }) => [...positions.values()].every((offset) => offset === written)), 80_000)
    expect(workers.flatMap(({ ear }) => [...ear.broken, ...ear.failures])).toEqual([])
    expect(workers.reduce((sum, { applied }) => sum + applied, 0)).toBe(written * partitions * contractRoles.length)
    expect(workers.reduce((sum, { ear }) => sum + ear.assignments.length, 0)).toBeGreaterThan(20)
  })

  it('takes over the partitions of a member that is killed', async () => {
    log = await testLog(testServers().kafka, contractRoles, 6)
    const ear = new Ear()
    const source = log.source()
    sources.push(source)
    await source.start(ear)
    const list = [...log.topics].map(([role, topic]) => `${role}=${topic}`).join(',')
    const member = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('member.ts', import.meta.url)), testServers().kafka, log.groupId, list])
    try {
      const theirs: number[][] = []
      createInterface(member.stdout).on('line', (line) => theirs.push(JSON.parse(line) as number[]))
      await until(() => theirs.at(-1)?.length === 3 && ear.assignments.at(-1)?.length === 3)
      expect([...theirs.at(-1)!, ...ear.assignments.at(-1)!].sort()).toEqual([0, 1, 2, 3, 4, 5])
      const kept = ear.assignments.at(-1)!
      member.kill('SIGKILL')
      await until(() => ear.assignments.at(-1)?.length === 6)
      expect(ear.assignments.at(-1)).toEqual(expect.arrayContaining(kept))
    } finally {
      member.kill('SIGKILL')
    }
    for (const p of ear.assignments.at(-1)!) begin(source, ear, p)
    await log.append('labels', 5, numbered('l', 0, 2))
    await until(() => ear.records('labels', 5).length === 2)
  })

  it('reads the common partitions and says so when one topic has more', async () => {
    log = await testLog(testServers().kafka, contractRoles, 2)
    await log.admin.createPartitions({ topicPartitions: [{ topic: log.topics.get('labels')!, count: 3 }] })
    const seen: ReadonlyMap<string, number>[] = []
    const ear = new Ear()
    const source = log.source({ onMismatch: (counts) => seen.push(counts) })
    sources.push(source)
    await source.start(ear)
    expect(ear.assignments[0]).toEqual([0, 1])
    expect(seen[0]).toEqual(new Map([[log.topics.get('labels')!, 3], [log.topics.get('predictions')!, 2]]))
  })

  it('shows its progress to lag tools', async () => {
    log = await testLog(testServers().kafka, contractRoles, 2)
    const ear = new Ear()
    const source = log.source({ progressEveryMs: 50 })
    sources.push(source)
    await source.start(ear)
    const report = () => {
      source.reportProgress(1, new Map([['labels', 3], ['predictions', 4]]))
      source.reportProgress(1, new Map([['labels', 7]]))
    }
    const committed = async () => (await log.admin.fetchOffsets({ groupId: log.groupId }))
      .flatMap(({ topic, partitions }) => partitions.map(({ partition, offset }) => `${topic}-${partition}:${offset}`)).sort()
    for (let tries = 0; tries < 100 && (await committed()).length < 2; tries++) {
      report() // a commit in the middle of a join is lost
      await sleep(50)
    }
    expect(await committed()).toEqual(expect.arrayContaining([`${log.topics.get('labels')}-1:7`, `${log.topics.get('predictions')}-1:4`]))
  })

  it('says which topic is not there', async () => {
    log = await testLog(testServers().kafka, contractRoles, 2)
    const topics = new Map<InputRole, string>([...log.topics, ['features', 'nobody-made-this']])
    await expect(log.source({ topics }).start(new Ear())).rejects.toMatchObject({ code: 'TOPIC_MISSING', message: expect.stringMatching(/nobody-made-this/) })
  })
})
