/** A worker over scripted ports, stopped after each test. */
import { afterEach } from 'vitest'
import { taskName, type InputRole, type OutgoingRecord, type TaskId } from '../../src/engine/ports.ts'
import type { RecoveryLog } from '../../src/engine/recovery.ts'
import { TableFeed } from '../../src/engine/tables.ts'
import { Worker } from '../../src/engine/worker.ts'
import type { DrainEnds, WorkerOptions } from '../../src/engine/worker-options.ts'
import {
  type FaultyStore, type ManualClock, decoder, deciding, faultyStore, gate, manualClock, observing, RecordingFencedSink, RecordingSink, ScriptedSource, ScriptedTable, settings, settle,
} from './fakes.ts'

export const observed: InputRole[] = ['features', 'predictions', 'labels']
export const decided: InputRole[] = ['panes', 'candidates', 'commands']
export const started: Worker[] = []
export const releases: (() => void)[] = []
afterEach(async () => {
  for (const release of releases.splice(0)) release()
  for (const worker of started.splice(0)) await Promise.race([worker.stop(), settle()])
})

export interface Parts {
  clock: ManualClock
  store: FaultyStore
}

export function bench(over: Partial<Omit<WorkerOptions, 'limits' | 'drain'>> & { drain?: Pick<DrainEnds, 'upstream'>; published?: readonly OutgoingRecord[]; limits?: Partial<WorkerOptions['limits']>; shared?: Parts } = {}) {
  const { limits, shared, drain, published = [], ...options } = over
  const topology = options.topology ?? 'observe'
  const clock = shared?.clock ?? manualClock()
  const store = shared?.store ?? faultyStore(clock)
  const source = new ScriptedSource(topology === 'observe' ? observed : decided)
  const [sink, fencedSink, schemas] = [new RecordingSink(), new RecordingFencedSink(), decoder()]
  const events: string[] = []
  const order = drain === undefined ? 'live' : 'stream-time'
  const ticks = new ScriptedTable('ticks')
  const feed = new TableFeed({ tables: [], ticks, decoder: schemas, order, clock, onRetry: () => {}, onFailed: (error) => events.push(String(error)) })
  const worker = new Worker({
    topology, partitions: 8, source, feed, store, sink, fenced: topology === 'decide' ? fencedSink : null, clock, drain: drain === undefined ? null : { ...drain, own: (partition) => source.logEnds(partition) },
    settings: () => settings({ inputs: topology === 'observe' ? observing : deciding('observe-0'), order, decoder: schemas, maxFutureSkewMs: Infinity }),
    recovery: recoveryOver(source, [...published]),
    limits: { epochMs: 1000, epochMsMax: 10_000, storeBytesPerSecondMax: 1e9, bufferRecordsMax: 10, ...limits },
    events: {
      taken: (task, epoch) => events.push(`taken ${task} at ${epoch}`), surplus: (of, count) => events.push(`surplus ${of} beyond ${count}`), recovering: (task, from, done) => events.push(`recovering ${task} from ${from}: ${done}`), lost: (task, reason) => events.push(`lost ${task}: ${reason}`),
      committed: (task) => events.push(`committed ${task.name} ${task.epoch}`), refused: (task, reason) => events.push(`refused ${task}: ${reason}`),
      retrying: (task, doing) => events.push(`retrying ${task}: ${doing}`), quarantined: (task) => events.push(`quarantined ${task}`),
    },
    ...options,
  })
  started.push(worker)
  const id = (partition: number): TaskId => ({ topology, partition })
  let claims = 0
  return {
    worker, source, store, sink, fencedSink, schemas, clock, events, feed, ticks,
    async start(...partitions: number[]) {
      await feed.start()
      await worker.start()
      source.assign(...partitions)
      await settle()
    },
    /** delivers all there is, says that the ends were reached, and lets time pass */
    async flow(ms = 1100) {
      for (let i = 0; i < 3; i++) {
        source.pump()
        await settle()
      }
      await clock.advance(ms)
    },
    /** takes the task over as somebody else, and returns what is stored */
    steal: (partition: number) => store.claim(id(partition), `thief-${claims++}`, Infinity),
  }
}
/** What an earlier worker published, and what lies on the topics. */
function recoveryOver(source: ScriptedSource, published: readonly OutgoingRecord[]): RecoveryLog {
  return {
    async* journal(id, sinceMs) {
      const [name] = [taskName(id)]
      for (const [offset, record] of published.entries()) {
        if (record.role === 'journal' && record.timestampMs >= sinceMs && Buffer.from(record.key!).toString() === name) yield { ...record, offset }
      }
    },
    inputs: ({ partition }) => ({
      async read(role, fromOffset, toOffset) {
        const log = source.log(role, role === 'ticks' ? 0 : partition)
        return { records: log.filter(({ offset }) => offset >= fromOffset && offset < toOffset), keptFrom: log[0]?.offset ?? 0, end: (log.at(-1)?.offset ?? -1) + 1 }
      },
      async close() {},
    }),
  }
}

export const held = () => {
  const made = gate()
  releases.push(made.open)
  return made
}
