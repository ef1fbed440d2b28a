import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadConfig, parsePolicyFile } from '../../src/config/config.ts'
import { checkUnitInTables } from '../../src/config/units.ts'

const folder = fileURLToPath(new URL('../../examples/policies/', import.meta.url))
const context = { checkUnit: checkUnitInTables, env: {} }

describe('the example policies', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

  test('are there', () => {
    expect(files).toEqual(expect.arrayContaining(['fraud.yaml', 'price.yaml', 'own-schema.yaml']))
  })

  test.each(files)('%s can be used as it stands, as settings and as a policy file', async (name) => {
    const config = await loadConfig(folder + name, context)
    expect(Object.keys(config.models).length).toBeGreaterThan(0)
    expect(parsePolicyFile(await readFile(folder + name, 'utf8'), name, null, context)).toEqual(Object.values(config.models))
  })
})
