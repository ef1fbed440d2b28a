import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PartitionInput } from '../../src/engine/input.ts'
import { nextInput } from '../../src/engine/merge.ts'
import type { InputRole, RawRecord } from '../../src/engine/ports.ts'
import { batch, raw } from './fakes.ts'

const roles: InputRole[] = ['features', 'predictions', 'labels']
const three = () => roles.map((role, rank) => new PartitionInput(role, role, rank, 0, -Infinity))
const push = (input: PartitionInput, arrival: number, ...times: number[]) =>
  input.push(batch(input.role, times.map((time, i) => raw(input.readTo + i, time, `${input.role}${input.readTo + i}`))), arrival)

/** Releases all that may be released now. */
function releaseAll(inputs: readonly PartitionInput[]): { name: string; timeMs: number; byArrival: boolean }[] {
  const released = []
  for (let pick = nextInput(inputs); pick !== null; pick = nextInput(inputs)) {
    const { raw: { offset }, timeMs } = pick.input.shift()
    released.push({ name: `${pick.input.role} ${offset}`, timeMs, byArrival: pick.byArrival })
  }
  return released
}

describe('by stream time', () => {
  const log = fc.array(fc.nat(30), { maxLength: 12 })
  /** whose turn it is to arrive, and how many of its records come at once */
  const turns = fc.array(fc.record({ input: fc.nat(2), count: fc.integer({ min: 1, max: 4 }) }), { maxLength: 60 })

  it('gives the same order however records arrive', () => {
    fc.assert(fc.property(fc.tuple(log, log, log), turns, (times, order) => {
      const logs = times.map((one, i) => one.map((time, offset): RawRecord => raw(offset, time, `${roles[i]}${offset}`)))
      const merged = (arrivals: { input: number; count: number }[]) => {
        const inputs = three()
        const released: unknown[] = []
        let arrival = 0
        const take = (i: number, count: number) => {
          const records = logs[i].slice(inputs[i].readTo, inputs[i].readTo + count)
          if (records.length > 0) inputs[i].push(batch(roles[i], records), ++arrival)
          if (inputs[i].readTo === logs[i].length) inputs[i].completeToMs = Infinity
          released.push(...releaseAll(inputs))
        }
        for (const { input, count } of arrivals) take(input, count)
        roles.forEach((_, i) => take(i, Infinity))
        return released
      }
      const whole = merged([])
      expect(merged(order)).toEqual(whole)
      expect(whole).toHaveLength(times.flat().length)
    }))
  })

  it('releases in order of time, ties in order of rank', () => {
    const [features, predictions, labels] = three()
    push(labels, 1, 5, 7)
    push(predictions, 2, 5, 6)
    push(features, 3, 5)
    for (const input of [features, predictions, labels]) input.completeToMs = Infinity
    expect(releaseAll([features, predictions, labels]).map(({ name }) => name)).toEqual(['features 0', 'predictions 0', 'labels 0', 'predictions 1', 'labels 1'])
  })

  it('holds a head while another input may still bring an earlier record or one of the same time', () => {
    const [features, predictions, labels] = three()
    push(predictions, 1, 5)
    features.completeToMs = labels.completeToMs = Infinity
    features.completeToMs = 5
    expect(nextInput([features, predictions, labels])).toBeNull()
    features.completeToMs = 6
    expect(nextInput([features, predictions, labels])).toEqual({ input: predictions, byArrival: false })
  })

  it('has nothing to release where nothing waits', () => {
    expect(nextInput(three())).toBeNull()
  })
})

describe('live', () => {
  it('releases past an input whose log end was seen after the head arrived, and says that arrival decided', () => {
    const [features, predictions, labels] = three()
    push(predictions, 3, 5)
    features.caughtUpAt = 4
    labels.completeToMs = Infinity
    expect(nextInput([features, predictions, labels])).toEqual({ input: predictions, byArrival: true })
  })

  it('holds a head where the log end was seen before it arrived', () => {
    const [features, predictions, labels] = three()
    features.caughtUpAt = 3
    labels.completeToMs = Infinity
    push(predictions, 3, 5)
    expect(nextInput([features, predictions, labels])).toBeNull()
    features.caughtUpAt = 2
    expect(nextInput([features, predictions, labels])).toBeNull()
  })

  it('needs the log end of every input without a head, not of one', () => {
    const [features, predictions, labels] = three()
    push(predictions, 1, 5)
    features.caughtUpAt = 2
    expect(nextInput([features, predictions, labels])).toBeNull()
    labels.caughtUpAt = 3
    expect(nextInput([features, predictions, labels])).not.toBeNull()
  })

  it('holds a later head of the same input until the ends were seen again', () => {
    const [features, predictions, labels] = three()
    push(predictions, 1, 5)
    features.caughtUpAt = labels.caughtUpAt = 2
    push(predictions, 3, 6)
    expect(releaseAll([features, predictions, labels]).map(({ name }) => name)).toEqual(['predictions 0'])
  })
})
