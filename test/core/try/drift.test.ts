import { describe, expect, it } from 'vitest'
import { normal, seeded } from '../../../src/core/random.ts'
import { listUnits, tryUnit } from '../../../src/core/try.ts'

const read = (name: string, line: unknown, params: Record<string, unknown> = {}) => tryUnit('drift', name, params).line(line)[0] as Record<string, unknown>
const problem = (name: string, line: unknown) => () => tryUnit('drift', name).line(line)

describe('trying type-change', () => {
  it('takes values of any type, and names what became of them', () => {
    const line = { reference: Array.from({ length: 100 }, (_, i) => i), current: Array.from({ length: 100 }, (_, i) => (i < 40 ? String(i) : i === 40 ? null : i)) }
    expect(read('type-change', line)).toMatchObject({ value: 40 / 99, n: 99, nReference: 100, verdict: 'alarm', from: 'number', to: 'text', numerals: 40 / 99 })
    expect(read('type-change', { reference: Array(50).fill(true), current: Array(50).fill(1) })).toMatchObject({ value: 1, from: 'boolean', to: 'number' })
  })

  it('refuses what is no value, and edges in params', () => {
    expect(problem('type-change', { reference: [1], current: [1, {}] })).toThrow('expected "current" to hold numbers, strings, true, false or null, at place 1, found {}')
    expect(problem('type-change', { reference: 3, current: [] })).toThrow('expected "reference" to be a list')
    expect(() => tryUnit('drift', 'type-change', { alram: 1 })).toThrow("did you mean 'alarm'?")
  })
})

describe('trying a measure of rows', () => {
  const random = seeded(1)
  const rows = (n: number, sign: number) => Array.from({ length: n }, () => {
    const a = normal(random)
    return { a, b: sign * a + 0.5 * normal(random), flag: a > 0 }
  })
  const line = { reference: rows(600, 1), current: rows(300, -1) }

  it.each(['reconstruction', 'domain-classifier'])('%s sees that two features go together otherwise', (name) => {
    expect(read(name, line)).toMatchObject({ n: 300, nReference: 600, verdict: 'alarm', features: 3 })
    expect(read(name, { reference: line.reference, current: rows(300, 1) }).verdict).toBe('ok')
  })

  it('finds features by name, whatever their order, and takes what a row lacks for missing', () => {
    const turned = { reference: line.reference.map(({ a, b, flag }) => ({ flag, b, a })), current: line.current }
    expect(read('reconstruction', turned)).toEqual(read('reconstruction', line))
    const lacking = { reference: line.reference, current: line.current.map(({ a, b }) => ({ a, b })) }
    expect(read('domain-classifier', lacking)).toMatchObject({ verdict: 'alarm', strongest: expect.stringContaining('flag missing') as unknown })
  })

  it('refuses what is no row of numbers, saying what to write', () => {
    expect(problem('reconstruction', { reference: [1], current: [] })).toThrow('expected "reference" to hold rows, in an object like {"reference":[{"age":41')
    expect(problem('reconstruction', { reference: [], current: [{ a: 'x' }] })).toThrow('feature "a" of "current" to be a number, true, false or null (write a category as one 0/1 feature each), found "x"')
    expect(problem('domain-classifier', { reference: {}, current: [] })).toThrow('expected "reference" to be a list of rows')
    const wide = Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`f${i}`, i]))
    expect(problem('domain-classifier', { reference: [wide], current: [wide] })).toThrow('more than 500 features')
  })

  it('shows in the list with its parameters', () => {
    const units = listUnits('drift')
    for (const name of ['type-change', 'reconstruction', 'domain-classifier']) expect(units.find((unit) => unit.name === name)!.params.map((param) => param.name)).toContain('floorLevel')
  })
})
