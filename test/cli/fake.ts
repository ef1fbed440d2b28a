import type { ExitCode } from '../../src/cli/command.ts'
import type { Io } from '../../src/cli/io.ts'
import { runCli } from '../../src/cli/program.ts'
import type { Services } from '../../src/cli/services.ts'

export interface Ran { code: ExitCode; out: string; err: string; lines(): unknown[] }

export interface Setting {
  stdin?: string | Iterable<string | Uint8Array>
  env?: Record<string, string>
  terminal?: boolean
  /** the services the command may ask for; any other call fails the test */
  services?: Partial<Services>
}

/** Runs one command line in this process. */
export async function steward(argv: readonly string[], { stdin = '', env = {}, terminal = false, services = {} }: Setting = {}): Promise<Ran> {
  let out = ''
  let err = ''
  async function* input() {
    yield* typeof stdin === 'string' ? [stdin] : stdin
  }
  const io: Io = {
    out: (text) => { out += text; return Promise.resolve() },
    err: (text) => void (err += text),
    stdin: input(), env, outIsTerminal: terminal, errIsTerminal: false, interrupted: () => new AbortController().signal,
  }
  const code = await runCli(argv, { io, version: '1.2.3', loadServices: () => Promise.resolve({ stop: () => Promise.resolve(), ...services } as Services) })
  return { code, out, err, lines: () => out.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown) }
}

export async function* stream<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}
