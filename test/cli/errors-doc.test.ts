import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { errorKinds } from '../../src/errors.ts'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const entries = new Map(page.split(/^## /m).slice(1).map((entry) => [entry.slice(0, entry.indexOf('\n')), entry.replace(/\s+/g, ' ')]))

describe('docs/errors.md', () => {
  test('has an entry for every code of the table and for no other, in its order', () => {
    expect([...entries.keys()]).toEqual(Object.keys(errorKinds))
  })

  test.each(Object.entries(errorKinds))('gives the meaning, retry policy and remedy of %s as the table does', (code, { meaning, policy, remedy }) => {
    expect(entries.get(code)).toContain(`${meaning} (**${policy}**)`)
    expect(entries.get(code)).toContain(`Next step: ${remedy}`)
  })

  test.each(Object.keys(errorKinds))('adds to %s what a person needs beyond the one-line message', (code) => {
    const { meaning, remedy } = errorKinds[code as keyof typeof errorKinds]
    expect(entries.get(code)!.length).toBeGreaterThan(code.length + meaning.length + remedy.length + 80)
  })
})
