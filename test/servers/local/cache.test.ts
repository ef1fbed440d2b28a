import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cached, cacheFolder, isCached } from './cache.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'steward-cache-'))
  vi.stubEnv('XDG_CACHE_HOME', home)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true })
})

const fillWith = (text: string) => async (folder: string) => { await writeFile(join(folder, 'file'), text) }

describe('the cache of downloaded servers', () => {
  it('fills a folder once', async () => {
    const folder = await cached('server-1', fillWith('first'))
    expect(await cached('server-1', fillWith('second'))).toBe(folder)
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('first')
  })

  it('never offers a download that broke off', async () => {
    const broken = cached('server-1', async (folder) => {
      await fillWith('half')(folder)
      throw new Error('connection lost')
    })
    await expect(broken).rejects.toThrow('connection lost')
    expect(isCached('server-1')).toBe(false)
    expect(await readdir(cacheFolder())).toEqual([])
  })

  it('is not seen before it is whole', async () => {
    let seen: boolean | undefined
    await cached('server-1', async (folder) => {
      await fillWith('half')(folder)
      seen = isCached('server-1')
    })
    expect(seen).toBe(false)
    expect(isCached('server-1')).toBe(true)
  })

  it('lets two processes fill it at once and keeps the first', async () => {
    const both = await Promise.all([cached('server-1', fillWith('a')), cached('server-1', fillWith('b'))])
    expect(both[0]).toBe(both[1])
    expect(await readdir(cacheFolder())).toEqual(['server-1'])
  })

  it('lives in the home folder when no cache folder is set', () => {
    vi.stubEnv('XDG_CACHE_HOME', '')
    vi.stubEnv('HOME', home)
    expect(cacheFolder()).toBe(join(home, '.cache', 'model-steward'))
    expect(existsSync(cacheFolder())).toBe(false)
  })
})
