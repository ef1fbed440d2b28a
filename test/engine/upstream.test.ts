import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endedHeaders, type Origin } from '../../src/engine/origin.ts'
import type { RawRecord } from '../../src/engine/ports.ts'
import { UpstreamPartition, type UpstreamState } from '../../src/engine/upstream.ts'
import { batch, made, raw } from './fakes.ts'

const nobody = (record: RawRecord) => { throw new Error(`${record.offset} is not foreign`) }
const partition = (states: Record<string, UpstreamState> = {}, position = 0, tasks = ['observe-0', 'observe-1']) => new UpstreamPartition({ role: 'panes', as: 'panes', tasks }, 0, states, position)
const from = (offset: number, task: number, epoch: number, index: number, atMs = epoch * 10, over: Partial<Origin> = {}) =>
  made(offset, atMs, `${task}.${epoch}.${index}`, { task: `observe-${task}`, epoch, index, ...over })
const push = (panes: UpstreamPartition, ...records: RawRecord[]) => panes.push(batch('panes', records), 1, nobody)
const heads = (panes: UpstreamPartition) => panes.inputs.map((input) => input.head()?.raw.offset ?? null)

describe('an internal topic', () => {
  it('is one input an upstream task, in the order of tasks', () => {
    const panes = partition()
    push(panes, from(0, 1, 1, 1), from(1, 0, 1, 1), from(2, 0, 1, 2))
    expect(panes.inputs.map(({ name, rank, buffered }) => ({ name, rank, buffered }))).toEqual([
      { name: 'panes/observe-0', rank: 0, buffered: 2 }, { name: 'panes/observe-1', rank: 1, buffered: 1 },
    ])
    expect(heads(panes)).toEqual([1, 0])
  })

  it('drops what a task sent before, in any earlier batch or run', () => {
    const panes = partition()
    push(panes, from(0, 0, 1, 1), from(1, 0, 1, 1), from(2, 0, 2, 1), from(3, 0, 1, 2), from(4, 0, 2, 1), from(5, 0, 2, 2))
    expect([panes.inputs[0].shift(), panes.inputs[0].shift(), panes.inputs[0].shift()].map(({ raw: { offset } }) => offset)).toEqual([0, 2, 5])
    expect(panes.inputs[0].head()).toBeNull()
    const again = partition({ 'observe-0': { mark: { epoch: 2, index: 1, part: 0 }, timeMs: 20, ended: null } })
    push(again, from(0, 0, 1, 1), from(2, 0, 2, 1), from(5, 0, 2, 2))
    expect(heads(again)).toEqual([5, null])
  })

  it('is complete as far as the last record that was read, and past everything when the task ended', () => {
    const panes = partition()
    expect(panes.inputs.map(({ completeToMs }) => completeToMs)).toEqual([-Infinity, -Infinity])
    push(panes, from(0, 0, 1, 1, 70), made(1, 80, 'end', { task: 'observe-1', epoch: 1, index: 1 }, endedHeaders({ labels: 3 })))
    expect(panes.inputs.map(({ completeToMs }) => completeToMs)).toEqual([70, Infinity])
  })

  it('hands over what no task of the program made, and goes on', () => {
    const panes = partition()
    const foreign: number[] = []
    panes.push(batch('panes', [raw(0, 1, 'by hand'), from(1, 7, 1, 1), from(2, 0, 1, 1)]), 1, ({ offset }) => foreign.push(offset))
    expect(foreign).toEqual([0, 1])
    expect(heads(panes)).toEqual([2, null])
  })
})

describe('a value in parts', () => {
  const cut = (offset: number, part: number, parts: number, over: { epoch?: number; index?: number } = {}) => {
    const { epoch = 1, index = 1 } = over
    return { ...from(offset, 0, epoch, index, 10, { part, parts }), value: Uint8Array.of(part, part + 100) }
  }

  it('is joined in order, whatever lies between', () => {
    const panes = partition()
    push(panes, cut(0, 0, 3), from(1, 1, 1, 1), cut(2, 1, 3))
    expect(heads(panes)).toEqual([null, 1])
    push(panes, cut(3, 2, 3))
    expect(Array.from(panes.inputs[0].head()!.raw.value!)).toEqual([0, 100, 1, 101, 2, 102])
    expect(panes.inputs[0].buffered).toBe(1)
  })

  it('survives that its beginning was sent again', () => {
    const panes = partition()
    push(panes, cut(0, 0, 3), cut(1, 1, 3), cut(2, 0, 3), cut(3, 1, 3), cut(4, 2, 3), cut(5, 2, 3))
    expect(Array.from(panes.inputs[0].shift().raw.value!)).toEqual([0, 100, 1, 101, 2, 102])
    expect([panes.inputs[0].head(), panes.position()]).toEqual([null, 6])
  })

  it('is read again from its first part while it is not whole', () => {
    const panes = partition()
    push(panes, from(0, 1, 1, 1), cut(1, 0, 2), from(2, 1, 1, 2))
    panes.inputs[1].shift()
    panes.inputs[1].shift()
    expect(panes.position()).toBe(1)
    push(panes, cut(3, 1, 2))
    expect(panes.position()).toBe(1)
    panes.inputs[0].shift()
    expect(panes.position()).toBe(4)
  })

  it('that its task never completed does not hold the position when the task has gone on', () => {
    const panes = partition()
    push(panes, cut(0, 0, 2), from(1, 0, 2, 1))
    panes.inputs[0].shift()
    expect(panes.position()).toBe(2)
  })
})

describe('the position', () => {
  it('is the oldest offset that was not released', () => {
    const panes = partition()
    push(panes, from(0, 0, 1, 1), from(1, 1, 1, 1), from(2, 0, 1, 2), from(3, 1, 1, 2))
    expect(panes.position()).toBe(0)
    panes.inputs[1].shift()
    panes.inputs[1].shift()
    expect(panes.position()).toBe(0)
    panes.inputs[0].shift()
    expect(panes.position()).toBe(2)
    panes.inputs[0].shift()
    expect([panes.position(), panes.bufferedBytes]).toEqual([4, 0])
  })

  /** Epoch by epoch, up to three records of one task, some of them cut, all perhaps sent twice. */
  const sending = fc.record({ task: fc.nat(2), parts: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }), sends: fc.integer({ min: 1, max: 2 }) })
  const sendings = fc.array(sending, { minLength: 1, maxLength: 15 })
  /** what a reader does next: take a batch, release of a task, or begin again from what it stored */
  const action = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), count: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('release' as const), task: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('store' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  )

  function logOf(sent: { task: number; parts: number[]; sends: number }[]): { log: RawRecord[]; names: string[] } {
    const log: RawRecord[] = []
    const names: string[] = []
    sent.forEach(({ task, parts, sends }, epoch) => {
      for (let time = 0; time < sends; time++) {
        let index = 1
        for (const count of parts) {
          if (time === 0) names.push(`${task}/${epoch}/${index}`)
          for (let part = 0; part < count; part++) log.push({ ...from(log.length, task, epoch, index, epoch, { part, parts: count }), value: Buffer.from(part === 0 ? `${task}/${epoch}/${index}` : '') })
          index += count
        }
      }
    })
    return { log, names }
  }

  it('with the marks, neither loses nor doubles a record, whatever was released beyond it before a restart', () => {
    fc.assert(fc.property(sendings, fc.array(action, { maxLength: 80 }), (sent, actions) => {
      const { log, names } = logOf(sent)
      const tasks = ['observe-0', 'observe-1', 'observe-2']
      let stored = { states: {} as Record<string, UpstreamState>, position: 0, released: [] as string[] }
      let panes = partition(structuredClone(stored.states), 0, tasks)
      let states = stored.states
      let released: string[] = []
      const open = () => {
        states = structuredClone(stored.states)
        panes = partition(states, stored.position, tasks)
        released = [...stored.released]
      }
      const read = (count: number) => {
        const records = log.slice(panes.readTo, panes.readTo + count)
        if (records.length > 0) push(panes, ...records)
      }
      const release = (task: number) => {
        if (panes.inputs[task].head() !== null) released.push(Buffer.from(panes.inputs[task].shift().raw.value!).toString())
      }
      open()
      for (const one of actions) {
        if (one.kind === 'read') read(one.count)
        else if (one.kind === 'release') release(one.task)
        else if (one.kind === 'store') stored = { states: structuredClone(states), position: panes.position(), released: [...released] }
        else open()
      }
      read(Infinity)
      for (let task = 0; task < 3; task++) while (panes.inputs[task].head() !== null) release(task)
      expect([...released].sort()).toEqual([...names].sort())
      for (let task = 0; task < 3; task++) expect(released.filter((name) => name.startsWith(`${task}/`))).toEqual(names.filter((name) => name.startsWith(`${task}/`)))
      expect(panes.position()).toBe(log.length)
      expect(panes.bufferedBytes).toBe(0)
    }), { numRuns: 300 })
  })
})

describe('a task that ended', () => {
  const end = (offset: number, epoch: number, offsets = { labels: 3 }) => made(offset, epoch * 10, 'end', { task: 'observe-0', epoch, index: 1 }, endedHeaders(offsets))

  it('is remembered with the offsets it had consumed, and stays ended after a restart', () => {
    const states: Record<string, UpstreamState> = {}
    const panes = partition(states, 0, ['observe-0'])
    push(panes, end(0, 1))
    expect(states['observe-0'].ended).toBeNull()
    panes.inputs[0].shift()
    expect(states['observe-0']).toEqual({ mark: { epoch: 1, index: 1, part: 0 }, timeMs: 10, ended: { labels: 3 } })
    expect(partition(structuredClone(states), 1, ['observe-0']).inputs[0].completeToMs).toBe(Infinity)
  })

  it('goes on when it is reopened, complete as far as it had come', () => {
    const panes = partition({ 'observe-0': { mark: { epoch: 4, index: 1, part: 0 }, timeMs: 40, ended: { labels: 3 } } }, 9, ['observe-0'])
    panes.inputs[0].setEnded(null)
    expect(panes.inputs[0].completeToMs).toBe(40)
    expect(panes.inputs[0].state.ended).toBeNull()
  })

  it('goes on when it speaks again', () => {
    const panes = partition({}, 0, ['observe-0'])
    push(panes, end(0, 1), from(1, 0, 2, 1))
    expect(panes.inputs[0].completeToMs).toBe(20)
    panes.inputs[0].shift()
    panes.inputs[0].shift()
    expect(panes.inputs[0].state).toEqual({ mark: { epoch: 2, index: 1, part: 0 }, timeMs: 20, ended: null })
  })
})
