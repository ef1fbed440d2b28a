import { execFile } from 'node:child_process'
import { access, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** Runs a program; what it printed is in the error when it fails. */
async function run(file: string, args: string[], options: { cwd?: string } = {}): Promise<{ stdout: string }> {
  return promisify(execFile)(file, args, { maxBuffer: 1 << 26, ...options }).catch(({ message, stdout }: Error & { stdout: string }) => {
    throw new Error(`${message}\n${stdout.slice(-3000)}`)
  })
}

let folder: string
let tarball: string
let program: string

/** Builds and packs a copy of the project, so that nobody's `dist` changes under them, and installs it in a folder elsewhere. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-package-'))
  const copy = join(folder, 'project')
  const { stdout: tracked } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  for (const file of tracked.split('\0').filter((name) => name !== '')) {
    if (await access(file).then(() => true, () => false)) await cp(file, join(copy, file)) // deleted ones are still listed
  }
  await symlink(resolve('node_modules'), join(copy, 'node_modules'))
  const { stdout: packed } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: copy })
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[\n'))) as { filename: string }[]
  tarball = join(folder, filename)

  const elsewhere = join(folder, 'elsewhere')
  await mkdir(elsewhere)
  await writeFile(join(elsewhere, 'package.json'), '{ "name": "elsewhere", "private": true }')
  await run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: elsewhere })
  const { bin } = JSON.parse(await readFile('package.json', 'utf8')) as { bin: Record<string, string> }
  program = join(elsewhere, 'node_modules', '.bin', Object.keys(bin)[0])
}, 300_000)
afterAll(() => rm(folder, { recursive: true }))

describe('the package, installed elsewhere', () => {
  it('has a program that helps', async () => {
    const { stdout } = await run(program, ['--help'], { cwd: folder })
    expect(stdout).toMatch(/^Usage: steward/)
  })

  it('knows its version', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    expect((await run(program, ['--version'], { cwd: folder })).stdout.trim()).toBe(version)
  })

  it('lists its units', async () => {
    const { stdout } = await run(program, ['try', '--list'], { cwd: folder })
    expect(stdout).toContain('psi')
    expect(stdout).toContain('adwin')
  })

  it('brings what the program reads at run time', async () => {
    const installed = join(folder, 'elsewhere', 'node_modules', 'model-steward')
    const { stdout } = await run('tar', ['-tzf', tarball])
    const files = stdout.split('\n')
    expect(files.filter((file) => /^package\/dist\/src\/state\/scripts\/.+\.lua$/.test(file)).length).toBeGreaterThan(0)
    expect(files.filter((file) => /^package\/dist\/schemas\/.+\.avsc$/.test(file)).length).toBeGreaterThan(0)
    await access(join(installed, 'LICENSE'))
  })

  it('brings no test, no build record and no source', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball])
    expect(stdout.split('\n').filter((file) => /\.test\.|\.tsbuildinfo$|^package\/(src|test|node_modules)\//.test(file))).toEqual([])
  })

  it('is what publint takes for a good package', async () => {
    const bytes = await readFile(tarball)
    const { messages } = await publint({ pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) }, strict: true })
    expect(messages).toEqual([])
  })
})
