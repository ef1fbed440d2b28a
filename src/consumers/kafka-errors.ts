/** What kafkajs throws, as operating errors with a code. */
import { StewardError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'

const codes: Readonly<Record<string, ErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'TOPIC_MISSING',
  INVALID_TOPIC_EXCEPTION: 'TOPIC_MISSING',
}

/** The error type that the broker gave, of this error or of what caused it; undefined when no broker spoke. */
export function brokerErrorType(error: unknown): string | undefined {
  for (let at = error as { type?: string; cause?: unknown } | undefined; at; at = at.cause as typeof at) {
    if (typeof at.type === 'string') return at.type
  }
  return undefined
}

/** An operating error for anything that kafkajs threw while `doing` something: `reading labels`. */
export function readError(error: unknown, doing: string): StewardError {
  if (error instanceof StewardError) return error
  const code = codes[brokerErrorType(error) ?? ''] ?? 'LOG_UNAVAILABLE'
  return new StewardError(code, `${doing}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
}
