/** Values out of their range at one instant: a fault of what feeds them, or other inputs. */
import { describe, expect, it } from 'vitest'
import { leftRange } from '../../../../src/core/decide/retrain/left-range.ts'
import { HOUR, paneOf, profileOf, spread } from '../build.ts'

const n = 200
const base = { amount: spread(n), age: spread(n), height: spread(n), weight: spread(n) }
const profile = profileOf({ amount: spread(2_000), age: spread(2_000), height: spread(2_000), weight: spread(2_000) })
type Values = Partial<Record<keyof typeof base, number[]>>

/** Five hours as ever, then as many as are given. */
const panesOf = (...later: Values[]) => [...Array.from({ length: 5 }, (): Values => ({})), ...later].map((values, nth) => {
  const pane = paneOf(6 * nth, { profile, features: { ...base, ...values }, versions: { v1: { predictions: n } } })
  return { ...pane, endMs: pane.startMs + HOUR }
})
const layoutOf = (panes: ReturnType<typeof panesOf>) => panes[0].features[0].layout
const found = (panes: ReturnType<typeof panesOf>, moved: (keyof typeof base)[], alarmed: (keyof typeof base)[] = []) => leftRange(panes, profile, layoutOf(panes), moved, alarmed)
const times = (count: number, values: Values): Values[] => Array.from({ length: count }, () => values)

const elsewhere = base.amount.map((x) => x + 1.5)
const half = (values: number[]) => values.map((x) => x * 0.5)

describe('a feature that left its range at one instant', () => {
  it('alone, or with no more company than itself, is a fault', () => {
    for (const moved of [['amount'], ['amount', 'age']] as const) {
      const [left, ...others] = found(panesOf(...times(3, { amount: elsewhere, ...(moved.length === 2 ? { age: half(base.age) } : {}) })), [...moved])
      expect(others).toEqual([])
      expect(left).toMatchObject({ feature: 'amount', measure: 'out-of-range', jump: { atMs: 5 * HOUR, before: 0, after: 1 } })
      expect(left.spared).toBeUndefined()
    }
  })

  it('while others changed with it within their ranges is another region, and they are named', () => {
    const region = { amount: elsewhere, age: half(base.age), height: half(base.height), weight: half(base.weight) }
    const [left] = found(panesOf(...times(3, region)), ['amount', 'age', 'height', 'weight'])
    expect(left.jump).not.toBeNull()
    expect(left.spared).toBe('age, height, weight changed at that instant within their ranges: other inputs came, like those of another region')
  })

  it('is a fault though others had moved before: these changed at another instant', () => {
    const drifted = { age: half(base.age), height: half(base.height), weight: half(base.weight) }
    const [left] = found(panesOf(...times(4, drifted), ...times(3, { ...drifted, amount: elsewhere })), ['amount', 'age', 'height', 'weight'])
    expect(left).toMatchObject({ jump: { atMs: 9 * HOUR } })
    expect(left.spared).toBeUndefined()
  })

  it('with fellows that left theirs is a fault of all, unless more changed within their ranges', () => {
    const torn = { amount: elsewhere, age: base.age.map((x) => x * 100 + 2), height: half(base.height) }
    const all = found(panesOf(...times(3, torn)), ['amount', 'age', 'height'])
    expect(all.map(({ feature, spared }) => [feature, spared])).toEqual([['amount', undefined], ['age', undefined]])
  })

  it('a pane after the others did, as a change within a pane may show, is in their company', () => {
    const [first, region] = [{ age: half(base.age), height: half(base.height) }, { amount: elsewhere, age: half(base.age), height: half(base.height) }]
    const mixed = { amount: base.amount.map((x, i) => (i % 10 < 3 ? x + 1.5 : x)), age: base.age.map((x, i) => (i % 10 < 3 ? x * 0.5 : x)), height: base.height.map((x, i) => (i % 10 < 3 ? x * 0.5 : x)) }
    expect(found(panesOf(mixed, ...times(3, region)), ['amount', 'age', 'height'])[0].spared).toContain('age, height changed at that instant')
    expect(found(panesOf(...times(3, first), ...times(3, region)), ['amount', 'age', 'height'])[0].spared).toBeUndefined()
  })
})

describe('few values out of their range', () => {
  const few = { amount: base.amount.map((x) => x + 0.1) }
  const some = { amount: base.amount.map((x, i) => (i % 5 === 0 ? x * 100 + 3 : x)) }

  it('are looked at only where the policy reads them and they are in alarm', () => {
    expect(found(panesOf(...times(3, few)), ['amount'])).toEqual([])
    expect(found(panesOf(...times(3, some)), ['amount'])).toEqual([])
    expect(found(panesOf(...times(3, few)), [], ['amount'])).toHaveLength(1)
  })

  it('are what a drift does where they lie near, and a fault where they are torn off', () => {
    const [near] = found(panesOf(...times(3, few)), ['amount'], ['amount'])
    expect(near).toMatchObject({ jump: { before: 0, after: expect.closeTo(0.1, 1) as number }, spared: 'few values, and these not far out, as drift leaves a range' })
    const [far] = found(panesOf(...times(3, some)), ['amount'], ['amount'])
    expect(far).toMatchObject({ jump: { before: 0, after: expect.closeTo(0.2, 2) as number } })
    expect(far.spared).toBeUndefined()
  })

  it('that left it step by step did not jump', () => {
    const [slow] = found(panesOf(...Array.from({ length: 8 }, (_, i) => ({ amount: base.amount.map((x) => x + 0.15 * i) }))), ['amount'], ['amount'])
    expect(slow.jump).toBeNull()
    expect(slow.spared).toBeUndefined()
  })
})
