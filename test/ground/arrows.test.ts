import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cruiseSource, problems, sourceFiles } from '../../scripts/arrows.mjs'

/** A small project that keeps every arrow. */
const clean: Record<string, string> = {
  'package.json': '{ "name": "planted", "type": "module", "dependencies": { "shipped": "1" }, "devDependencies": { "tool": "1" } }',
  'node_modules/shipped/package.json': '{ "name": "shipped", "version": "1.0.0", "main": "index.js" }',
  'node_modules/shipped/index.js': 'exports.x = 1',
  'node_modules/tool/package.json': '{ "name": "tool", "version": "1.0.0", "main": "index.js" }',
  'node_modules/tool/index.js': 'exports.x = 1',
  'src/errors.ts': 'export const x = 1',
  'src/core/unit.ts': 'export const x = 1',
  'src/core/observe.ts': "import { x } from './unit.ts'\nexport const y = x",
  'src/engine/ports.ts': "import type { x } from '../core/unit.ts'\nexport type X = typeof x",
  'src/engine/task.ts': "import { createHash } from 'node:crypto'\nimport { x } from '../errors.ts'\nexport const y = [createHash, x]",
  'src/state/redis.ts': "import { x } from 'shipped'\nimport type { X } from '../engine/ports.ts'\nexport const y: X = x as X",
  'src/codec/avro.ts': "import { x } from '../core/unit.ts'\nexport const y = x",
  'src/main.ts': "import { y } from './state/redis.ts'\nimport { y as z } from './codec/avro.ts'\nexport const x = [y, z]",
  'test/helper.ts': 'export const x = 1',
  'src/cli/bin.ts': "import { x } from '../main.ts'\nconsole.log(x)",
}

/** What each planted import must be called; the file is added to the clean project, or replaces one. */
const planted: [name: string, file: string, code: string, rule: string][] = [
  ['core on the engine', 'src/core/planted.ts', "import { y } from '../engine/task.ts'\nexport const x = y", 'core-only-core'],
  ['core on the error table', 'src/core/planted.ts', "import { x } from '../errors.ts'\nexport const y = x", 'core-only-core'],
  ['core on a type of the engine', 'src/core/planted.ts', "import type { X } from '../engine/ports.ts'\nexport type Y = X", 'core-only-core'],
  ['core on node:fs', 'src/core/planted.ts', "import { readFileSync } from 'node:fs'\nexport const y = readFileSync", 'core-only-core'],
  ['core on a package', 'src/core/planted.ts', "import { x } from 'shipped'\nexport const y = x", 'core-only-core'],
  ['the engine on an edge', 'src/engine/planted.ts', "import { y } from '../state/redis.ts'\nexport const x = y", 'engine-knows-core'],
  ['the engine on a package', 'src/engine/planted.ts', "import { x } from 'shipped'\nexport const y = x", 'engine-knows-no-vendor'],
  ['one edge on another', 'src/state/planted.ts', "import { y } from '../codec/avro.ts'\nexport const x = y", 'edges-apart'],
  ['an edge on the engine behind its ports', 'src/state/planted.ts', "import { y } from '../engine/task.ts'\nexport const x = y", 'edges-apart'],
  ['an edge on main', 'src/state/planted.ts', "import { x } from '../main.ts'\nexport const y = x", 'only-cli-starts-main'],
  ['the command line on an edge', 'src/cli/planted.ts', "import { y } from '../state/redis.ts'\nexport const x = y", 'cli-calls-main'],
  ['the error table on anything', 'src/errors.ts', "import { x } from './core/unit.ts'\nexport const y = x", 'errors-stand-alone'],
  ['a folder without arrows on anything', 'src/utils/planted.ts', "import { x } from '../core/unit.ts'\nexport const y = x", 'known-folders'],
  ['two modules on each other', 'src/core/unit.ts', "import { y } from './observe.ts'\nexport const x = () => y", 'no-cycle'],
  ['src on a development package', 'src/state/planted.ts', "import { x } from 'tool'\nexport const y = x", 'shipped-only'],
  ['src on a test', 'src/state/planted.ts', "import { x } from '../../test/helper.ts'\nexport const y = x", 'src-stands-alone'],
  ['src on what is not there', 'src/state/planted.ts', "import { x } from './missing.ts'\nexport const y = x", 'shipped-only'],
]

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'steward-arrows-'))
  for (const [file, code] of Object.entries(clean)) await write(file, code)
})
afterEach(() => rm(root, { recursive: true }))

async function write(file: string, code: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), code)
}
const check = async (): Promise<string[]> => problems(await cruiseSource(root), await sourceFiles(root))

describe('the import arrows', () => {
  it('pass a project that keeps them', async () => {
    expect(await check()).toEqual([])
  })

  it.for(planted)('refuse %s', async ([, file, code, rule]) => {
    await write(file, code)
    expect((await check()).map((line) => line.split(':')[0])).toContain(rule)
  })

  it('have a planted violation for every rule', () => {
    const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: { name: string }[] }
    expect(forbidden.map(({ name }) => name).filter((name) => !planted.some(([, , , rule]) => rule === name))).toEqual([])
  })

  it('count: a source file that was not looked at is a problem', async () => {
    const result = await cruiseSource(root)
    const files = await sourceFiles(root)
    expect(problems(result, [...files, 'src/core/unseen.ts'])).toEqual([expect.stringContaining('not looked at: src/core/unseen.ts')])
    expect(problems({ ...result, modules: [] }, files)).toHaveLength(files.length)
    expect(problems(result, [])).toEqual(['there is no TypeScript file under src'])
  })

  it('are what the project checks', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> }
    expect(scripts.arrows).toBe('node scripts/arrows.mjs')
  })
})
