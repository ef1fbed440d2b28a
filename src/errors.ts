/** The one table of operating errors. Each has a page entry in docs/errors.md (tested against it) and a retry policy. */

export interface ErrorKind {
  /** `retry`: the caller waits and tries again; `stop`: a person must act first */
  policy: 'retry' | 'stop'
  /** what happened, for a person */
  meaning: string
  /** the next step */
  remedy: string
}

export const errorKinds = {
  CONFIG_INVALID: { policy: 'stop', meaning: 'The configuration could not be used.', remedy: 'Correct the setting that the message names and start again.' },
  USAGE: { policy: 'stop', meaning: 'The command line could not be understood.', remedy: 'See the example in the message or run the command with --help.' },
  INPUT_UNREADABLE: { policy: 'stop', meaning: 'A file named on the command line could not be read.', remedy: 'Check the path and the format that the message names.' },
  STORE_UNAVAILABLE: { policy: 'retry', meaning: 'Redis does not answer.', remedy: 'Nothing is lost: work resumes when it answers. Check the address, password and CA in the message.' },
  STORE_REFUSED: { policy: 'stop', meaning: 'Redis answered with an error that a retry cannot mend.', remedy: 'Read the message: out of memory, a wrong eviction policy or missing rights.' },
  CLAIM_EXPIRED: { policy: 'retry', meaning: 'A claim of a task came after its deadline.', remedy: 'None needed: the task is claimed again while it is still assigned.' },
  LOG_UNAVAILABLE: { policy: 'retry', meaning: 'Kafka does not answer.', remedy: 'Nothing is lost: work resumes when it answers. Check the brokers in the message.' },
  TOPIC_MISSING: { policy: 'stop', meaning: 'A topic does not exist.', remedy: 'Run `steward topics create`, or correct the topic name in the configuration.' },
  PARTITIONS_DIFFER: { policy: 'stop', meaning: 'Topics that must be read together have different partition counts.', remedy: 'Recreate the topic with the partition count of its fellows, and load it anew.' },
  OFFSET_GAP: { policy: 'stop', meaning: 'Records that were not yet processed are gone from the log.', remedy: 'Retention took them. Restore the topic from a copy; or begin anew as docs/operations.md says, which forgets what the task knew.' },
  REGISTRY_UNAVAILABLE: { policy: 'retry', meaning: 'The schema registry does not answer.', remedy: 'Check its address; decoding waits for it.' },
  SCHEMA_INCOMPATIBLE: { policy: 'stop', meaning: 'The registry refused a schema of ours.', remedy: 'The subject holds an incompatible schema: choose another topic name or mend the subject.' },
  RECORD_TOO_LARGE: { policy: 'stop', meaning: 'The broker will never take a record of this size.', remedy: 'The entry is in the quarantine list of its task, in Redis, and blocks nothing. Raise max.message.bytes of the topic, so that the next one fits.' },
  FENCED: { policy: 'retry', meaning: 'Another worker took this task over.', remedy: 'None needed: this worker dropped the task.' },
  JOURNAL_MISMATCH: { policy: 'stop', meaning: 'Re-executed epochs do not give the hashes that the journal holds.', remedy: 'State or topics were changed by hand, retention took records, or the program differs. Keep everything, start the version that wrote the journal, or run `steward replay --journal` to see how far it can be followed.' },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errorKinds

/** An operating error: a code from the table, and what exactly happened. */
export class StewardError extends Error {
  override name = 'StewardError'
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
  get policy(): ErrorKind['policy'] {
    return errorKinds[this.code].policy
  }
}
