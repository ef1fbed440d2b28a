/** Our Lua scripts: one file each in ./scripts, with a header of keys, arguments and result codes. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { StewardError } from '../errors.ts'
import type { Argument, Ask } from './connection.ts'

const names = ['claim', 'commit', 'owns', 'trim-outbox', 'quarantine'] as const
export type ScriptName = (typeof names)[number]

interface Script {
  source: string
  sha: string
}

/** Runs a script by its hash; a server that does not know it (new, restarted, flushed) gets the source once. */
export type RunScript = (doing: string, name: ScriptName, keys: readonly string[], args: readonly Argument[]) => Promise<unknown>

export function scriptRunner(ask: Ask): RunScript {
  const scripts = Object.fromEntries(names.map((name) => [name, load(name)])) as Record<ScriptName, Script>
  return async (doing, name, keys, args) => {
    const { source, sha } = scripts[name]
    try {
      return await ask(doing, 'evalsha', [sha, keys.length, ...keys, ...args])
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return ask(doing, 'eval', [source, keys.length, ...keys, ...args])
    }
  }
}

function load(name: ScriptName): Script {
  const source = readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8')
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

const isUnknownScript = (error: unknown) =>
  error instanceof StewardError && (error.cause as { message?: string } | undefined)?.message?.startsWith('NOSCRIPT') === true
