import { describe, expect, it } from 'vitest'
import { endedHeaders, originHeaders } from '../../src/engine/origin.ts'
import type { Worker } from '../../src/engine/worker.ts'
import { StewardError } from '../../src/errors.ts'
import type { ScriptedSource} from './fakes.ts';
import { deciding, linesOf, settings, settle, unavailable } from './fakes.ts'
import { observed, bench, held } from './worker-bench.ts'

describe('an assigned task', () => {
  it('is claimed, begun where it stopped, and commits what it reads', async () => {
    const { start, flow, source, worker, events, steal, sink } = bench()
    await start(0, 2)
    expect(worker.isReady).toBe(true)
    expect(events).toEqual(['taken observe-0 at 0', 'taken observe-2 at 0'])
    source.append('predictions', 0, [5, 'a'], [6, 'b'])
    source.append('labels', 2, [7, 'x'])
    await flow()
    expect(linesOf((await steal(0)).parts)).toEqual(['predictions a @5', 'predictions b @6'])
    expect(linesOf((await steal(2)).parts)).toEqual(['labels x @7'])
    expect(sink.records.map(({ role }) => role)).toEqual(['journal', 'journal'])
    expect(source.progress.map(([partition, offsets]) => [partition, offsets.get('predictions')])).toEqual([[0, 2], [2, 0]])
  })

  it('is waited for: a worker that the group has dealt nothing to is not ready, one that was dealt no task is', async () => {
    const { worker, start } = bench()
    expect(worker.isReady).toBe(false)
    await start()
    expect(worker.isReady).toBe(true)
  })

  it('is none of a partition that came after the start', async () => {
    const { worker, start, events, source } = bench()
    await start(0, 8)
    expect(worker.tasks().map(({ name }) => name)).toEqual(['observe-0'])
    expect(events).toContain('surplus observe beyond 8')
    expect(source.calls.filter((call) => call.startsWith('begin'))).toEqual(['begin 0'])
  })

  it('is claimed again and again while the store is down, and says so', async () => {
    const { start, flow, source, store, clock, worker, events, steal } = bench()
    store.down.add('claim')
    source.append('predictions', 0, [5, 'a'])
    await start(0)
    await clock.advance(3_000)
    expect(worker.isReady).toBe(false)
    expect(source.calls).toEqual([])
    expect(events.filter((event) => event === 'retrying observe-0: claiming the task').length).toBeGreaterThan(3)
    store.down.clear()
    await clock.advance(5_000)
    expect(worker.isReady).toBe(true)
    await flow()
    expect(linesOf((await steal(0)).parts)).toEqual(['predictions a @5'])
  })

  it('goes on where it stood when the group joins again, with the inputs it held still held', async () => {
    const { start, flow, source, steal } = bench()
    await start(0)
    source.append('predictions', 0, ...Array.from({ length: 12 }, (_, i): [number, string] => [i, `p${i}`]))
    source.listener!.batch({ role: 'predictions', partition: 0, fromOffset: 0, records: source.log('predictions', 0), nextOffset: 12, logEnd: 12 })
    expect(source.isPaused('predictions', 0)).toBe(true)
    source.assign(0)
    expect([source.positionOf('predictions', 0), source.isPaused('predictions', 0), source.isPaused('labels', 0)]).toEqual([12, true, false])
    await flow()
    expect(linesOf((await steal(0)).parts)).toHaveLength(12)
  })

  it('lasts an epoch as long as the store can take its bytes', async () => {
    const { start, source, clock, events } = bench({ limits: { storeBytesPerSecondMax: 50 } })
    await start(0)
    const commits = () => events.filter((event) => event.startsWith('committed')).length
    const feedAndWait = async (ms: number) => {
      source.append('predictions', 0, [clock.nowMs(), 'p'])
      for (let i = 0; i < 3; i++) {
        source.pump()
        await settle()
      }
      await clock.advance(ms)
    }
    await feedAndWait(1_100)
    expect(commits()).toBe(1)
    await feedAndWait(5_000)
    expect(commits()).toBe(1)
    await clock.advance(6_000)
    expect(commits()).toBe(2)
  })
})

describe('a commit', () => {
  it('is handed over again with the same bytes until the store answers, and counted once', async () => {
    const { start, flow, source, store, steal, events } = bench()
    await start(0)
    source.append('predictions', 0, [5, 'a'])
    store.lostAnswers = 2
    await flow(10_000)
    expect(store.commits).toBe(1)
    expect(events).toContain('retrying observe-0: committing')
    const { epoch, parts } = await steal(0)
    expect([epoch, linesOf(parts)]).toEqual([1, ['predictions a @5']])
  })

  it('that is refused drops the task, which is then claimed anew while it is assigned', async () => {
    const { start, flow, source, steal, events, clock, sink } = bench()
    await start(0)
    source.append('predictions', 0, [5, 'a'])
    await steal(0)
    await flow()
    expect(events).toEqual(['taken observe-0 at 0', 'refused observe-0: token', 'lost observe-0: the store refused its commit (token)'])
    expect(sink.records).toEqual([])
    await clock.advance(2_000)
    expect(events.at(-1)).toBe('taken observe-0 at 0')
    await flow()
    expect(linesOf((await steal(0)).parts)).toEqual(['predictions a @5'])
  })

  it('that is refused is not followed by a claim when the task has been given to another', async () => {
    const { start, flow, source, steal, events, clock } = bench()
    await start(0)
    source.append('predictions', 0, [5, 'a'])
    await steal(0)
    await flow()
    source.assign(1)
    await clock.advance(5_000)
    expect(events.filter((event) => event.startsWith('taken observe-0'))).toHaveLength(1)
  })

  it('under way when the task is lost changes nothing that the next owner does not see', async () => {
    const first = bench()
    await first.start(0)
    first.source.append('predictions', 0, [5, { id: 'a', emit: 3 }])
    const { closed, open } = held()
    first.store.gate = closed
    await first.flow()
    first.source.assign()
    open()
    await settle()
    expect(first.sink.records).toEqual([])
    const second = bench({ shared: first })
    await second.start(0)
    await settle()
    expect(second.events).toEqual(['taken observe-0 at 1'])
    expect(second.sink.records.map(({ role }) => role)).toEqual(['journal', 'decisions'])
    expect(second.source.positionOf('predictions', 0)).toBe(1)
  })
})

describe('a task that is lost', () => {
  it('while it is claimed is neither begun nor committed', async () => {
    const { start, source, store, events, clock, worker } = bench()
    store.down.add('now')
    await start(0, 1)
    source.assign(1)
    store.down.clear()
    await clock.advance(10_000)
    expect(source.calls).toEqual(['begin 1'])
    expect(events.filter((event) => event.startsWith('taken'))).toEqual(['taken observe-1 at 0'])
    expect(worker.tasks().map(({ name }) => name)).toEqual(['observe-1'])
  })

  it('and given back while it is claimed is claimed once more, and commits under the last claim', async () => {
    const { start, source, store, clock, flow, steal, events } = bench()
    store.down.add('now')
    await start(0)
    source.assign()
    source.assign(0)
    store.down.clear()
    await clock.advance(10_000)
    source.append('predictions', 0, [5, 'a'])
    await flow()
    expect(events.filter((event) => event.startsWith('taken'))).toHaveLength(1)
    expect(linesOf((await steal(0)).parts)).toEqual(['predictions a @5'])
  })

  it('takes no more batches', async () => {
    const { start, source, events, flow } = bench()
    await start(0, 1)
    const listener = source.listener!
    source.append('predictions', 0, [5, 'a'])
    source.assign(1)
    listener.batch({ role: 'predictions', partition: 0, fromOffset: 0, records: source.log('predictions', 0), nextOffset: 1, logEnd: 1 })
    listener.caughtUp('predictions', 0, 1)
    listener.batch({ role: 'predictions', partition: 7, fromOffset: 0, records: [], nextOffset: 1, logEnd: 1 })
    await flow()
    expect(events).toEqual(['taken observe-0 at 0', 'taken observe-1 at 0', 'lost observe-0: assigned elsewhere'])
  })
})

describe('inputs that run ahead', () => {
  it('are paused at the limit and resumed at half of it', async () => {
    const { start, source, flow, steal } = bench({ limits: { bufferRecordsMax: 4 } })
    await start(0)
    source.append('predictions', 0, ...Array.from({ length: 9 }, (_, i): [number, string] => [i, `p${i}`]))
    source.pump(4)
    await settle()
    expect(source.calls).toEqual(['begin 0', 'pause predictions-0'])
    source.pump(4)
    await settle()
    expect(source.calls).toEqual(['begin 0', 'pause predictions-0', 'resume predictions-0'])
    await flow()
    expect(linesOf((await steal(0)).parts)).toHaveLength(9)
  })

  it('never hold an input without a head: it may be what the others wait for', async () => {
    const { start, source } = bench({ limits: { bufferRecordsMax: 2 } })
    await start(0)
    for (const role of ['predictions', 'labels'] as const) {
      source.append(role, 0, [1, 'a'], [2, 'b'], [3, 'c'])
      source.listener!.batch({ role, partition: 0, fromOffset: 0, records: source.log(role, 0), nextOffset: 3, logEnd: 3 })
    }
    await settle()
    expect(observed.map((role) => source.isPaused(role, 0))).toEqual([false, true, true])
  })

  it('of an internal topic are paused only while every upstream task has a head', async () => {
    const { start, source } = bench({
      topology: 'decide', limits: { bufferRecordsMax: 3 },
      settings: () => settings({ inputs: deciding('observe-0', 'observe-1'), maxFutureSkewMs: Infinity }),
    })
    await start(0)
    const push = (task: number, epoch: number, offset: number) => {
      source.append('panes', 0, [epoch, 'p', originHeaders({ task: `observe-${task}`, epoch, index: 1, part: 0, parts: 1 })])
      source.listener!.batch({ role: 'panes', partition: 0, fromOffset: offset, records: source.log('panes', 0).slice(offset), nextOffset: offset + 1, logEnd: offset + 1 })
    }
    for (let i = 0; i < 5; i++) push(0, i + 1, i)
    expect(source.isPaused('panes', 0)).toBe(false)
    push(1, 1, 5)
    expect(source.isPaused('panes', 0)).toBe(true)
    source.listener!.caughtUp('candidates', 0, 0)
    await settle()
    expect(source.isPaused('panes', 0)).toBe(false)
  })
})

describe('a command', () => {
  it('ends the open epoch, opens the next, and that one is committed at once', async () => {
    const { start, source, clock, events, steal, fencedSink } = bench({ topology: 'decide' })
    await start(0)
    source.append('candidates', 0, [5, 'c'])
    source.append('panes', 0, [7, 'p', originHeaders({ task: 'observe-0', epoch: 1, index: 1, part: 0, parts: 1 })])
    for (let i = 0; i < 3; i++) {
      source.pump()
      await settle()
    }
    expect(events.filter((event) => event.startsWith('committed'))).toEqual([])
    source.append('commands', 0, [9, { id: 'rollback', emit: 3 }])
    source.pump()
    const before = clock.nowMs()
    await settle()
    expect(clock.nowMs()).toBe(before)
    expect(events.filter((event) => event.startsWith('committed'))).toEqual(['committed decide-0 1', 'committed decide-0 2'])
    expect(fencedSink.published.at(-1)!.map(({ role }) => role)).toEqual(['journal', 'decisions'])
    expect(linesOf((await steal(0)).parts)).toEqual(['candidates c @5', 'panes p @7', 'commands rollback @9'])
  })
})

describe('a schema', () => {
  it('that is not there stops the task until it is, and is no failure', async () => {
    const { start, source, schemas, flow, clock, events, steal } = bench()
    schemas.failures.push(unavailable('REGISTRY_UNAVAILABLE'), unavailable('REGISTRY_UNAVAILABLE'))
    await start(0)
    source.append('predictions', 0, [5, { id: 'a', schema: 's' }], [6, 'b'])
    await flow(0)
    await clock.advance(10_000)
    expect(events).toContain('retrying observe-0: loading a schema')
    await flow()
    expect(linesOf((await steal(0)).parts)).toEqual(['predictions a @5', 'predictions b @6'])
  })
})

describe('a graceful stop', () => {
  it('commits what is open, publishes it and leaves the group', async () => {
    const { start, source, worker, steal, sink } = bench()
    await start(0)
    source.append('predictions', 0, [5, { id: 'a', emit: 3 }])
    for (let i = 0; i < 3; i++) {
      source.pump()
      await settle()
    }
    await worker.stop()
    expect(source.isStopped).toBe(true)
    expect(sink.records.map(({ role }) => role)).toEqual(['journal', 'decisions'])
    const { parts, outbox } = await steal(0)
    expect([linesOf(parts), outbox]).toEqual([['predictions a @5'], []])
  })

  it('waits for the answer to a commit under way', async () => {
    const { start, source, worker, store, clock, flow, steal } = bench()
    await start(0)
    source.append('predictions', 0, [5, 'a'])
    store.down.add('commit')
    await flow()
    let stopped = false
    void worker.stop().then(() => { stopped = true })
    await clock.advance(20_000)
    expect(stopped).toBe(false)
    store.down.clear()
    await clock.advance(10_000)
    expect(stopped).toBe(true)
    expect(linesOf((await steal(0)).parts)).toEqual(['predictions a @5'])
  })

  it('during a claim leaves the task alone', async () => {
    const { start, worker, store, clock, source, events } = bench()
    store.down.add('claim')
    await start(0)
    const stopping = worker.stop()
    await clock.advance(10_000)
    await stopping
    expect([source.isStopped, source.calls, events.filter((event) => event.startsWith('taken'))]).toEqual([true, [], []])
  })

  it('takes up nothing that is assigned meanwhile, nor what was surrendered before', async () => {
    const { start, worker, source, steal, flow, clock, events } = bench()
    await start(0)
    source.append('predictions', 0, [5, 'a'])
    await steal(0)
    await flow()
    const stopping = worker.stop()
    source.assign(0, 1)
    await clock.advance(10_000)
    await stopping
    expect(events.filter((event) => event.startsWith('taken'))).toEqual(['taken observe-0 at 0'])
  })
})

describe('a failure', () => {
  it('of the source surfaces, and nothing more is committed', async () => {
    const { start, source, worker, flow, store, events } = bench()
    await start(0)
    const failed = expect(worker.failed()).rejects.toMatchObject({ code: 'OFFSET_GAP' })
    source.append('predictions', 0, [5, 'a'])
    source.pump()
    source.listener!.failed(new StewardError('OFFSET_GAP', 'records are gone'))
    await failed
    await expect(worker.drained()).rejects.toMatchObject({ code: 'OFFSET_GAP' })
    await flow(5_000)
    expect([store.commits, worker.isReady, worker.tasks()]).toEqual([0, false, []])
    expect(events.at(-1)).toBe('lost observe-0: the worker stops')
  })

  it('that no retry mends surfaces: of a claim, of a commit, of a program', async () => {
    for (const where of ['claim', 'commit', 'program'] as const) {
      const { start, source, worker, flow, store } = bench(where !== 'program' ? {} : {
        settings: () => settings({ maxFutureSkewMs: Infinity, factory: () => ({
          step() { throw new Error('a broken invariant') }, table() {}, advance() {}, finish() {}, pendingCount: () => 0,
          flush: () => ({ parts: { written: new Map(), removed: [] }, chunk: null, chunksDropped: 0, views: new Map() }),
        }) }),
      })
      const refuse = () => Promise.reject(new StewardError('STORE_REFUSED', 'out of memory'))
      if (where === 'claim') store.claim = refuse
      if (where === 'commit') store.commit = refuse
      const failed = expect(worker.failed(), where).rejects.toThrow(where === 'program' ? 'a broken invariant' : 'out of memory')
      await start(0)
      source.append('predictions', 0, [5, 'a'])
      await flow()
      await failed
      await worker.stop()
      expect(source.isStopped).toBe(true)
    }
  })
})

describe('draining', () => {
  const draining = (over: Parameters<typeof bench>[0] = {}) => bench({ drain: { upstream: () => Promise.resolve(new Map()) }, ...over })
  const outcome = (worker: Worker) => {
    const state = { drained: false }
    void worker.drained().then(() => { state.drained = true })
    return state
  }

  it('ends at the ends of log seen at start, with everything committed and published', async () => {
    const { start, source, worker, flow, steal, sink } = draining()
    source.append('predictions', 0, [5, 'a'], [7, 'b'])
    source.append('labels', 0, [6, 'x'])
    const state = outcome(worker)
    await start(0, 1)
    expect(state.drained).toBe(false)
    await flow()
    await flow()
    expect(state.drained).toBe(true)
    const { parts, outbox } = await steal(0)
    expect(linesOf(parts)).toEqual(['predictions a @5', 'labels x @6', 'predictions b @7', 'finish @7'])
    expect(outbox).toEqual([])
    expect(sink.records.filter(({ role }) => role === 'panes')).toHaveLength(4)
  })

  it('does not end before what is committed is published', async () => {
    const { start, source, worker, flow, sink } = draining()
    const { closed, open } = held()
    sink.gate = closed
    source.append('predictions', 0, [5, 'a'])
    const state = outcome(worker)
    await start(0)
    await flow()
    expect(state.drained).toBe(false)
    open()
    await flow()
    expect(state.drained).toBe(true)
  })

  it('asks again for the ends when Kafka does not answer', async () => {
    const { start, source, worker, flow, clock } = draining()
    source.failures.push(unavailable('LOG_UNAVAILABLE'))
    const state = outcome(worker)
    await start(0)
    await clock.advance(1_000)
    await flow()
    expect(state.drained).toBe(true)
  })

  const panes = (source: ScriptedSource, epoch: number, offsets: Record<string, number> | null) => source.append('panes', 0, [
    epoch * 10, `p${epoch}`, { ...originHeaders({ task: 'observe-0', epoch, index: 1, part: 0, parts: 1 }), ...(offsets === null ? {} : endedHeaders(offsets)) },
  ])

  it('of a downstream task waits for the end of every upstream task', async () => {
    const { start, source, worker, flow, steal } = draining({ topology: 'decide', drain: { upstream: () => Promise.resolve(new Map([['observe-0', { labels: 3 }]])) } })
    panes(source, 1, null)
    const state = outcome(worker)
    await start(0)
    await flow()
    await flow()
    expect(state.drained).toBe(false)
    panes(source, 2, { labels: 3 })
    await flow()
    await flow()
    expect(state.drained).toBe(true)
    expect(linesOf((await steal(0)).parts)).toEqual(['panes p1 @10', 'panes p2 @20', 'finish @20'])
  })

  it('of a downstream task again holds an end only when it covers what is upstream by now', async () => {
    const first = draining({ topology: 'decide', drain: { upstream: () => Promise.resolve(new Map([['observe-0', { labels: 3 }]])) } })
    panes(first.source, 1, { labels: 3 })
    await first.start(0)
    await first.flow()
    await first.flow()
    await first.worker.stop()
    for (const [labels, ends] of [[3, true], [4, false]] as const) {
      const again = draining({ shared: first, topology: 'decide', drain: { upstream: () => Promise.resolve(new Map([['observe-0', { labels }]])) } })
      panes(again.source, 1, { labels: 3 })
      const state = outcome(again.worker)
      await again.start(0)
      await again.flow()
      await again.flow()
      expect(state.drained, `${labels} labels upstream`).toBe(ends)
      if (!ends) {
        panes(again.source, 2, { labels: 4 })
        await again.flow()
        await again.flow()
        expect(state.drained).toBe(true)
      }
      const stopping = again.worker.stop()
      await again.clock.advance(1_000)
      await stopping
    }
  })

  it('ends for who is left with nothing to do when the others have done it', async () => {
    const { start, source, worker, flow } = draining()
    const state = outcome(worker)
    await start()
    await flow()
    expect(state.drained).toBe(false)
    source.assign(0)
    await flow()
    await flow()
    expect(state.drained).toBe(true)
  })
})
