import { describe, expect, it } from 'vitest'
import { canonicalJson, eventId } from '../../src/core/hash.ts'

describe('canonical JSON', () => {
  it('does not depend on the order in which fields were set', () => {
    expect(canonicalJson({ b: 1, a: [{ d: null, c: 'x' }] })).toBe('{"a":[{"c":"x","d":null}],"b":1}')
    expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }))
  })

  it('writes typed arrays as lists and leaves undefined fields out', () => {
    expect(canonicalJson({ a: Float64Array.of(1, 2.5), b: undefined })).toBe('{"a":[1,2.5]}')
  })
})

describe('an event id', () => {
  const hash = (text: string) => `${text.length}`.padStart(64, '0')

  it('is the kind and 16 digits', () => {
    expect(eventId(hash, 'promote', 'fraud', 'gates', 5)).toMatch(/^promote-[0-9]{16}$/)
  })

  it('cannot be confused by where one word ends and the next begins', () => {
    const texts: string[] = []
    const keep = (text: string) => (texts.push(text), hash(text))
    eventId(keep, 'promote', 'a', 'b c', 5)
    eventId(keep, 'promote', 'a b', 'c', 5)
    expect(texts[0]).not.toBe(texts[1])
  })
})
