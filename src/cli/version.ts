import { readFileSync } from 'node:fs'

/** The package's own, from the nearest package.json above: the built file and the source lie at different depths. */
export const version: string = find(new URL('.', import.meta.url))

function find(folder: URL): string {
  try {
    const { name, version: found } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { name?: string; version?: string }
    if (name === 'model-steward' && found !== undefined) return found
  } catch {
    // not in this folder
  }
  const parent = new URL('..', folder)
  return parent.href === folder.href ? 'unknown' : find(parent)
}
