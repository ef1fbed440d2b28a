/** Writer schemas by id: from files named in the configuration, from a registry, loaded once each. */
import { readFile } from 'node:fs/promises'
import { StewardError } from '../errors.ts'
import { parseSchema } from './avro-schema.ts'
import type { AvroType, WriterSchema } from './avro-schema.ts'
import type { Registry } from './registry.ts'

export interface SchemaSource {
  /** What is known of an id now: a schema, null when nobody knows it, undefined when it was not asked for yet. Synchronous. */
  get(id: number): WriterSchema | null | undefined
  /** Asks for an id once; afterwards `get` answers. @throws StewardError REGISTRY_UNAVAILABLE */
  load(id: number): Promise<void>
}

export interface SchemaSourceOptions {
  /** schema id → path of an .avsc file; wins over the registry */
  files?: Readonly<Record<string, string>>
  registry?: Registry | null
  /** for how long an unknown id stays unknown; default `Date.now` */
  nowMs?: () => number
}

/** Ids that nobody knows are remembered up to this many, so that a stream of garbage asks a registry only so often. */
const UNKNOWN_MAX = 10_000
/** … and for so long, so that a schema registered late is found without a restart */
const UNKNOWN_MS = 60_000

/** @throws StewardError CONFIG_INVALID naming the file that is missing or no schema */
export async function createSchemaSource({ files = {}, registry = null, nowMs = Date.now }: SchemaSourceOptions = {}): Promise<SchemaSource> {
  const known = new Map<number, WriterSchema>()
  const unknownSince = new Map<number, number>()
  const loading = new Map<number, Promise<void>>()
  for (const [id, path] of Object.entries(files)) known.set(Number(id), { format: 'avro', type: await schemaFile(id, path) })

  const ask = async (id: number): Promise<void> => {
    const found = registry === null ? null : await registry.schema(id)
    if (found !== null) known.set(id, found)
    else {
      if (unknownSince.size >= UNKNOWN_MAX) unknownSince.clear()
      unknownSince.set(id, nowMs())
    }
  }
  return {
    get: (id) => known.get(id) ?? (nowMs() - (unknownSince.get(id) ?? -Infinity) < UNKNOWN_MS ? null : undefined),
    load(id) {
      const underway = loading.get(id) ?? ask(id).finally(() => loading.delete(id))
      loading.set(id, underway)
      return underway
    },
  }
}

async function schemaFile(id: string, path: string): Promise<AvroType> {
  try {
    return parseSchema(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    throw new StewardError('CONFIG_INVALID', `schemaFiles: the file of id ${id}, ${path}, cannot be used: ${(cause as Error).message}`, { cause })
  }
}
