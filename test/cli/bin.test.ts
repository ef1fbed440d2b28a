import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url))
const { version } = createRequire(import.meta.url)('../../package.json') as { version: string }

/** The program as a process of its own, from another folder than the package's. */
function spawned(argv: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), bin, ...argv], { input, encoding: 'utf8', cwd: '/', env: { ...process.env, FORCE_COLOR: undefined } })
  return { status, stdout, stderr }
}

describe('the steward process', () => {
  test('gives the version of its package', () => {
    expect(spawned(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('reads NDJSON from a pipe and writes NDJSON to one', () => {
    const { status, stdout, stderr } = spawned(['try', 'detectors', 'page-hinkley', '--params', '{"threshold": 5}'], [...Array<number>(100).fill(0), ...Array<number>(100).fill(1)].join('\n'))
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout.trim().split('\n').map((line) => JSON.parse(line) as object).at(-1)).toMatchObject({ summary: { n: 200 } })
  })

  test('ends with 2 and speaks to standard error when it was not understood', () => {
    const { status, stdout, stderr } = spawned(['try', 'detectors', 'adwn'])
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain("did you mean 'adwin'?")
  })

  test('shows its help without loading a client of Kafka, Redis or the web server', () => {
    const script = `
      import { runCli } from ${JSON.stringify(fileURLToPath(new URL('../../src/cli/program.ts', import.meta.url)))}
      import { processIo } from ${JSON.stringify(fileURLToPath(new URL('../../src/cli/io.ts', import.meta.url)))}
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      await runCli(['--help'], { io: processIo(), version: '0', loadServices: () => { throw new Error('loaded') } })
      console.error(Object.keys(require.cache).filter((path) => /node_modules\\/(kafkajs|ioredis|fastify|pino|zod|yaml|csv-parse)\\//.test(path)).length)`
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(stdout).toContain('Usage: steward')
    expect(stderr.trim()).toBe('0')
  })
})
