import { describe, expect, it } from 'vitest'
import type { TaskId } from '../../src/engine/ports.ts'
import { TableFeed, type TableFeedOptions } from '../../src/engine/tables.ts'
import { Task } from '../../src/engine/task.ts'
import { batch, decoder, linesOf, manualClock, nothingStored, raw, ScriptedTable, settings, settle, unavailable } from './fakes.ts'

const id: TaskId = { topology: 'observe', partition: 0 }

function feeding(over: Partial<TableFeedOptions> = {}) {
  const schemas = decoder()
  const clock = manualClock()
  const failures: unknown[] = []
  const retries: unknown[] = []
  const feed = new TableFeed({
    tables: [], ticks: null, decoder: schemas, order: 'live', clock, onRetry: (error) => retries.push(error), onFailed: (error) => failures.push(error), ...over,
  })
  const task = (snapshot: ConstructorParameters<typeof Task>[2] = nothingStored) => new Task(id, settings({ decoder: schemas, order: over.order ?? 'live' }), snapshot)
  return { feed, schemas, clock, failures, retries, task }
}

/** Lines that a task has noted since its last epoch. */
function linesNow(task: Task): string[] {
  task.work(100)
  const commit = task.seal('t')
  return commit === null ? [] : linesOf(commit.partsWritten)
}

describe('broadcast tables', () => {
  it('are read to their end, schemas included, before the start is over', async () => {
    const policies = new ScriptedTable('policies', [raw(0, 1, { id: 'a', schema: 's1' }), raw(1, 2, 'b')])
    const profiles = new ScriptedTable('profiles', [raw(0, 3, { id: 'c', schema: 's2' })])
    const { feed, schemas, task } = feeding({ tables: [policies, profiles] })
    await feed.start()
    expect([...schemas.loaded]).toEqual(['s1', 's2'])
    const first = task()
    feed.attach(first, () => {})
    expect(linesNow(first).sort()).toEqual([
      'table policies a published 1 @-Infinity', 'table policies b published 2 @-Infinity', 'table profiles c published 3 @-Infinity',
    ])
  })

  it('reach every attached task with what comes later, in order, and wake it', async () => {
    const policies = new ScriptedTable('policies')
    const { feed, task } = feeding({ tables: [policies] })
    await feed.start()
    const [one, two, gone] = [task(), task(), task()]
    const woken: number[] = []
    ;[one, two, gone].forEach((subject, i) => feed.attach(subject, () => woken.push(i)))
    feed.detach(gone)
    policies.publish(raw(0, 1, { id: 'a', schema: 's1' }))
    policies.publish(raw(1, 2, 'b'))
    expect(linesNow(one)).toEqual([])
    await settle()
    expect(woken).toEqual([0, 1, 0, 1])
    for (const subject of [one, two]) expect(linesNow(subject)).toEqual(['table policies a published 1 @-Infinity', 'table policies b published 2 @-Infinity'])
    expect(linesNow(gone)).toEqual([])
  })

  it('are not applied again by a task that stored that it had them', async () => {
    const policies = new ScriptedTable('policies', [raw(0, 1, 'a')])
    const { feed, task } = feeding({ tables: [policies] })
    await feed.start()
    const first = task()
    feed.attach(first, () => {})
    first.work(10)
    const commit = first.seal('t')!
    const again = task({ epoch: 1, meta: commit.meta, parts: commit.partsWritten, chunks: [] })
    feed.attach(again, () => {})
    policies.publish(raw(1, 2, 'b'))
    await settle()
    expect(linesNow(again)).toEqual(['table policies a published 1 @-Infinity', 'table policies b published 2 @-Infinity'])
  })

  it('wait out a registry that does not answer, and lose nothing', async () => {
    const policies = new ScriptedTable('policies', [raw(0, 1, { id: 'a', schema: 's1' }), raw(1, 2, 'b')])
    const { feed, schemas, clock, failures, retries, task } = feeding({ tables: [policies] })
    schemas.failures.push(unavailable('REGISTRY_UNAVAILABLE'), unavailable('REGISTRY_UNAVAILABLE'))
    let started = false
    const start = feed.start().then(() => { started = true })
    await settle()
    expect(started).toBe(false)
    await clock.advance(10_000)
    await start
    const subject = task()
    feed.attach(subject, () => {})
    expect(linesNow(subject)).toEqual(['table policies a published 1 @-Infinity', 'table policies b published 2 @-Infinity'])
    expect([retries.length, failures]).toEqual([2, []])
  })

  it('hand over nothing beyond a record whose schema cannot be loaded at all', async () => {
    const policies = new ScriptedTable('policies')
    const { feed, schemas, failures, task } = feeding({ tables: [policies] })
    await feed.start()
    const subject = task()
    feed.attach(subject, () => {})
    schemas.failures.push(unavailable('SCHEMA_INCOMPATIBLE'))
    policies.publish(raw(0, 1, { id: 'a', schema: 's1' }))
    policies.publish(raw(1, 2, 'b'))
    await settle()
    expect(failures).toEqual([expect.objectContaining({ code: 'SCHEMA_INCOMPATIBLE' })])
    expect(linesNow(subject)).toEqual([])
  })

  it('are no longer followed, nor waited for, after a stop', async () => {
    const [policies, ticks] = [new ScriptedTable('policies', [raw(0, 1, { id: 'a', schema: 's1' })]), new ScriptedTable('ticks')]
    const { feed, schemas, clock } = feeding({ tables: [policies], ticks })
    schemas.failures.push(...Array.from({ length: 5 }, () => unavailable('REGISTRY_UNAVAILABLE')))
    const start = feed.start()
    await settle()
    await feed.stop()
    await clock.advance(60_000)
    await start
    expect(schemas.loads).toHaveLength(1)
    expect([policies.isStopped, ticks.isStopped]).toEqual([true, true])
  })
})

describe('ticks', () => {
  it('when live, go to every attached task as they come', async () => {
    const ticks = new ScriptedTable('ticks')
    const { feed, task } = feeding({ ticks })
    await feed.start()
    const subject = task()
    for (const role of ['features', 'predictions', 'labels'] as const) subject.caughtUp(role, 0)
    let woken = 0
    feed.attach(subject, () => { woken++ })
    ticks.publish(raw(7, 700, 'tick'))
    expect(woken).toBe(1)
    expect(linesNow(subject)).toEqual(['tick @700'])
  })

  it('in order of stream time, are records up to the end seen at start, from where the task stopped', async () => {
    const ticks = new ScriptedTable('ticks', [raw(0, 100, 'tick'), raw(1, 200, 'tick'), raw(2, 300, 'tick')])
    const { feed, task } = feeding({ ticks, order: 'stream-time' })
    await feed.start()
    const first = task()
    feed.attach(first, () => {})
    first.push(batch('predictions', [raw(0, 150, 'p')]), 10)
    for (const role of ['features', 'predictions', 'labels'] as const) first.completeTo(role, Infinity)
    first.work(2)
    const commit = first.seal('t')!
    expect(linesOf(commit.partsWritten)).toEqual(['tick @100', 'predictions p @150'])
    const again = task({ epoch: 1, meta: commit.meta, parts: commit.partsWritten, chunks: [] })
    feed.attach(again, () => {})
    for (const role of ['features', 'predictions', 'labels'] as const) again.completeTo(role, Infinity)
    expect(linesNow(again).slice(2)).toEqual(['tick @200', 'tick @300'])
  })
})
