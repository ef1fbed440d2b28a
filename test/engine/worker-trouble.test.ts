import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../src/codec/state.ts'
import { endedHeaders, originHeaders } from '../../src/engine/origin.ts'
import { StewardError } from '../../src/errors.ts'
import { settle } from './fakes.ts'
import { bench, held } from './worker-bench.ts'

describe('a worker in trouble', () => {
  it('a drain neither passes nor loses what was appended beyond the ends seen at start', async () => {
    const first = bench({ drain: { upstream: () => Promise.resolve(new Map()) } })
    first.source.append('predictions', 0, [5, 'a'], [6, 'b'])
    await first.start(0)
    first.source.append('predictions', 0, [7, 'c'], [8, 'd'])
    await first.flow()
    await first.flow()
    const { meta } = await first.steal(0)
    expect((stateCodec.decode(meta!) as { offsets: Record<string, number> }).offsets.predictions).toBe(2)
  })
  it('likewise when only the end is told', async () => {
    const first = bench({ drain: { upstream: () => Promise.resolve(new Map()) } })
    first.source.append('predictions', 0, [5, 'a'], [6, 'b'])
    await first.start(0)
    const l = first.source.listener!
    l.batch({ role: 'predictions', partition: 0, fromOffset: 0, records: first.source.log('predictions', 0), nextOffset: 2, logEnd: 2 })
    l.caughtUp('predictions', 0, 4)
    l.caughtUp('labels', 0, 0); l.caughtUp('features', 0, 0)
    await first.clock.advance(3000)
    const { meta } = await first.steal(0)
    expect((stateCodec.decode(meta!) as { offsets: Record<string, number> }).offsets.predictions).toBe(2)
  })
  it('a worker that failed takes up nothing when the group joins again', async () => {
    const { start, source, worker, events } = bench()
    await start(0)
    worker.failed().catch(() => {})
    source.listener!.failed(new StewardError('OFFSET_GAP', 'gone'))
    source.assign(0)
    await settle()
    expect(events.filter((event) => event.startsWith('taken'))).toHaveLength(1)
  })
  it('a drained task closes its fenced session by the time the worker has stopped', async () => {
    const { start, source, worker, flow, fencedSink, clock } = bench({ topology: 'decide', drain: { upstream: () => Promise.resolve(new Map()) } })
    source.append('panes', 0, [5, 'p', { ...originHeaders({ task: 'observe-0', epoch: 1, index: 1, part: 0, parts: 1 }), ...endedHeaders({}) }])
    await start(0)
    await flow(); await flow()
    await worker.drained()
    const stopping = worker.stop()
    await clock.advance(1000)
    await stopping
    expect(fencedSink.opened).toBe(1)
    expect(fencedSink.openSessions).toBe(0)
  })
  it('commands are never paused', async () => {
    const { start, source } = bench({ topology: 'decide', limits: { bufferRecordsMax: 3 } })
    await start(0)
    source.append('commands', 0, [1, 'a'], [2, 'b'], [3, 'c'], [4, 'd'])
    source.pump()
    expect(source.calls).not.toContain('pause commands-0')
  })
  it('a drained task whose relay was fenced is claimed again rather than waited for for ever', async () => {
    const { start, source, worker, flow, sink, steal, clock } = bench({ drain: { upstream: () => Promise.resolve(new Map()) } })
    const { closed, open } = held()
    sink.gate = closed
    source.append('predictions', 0, [5, 'a'])
    let drained = false
    void worker.drained().then(() => { drained = true })
    await start(0)
    source.pump(); await clock.advance(1100)
    source.pump(); await clock.advance(1100); await flow(); await flow()
    await steal(0)
    open()
    await flow(5000); await flow(5000)
    expect([drained, worker.tasks().map((t) => [t.name, t.isFinished])]).toEqual([true, [['observe-0', true]]])
  })
  it('likewise when more than one of its epochs was still to be published', async () => {
    const { start, source, worker, flow, sink, steal, clock } = bench({ drain: { upstream: () => Promise.resolve(new Map()) } })
    const { closed, open } = held()
    sink.gate = closed
    source.append('predictions', 0, [5, 'a'], [6, 'b'], [7, 'c'])
    let drained = false
    void worker.drained().then(() => { drained = true })
    await start(0)
    for (let i = 0; i < 4; i++) {
      source.pump(1)
      await clock.advance(1100)
    }
    await flow(); await flow()
    expect(worker.tasks().map(({ epoch }) => epoch)).toEqual([3])
    await steal(0)
    open()
    await flow(5000); await flow(5000)
    expect([drained, worker.tasks().map((t) => [t.name, t.isFinished])]).toEqual([true, [['observe-0', true]]])
  })
  it('a schema that is loaded and still unknown does not spin', async () => {
    const b = bench()
    b.schemas.prepare = async () => {}
    await b.start(0)
    b.source.append('predictions', 0, [5, { id: 'a', schema: 's' }])
    b.source.pump(); b.source.pump()
    const done = await Promise.race([settle(5).then(() => 'turned'), new Promise((r) => setTimeout(() => r('timer'), 3000))])
    expect(done).toBe('turned')
  }, 8000)
  it('the clock going back an hour does not keep an epoch open for an hour', async () => {
    const b = bench()
    await b.start(0)
    const now = b.clock.nowMs
    await b.flow()
    let shift = 0
    b.clock.nowMs = () => now() - shift
    b.source.append('predictions', 0, [5, 'a'])
    b.source.pump(); await settle(); b.source.pump(); await settle()
    const before = b.store.commits
    shift = 3_600_000
    b.source.append('predictions', 0, [6, 'b'])
    b.source.pump(); await settle(); b.source.pump()
    await b.clock.advance(60_000)
    expect(b.store.commits).toBeGreaterThan(before)
  })
  it('bytes count too: an input of large records is paused', async () => {
    const b = bench({ limits: { bufferRecordsMax: 1000 } })
    await b.start(0)
    b.source.append('predictions', 0, ...Array.from({ length: 500 }, (_, i): [number, { id: string; pad: Uint8Array }] => [i, { id: 'a', pad: new Uint8Array(1_000_000) }]))
    b.source.pump()
    expect(b.source.calls).toContain('pause predictions-0')
  })
})
