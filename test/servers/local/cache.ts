/** A folder that is either whole or absent. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** `$XDG_CACHE_HOME/model-steward`, or `~/.cache/model-steward`. */
export const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'model-steward')

/**
 * The cached folder `name`, filled by `fill` the first time. It is filled under another name and renamed when done, so that a
 * download that broke off, or another process that does the same now, leaves nothing half-finished to be used.
 */
export async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name)
  if (existsSync(folder)) return folder
  await mkdir(cacheFolder(), { recursive: true })
  const unfinished = await mkdtemp(`${folder}.unfinished-`)
  try {
    await fill(unfinished)
    await rename(unfinished, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error // else another process was first
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return folder
}

export const isCached = (name: string): boolean => existsSync(join(cacheFolder(), name))
