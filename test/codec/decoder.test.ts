import { describe, expect, it } from 'vitest'
import type { Features, Label, Prediction } from '../../src/core/records.ts'
import { StewardError } from '../../src/errors.ts'
import { createDecoder } from '../../src/codec/decoder.ts'
import type { DecoderOptions } from '../../src/codec/decoder.ts'
import { refusalKinds } from '../../src/codec/codes.ts'
import { stateCodec } from '../../src/codec/state.ts'
import type { InputRole, RawRecord } from '../../src/engine/ports.ts'
import { framed, json, known, raw, w1, written } from './helpers.ts'

const T = 1_767_225_600_000

function decode<R>(role: InputRole, record: RawRecord, options: DecoderOptions = {}): R {
  const result = createDecoder(options).decode(role, record)
  if (result.ok !== true) throw new Error(JSON.stringify(result))
  return result.record as R
}

function refusal(role: InputRole, record: RawRecord, options: DecoderOptions = {}): { code: string; message: string } {
  const result = createDecoder(options).decode(role, record)
  if (result.ok !== false) throw new Error(`not refused: ${JSON.stringify(result)}`)
  expect(Object.keys(refusalKinds)).toContain(result.code)
  return result
}

const prediction = { inferenceId: 'i1', model: 'fraud', version: 'v1', predictedAt: T, score: 0.7 }

describe('a JSON prediction', () => {
  it('gets the defaults of what it leaves out', () => {
    expect(decode('predictions', json(prediction))).toEqual({
      kind: 'prediction', ...prediction, classScores: null, decision: null, acted: true, outcome: 'ok', errorCode: null, entityId: null, configSequence: null,
      latencyMs: NaN, cost: NaN, segments: null, features: null,
    })
  })

  it('keeps everything it says', () => {
    const whole = {
      ...prediction, classScores: { dog: 0.25, cat: 0.75 }, decision: 'block', acted: false, outcome: 'error', errorCode: 'E7', entityId: 'card 9', configSequence: 4, latencyMs: 3.5, cost: 0.01,
      segments: { region: 'eu' }, features: { numeric: { b: 1, a: null }, categorical: { c: 'x' } },
    }
    expect(decode('predictions', json(whole))).toEqual({
      ...whole, kind: 'prediction', classScores: { classes: ['cat', 'dog'], scores: Float64Array.of(0.75, 0.25) },
      features: { shape: { numeric: ['a', 'b'], categorical: ['c'] }, numeric: new Float64Array([NaN, 1]), categorical: ['x'] },
    })
  })

  it('has a score that is absent, finite, or infinite for whatever else was sent', () => {
    const score = (value: unknown) => decode<Prediction>('predictions', json({ ...prediction, score: value })).score
    expect([score(null), score('NaN'), score('-Infinity'), score(0)]).toEqual([NaN, Infinity, -Infinity, 0])
  })

  it('takes times as milliseconds or ISO 8601, which is UTC where it names no zone', () => {
    const at = (value: unknown) => decode<Prediction>('predictions', json({ ...prediction, predictedAt: value })).predictedAt
    expect([T, '2026-01-01T00:00:00Z', '2026-01-01T02:00:00+02:00', '2026-01-01 00:00:00', '2026-01-01'].map(at)).toEqual([T, T, T, T, T])
    for (const value of ['yesterday', '1.1.2026', 1e17, true, NaN]) {
      expect(refusal('predictions', json({ ...prediction, predictedAt: value })).code).toMatch(/WRONG_TYPE|MISSING_FIELD/)
    }
  })

  it('takes whole numbers as ids, unless they are not exact', () => {
    expect(decode<Prediction>('predictions', json({ ...prediction, inferenceId: 42 })).inferenceId).toBe('42')
    expect(refusal('predictions', raw(Buffer.from(JSON.stringify(prediction).replace('"i1"', '12345678901234567890')))).code).toBe('NUMBER_TOO_LARGE')
  })
})

describe('a label', () => {
  it('is withdrawn by null, and not by a field that is not there, in JSON or in Avro of another form', () => {
    const label = { inferenceId: 'i', model: 'm', observedAt: T }
    expect(decode<Label>('labels', json({ ...label, value: null })).value).toBe(null)
    const fields = [{ name: 'inferenceId', type: 'string' }, { name: 'model', type: 'string' }, { name: 'observedAt', type: 'double' }, { name: 'outcome', type: 'double' }]
    const schema = { type: 'record', name: 'Other', fields }
    const sent = written(1, schema, { ...label, outcome: 1 })
    expect(refusal('labels', sent, { schemas: known({ 1: schema }) })).toMatchObject({ code: 'MISSING_FIELD', message: expect.stringContaining("'value' is missing") as string })
    expect(decode<Label>('labels', sent, { schemas: known({ 1: schema }), mappings: { labels: { label: 'outcome' } } }).value).toBe(1)
  })
})

describe('a record that cannot be used', () => {
  it.each([
    ['MISSING_FIELD', 'predictions', { ...prediction, inferenceId: undefined }, /'inferenceId'/],
    ['MISSING_FIELD', 'predictions', { ...prediction, version: '' }, /'version'/],
    ['MISSING_FIELD', 'features', { inferenceId: 'i', model: 'm', numeric: {} }, /'observedAt'/],
    ['WRONG_TYPE', 'predictions', { ...prediction, score: '0.7' }, /'score' must be a number/],
    ['WRONG_TYPE', 'predictions', { ...prediction, acted: 'yes' }, /'acted'/],
    ['WRONG_TYPE', 'predictions', { ...prediction, outcome: 'bad' }, /ok, error, timeout/],
    ['WRONG_TYPE', 'predictions', { ...prediction, model: '__proto__' }, /__proto__/],
    ['WRONG_TYPE', 'features', { inferenceId: 'i', model: 'm', observedAt: T, numeric: { a: {} } }, /feature 'a'/],
    ['MISSING_FIELD', 'labels', { inferenceId: 'i', model: 'm', observedAt: T, label: true }, /'value' is missing: send it \(null withdraws/],
    ['WRONG_TYPE', 'labels', { inferenceId: 'i', model: 'm', observedAt: T, value: {} }, /'value'/],
    ['WRONG_TYPE', 'labels', { inferenceId: 'i', model: 'm', observedAt: T, value: true, weight: -1 }, /'weight'/],
    ['UNSUPPORTED', 'predictions', { ...prediction, score: [0.1, 0.9] }, /one inference for each/],
    ['UNSUPPORTED', 'predictions', { ...prediction, score: null, classScores: [0.2, 0.8] }, /map of class name to probability/],
    ['UNSUPPORTED', 'predictions', { ...prediction, classScores: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`c${i}`, 0])) }, /the most probable ones/],
    ['WRONG_TYPE', 'predictions', { ...prediction, classScores: 0.5 }, /must map class names to probabilities/],
    ['WRONG_TYPE', 'predictions', { ...prediction, classScores: { a: 2.5, b: -1 } }, /class 'a' must lie in \[0, 1\].*logits/],
    ['WRONG_TYPE', 'predictions', { ...prediction, classScores: { a: 'high' } }, /class 'a'/],
    ['WRONG_TYPE', 'predictions', { ...prediction, classScores: { toString: 1 } }, /may not be named 'toString'/],
    ['WRONG_TYPE', 'predictions', { ...prediction, classScores: { ['x'.repeat(201)]: 1 } }, /1 to 200 characters/],
    ['UNSUPPORTED', 'labels', { inferenceId: 'i', model: 'm', observedAt: T, value: ['a', 'b'] }, /multi-label/],
    ['UNSUPPORTED', 'features', { inferenceId: 'i', model: 'm', observedAt: T, history: [1, 2] }, /'history' is a list/],
    ['MISSING_FIELD', 'commands', { commandId: 'c', model: 'm', issuedAt: T, issuer: 'me', reason: 'r' }, /'command'/],
    ['WRONG_TYPE', 'commands', { commandId: 'c', model: 'm', issuedAt: T, issuer: 'me', reason: 'r', command: 'explode' }, /rollback/],
    ['WRONG_TYPE', 'profiles', { model: 'm', version: 'v', n: 0, features: { x: { edges: [2, 1] } } }, /features.x.edges/],
    ['WRONG_TYPE', 'profiles', { model: 'm', version: 'v', n: 0, features: {}, calibration: { calibrator: 'identity', edges: [0.5], values: [1], variances: [0, 0], positives: 1, negatives: 1, firstBin: 0, lastBin: 1 } }, /calibration.values.*one more than edges/],
    ['WRONG_TYPE', 'profiles', { model: 'm', version: 'v', n: 0, features: { x: { edges: [1, 2], counts: [1] } } }, /features.x.counts/],
  ] as const)('%s: %s', (code, role, value, message) => {
    const result = refusal(role, json(value))
    expect(result.code).toBe(code)
    expect(result.message).toMatch(message)
  })

  it('is refused when it is cut short, garbage, a list, empty, too large or nothing', () => {
    expect(refusal('labels', raw(Buffer.from('{"inferenceId": "a"'))).code).toBe('UNDECODABLE')
    expect(refusal('labels', raw(Buffer.from('hello'))).code).toBe('UNDECODABLE')
    expect(refusal('labels', raw(Buffer.from([0x7b, 0xff, 0x7d]))).code).toBe('UNDECODABLE')
    expect(refusal('labels', raw(Buffer.alloc(0))).code).toBe('UNDECODABLE')
    expect(refusal('labels', raw(Buffer.from([0, 0, 1]))).code).toBe('UNDECODABLE')
    expect(refusal('labels', json([{}])).code).toBe('UNSUPPORTED')
    expect(refusal('labels', json('text')).code).toBe('WRONG_TYPE')
    expect(refusal('labels', raw(null)).code).toBe('NO_VALUE')
    expect(refusal('labels', json({ value: 'x'.repeat(100) }), { valueBytesMax: 100 }).code).toBe('OVERSIZED')
    expect(refusal('panes', raw(Buffer.from([0xff]))).code).toBe('UNDECODABLE')
  })

  it('is refused when it is nested deeper than any stack', () => {
    const deep = `{"inferenceId":"i","model":"m","observedAt":1,"a":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`
    expect(refusal('features', raw(Buffer.from(deep))).code).toBe('UNDECODABLE')
  })
})

describe('features', () => {
  const base = { inferenceId: 'i', model: 'm', observedAt: T }

  it('come as maps, as fields of their own, or both; NaN and missing differ', () => {
    const { vector } = decode<Features>('features', json({ ...base, numeric: { z: null, y: 'NaN' }, categorical: { k: null }, x: 2, flag: true, name: 'n', deep: { er: 1 } }))
    expect(vector.shape).toEqual({ numeric: ['deep.er', 'x', 'y', 'z'], categorical: ['flag', 'k', 'name'], sentAs: ['boolean', 'text', 'text'] })
    expect([...vector.numeric]).toEqual([1, 2, Infinity, NaN])
    expect(vector.categorical).toEqual(['true', null, 'n'])
  })

  it('share one shape object for one set of names, whatever the order or the wire', () => {
    const schema = { type: 'record', name: 'R', fields: [['b', 'double'], ['inferenceId', 'string'], ['model', 'string'], ['observedAt', 'long'], ['a', 'float']].map(([name, type]) => ({ name, type })) }
    const decoder = createDecoder({ schemas: known({ 1: schema }) })
    const shapes = [json({ ...base, a: 1, b: 2 }), json({ b: 2, a: 1, ...base }), json({ ...base, numeric: { b: 1, a: 1 } }), written(1, schema, { ...base, a: 1, b: 2 })]
      .map((record) => decoder.decode('features', record) as { ok: true; record: Features })
      .map((result) => result.record.vector.shape)
    expect(new Set(shapes).size).toBe(1)
    expect(shapes[0]).toEqual({ numeric: ['a', 'b'], categorical: [] })
  })

  it('leave out what the mapping takes, ignores or declares otherwise', () => {
    const mappings = { features: { id: 'key.id', features: { path: 'in', categorical: ['zip'], numeric: ['age'], ignore: ['list'] } } }
    const { inferenceId, vector } = decode<Features>('features', json({ ...base, key: { id: 'k' }, in: { zip: 10115, age: null, list: [1] }, other: 3 }), { mappings })
    expect(inferenceId).toBe('k')
    expect(vector).toEqual({ shape: { numeric: ['age'], categorical: ['zip'], sentAs: ['number'] }, numeric: new Float64Array([NaN]), categorical: ['10115'] })
  })

  it('that come as text or a boolean where numbers are declared are names, and keep what they were sent as', () => {
    const { vector } = decode<Features>('features', json({ ...base, numeric: { amount: '12', flag: true, y: 3 } }))
    expect(vector).toEqual({ shape: { numeric: ['y'], categorical: ['amount', 'flag'], sentAs: ['text', 'boolean'] }, numeric: new Float64Array([3]), categorical: ['12', 'true'] })
  })

  it('of one type make one shape, whether missing or not', () => {
    const shapeOf = (decoder: ReturnType<typeof createDecoder>, flag: unknown) =>
      (decoder.decode('features', json({ ...base, categorical: { flag } })) as { ok: true; record: Features }).record.vector.shape
    const decoder = createDecoder({ schemas: known({}) })
    const [sent, missing, text] = [shapeOf(decoder, true), shapeOf(decoder, null), shapeOf(decoder, 'true')]
    expect(missing).toBe(sent)
    expect([sent.sentAs, text.sentAs]).toEqual([['boolean'], undefined])
  })

  it('may not be named __proto__ and changes no prototype', () => {
    expect(refusal('features', raw(Buffer.from(`{"inferenceId":"i","model":"m","observedAt":1,"numeric":{"__proto__":1}}`))).code).toBe('WRONG_TYPE')
    expect(refusal('predictions', raw(Buffer.from(JSON.stringify(prediction).replace('}', ',"segments":{"__proto__":"x"}}')))).code).toBe('WRONG_TYPE')
  })
})

describe('a mapping', () => {
  it('reads paths, constants, the Kafka record and other units of time', () => {
    const mappings = {
      predictions: {
        id: { from: 'key' as const }, model: { const: 'fraud' }, version: { header: 'version' }, time: { path: 'meta.seconds', unit: 's' as const }, score: 'out.p',
        segments: { region: 'geo.region', channel: { const: 'web' } }, latencyMs: null,
      },
    }
    const record = { ...json({ meta: { seconds: T / 1000 }, out: { p: 0.25 }, geo: { region: 'eu' }, latencyMs: 'unused' }), key: Buffer.from('k1'), headers: { version: 'v9' } }
    expect(decode('predictions', record, { mappings })).toMatchObject({
      inferenceId: 'k1', model: 'fraud', version: 'v9', predictedAt: T, score: 0.25, segments: { region: 'eu', channel: 'web' }, latencyMs: NaN,
    })
  })

  it('takes probabilities of classes from a map anywhere, or from fields of their own that are then no features', () => {
    const record = json({ ...prediction, out: { p: { b: 0.25, a: 0.75 } }, p_a: 0.75, p_b: 0.25, p_c: null, amount: 3 })
    const [map, fields] = ['out.p', { b: 'p_b', a: 'p_a', c: 'p_c' }].map((classScores) =>
      decode<Prediction>('predictions', record, { mappings: { predictions: { classScores, features: { path: '' } } } }))
    expect(map.classScores).toEqual({ classes: ['a', 'b'], scores: Float64Array.of(0.75, 0.25) })
    expect(fields.classScores).toEqual(map.classScores)
    expect(fields.classScores!.classes).toBe(map.classScores!.classes)
    expect(map.features!.shape.numeric).toEqual(['amount', 'p_a', 'p_b'])
    expect(fields.features!.shape.numeric).toEqual(['amount', 'out.p.a', 'out.p.b'])
    expect(decode<Prediction>('predictions', record, { mappings: { predictions: { classScores: null } } }).classScores).toBeNull()
  })

  it('is named in the complaint about its field', () => {
    expect(refusal('labels', json({}), { mappings: { labels: { id: 'order.number' } } }).message).toContain('order.number')
  })
})

describe('Avro', () => {
  const schemas = known({ 1: w1.features, 2: w1.prediction, 3: w1.label })
  const numbers = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`x${i}`, i / 8]))

  it('reads the typed records of workload W1', () => {
    const features = decode<Features>('features', written(1, w1.features, { inferenceId: '0123456789abcdef', model: 'm00', observedAt: T, ...numbers, c0: 'a', c1: 'k07' }), { schemas })
    expect(features).toMatchObject({ kind: 'features', inferenceId: '0123456789abcdef', model: 'm00', observedAt: T })
    expect(features.vector.shape.numeric).toEqual(['x0', 'x1', 'x10', 'x11', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7', 'x8', 'x9'])
    expect(features.vector.shape.numeric.map((name) => numbers[name])).toEqual([...features.vector.numeric])
    expect(features.vector.categorical).toEqual(['a', 'k07'])
    const value = { inferenceId: '0123456789abcdef', model: 'm00', version: 'v1', predictedAt: T + 5, score: 0.5, decision: true, latencyMs: 4.5, segment: 'seg2' }
    expect(decode('predictions', written(2, w1.prediction, value), { schemas, mappings: { predictions: { segments: { segment: 'segment' } } } }))
      .toMatchObject({ kind: 'prediction', score: 0.5, decision: true, segments: { segment: 'seg2' }, predictedAt: T + 5 })
    expect(decode('labels', written(3, w1.label, { inferenceId: '0123456789abcdef', model: 'm00', observedAt: T, value: false }), { schemas }))
      .toEqual({ kind: 'label', inferenceId: '0123456789abcdef', model: 'm00', observedAt: T, value: false, weight: 1 })
  })

  it('reads probabilities of classes as a map, and from fields of a flat record', () => {
    const string = (name: string) => ({ name, type: 'string' })
    const common = [string('inferenceId'), string('model'), string('version'), { name: 'predictedAt', type: 'long' }]
    const mapped = { type: 'record', name: 'M', fields: [...common, { name: 'classScores', type: { type: 'map', values: 'double' } }] }
    const flat = { type: 'record', name: 'F', fields: [...common, { name: 'cat', type: 'double' }, { name: 'dog', type: ['null', 'float'] }] }
    const sources = known({ 1: mapped, 2: flat })
    const base = { inferenceId: 'i', model: 'm', version: 'v', predictedAt: T }
    const want = { classes: ['cat', 'dog'], scores: Float64Array.of(0.75, 0.25) }
    expect(decode<Prediction>('predictions', written(1, mapped, { ...base, classScores: { dog: 0.25, cat: 0.75 } }), { schemas: sources }).classScores).toEqual(want)
    const mappings = { predictions: { classScores: { cat: 'cat', dog: 'dog' } } }
    expect(decode<Prediction>('predictions', written(2, flat, { ...base, cat: 0.75, dog: 0.25 }), { schemas: sources, mappings }).classScores).toEqual(want)
    expect(decode<Prediction>('predictions', written(2, flat, { ...base, cat: 1 + 1e-8, dog: null }), { schemas: sources, mappings }).classScores)
      .toEqual({ classes: ['cat'], scores: Float64Array.of(1) })
  })

  it('keeps 64-bit ids exact and refuses inexact times', () => {
    const schema = (name: string) => ({
      type: 'record', name: 'L', fields: ['inferenceId', 'observedAt'].map((field) => ({ name: field, type: field === name ? 'long' : field === 'inferenceId' ? 'string' : 'long' }))
        .concat([{ name: 'model', type: 'string' }, { name: 'value', type: 'boolean' }]),
    })
    const long = Buffer.from('feffffffffffffffff01', 'hex') // 2^63 − 1
    const tail = Buffer.from([2, 0x6d, 1])
    const options = (name: string) => ({ schemas: known({ 1: schema(name) }) })
    expect(decode<Label>('labels', raw(framed(1, Buffer.concat([long, Buffer.from([2]), tail]))), options('inferenceId')).inferenceId).toBe('9223372036854775807')
    expect(refusal('labels', raw(framed(1, Buffer.concat([Buffer.from([2, 0x69]), long, tail]))), options('observedAt')).code).toBe('NUMBER_TOO_LARGE')
  })

  it('reads times in micro- and nanoseconds, dates and decimals', () => {
    const type = (logicalType: string, type = 'long', more = {}) => ({ type, logicalType, ...more })
    const schema = {
      type: 'record', name: 'L',
      fields: [
        { name: 'inferenceId', type: 'string' }, { name: 'model', type: 'string' }, { name: 'observedAt', type: type('timestamp-micros') },
        { name: 'value', type: ['null', type('decimal', 'bytes', { precision: 9, scale: 2 })] },
      ],
    }
    const body = Buffer.concat([Buffer.from([2, 0x69, 2, 0x6d]), avroLong(T * 1000 + 999), Buffer.from([2, 4, 0xff, 0x85])]) // −123 at scale 2
    expect(decode('labels', raw(framed(1, body)), { schemas: known({ 1: schema }) })).toMatchObject({ observedAt: T, value: -1.23 })
  })

  it('waits for a schema that is not loaded, then refuses one that nobody knows', async () => {
    let asked = 0
    const schemas = { get: (id: number) => (asked > 0 && id === 7 ? null : undefined), load: () => Promise.resolve(void asked++) }
    const decoder = createDecoder({ schemas })
    const record = raw(framed(7, Buffer.alloc(3)))
    expect(decoder.decode('labels', record)).toEqual({ ok: 'pending' })
    await decoder.prepare('labels', record)
    expect(decoder.decode('labels', record)).toMatchObject({ ok: false, code: 'UNKNOWN_SCHEMA', message: expect.stringContaining('7') as string })
    expect(createDecoder().decode('labels', record)).toMatchObject({ ok: false, code: 'UNKNOWN_SCHEMA' })
  })

  it('lets a registry that is down be tried again', async () => {
    const schemas = { get: () => undefined, load: () => Promise.reject(new StewardError('REGISTRY_UNAVAILABLE', 'down')) }
    await expect(createDecoder({ schemas }).prepare('labels', raw(framed(7, Buffer.alloc(3))))).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', policy: 'retry' })
  })

  it('refuses every truncation and every tail, and survives every flipped byte', () => {
    const whole = written(1, w1.features, { inferenceId: '0123456789abcdef', model: 'm00', observedAt: T, ...numbers, c0: 'a', c1: 'k07' }).value!
    const decoder = createDecoder({ schemas })
    for (let length = 1; length < whole.length; length++) expect(decoder.decode('features', raw(whole.subarray(0, length)))).toMatchObject({ code: 'UNDECODABLE' })
    expect(decoder.decode('features', raw(Buffer.concat([whole, Buffer.from([0])])))).toMatchObject({ code: 'UNDECODABLE' })
    for (let i = 5; i < whole.length; i++) {
      const flipped = Buffer.from(whole)
      flipped[i] ^= 0x91
      expect([true, false]).toContain(decoder.decode('features', raw(flipped)).ok)
    }
  })

  it('refuses a count that its bytes cannot hold at once', () => {
    const schema = { type: 'record', name: 'F', fields: [{ name: 'numeric', type: { type: 'map', values: 'double' } }] }
    const started = performance.now()
    expect(refusal('features', raw(framed(1, Buffer.from([0x80, 0x80, 0x80, 0x80, 0x0e, 0]))), { schemas: known({ 1: schema }) })).toMatchObject({ code: 'UNDECODABLE', message: expect.stringContaining('claims') as string })
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('schema evolution', () => {
  const fields = (...names: string[]) => names.map((name) => ({ name, type: name === 'score' || name === 'latencyMs' ? ['null', 'double'] : name === 'predictedAt' ? 'long' : 'string', ...(name === 'added' ? { default: 'd' } : {}) }))
  const before = { type: 'record', name: 'P', fields: fields('inferenceId', 'model', 'version', 'predictedAt', 'score', 'latencyMs') }
  const after = { type: 'record', name: 'P', fields: fields('inferenceId', 'model', 'version', 'predictedAt', 'added', 'score') }

  it('reads an added field with a default and a removed optional one, both in one topic', () => {
    const decoder = createDecoder({ schemas: known({ 1: before, 2: after }) })
    const old = decoder.decode('predictions', written(1, before, { ...prediction, latencyMs: 4 }))
    const recent = decoder.decode('predictions', written(2, after, { ...prediction, added: 'x' }))
    expect(old).toMatchObject({ ok: true, record: { score: 0.7, latencyMs: 4 } })
    expect(recent).toMatchObject({ ok: true, record: { score: 0.7, latencyMs: NaN } })
  })
})

describe('control records', () => {
  it('takes a command under the name that people write', () => {
    const command = { commandId: 'c', model: 'm', issuedAt: '2026-01-01T00:00:00Z', issuer: 'me', reason: 'bad', version: null }
    expect(decode('commands', json({ ...command, kind: 'rollback' }))).toEqual({ ...command, kind: 'command', command: 'rollback', issuedAt: T })
  })

  it('fills a layout-only profile with what it leaves out', () => {
    expect(decode('profiles', json({ model: 'm', version: 'v', n: 0, features: { x: { edges: [1, 2], atoms: [0] }, c: { categories: ['a'] } } }))).toMatchObject({
      kind: 'profile', score: null, provisional: false,
      features: { x: { kind: 'numeric', counts: [], atoms: [0], digest: [], missing: 0, importance: null }, c: { kind: 'categorical', counts: [], other: 0 } },
    })
  })

  it('reads what tasks tell each other', () => {
    const broadcast = { kind: 'broadcast', task: 1, streamTimeMs: T, atLogEnd: true, final: false }
    expect(decode('panes', raw(stateCodec.encode(broadcast)))).toEqual(broadcast)
  })
})

function avroLong(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = BigInt(value) << 1n; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 127n) | 128)
  }
}
