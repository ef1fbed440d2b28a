import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatCaptureLine, parseCaptureLine } from '../../src/codec/capture.ts'
import type { CaptureLine } from '../../src/codec/capture.ts'

const text = fc.string({ unit: 'grapheme' })
const line: fc.Arbitrary<CaptureLine> = fc.record({
  topic: text.filter((topic) => topic !== ''),
  partition: fc.option(fc.nat()), offset: fc.option(fc.maxSafeNat()), timestampMs: fc.maxSafeInteger(), key: fc.option(text),
  headers: fc.dictionary(text.filter((name) => name !== '__proto__'), text, { noNullPrototype: true }),
  value: fc.oneof(
    fc.constant(null), fc.uint8Array().map((bytes) => Buffer.from(bytes)), fc.json().map((value) => Buffer.from(value)),
    fc.object().map((value) => Buffer.from(JSON.stringify(value))),
  ),
})

describe('a capture line', () => {
  it('comes back as it was, the value byte for byte', () => {
    fc.assert(fc.property(line, (record) => {
      const written = formatCaptureLine(record)
      expect(written).not.toContain('\n')
      expect(parseCaptureLine(written, 1)).toEqual(record)
    }), { numRuns: 500 })
  })

  it('shows JSON values as they are and others in base64', () => {
    const base: CaptureLine = { topic: 't', partition: null, offset: null, timestampMs: 5, key: 'k', headers: {}, value: Buffer.from('{"a":1}') }
    expect(formatCaptureLine(base)).toBe('{"topic":"t","timestampMs":5,"key":"k","value":{"a":1}}')
    expect(formatCaptureLine({ ...base, value: Buffer.from('{"a": 1}') })).toBe('{"topic":"t","timestampMs":5,"key":"k","valueBase64":"eyJhIjogMX0="}')
  })

  it('is nothing when empty', () => {
    expect(parseCaptureLine('  ', 3)).toBeNull()
  })

  it.each([
    ['{"topic":', /line 7: no JSON/],
    ['[]', /line 7: not a JSON object/],
    ['{"timestampMs":1}', /line 7: `topic`/],
    ['{"topic":"t","timestampMs":"2026"}', /line 7: `timestampMs`/],
    ['{"topic":"t","timestampMs":1,"key":1}', /line 7: `key`/],
    ['{"topic":"t","timestampMs":1,"partition":-1}', /line 7: `partition`/],
    ['{"topic":"t","timestampMs":1,"headers":{"a":1}}', /line 7: `headers`/],
    ['{"topic":"t","timestampMs":1,"value":{},"valueBase64":""}', /line 7: it has both/],
    ['{"topic":"t","timestampMs":1,"valueBase64":"*"}', /line 7: `valueBase64`/],
    ['{"topic":"t","timestampMs":1,"timestamp":1}', /line 7: 'timestamp' is no member/],
  ])('is refused with its number: %s', (bad, message) => {
    expect(() => parseCaptureLine(bad, 7)).toThrow(expect.objectContaining({ code: 'INPUT_UNREADABLE', message: expect.stringMatching(message) as string }) as Error)
  })
})
