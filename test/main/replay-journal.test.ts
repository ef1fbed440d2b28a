import { describe, expect, it } from 'vitest'
import { policyRecord } from '../../src/config/policy.ts'
import { checkUnitInTables as checkUnit } from '../../src/config/units.ts'
import type { CaptureRecord, JournalVerdict } from '../../src/cli/services.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import type { JournalEntry } from '../../src/engine/journal.ts'
import { originOf } from '../../src/engine/origin.ts'
import type { RawRecord } from '../../src/engine/ports.ts'
import type { Rekeyed } from '../../src/engine/programs/rekey.ts'
import { stateCodec } from '../../src/codec/state.ts'
import { startEmbedded, type Embedded } from '../../src/main/embedded.ts'
import { memoryLog, replayLog } from '../../src/main/replay-journal.ts'
import { HOUR, orders, settings, traffic } from './traffic.ts'

/** A day of traffic through four partitions whose tasks die now and then, as a cluster's do. */
async function ran(rekeyed: Rekeyed = {}): Promise<Embedded> {
  const random = seeded(3)
  const embedded = await startEmbedded({ partitions: 4, decidePartitions: 2, rekeyed, epochRecordsMax: 20, dies: () => uniform(random) < 0.1 })
  embedded.publish('policies', 'm', 0, policyRecord('m', settings, { effectiveFrom: 0, issuer: 'test' }, checkUnit))
  for (const record of [...traffic(), ...orders()]) embedded.publish(...record)
  for (let hour = 1_000; hour < 1_030; hour++) await embedded.run.runTo(hour * HOUR)
  await embedded.run.finish()
  return embedded
}

async function replayed({ run, decoder, encoder }: Embedded, { task = null, outputs = false }: { task?: string | null; outputs?: boolean } = {}) {
  const verdicts: JournalVerdict[] = []
  const records: CaptureRecord[] = []
  const watch = { onProgress: () => {}, signal: new AbortController().signal }
  for await (const item of replayLog(memoryLog(run, { decoder, encoder }), decoder, { task, outputs, ...watch })) {
    if (item.item === 'task') verdicts.push(item.verdict)
    else records.push(item.record)
  }
  return { verdicts, records }
}

/** Epochs of a task in the journal, each once. */
function journalOf({ run }: Embedded, task: string): JournalEntry[] {
  const entries = run.topic('journal').partitions.flat().map(({ value }) => stateCodec.decode(value!) as JournalEntry)
  return [...new Map(entries.filter((entry) => entry.task === task).map((entry) => [entry.epoch, entry])).values()]
}

const isRepeat = (seen: Set<string>) => (raw: RawRecord): boolean => {
  const { task, epoch, index } = originOf(raw)!
  const key = `${task} ${epoch} ${index}`
  return seen.has(key) || !seen.add(key)
}

describe('the journal of a run with deaths', () => {
  it('gives the same hashes and the same output bytes when every task is executed again', async () => {
    const embedded = await ran()
    const { verdicts, records } = await replayed(embedded, { outputs: true })
    expect(verdicts.map(({ task }) => task)).toEqual(['observe-0', 'observe-1', 'observe-2', 'observe-3', 'decide-0', 'decide-1'])
    for (const verdict of verdicts) {
      const { length: epochs } = journalOf(embedded, verdict.task)
      expect(verdict).toMatchObject({ epochs, statesEqual: epochs, outputsEqual: epochs, isEqual: true, firstDifference: null, remarks: [] })
    }
    expect(verdicts.slice(0, 4).reduce((sum, { records }) => sum + records, 0)).toBe(720 * 3 + 4)
    const decisions = embedded.run.topic('decisions').partitions.flat()
    expect(decisions.length).toBeGreaterThan(0)
    const repeated = isRepeat(new Set())
    const published = decisions.filter((raw) => !repeated(raw)).map(({ timestampMs, value, headers }) => ({ timestampMs, headers, value: JSON.parse(Buffer.from(value!).toString()) as unknown }))
    expect(records.filter(({ topic }) => topic === 'decisions').map(({ timestampMs, value, headers }) => ({ timestampMs, headers, value }))).toEqual(published)
  })

  it('holds the tasks that rekey a topic too, and what was merged from their copies', async () => {
    const embedded = await ran({ labels: 3 })
    const { verdicts } = await replayed(embedded)
    expect(verdicts.map(({ task, isEqual, remarks }) => [task, isEqual, remarks])).toEqual(
      ['rekey-labels-0', 'rekey-labels-1', 'rekey-labels-2', 'observe-0', 'observe-1', 'observe-2', 'observe-3', 'decide-0', 'decide-1'].map((task) => [task, true, []]),
    )
    expect(verdicts.slice(0, 7).reduce((sum, { records }) => sum + records, 0)).toBe(720 * 4 + 7)
  })

  it('is replayed for one task when one is named, and a name that is none is refused with those that are', async () => {
    const embedded = await ran()
    const { verdicts, records } = await replayed(embedded, { task: 'decide-1' })
    expect([verdicts.map(({ task }) => task), records]).toEqual([['decide-1'], []])
    await expect(replayed(embedded, { task: 'decide-9' })).rejects.toThrow(/no task 'decide-9'; the tasks are observe-0, .*decide-1/)
  })

  it('tells a flipped bit of one input record by the task that read it and the epoch that released it', async () => {
    const embedded = await ran()
    const log = embedded.run.topic('predictions').partitions[2]
    const at = Math.floor(log.length / 2)
    const value = Uint8Array.from(log[at].value!)
    // the last digit of latencyMs: 5 becomes 4
    value[Buffer.from(value).indexOf('"latencyMs":5') + '"latencyMs":'.length] ^= 1
    log[at] = { ...log[at], value }
    const { verdicts } = await replayed(embedded)
    const { epoch } = journalOf(embedded, 'observe-2').find(({ offsets }) => offsets.predictions > at)!
    expect(verdicts.filter(({ isEqual }) => !isEqual).map(({ task, firstDifference }) => [task, firstDifference])).toEqual([['observe-2', epoch]])
    expect(verdicts.find(({ task }) => task === 'observe-2')!.remarks[0]).toContain(`first difference in epoch ${epoch}: state`)
  })

  it('tells a record taken out of a topic', async () => {
    const embedded = await ran()
    const [{ offset }] = embedded.run.topic('labels').partitions[1].splice(20, 1)
    const { verdicts } = await replayed(embedded)
    const { epoch } = journalOf(embedded, 'observe-1').find(({ offsets }) => offsets.labels > offset)!
    expect(verdicts.filter(({ isEqual }) => !isEqual).map(({ task, firstDifference }) => [task, firstDifference])).toEqual([['observe-1', epoch]])
  })

  it('tells panes that are gone where decide needs them', async () => {
    const embedded = await ran()
    const log = embedded.run.topic('panes').partitions[0]
    log.splice(Math.floor(log.length / 2))
    const { verdicts } = await replayed(embedded, { task: 'decide-0' })
    expect(verdicts[0].isEqual).toBe(false)
    expect(verdicts[0].epochs).toBeGreaterThan(0)
    expect(verdicts[0].remarks.at(-1)).toMatch(/^stopped at epoch \d+: /)
  })
})
