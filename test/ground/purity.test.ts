import { ESLint } from 'eslint'
import { describe, expect, it } from 'vitest'

const eslint = new ESLint({ cwd: process.cwd() })

/** The rules that `code` breaks as a file of the project at `filePath`; a message when it is not TypeScript at all. */
async function broken(code: string, filePath = 'src/core/planted.ts'): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath })
  return result.messages.map(({ ruleId, message }) => ruleId ?? message)
}

const impure: Record<string, string> = {
  'a clock': 'export const now = () => Date.now()',
  'a new date': 'export const now = () => new Date()',
  'a clock by another name': 'const D = Date\nexport const now = () => D.now()',
  'a monotonic clock': 'export const now = () => performance.now()',
  'the present time through Intl': "export const now = () => new Intl.DateTimeFormat('en-US').format()",
  'Math.random': 'export const draw = () => Math.random()',
  'Math.random by subscript': "export const draw = () => Math['random']()",
  'Math.random by a computed name': "export const draw = (name: 'random') => Math[name]()",
  'Math.random taken apart': 'const { random } = Math\nexport const draw = () => random()',
  'Math by another name': 'const M = Math\nexport const draw = () => M.random()',
  'Math.random through globalThis': 'export const draw = () => globalThis.Math.random()',
  'crypto randomness': 'export const draw = () => crypto.randomUUID()',
  'an async function': 'export async function later() {}',
  'an async arrow': 'export const later = async () => 1',
  'an await': 'export const value = await ({ then: null })',
  'a promise': 'export const later = Promise.resolve(1)',
  'a timer': 'export const wait = () => setTimeout(() => {}, 1)',
  'a microtask': 'export const wait = () => queueMicrotask(() => {})',
  'a dynamic import': "export const load = () => import('./other.ts')",
  'node:fs': "import { readFileSync } from 'node:fs'\nexport const read = readFileSync",
  'a node module without its prefix': "import { readFileSync } from 'fs'\nexport const read = readFileSync",
  'a package': "import { parse } from 'yaml'\nexport const read = parse",
  'a package passed on': "export { parse } from 'yaml'",
  'a type of a package': "import type { Document } from 'yaml'\nexport type D = Document",
  'a type of a package in place': "export type D = import('yaml').Document",
  'the process': 'export const home = () => process.env.HOME',
  'the console': "export const say = () => console.log('x')",
  'the locale of the machine': 'export const order = (a: string, b: string) => a.localeCompare(b)',
}

describe('the lint of src/core', () => {
  it.for(Object.keys(impure))('refuses %s', async (name) => {
    expect(await broken(impure[name])).toContainEqual(expect.stringMatching(/^no-restricted-(globals|syntax)$/))
  })

  it('cannot be talked out of it by a comment', async () => {
    expect(await broken('// eslint-disable-next-line\nexport const now = () => Date.now()')).toContain('no-restricted-globals')
    expect(await broken('/* eslint-disable */\nexport const now = () => Date.now()')).toContain('no-restricted-globals')
  })

  it('lets pure code pass', async () => {
    const code = "import { uniform } from './random.ts'\nexport const roll = (s: Parameters<typeof uniform>[0]) => Math.floor(6 * uniform(s)) + Math.max(0, 1)"
    expect(await broken(code)).toEqual([])
  })

  it('binds the core alone', async () => {
    expect(await broken('export const now = () => Date.now()', 'src/errors.ts')).toEqual([])
  })
})

describe('the lint of src', () => {
  it('refuses a promise that nobody waits for', async () => {
    expect(await broken('const later = async () => 1\nexport const start = () => { later() }', 'src/errors.ts')).toEqual(['@typescript-eslint/no-floating-promises'])
  })

  it('refuses console outside the command line', async () => {
    expect(await broken("console.log('x')\nexport {}", 'src/errors.ts')).toEqual(['no-console'])
  })

  it('refuses a type imported as a value', async () => {
    const code = "import { Reading } from './core/reading.ts'\nexport type R = Reading"
    expect(await broken(code, 'src/errors.ts')).toEqual(['@typescript-eslint/consistent-type-imports'])
  })
})

describe('the lint of tests', () => {
  it('refuses a test that does not run', async () => {
    expect(await broken("import { it } from 'vitest'\nit.skip('x', () => {})", 'test/ground/purity.test.ts')).toEqual(['no-restricted-properties'])
  })
})
