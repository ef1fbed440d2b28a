import { describe, expect, it } from 'vitest'
import { createParts, partName, partSegments } from '../../src/core/parts.ts'

describe('parts', () => {
  it('gives back the part that was put, itself and not a copy', () => {
    const parts = createParts()
    const value = { n: 1 }
    parts.put('model/fraud', value)
    expect(parts.get('model/fraud')).toBe(value)
    expect(parts.get('model/other')).toBeUndefined()
  })

  it('hands out each change once, in the order of names', () => {
    const parts = createParts(new Map<string, unknown>([['a', 1], ['b', { n: 1 }], ['c', 3]]))
    parts.put('z', 9)
    parts.get<{ n: number }>('b')!.n = 2
    parts.touch('b')
    parts.delete('c')
    expect(parts.takeDirty()).toEqual({ written: new Map<string, unknown>([['b', { n: 2 }], ['z', 9]]), removed: ['c'] })
    expect(parts.takeDirty()).toEqual({ written: new Map(), removed: [] })
  })

  it('does not ask to remove what was never persisted', () => {
    const parts = createParts()
    parts.put('pending/fraud/0/1', {})
    parts.delete('pending/fraud/0/1')
    expect(parts.takeDirty()).toEqual({ written: new Map(), removed: [] })
  })

  it('removes a part that an earlier take handed out', () => {
    const parts = createParts()
    parts.put('a', 1)
    parts.takeDirty()
    parts.delete('a')
    expect(parts.takeDirty().removed).toEqual(['a'])
  })

  it('lists names by prefix in code-unit order', () => {
    const parts = createParts(new Map<string, unknown>([['pane/b/2', 0], ['pane/a/1', 0], ['model/a', 0], ['pane/a/0', 0]]))
    expect(parts.names('pane/')).toEqual(['pane/a/0', 'pane/a/1', 'pane/b/2'])
  })

  it('refuses to mark a part that is not there', () => {
    expect(() => createParts().touch('a')).toThrow("cannot touch 'a'")
  })

  it('keeps a slash inside a model name apart from the slashes between segments', () => {
    const name = partName('pane', 'eu/fraud 100%2F', 60_000)
    expect(name).toBe('pane/eu%2Ffraud 100%252F/60000')
    expect(partSegments(name)).toEqual(['pane', 'eu/fraud 100%2F', '60000'])
  })
})
