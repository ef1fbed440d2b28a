import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { serverFolder, startLocal } from './process.ts'
import type { LocalServer } from './process.ts'

const START_AND_WAIT = fileURLToPath(new URL('start-and-wait.ts', import.meta.url))
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A server that runs `code` and answers once `file` is in its folder. */
async function small(code: string, file = 'ready'): Promise<LocalServer> {
  const folder = await serverFolder('small')
  const answers = async () => existsSync(join(folder, file))
  return { name: 'small', address: 'nowhere', folder, file: process.execPath, args: ['-e', code], cwd: folder, answers }
}
const WAIT = "require('fs').appendFileSync('ready', 'x'); setInterval(() => {}, 1000)"

describe('a local server', () => {
  it('is up when it answers, and gone with its folder when it is stopped', async () => {
    const spec = await small(WAIT)
    const server = await startLocal(spec)
    const pid = server.pid!
    expect(isAlive(pid)).toBe(true)
    await server.stop()
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(spec.folder)).toBe(false)
  })

  it('keeps its folder through a kill and a restart', async () => {
    const spec = await small(WAIT)
    const server = await startLocal(spec)
    const pid = server.pid!
    await writeFile(join(spec.folder, 'data'), 'kept')
    await server.kill()
    expect(isAlive(pid)).toBe(false)
    expect(server.pid).toBeUndefined()
    await server.restart()
    expect(server.pid).not.toBe(pid)
    expect(await readFile(join(spec.folder, 'data'), 'utf8')).toBe('kept')
    await server.stop()
  })

  it('may be stopped after it was killed', async () => {
    const spec = await small(WAIT)
    const server = await startLocal(spec)
    await server.kill()
    await server.stop()
    expect(existsSync(spec.folder)).toBe(false)
  })

  it('that ends at once fails with the end of its log, and leaves no folder', async () => {
    const spec = await small("console.error('no such option'); process.exit(1)")
    await expect(startLocal(spec)).rejects.toThrow(/small ended at once.*\nno such option/s)
    expect(existsSync(spec.folder)).toBe(false)
  })

  it('whose program is not there fails with its name', async () => {
    const spec = { ...(await small(WAIT)), file: 'no-such-program-anywhere' }
    await expect(startLocal(spec)).rejects.toThrow('could not be run (no-such-program-anywhere)')
  })

  it('that cannot be prepared leaves no folder', async () => {
    const spec = { ...(await small(WAIT)), prepare: () => Promise.reject(new Error('no disk')) }
    await expect(startLocal(spec)).rejects.toThrow('no disk')
    expect(existsSync(spec.folder)).toBe(false)
  })

  it.for(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('ends, with its folder, when the process that started it gets %s', async (signal) => {
    const owner = spawn(process.execPath, ['--import', 'tsx', START_AND_WAIT], { stdio: ['ignore', 'pipe', 'inherit'] })
    const { pid, folder } = JSON.parse(String((await once(owner.stdout, 'data'))[0])) as { pid: number; folder: string }
    expect(isAlive(pid)).toBe(true)
    owner.kill(signal)
    await vi.waitFor(() => expect([isAlive(pid), existsSync(folder)]).toEqual([false, false]), { timeout: 10_000, interval: 50 })
  })
})
