/** What Redis or the way to it said, as one of our errors with its remedy. */
import { StewardError } from '../errors.ts'

/** Error codes of a TLS handshake that only another CA file or certificate can mend. */
const certificateCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_UNTRUSTED',
])

/** First word of an error reply → what to do about it. A retry mends none of these. */
const refusals: Readonly<Record<string, string>> = {
  OOM: 'Redis is at its memory limit: raise maxmemory or give it a server of its own (maxmemory-policy must stay noeviction).',
  NOAUTH: 'Redis asks for a password: set redis.password.',
  WRONGPASS: 'Redis does not know this user and password: correct redis.password.',
  NOPERM: 'The Redis user lacks rights: ACL SETUSER it with `~<prefix>:* +@read +@write +@scripting +@connection +info +time` (on a cluster also `+cluster`).',
  MISCONF: 'Redis cannot write to its disk: free or mend the disk that holds its append-only file.',
  WRONGTYPE: 'A key of ours holds something else: another program uses the same prefix. Choose another redis.prefix.',
  CROSSSLOT: 'Keys of one task lie on several nodes: the key prefix must hold no braces.',
  NOPROTO: 'This Redis is too old: version 6.2 or later is needed.',
}

/** First word of an error reply that passes by itself. */
const passing = new Set([
  'LOADING', 'BUSY', 'UNKILLABLE', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'READONLY', 'NOREPLICAS', 'MOVED', 'ASK', 'NOSCRIPT',
])

interface Raw {
  name: string
  message: string
  code?: unknown
}

/** `problem` is the last trouble of the connection itself: ioredis tells it only in an event, and a command only "Connection is closed.". */
export function toStoreError(error: unknown, doing: string, address: string, problem: Error | null): StewardError {
  if (error instanceof StewardError) return error
  const raw = asRaw(error)
  if (isReply(raw)) return fromReply(raw, doing, address)
  const reason = problem === null ? raw : asRaw(problem)
  if (isReply(reason)) return fromReply(reason, doing, address)
  if (certificateCodes.has(String(reason.code))) {
    return refused(`Could not ${doing}: the certificate of Redis at ${address} is not trusted (${reason.message}). Set redis.caFile to the CA that signed it.`, reason)
  }
  return unavailable(`Could not ${doing}: no answer from Redis at ${address} (${plain(reason)}).`, reason)
}

function fromReply(raw: Raw, doing: string, address: string): StewardError {
  const word = wordOf(raw)
  const told = `Could not ${doing}: Redis at ${address} answered "${raw.message}".`
  if (passing.has(word)) return unavailable(told, raw)
  const remedy = Object.hasOwn(refusals, word) ? refusals[word] : undefined
  return refused(remedy === undefined ? told : `${told} ${remedy}`, raw)
}

// The original is not kept as cause: ioredis hangs the arguments of the command on it, and payloads do not belong in logs.
const stripped = ({ name, message, code }: Raw) => ({ cause: { name, message, ...(code === undefined ? {} : { code }) } })
const refused = (message: string, raw: Raw) => new StewardError('STORE_REFUSED', message, stripped(raw))
const unavailable = (message: string, raw: Raw) => new StewardError('STORE_UNAVAILABLE', message, stripped(raw))

function asRaw(error: unknown): Raw {
  if (error instanceof AggregateError && error.errors.length > 0) return asRaw(error.errors[0])
  if (error instanceof Error) return error
  return { name: 'Error', message: String(error) }
}

const wordOf = ({ message }: Raw) => message.split(' ', 1)[0]!
const isReply = (raw: Raw) => raw.name === 'ReplyError' || passing.has(wordOf(raw)) || Object.hasOwn(refusals, wordOf(raw))

function plain({ message }: Raw): string {
  if (message.startsWith("Stream isn't writeable")) return 'not connected; reconnecting'
  if (message.startsWith('Reached the max retries')) return 'the connection broke before the answer'
  return message
}
