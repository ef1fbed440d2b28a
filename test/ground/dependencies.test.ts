import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

describe('docs/dependencies.md', () => {
  it('gives a reason for every runtime dependency, and for nothing else', async () => {
    const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as { dependencies: Record<string, string> }
    const rows = [...(await readFile('docs/dependencies.md', 'utf8')).matchAll(/^\| `(?<name>[^`]+)` \| (?<why>.{20,}) \|$/gm)]
    expect(rows.map(({ groups }) => groups!.name)).toEqual(Object.keys(dependencies).sort())
  })

  it('holds every version exactly', async () => {
    const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as { dependencies: Record<string, string> }
    for (const [name, version] of Object.entries(dependencies)) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
  })
})
