/** Options that several commands share, and readers of option values. */
import { existsSync } from 'node:fs'
import { InvalidArgumentError, type Command } from 'commander'
import type { Cli } from './command.ts'
import { usage } from './failure.ts'
import type { Watched } from './services.ts'
import type { ObservedRole } from '../engine/ports.ts'
import { progressReporter } from './progress.ts'

export interface ConfigOption { config?: string }
const defaultFile = 'steward.yaml'

export const withConfig = (command: Command): Command =>
  command.option('-c, --config <file>', `settings file (default: $STEWARD_CONFIG, else ${defaultFile} where it exists, else built-in defaults)`)

/** The settings file that holds: named, from the environment, or lying here; null for the defaults. */
export function configPath({ io }: Cli, { config }: ConfigOption): string | null {
  return config ?? io.env.STEWARD_CONFIG ?? (existsSync(defaultFile) ? defaultFile : null)
}

export const withJson = (command: Command, what = 'print JSON for machines'): Command => command.option('--json', what)

/** A whole number from `min`. */
export const integerFrom = (min: number) => (text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= min) return value
  throw new InvalidArgumentError(`It must be a whole number of at least ${min}.`)
}

export const numberOption = (text: string): number => {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new InvalidArgumentError('It must be a number.')
}

/** Epoch milliseconds of an ISO 8601 time, or such milliseconds themselves. A time without a zone is UTC. */
export const timeOption = (text: string): number => {
  const ms = parseTime(text)
  if (!Number.isNaN(ms)) return ms
  throw new InvalidArgumentError('It must be a time like 2026-11-23T08:00Z, or epoch milliseconds.')
}

const isoLike = /^\d{4}-\d{2}-\d{2}/
const zoned = /(Z|[+-]\d{2}:?\d{2})$/i

/** As timeOption; NaN when it is no time. */
export function parseTime(text: string): number {
  if (/^\d{11,}$/.test(text)) return Number(text)
  if (!isoLike.test(text)) return NaN
  const iso = text.replace(' ', 'T')
  return Date.parse(!iso.includes('T') || zoned.test(iso) ? iso : `${iso}Z`)
}

/** Collects a repeatable option. */
export const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value]

const observedRoles: readonly string[] = ['predictions', 'labels', 'features'] satisfies ObservedRole[]

/** `labels,features` */
export const observedList = (text: string): ObservedRole[] => {
  const roles = text.split(',').map((role) => role.trim())
  const wrong = roles.find((role) => !observedRoles.includes(role))
  if (wrong === undefined) return roles as ObservedRole[]
  throw new InvalidArgumentError(`'${wrong}' is not one of ${observedRoles.join(', ')}.`)
}

/** JSON given on the command line. */
export function jsonOption(text: string, option: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw usage(`${option} is not JSON (${(cause as Error).message}). Quote it for the shell: ${option} '{"delta": 0.01}'`)
  }
}

/**
 * Runs long work with progress on standard error and a signal that the first Ctrl-C aborts.
 * `clear` takes a bar off the terminal; call it before other text. The next report puts it back.
 */
export async function watched<T>(cli: Cli, work: (watch: Watched, clear: () => void) => Promise<T>): Promise<T> {
  const reporter = await progressReporter(cli.io)
  try {
    return await work({ onProgress: (progress) => reporter.report(progress), signal: cli.io.interrupted() }, () => reporter.stop())
  } finally {
    reporter.stop()
  }
}
