import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { configSchema } from '../../src/config/config-schema.ts'
import { parsePolicy } from '../../src/config/policy.ts'
import { policySchema } from '../../src/config/policy-schema.ts'
import { keysOf, type Key } from './keys.ts'

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8')

/** Rows of the first table under a heading, cells trimmed. */
function rowsUnder(heading: string): string[][] {
  const body = page.slice(page.indexOf(`${heading}\n`) + heading.length).split(/^#{2,3} /m)[0]
  return [...body.matchAll(/^\| `.*$/gm)].map(([row]) => row.split('|').slice(1, -1).map((cell) => cell.trim()))
}

const code = (cell: string): string => cell.replace(/^`(.*?)`.*$/, '$1')

function hold(heading: string, keys: readonly Key[]): void {
  const rows = rowsUnder(heading)
  expect(rows.map(([key]) => code(key)).sort()).toEqual(keys.map(({ path }) => path).sort())
  const defaults = new Map(rows.map(([key, value]) => [code(key), value]))
  for (const key of keys) {
    const wanted = key.default === null ? 'required in the section' : key.default === 'none' ? 'none' : `\`${key.default}\``
    expect(`${key.path}: ${defaults.get(key.path)!.slice(0, wanted.length)}`).toBe(`${key.path}: ${wanted}`)
  }
  for (const [key, , meaning] of rows) expect(meaning.length, key).toBeGreaterThan(2)
}

describe('docs/policy.md', () => {
  test('has every key of a policy with its default, and no other', () => {
    hold('## The policy of a model', keysOf(policySchema))
  })

  test('has every other key of the file with its default, and no other', () => {
    hold('## The rest of the file', keysOf(configSchema))
  })

  test('lists as not built yet only what the parser refuses so by name', () => {
    const rows = rowsUnder('### Not built yet')
    expect(rows.length).toBeGreaterThan(5)
    for (const [key] of rows) {
      const path = code(key)
      expect(() => parsePolicy('m', nested(path.split('.')), () => undefined), path).toThrow(/is not built yet: remove it/)
    }
  })

  test('names the defaults that depend on the task as the parser sets them', () => {
    const { performance, promotion, triggers, rollback } = parsePolicy('m', {}, () => undefined)
    const [regression, multiclass] = ['regression', 'multiclass'].map((task) => parsePolicy('m', { task }, () => undefined))
    const list = (policy: typeof regression) => `\`[${policy.performance.metrics.join(', ')}]\``
    expect(page).toContain(`none (\`[${performance.metrics.join(', ')}]\`, for regression ${list(regression)}, for multiclass ${list(multiclass)})`)
    expect(page).toContain(`none (\`${promotion.metric}\`, for regression \`${regression.promotion.metric}\`, for multiclass \`${multiclass.promotion.metric}\`)`)
    expect([multiclass.triggers, multiclass.rollback.watch.performance]).toMatchObject([[{ trigger: 'drift' }, { trigger: 'performance', metric: 'macro-f1', minDrop: 0.05 }], { metric: 'macro-f1', maxDrop: 0.05 }])
    expect(triggers).toMatchObject([{ trigger: 'drift' }, { trigger: 'performance', minDrop: 0.05 }])
    expect(rollback.watch.performance!.maxDrop).toBe(0.05)
  })
})

/** `triggers[].economics` → `{ triggers: [{ economics: {} }] }` */
function nested([first, ...rest]: string[]): Record<string, unknown> {
  const inner = rest.length === 0 ? {} : nested(rest)
  return first.endsWith('[]') ? { [first.slice(0, -2)]: [inner] } : { [first]: inner }
}
