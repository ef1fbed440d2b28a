/** Why a record went to `dead-letters`: the codes of the decoder. */

export interface RefusalKind {
  /** what is wrong with the record, for a person */
  meaning: string
  /** the next step */
  remedy: string
}

export const refusalKinds = {
  NO_VALUE: { meaning: 'The record has no value (a tombstone).', remedy: 'Nothing to do on a compacted topic; elsewhere look at the producer.' },
  UNDECODABLE: { meaning: 'The bytes are neither JSON nor what their Avro schema says.', remedy: 'Look at the producer: a truncated value, another serialiser or a wrong schema id.' },
  OVERSIZED: { meaning: 'The value is larger than the configured limit.', remedy: 'Send less in one record, or raise the limit of the input.' },
  UNKNOWN_SCHEMA: { meaning: 'Nobody knows the schema id in front of the value.', remedy: 'Register the schema, or map the id to a file with `schemaFiles`; then redrive.' },
  MISSING_FIELD: { meaning: 'A field that the record cannot do without is absent or empty.', remedy: 'Send the field, or name its path in the mapping of the input.' },
  WRONG_TYPE: { meaning: 'A field holds something else than its type.', remedy: 'Correct the producer, or map another field.' },
  NUMBER_TOO_LARGE: { meaning: 'A whole number beyond 2^53 where it must be exact.', remedy: 'Send it as a string, or in a larger unit.' },
  UNSUPPORTED: { meaning: 'The record has a form that is refused rather than half supported.', remedy: 'The message says which form to send instead.' },
} as const satisfies Record<string, RefusalKind>

export type RefusalCode = keyof typeof refusalKinds

/** Thrown inside the codec and turned into a value at its edge. Not an Error: it is an expected outcome and needs no stack. */
export class Refusal {
  readonly code: RefusalCode
  readonly message: string
  constructor(code: RefusalCode, message: string) {
    this.code = code
    this.message = message
  }
}

export function refuse(code: RefusalCode, message: string): never {
  throw new Refusal(code, message)
}
