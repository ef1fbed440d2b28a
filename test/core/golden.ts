import { readFileSync } from 'node:fs'

/** Reads test/vectors/<name>.json, typed by the caller. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as T
}
