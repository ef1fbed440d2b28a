import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endedHeaders, endedOf, isAfter, originHeaders, originOf } from '../../src/engine/origin.ts'

const origin = fc.record({
  task: fc.constantFrom('observe-0', 'observe-12', 'decide-3'), epoch: fc.nat({ max: Number.MAX_SAFE_INTEGER }), index: fc.nat(), part: fc.nat(9), parts: fc.integer({ min: 10, max: 20 }),
})

describe('the origin of a record', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(origin, (made) => {
      expect(originOf({ headers: originHeaders(made) })).toEqual(made)
    }))
    expect(originOf({ headers: originHeaders({ task: 'observe-1', epoch: 2, index: 3, part: 0, parts: 1 }) })).toEqual({ task: 'observe-1', epoch: 2, index: 3, part: 0, parts: 1 })
  })

  it('is unknown where no task wrote one', () => {
    for (const header of ['', 'observe-0', 'observe-0 1', 'observe-0 1 x', 'observe-0 1 2 3', 'observe-0 -1 2', ' observe-0 1 2', 'observe-0 1 2 ']) {
      expect(originOf({ headers: { 'steward-origin': header } }), header).toBeNull()
    }
    expect(originOf({ headers: {} })).toBeNull()
  })

  it('orders by epoch, then index, then part, and is after nothing seen', () => {
    const mark = fc.record({ epoch: fc.nat(3), index: fc.nat(3), part: fc.nat(3) })
    const place = ({ epoch, index, part }: { epoch: number; index: number; part: number }) => epoch * 100 + index * 10 + part
    fc.assert(fc.property(mark, mark, (a, b) => {
      expect(isAfter({ task: 't', parts: 4, ...a }, b)).toBe(place(a) > place(b))
    }))
    expect(isAfter({ task: 't', epoch: 0, index: 0, part: 0, parts: 1 }, undefined)).toBe(true)
  })

  it('carries the offsets of a task that ended, and nothing for one that goes on', () => {
    expect(endedOf({ headers: endedHeaders({ predictions: 7, labels: 0 }) })).toEqual({ predictions: 7, labels: 0 })
    expect(endedOf({ headers: originHeaders({ task: 'observe-1', epoch: 2, index: 3, part: 0, parts: 1 }) })).toBeNull()
  })
})
