/** The schema registry, through the Confluent API that all of them speak. */
import { errorKinds, StewardError } from '../errors.ts'
import { parseSchema } from './avro-schema.ts'
import type { WriterSchema } from './avro-schema.ts'

export interface Registry {
  /** The schema of an id, with everything it refers to; null when the registry has none. @throws StewardError REGISTRY_UNAVAILABLE */
  schema(id: number): Promise<WriterSchema | null>
  /**
   * Registers an Avro schema (again: the same id) and returns its id.
   * @throws StewardError SCHEMA_INCOMPATIBLE when the subject holds another that it does not fit, REGISTRY_UNAVAILABLE
   */
  register(subject: string, schema: unknown): Promise<number>
}

export interface RegistryOptions {
  /** `http://localhost:8081`, or with a path (`…/apis/ccompat/v7`); user and password may stand in it */
  url: string
  username?: string
  password?: string
  /** for registries that want `Authorization: Bearer` */
  token?: string
  timeoutMs?: number
}

interface Reference { subject: string; version: number }
interface Answer { schema: string; schemaType?: string; references?: Reference[] }

const NOT_FOUND = 404
/** 409 of the API; 422 is what some give for a schema they cannot take */
const REFUSALS: readonly number[] = [409, 422]
const REFERENCE_DEPTH_MAX = 16

export function createRegistry(options: RegistryOptions): Registry {
  const { timeoutMs = 10_000 } = options
  const { base, headers, name } = address(options)

  /** @returns null on 404 */
  const call = async (path: string, body?: unknown): Promise<{ status: number; answer: unknown } | null> => {
    const request = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
    const unavailable = (what: string, cause?: unknown) =>
      new StewardError('REGISTRY_UNAVAILABLE', `the schema registry at ${name} ${what}. ${errorKinds.REGISTRY_UNAVAILABLE.remedy}`, { cause })
    try {
      const response = await fetch(`${base}${path}`, { ...request, signal: AbortSignal.timeout(timeoutMs) })
      const text = await response.text()
      if (response.status === NOT_FOUND) return null
      if (!response.ok && !REFUSALS.includes(response.status)) throw unavailable(`answered ${response.status}: ${text.slice(0, 200)}`)
      return { status: response.status, answer: JSON.parse(text) as unknown }
    } catch (cause) {
      if (cause instanceof StewardError) throw cause
      const { name: kind, message, cause: deeper } = cause as Error
      if (kind === 'TimeoutError') throw unavailable(`did not answer within ${timeoutMs} ms`, cause)
      throw unavailable(`cannot be used: ${deeper instanceof Error ? deeper.message || (deeper as NodeJS.ErrnoException).code : message}`, cause)
    }
  }

  /** Schemas that `answer` uses, each after those that it uses itself. */
  const referenced = async (answer: Answer, depth = 0): Promise<unknown[]> => {
    const schemas: unknown[] = []
    if (depth > REFERENCE_DEPTH_MAX) return schemas
    for (const { subject, version } of answer.references ?? []) {
      const found = await call(`/subjects/${encodeURIComponent(subject)}/versions/${version}`)
      if (found === null) continue
      const reference = found.answer as Answer
      schemas.push(...await referenced(reference, depth + 1), JSON.parse(reference.schema))
    }
    return schemas
  }

  return {
    async schema(id) {
      const found = await call(`/schemas/ids/${id}`)
      if (found === null) return null
      const answer = found.answer as Answer
      const { schemaType = 'AVRO' } = answer
      if (schemaType === 'JSON') return { format: 'json' }
      if (schemaType !== 'AVRO') return { format: 'unusable', reason: `it is a ${schemaType} schema; Avro and JSON are supported` }
      const references = await referenced(answer)
      try {
        return { format: 'avro', type: parseSchema(JSON.parse(answer.schema), unique(references)) }
      } catch (error) {
        return { format: 'unusable', reason: (error as Error).message }
      }
    },

    async register(subject, schema) {
      const done = await call(`/subjects/${encodeURIComponent(subject)}/versions`, { schema: JSON.stringify(schema), schemaType: 'AVRO' })
      if (done !== null && !REFUSALS.includes(done.status)) return (done.answer as { id: number }).id
      const said = done === null ? 'not found' : (done.answer as { message?: string }).message ?? 'no reason given'
      throw new StewardError('SCHEMA_INCOMPATIBLE', `the registry refused our schema for subject '${subject}': ${said}. ${errorKinds.SCHEMA_INCOMPATIBLE.remedy}`)
    },
  }
}

/** A schema that two others use comes once: a name may be defined only once. */
function unique(schemas: readonly unknown[]): unknown[] {
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()]
}

function address({ url, username, password, token }: RegistryOptions): { base: string; name: string; headers: Record<string, string> } {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch (cause) {
    throw new StewardError('CONFIG_INVALID', `registry.url: '${url}' is no address; give one like http://localhost:8081`, { cause })
  }
  const user = username ?? decodeURIComponent(parsed.username)
  const secret = password ?? decodeURIComponent(parsed.password)
  parsed.username = ''
  parsed.password = ''
  const name = parsed.href.replace(/\/$/, '')
  const headers: Record<string, string> = { accept: 'application/vnd.schemaregistry.v1+json', 'content-type': 'application/vnd.schemaregistry.v1+json' }
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  else if (user !== '') headers.authorization = `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
  return { base: name, name, headers }
}
