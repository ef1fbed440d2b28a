/** What kafkajs throws when writing, as operating errors with a code. */
import { StewardError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'

const codes: Readonly<Record<string, ErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'TOPIC_MISSING',
  INVALID_TOPIC_EXCEPTION: 'TOPIC_MISSING',
  MESSAGE_TOO_LARGE: 'RECORD_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'RECORD_TOO_LARGE',
  INVALID_PRODUCER_EPOCH: 'FENCED',
}
/** PRODUCER_FENCED: newer than kafkajs, which knows it by number only */
const PRODUCER_FENCED = 90

/** An operating error for anything that kafkajs threw while `doing` something: `sending to journal-0`. */
export function writeError(error: unknown, doing: string): StewardError {
  if (error instanceof StewardError) return error
  return new StewardError(codeOf(error), `${doing}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
}

/** By what the broker said, to this error or to what caused it; LOG_UNAVAILABLE when no broker spoke or a new producer may mend it. */
function codeOf(error: unknown): ErrorCode {
  for (let at = error as { type?: string; code?: unknown; cause?: unknown } | undefined; at; at = at.cause as typeof at) {
    if (at.code === PRODUCER_FENCED) return 'FENCED'
    if (typeof at.type === 'string' && Object.hasOwn(codes, at.type)) return codes[at.type]
  }
  return 'LOG_UNAVAILABLE'
}
