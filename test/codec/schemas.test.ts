import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { eventsPage } from '../../scripts/docs-events.mjs'
import { parseSchema } from '../../src/codec/avro-schema.ts'
import { contracts, ownSchema } from '../../src/codec/own.ts'
import type { SchemaNode, SchemaRole } from '../../src/codec/own.ts'
import type { Registry } from '../../src/codec/registry.ts'
import { createSchemaSource } from '../../src/codec/schemas.ts'

const folder = mkdtempSync(join(tmpdir(), 'steward-schemas-'))
afterAll(() => { rmSync(folder, { recursive: true }) })

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('a source of schemas', () => {
  it('takes files by id, and asks nobody for them', async () => {
    const schemas = await createSchemaSource({ files: { 1: file('one.avsc', '"long"') } })
    expect(schemas.get(1)).toEqual({ format: 'avro', type: { kind: 'long' } })
    expect(schemas.get(2)).toBeUndefined()
    await schemas.load(2)
    expect(schemas.get(2)).toBeNull()
  })

  it('names the file that is missing or is no schema', async () => {
    for (const path of [join(folder, 'none.avsc'), file('bad.avsc', '{"type":"recrod"}'), file('text.avsc', 'hello')]) {
      await expect(createSchemaSource({ files: { 7: path } })).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(path) as string })
    }
  })

  it('asks again after a minute for what nobody knew', async () => {
    let now = 0
    const answers = [null, { format: 'json' as const }]
    const registry = { schema: () => Promise.resolve(answers.shift()) } as unknown as Registry
    const schemas = await createSchemaSource({ registry, nowMs: () => now })
    await schemas.load(3)
    expect(schemas.get(3)).toBeNull()
    now = 60_000
    expect(schemas.get(3)).toBeUndefined()
    await schemas.load(3)
    expect(schemas.get(3)).toEqual({ format: 'json' })
  })

  it('asks a registry once, however many wait for the answer', async () => {
    let asked = 0
    const registry = { schema: () => Promise.resolve(asked++ === 0 ? { format: 'json' as const } : null) } as unknown as Registry
    const schemas = await createSchemaSource({ registry })
    await Promise.all([schemas.load(3), schemas.load(3), schemas.load(3)])
    expect([asked, schemas.get(3)]).toEqual([1, { format: 'json' }])
  })
})

describe('our schemas', () => {
  it('are one file for each record, all of them used', () => {
    const files = readdirSync(new URL('../../schemas/', import.meta.url)).sort()
    expect(files).toEqual(Object.values(contracts).map(({ schema }) => `${schema}.avsc`).sort())
  })

  it.each(Object.keys(contracts) as SchemaRole[])('say of every field what it means: %s', (role) => {
    const schema = ownSchema(role) as SchemaNode & { namespace: string }
    expect(parseSchema(schema)).toMatchObject({ kind: 'record', name: `io.modelsteward.${contracts[role].schema}` })
    const undocumented: string[] = []
    JSON.stringify(schema, (_key, node: unknown) => {
      if (typeof node === 'object' && node !== null && 'fields' in node) {
        for (const field of node.fields as { name: string; doc?: string }[]) if (!/[.…]$/.test(field.doc ?? '')) undocumented.push(field.name)
      }
      return node
    })
    expect(undocumented).toEqual([])
  })

  it('are what docs/events.md tells', () => {
    expect(readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8')).toBe(eventsPage())
  })
})
