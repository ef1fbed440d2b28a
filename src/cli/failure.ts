/** How a command says that it failed: what happened, the code, the next step. */
import { errorKinds, StewardError } from '../errors.ts'
import type { ExitCode } from './command.ts'
import { paintFor, type Io } from './io.ts'

/** Prints an error to standard error and gives the exit code: 2 where the user can mend the call, 1 otherwise. */
export function reportFailure(io: Io, error: unknown, verbose: boolean): ExitCode {
  const paint = paintFor(io, 'err')
  const message = error instanceof Error ? error.message : String(error)
  const known = error instanceof StewardError
  io.err(`${paint(['bold', 'red'], 'error')}  ${message.replaceAll('\n', '\n       ')}\n`)
  if (known) io.err(`${paint('bold', 'code')}   ${error.code} (docs/errors.md)\n${paint('bold', 'next')}   ${errorKinds[error.code].remedy}\n`)
  else io.err(`${paint('bold', 'next')}   This is not an error we know of: run it again with --verbose and report what it prints.\n`)
  if (verbose && error instanceof Error) io.err(`\n${stacks(error)}\n`)
  return known && (error.code === 'CONFIG_INVALID' || error.code === 'USAGE' || error.code === 'INPUT_UNREADABLE') ? 2 : 1
}

function stacks(error: Error): string {
  const own = error.stack ?? String(error)
  return error.cause instanceof Error ? `${own}\ncaused by ${stacks(error.cause)}` : own
}

/** A mistake on the command line. */
export const usage = (message: string): StewardError => new StewardError('USAGE', message)
