import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let folder: string
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'steward-count-')) })
afterAll(() => rm(folder, { recursive: true }))

interface File { status: string; assertionResults: { status: string }[] }
const file = (...statuses: string[]): File => ({
  status: statuses.includes('failed') ? 'failed' : 'passed', assertionResults: statuses.map((status) => ({ status })),
})

/** The last line and exit code for a report of the test runner, undefined for none at all, behind those at other paths. */
async function count(report: unknown, failedChecks = 0, before: readonly string[] = []): Promise<{ line: string; code: number }> {
  const path = join(folder, 'report.json')
  await writeFile(path, report === undefined ? '' : JSON.stringify(report))
  return new Promise((resolve) => {
    execFile(process.execPath, ['scripts/count-tests.mjs', ...before, path, String(failedChecks)], (error, stdout) =>
      resolve({ line: stdout.trimEnd().split('\n').at(-1)!, code: Number(error?.code ?? 0) }))
  })
}

describe('the closing line of the whole check', () => {
  it('counts what passed, failed and did not run', async () => {
    const testResults = [file('passed', 'passed', 'failed'), file('passed', 'pending', 'todo', 'skipped')]
    expect(await count({ success: false, testResults })).toEqual({ line: '3 passed, 1 failed, 3 skipped', code: 1 })
  })

  it('passes when all passed', async () => {
    expect(await count({ success: true, testResults: [file('passed')] })).toEqual({ line: '1 passed, 0 failed, 0 skipped', code: 0 })
  })

  it('fails when no test ran', async () => {
    expect(await count({ success: true, testResults: [] })).toEqual({ line: '0 passed, 0 failed, 0 skipped', code: 1 })
    expect(await count({ success: true, testResults: [file('skipped')] })).toEqual({ line: '0 passed, 0 failed, 1 skipped', code: 1 })
  })

  it('fails when the runner left no report', async () => {
    expect(await count(undefined)).toEqual({ line: '0 passed, 0 failed, 0 skipped', code: 1 })
  })

  it('counts a file that broke before its first test as a failure', async () => {
    const testResults = [file('passed'), { status: 'failed', assertionResults: [] }]
    expect(await count({ success: false, testResults })).toEqual({ line: '1 passed, 1 failed, 0 skipped', code: 1 })
  })

  it('counts what failed outside any test', async () => {
    expect(await count({ success: false, testResults: [file('passed')] })).toEqual({ line: '1 passed, 1 failed, 0 skipped', code: 1 })
  })

  it('fails with the true counts when another check failed', async () => {
    expect(await count({ success: true, testResults: [file('passed')] }, 1)).toEqual({ line: '1 passed, 0 failed, 0 skipped', code: 1 })
  })

  it('adds the reports of several runs, and fails when one of them is missing', async () => {
    const path = join(folder, 'first.json')
    await writeFile(path, JSON.stringify({ success: true, testResults: [file('passed', 'skipped')] }))
    expect(await count({ success: true, testResults: [file('passed', 'passed')] }, 0, [path])).toEqual({ line: '3 passed, 0 failed, 1 skipped', code: 0 })
    expect(await count(undefined, 0, [path])).toEqual({ line: '1 passed, 0 failed, 1 skipped', code: 1 })
  })
})
