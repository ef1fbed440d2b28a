/**
 * What every member of every family must satisfy, tested without being told about the member:
 * `conformance.streaming('detectors', table, { inputs })` for families of units, `conformance.measures('drift', table)` for drift measures,
 * `conformance.specs` for the declarations alone.
 */
import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { InvariantError } from '../../src/core/assert.ts'
import { layoutOfSample, sampleSummary } from '../../src/core/drift/sample.ts'
import type { SampleValue } from '../../src/core/drift/sample.ts'
import type { DriftMeasure } from '../../src/core/drift/measure.ts'
import type { FeatureSummary } from '../../src/core/sketches/feature.ts'
import { resolveParams, UnitError } from '../../src/core/unit.ts'
import type { Param, ParamSpecs, ParamsOf, Spec, Unit } from '../../src/core/unit.ts'
import { deepFreeze, faultsOf, sizeOf, throughBytes } from './plain-data.ts'

type AnyUnit<Input> = Unit<ParamSpecs, unknown, Input, unknown>
type Params = ParamsOf<ParamSpecs>

export interface StreamingSettings<Input> {
  /** any input the unit admits; let it include the non-finite ones where the unit admits them */
  inputs: fc.Arbitrary<Input>
  /** parameters given to the unit besides its defaults, such as a shorter window that fills within the test */
  params?: Readonly<Record<string, unknown>>
  /** most bytes the state may take after 1e5 inputs, as `sizeOf` counts; default 64 KiB */
  stateBytesMax?: number
  /** inputs of the memory soak; default 1e5 */
  soakCount?: number
  /** whether two reads count as the same after merging in another grouping; default: equal up to a relative 1e-9 in every number */
  sameRead?: (a: unknown, b: unknown) => boolean
  /** fast-check runs a property; default 40 */
  runs?: number
}
export interface StreamingOptions<Input> extends StreamingSettings<Input> {
  /** settings that one member needs differently */
  byName?: Readonly<Record<string, Partial<StreamingSettings<Input>>>>
}

const SEED = 20_261_122

/** Tests a table of streaming units; call it at the top level of a test file. */
export function streaming<Input>(family: string, table: Readonly<Record<string, AnyUnit<Input>>>, options: StreamingOptions<Input>): void {
  specs(family, table)
  const { byName = {}, ...common } = options
  it(`the ${family} settings of the conformance suite name members of the table only`, () => {
    expect(Object.keys(byName).filter((name) => !Object.hasOwn(table, name))).toEqual([])
  })
  for (const [name, unit] of Object.entries(table)) {
    describe(`${family} ${name} as a streaming unit`, () => streamingUnit(unit, { ...common, ...byName[name] }))
  }
}

/** Tests what every member declares: name, summary, source, parameters that resolve and refuse. */
export function specs(family: string, table: Readonly<Record<string, Spec>>): void {
  it(`the ${family} table has members`, () => expect(Object.keys(table)).not.toEqual([]))
  for (const [name, spec] of Object.entries(table)) {
    describe(`${family} ${name} as declared`, () => declared(name, spec))
  }
}

function declared(name: string, spec: Spec): void {
  it('is listed under its own kebab-case name', () => {
    expect(spec.name).toBe(name)
    expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  })

  it('says in one sentence what it is and where that comes from', () => {
    expect(spec.summary.trim()).toMatch(/^\S.{9,}\.$/s)
    expect(spec.source.trim()).not.toBe('')
  })

  it('refuses an unknown parameter by name', () => {
    expect(() => resolveParams(spec, { noSuchParameter: 1 })).toThrow(UnitError)
    expect(() => resolveParams(spec, { noSuchParameter: 1 })).toThrow(/'noSuchParameter'/)
  })

  for (const [key, param] of Object.entries(spec.params)) {
    it(`documents '${key}' in one clause and accepts its default`, () => {
      expect(key).toMatch(/^[a-z][a-zA-Z0-9]*$/)
      expect(param.doc.trim()).toMatch(/[^.\s]$/)
      if (param.default !== null) expect(resolveParams(spec, { [key]: param.default })).toEqual(resolveParams(spec))
    })

    it(`refuses what '${key}' cannot be, naming it`, () => {
      for (const bad of refusedValues(param)) {
        expect(() => resolveParams(spec, { [key]: bad }), JSON.stringify(bad)).toThrow(UnitError)
        expect(() => resolveParams(spec, { [key]: bad }), JSON.stringify(bad)).toThrow(`'${key}'`)
      }
    })
  }
}

/** Values that `param` must refuse: of the wrong type, out of bounds, not a choice. */
function refusedValues(param: Param): unknown[] {
  switch (param.type) {
    case 'number':
    case 'integer': return [
      'seven', true, {}, Number.NaN, Number.POSITIVE_INFINITY,
      ...(param.type === 'integer' ? [param.default + 0.5] : []),
      ...(param.min === undefined ? [] : [param.min - 1]),
      ...(param.max === undefined ? [] : [param.max + 1]),
    ]
    case 'choice': return [1, false, 'none of the choices']
    case 'flag': return [1, 'true', {}]
    case 'numbers': return [1, 'one', [1, 'two'], [Number.NaN]]
  }
}

/** The parameter sets at the bounds that a spec itself allows: each bounded number at its least and at its most, the others as given. */
function boundarySets(spec: Spec, given: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  return Object.entries(spec.params).flatMap(([key, param]) => {
    if (param.type === 'choice') return param.choices.map((value) => ({ ...given, [key]: value }))
    if (param.type === 'flag') return [true, false].map((value) => ({ ...given, [key]: value }))
    if (param.type === 'numbers') return []
    return [param.min, param.max].filter((value) => value !== undefined).map((value) => ({ ...given, [key]: value }))
  })
}

function streamingUnit<Input>(unit: AnyUnit<Input>, settings: StreamingSettings<Input>): void {
  const { inputs, params: given = {}, stateBytesMax = 65_536, soakCount = 100_000, sameRead = nearlyEqual, runs = 40 } = settings
  const params: Params = deepFreeze(resolveParams(unit, given))
  const streams = fc.array(inputs, { maxLength: 300, size: 'max' })
  // no shrinking: three streams of 300 inputs would shrink for minutes; the seed makes a failure come again
  const check = <Ts extends [unknown, ...unknown[]]>(property: fc.IProperty<Ts>) => fc.assert(property, { seed: SEED, numRuns: runs, endOnFailure: true })
  const run = (stream: readonly Input[], state = unit.init(params)) => {
    for (const input of stream) unit.update(state, input, params)
    return state
  }

  it('starts every state afresh', () => {
    const untouched = throughBytes(unit.init(params))
    const other = unit.init(params)
    run(fc.sample(inputs, { seed: SEED, numRuns: 300 }))
    expect(other).toEqual(untouched)
    expect(unit.init(params)).toEqual(untouched)
  })

  it('gives the same state and reading for the same inputs', () => check(fc.property(streams, (stream) => {
    const [a, b] = [run(stream), run(stream)]
    expect(isDeepStrictEqual(a, b)).toBe(true)
    expect(unit.read(a, params)).toStrictEqual(unit.read(b, params))
  })))

  it('leaves the state alone when read', () => check(fc.property(streams, (stream) => {
    const state = run(stream)
    const before = throughBytes(state)
    const first = throughBytes(unit.read(state, params))
    expect(isDeepStrictEqual(state, before)).toBe(true)
    expect(unit.read(state, params)).toStrictEqual(first)
  })))

  it('continues from a restored state exactly as the original would', () => check(fc.property(streams, streams, (head, tail) => {
    const original = run(head)
    const cloned = structuredClone(original)
    const copied = throughBytes(original)
    for (const input of tail) {
      for (const state of [original, cloned, copied]) unit.update(state, input, params)
      const reading = unit.read(original, params)
      expect(unit.read(cloned, params)).toStrictEqual(reading)
      expect(unit.read(copied, params)).toStrictEqual(reading)
    }
    expect(isDeepStrictEqual(cloned, original) && isDeepStrictEqual(copied, original)).toBe(true)
  })))

  it('keeps plain data and finite numbers, in its state and in what it reads', () => check(fc.property(streams, (stream) => {
    const state = unit.init(params)
    expect(faultsOf(unit.read(state, params))).toEqual([])
    for (const input of stream) unit.update(state, input, params)
    expect(faultsOf(state)).toEqual([])
    expect(faultsOf(unit.read(state, params))).toEqual([])
  })))

  it('reads finite numbers at every bound and choice of its parameters', () => {
    const stream = fc.sample(inputs, { seed: SEED, numRuns: 200 })
    for (const set of boundarySets(unit, given)) {
      const bound = deepFreeze(resolveParams(unit, set))
      const state = unit.init(bound)
      for (const input of stream) unit.update(state, input, bound)
      expect(faultsOf(unit.read(state, bound)), JSON.stringify(set)).toEqual([])
    }
  })

  it(`stays within ${stateBytesMax} bytes of state over ${soakCount} inputs`, () => {
    const sample = fc.sample(inputs, { seed: SEED, numRuns: 1_000 })
    const state = unit.init(params)
    for (let i = 0; i < soakCount; i++) unit.update(state, sample[(i * 7 + Math.floor(i / 1_000)) % sample.length], params)
    expect(sizeOf(state)).toBeLessThanOrEqual(stateBytesMax)
  })

  const merge = unit.merge?.bind(unit)
  if (merge === undefined) return

  it('merges the same in any grouping', () => check(fc.property(streams, streams, streams, (a, b, c) => {
    const left = run(a)
    merge(left, run(b), params)
    merge(left, run(c), params)
    const right = run(a)
    const tail = run(b)
    merge(tail, run(c), params)
    merge(right, tail, params)
    const [inLeft, inRight] = [unit.read(left, params), unit.read(right, params)]
    expect(sameRead(inLeft, inRight), `${JSON.stringify(inLeft)} against ${JSON.stringify(inRight)}`).toBe(true)
    expect(faultsOf(left)).toEqual([])
  })))

  it('merges parts into what the whole would have been', () => check(fc.property(streams, streams, (a, b) => {
    const parts = run(a)
    merge(parts, run(b), params)
    const [ofParts, ofWhole] = [unit.read(parts, params), unit.read(run([...a, ...b]), params)]
    expect(sameRead(ofParts, ofWhole), `${JSON.stringify(ofParts)} against ${JSON.stringify(ofWhole)}`).toBe(true)
  })))

  it('merges nothing in without change, merges into nothing what it was given, and leaves the source alone', () => check(fc.property(streams, (stream) => {
    const state = run(stream)
    const before = throughBytes(state)
    const plain = throughBytes(unit.read(state, params))
    const into = unit.init(params)
    merge(into, state, params)
    expect(isDeepStrictEqual(state, before)).toBe(true)
    expect(sameRead(unit.read(into, params), plain)).toBe(true)
    merge(state, unit.init(params), params)
    expect(sameRead(unit.read(state, params), plain)).toBe(true)
    run(stream, into)
    expect(sameRead(unit.read(state, params), plain), 'the merged state shares memory with its source').toBe(true)
  })))
}

/** Any samples a summary admits: empty, all missing, constant, tied, extreme, not finite, names. */
const numericSamples: fc.Arbitrary<SampleValue[]> = fc.array(fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 0, max: 4 }), fc.constantFrom(null, 'no number', 0, -0, Number.MAX_VALUE, -Number.MAX_VALUE),
), { maxLength: 200, size: 'max' })
const nameSamples: fc.Arbitrary<SampleValue[]> = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c', null), fc.string()), { maxLength: 200, size: 'max' })
const samplesOf = { numeric: numericSamples, categorical: nameSamples }

/** Tests a table of drift measures on summaries of any samples of the kinds that each declares. */
export function measures(family: string, table: Readonly<Record<string, DriftMeasure>>): void {
  specs(family, table)
  for (const [name, measure] of Object.entries(table)) {
    describe(`${family} ${name} as a measure`, () => {
      it('says which kinds it compares', () => expect(measure.kinds).not.toEqual([]))
      for (const kind of measure.kinds) driftMeasureOn(kind, measure)

      it('refuses summaries of two kinds or two layouts', () => {
        const [numeric, categorical] = [sampleSummary([1, 2]), sampleSummary(['a'])]
        const params = resolveParams(measure)
        expect(() => measure.compare(numeric, categorical, params)).toThrow(InvariantError)
        expect(() => measure.compare(categorical, numeric, params)).toThrow(InvariantError)
        const [one, other] = measure.kinds.includes('numeric') ? [numeric, sampleSummary([3, 4, 5])] : [categorical, sampleSummary(['b'])]
        expect(() => measure.compare(one, other, params)).toThrow(InvariantError)
      })
    })
  }
}

function driftMeasureOn(kind: FeatureSummary['kind'], measure: DriftMeasure): void {
  const pairs = fc.tuple(samplesOf[kind], samplesOf[kind]).map(([reference, current]) => {
    const layout = layoutOfSample(kind === 'numeric' ? reference.map((v) => (typeof v === 'string' ? null : v)) : reference, kind === 'numeric' ? [0, 1] : undefined)
    return [sampleSummary(reference, layout), sampleSummary(current, layout)] as const
  })
  const check = <Ts extends [unknown, ...unknown[]]>(property: fc.IProperty<Ts>) => fc.assert(property, { seed: SEED, numRuns: 60, endOnFailure: true })
  const settings = [{}, ...boundarySets(measure, {})].map((given) => deepFreeze(resolveParams(measure, given)))

  it(`reads ${kind} summaries in finite numbers at every bound and choice of its parameters, and leaves them alone`, () => check(fc.property(pairs, ([reference, current]) => {
    const before = throughBytes([reference, current])
    for (const params of settings) {
      const reading = measure.compare(reference, current, params)
      expect(faultsOf(reading)).toEqual([])
      expect(reading.nReference).toBeDefined()
      if (reading.value === null) expect(reading.verdict).toBe('insufficient')
      else expect(reading.value).toBeGreaterThanOrEqual(0)
      expect(measure.compare(...(throughBytes([reference, current]) as [FeatureSummary, FeatureSummary]), params)).toStrictEqual(reading)
    }
    expect(isDeepStrictEqual([reference, current], before)).toBe(true)
  })))

  it(`finds no drift of a ${kind} sample from itself`, () => check(fc.property(pairs, ([reference]) => {
    const reading = measure.compare(reference, reference, settings[0])
    expect(reading.value ?? 0).toBeCloseTo(0, 12)
    expect(['ok', 'insufficient']).toContain(reading.verdict)
  })))
}

/** Equal in structure, and in every number up to a relative 1e-9 (absolute below 1). */
export function nearlyEqual(a: unknown, b: unknown, tolerance = 1e-9): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b)
  const [left, right] = [Object.entries(a), Object.entries(b)]
  return left.length === right.length && left.every(([key, value]) => nearlyEqual(value, (b as Record<string, unknown>)[key], tolerance))
}
