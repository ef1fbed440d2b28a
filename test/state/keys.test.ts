import { describe, expect, it } from 'vitest'
import { checkPrefix, taskKeys, viewKey } from '../../src/state/keys.ts'

describe('keys', () => {
  it('carry the task as their only hash tag, whatever the model is called', () => {
    const task = { topology: 'decide', partition: 12 } as const
    const keys = [...Object.values(taskKeys('steward', task)), viewKey('steward', task, 'a}b{c')]
    for (const key of keys) expect(/\{(.*?)\}/.exec(key)![1]).toBe('decide-12')
    expect(new Set(keys).size).toBe(6)
    expect(viewKey('steward', task, 'fraud')).toBe('steward:{decide-12}:view:fraud')
  })

  it.each(['', '{x}', 'a b', 'a}'])('refuse the prefix "%s"', (prefix) => {
    expect(() => checkPrefix(prefix)).toThrow('key prefix')
  })
})
