/** Structured logs, one JSON object a line. Fields are scalars by construction: there is no way to hand a payload to the logger. */
import { pino, type DestinationStream } from 'pino'
import { StewardError } from '../errors.ts'

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** The last argument of every call: the error behind the line, if there is one. Its code, messages and, at debug, its stack are logged. */
export interface Log {
  error(message: string, fields?: LogFields, error?: unknown): void
  warn(message: string, fields?: LogFields, error?: unknown): void
  info(message: string, fields?: LogFields, error?: unknown): void
  debug(message: string, fields?: LogFields, error?: unknown): void
  /** the same log with these fields on every line */
  with(fields: LogFields): Log
}

const fieldLengthMax = 500

/** @param destination where lines go; standard error by default, since standard output carries data */
export function createLog(level: LogLevel, destination: DestinationStream = pino.destination({ fd: 2, sync: false })): Log {
  return wrap(pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }, destination))
}

type Pino = ReturnType<typeof pino>

function wrap(logger: Pino): Log {
  const line = (level: 'error' | 'warn' | 'info' | 'debug') => (message: string, fields: LogFields = {}, error?: unknown) => {
    if (!logger.isLevelEnabled(level)) return
    logger[level]({ ...scalars(fields), ...(error === undefined ? {} : errorFields(error, logger.isLevelEnabled('debug'))) }, message)
  }
  return { error: line('error'), warn: line('warn'), info: line('info'), debug: line('debug'), with: (fields) => wrap(logger.child(scalars(fields))) }
}

/** Types keep objects out; this keeps them out of what was cast, and long strings short. */
function scalars(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, scalar(value)]))
}

function scalar(value: unknown): unknown {
  if (typeof value === 'string') return value.length > fieldLengthMax ? `${value.slice(0, fieldLengthMax)}… (${value.length} characters)` : value
  return typeof value === 'object' && value !== null ? '[not logged]' : value
}

function errorFields(error: unknown, withStack: boolean): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: scalar(String(error)) }
  return {
    ...(error instanceof StewardError ? { code: error.code, policy: error.policy } : {}),
    error: scalar(error.message),
    ...(error.cause instanceof Error ? { cause: scalar(error.cause.message) } : {}),
    ...(withStack ? { stack: error.stack } : {}),
  }
}
