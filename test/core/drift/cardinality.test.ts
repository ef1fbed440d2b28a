import { describe, expect, it } from 'vitest'
import { cardinality, entropyOf } from '../../../src/core/drift/cardinality.ts'
import { unseen } from '../../../src/core/drift/unseen.ts'
import { uniform } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { falseAlarmShare, namesOf, pairOf } from './pairs.ts'

const defaults = resolveParams(cardinality)
const even = (names: number, of: number) => namesOf(Object.fromEntries(Array.from({ length: names }, (_, i) => [`c${i}`, of])))

describe('cardinality', () => {
  it('reads half as many equally common names as ln 2', () => {
    const reading = cardinality.compare(...pairOf(even(8, 100), even(4, 100)), defaults)
    expect(reading).toMatchObject({
      value: expect.closeTo(Math.LN2, 12), verdict: 'alarm',
      detail: { effective: expect.closeTo(4, 9), effectiveReference: expect.closeTo(8, 9), distinct: 4, distinctReference: 8 },
    })
  })

  it('does not ask which names they are: swapped shares are no change of it', () => {
    expect(cardinality.compare(...pairOf(namesOf({ a: 900, b: 100 }), namesOf({ a: 100, b: 900 })), defaults)).toMatchObject({ value: expect.closeTo(0, 12), verdict: 'ok' })
  })

  it('sees a flag that became constant, and one that stopped to be', () => {
    const [both, one] = [namesOf({ yes: 500, no: 500 }), namesOf({ yes: 1_000 })]
    expect(cardinality.compare(...pairOf(both, one), defaults)).toMatchObject({ value: expect.closeTo(Math.LN2, 12), verdict: 'alarm' })
    expect(cardinality.compare(...pairOf(one, both), defaults)).toMatchObject({ value: expect.closeTo(Math.LN2, 12), verdict: 'alarm' })
  })

  it('counts all new names as one, whatever their number', () => {
    const reference = even(4, 250)
    const oneNew = cardinality.compare(...pairOf(reference, [...even(4, 50), ...namesOf({ z: 50 })]), defaults)
    const manyNew = cardinality.compare(...pairOf(reference, [...even(4, 50), ...even(54, 1).slice(4)]), defaults)
    expect(oneNew.detail!.effective).toBeCloseTo(5, 9)
    expect(manyNew.detail).toEqual(oneNew.detail)
  })

  it('leaves an explosion of new names to `unseen`, which alarms at once and names one, or as many as it lists', () => {
    const reference = even(4, 2_500)
    const known = even(4, 175)
    const leaked = (count: number) => [...known, ...Array.from({ length: 300 }, (_, i) => `id-${String(i % count).padStart(3, '0')}`)]
    const [one, many] = [1, 300].map((count) => pairOf(reference, leaked(count)))
    expect(cardinality.compare(...many, defaults)).toEqual(cardinality.compare(...one, defaults))
    const [readOne, readMany] = [one, many].map((pair) => unseen.compare(...pair, resolveParams(unseen)))
    expect([readOne.verdict, readMany.verdict, readOne.value === readMany.value]).toEqual(['alarm', 'alarm', true])
    expect([readOne, readMany].map(({ detail }) => String(detail!.names).split(', ').length)).toEqual([1, 20])
  })

  it('warns of a small sure change, and abstains where names are thin or missing', () => {
    expect(cardinality.compare(...pairOf(namesOf({ a: 25_000, b: 25_000 }), namesOf({ a: 33_000, b: 17_000 })), defaults).verdict).toBe('warning')
    expect(cardinality.compare(...pairOf(even(50, 100), even(50, 4)), defaults).verdict).toBe('insufficient')
    expect(cardinality.compare(...pairOf(even(5, 100), [null]), defaults)).toEqual({ value: null, n: 0, nReference: 500, verdict: 'insufficient' })
  })

  it('passes its floor no more often than the level says, with even and uneven names', () => {
    const draw = (names: number) => (random: Parameters<typeof uniform>[0]) => `c${Math.floor(names * uniform(random))}`
    expect(falseAlarmShare(cardinality, draw(10))).toBeLessThan(0.06)
    expect(falseAlarmShare(cardinality, (random) => (uniform(random) < 0.7 ? 'a' : 'b'))).toBeLessThan(0.07)
    expect(falseAlarmShare(cardinality, (random) => `c${Math.floor(Math.min(29, -6 * Math.log(1 - uniform(random))))}`)).toBeLessThan(0.06)
  })

  it('has the entropy of its textbook cases', () => {
    expect(entropyOf([1, 1, 1, 1])).toEqual({ entropy: expect.closeTo(Math.log(4), 15), variance: expect.closeTo(0, 15) })
    expect(entropyOf([7, 0]).entropy).toBe(0)
    expect(() => entropyOf([0, 0])).toThrow('something to count')
  })
})
