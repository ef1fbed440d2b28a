/** Our own schemas, from the package's `schemas` folder: the contract of every topic. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isRekeyed, type InputRole, type OutputRole, type RekeyedRole } from '../engine/ports.ts'

/** One schema as its file holds it. */
export type SchemaNode = string | readonly SchemaNode[] | {
  type: SchemaNode
  name?: string
  logicalType?: string
  symbols?: readonly string[]
  items?: SchemaNode
  values?: SchemaNode
  fields?: readonly { name: string; type: SchemaNode; default?: unknown }[]
}

/** Roles of internal topics: their records have no schema of ours. */
export type InternalRole = RekeyedRole | 'panes' | 'journal'

export const isInternal = (role: InputRole | OutputRole): role is InternalRole => role === 'panes' || role === 'journal' || isRekeyed(role)

/** Roles whose records have a schema. */
export type SchemaRole = Exclude<InputRole | OutputRole, InternalRole>

/** Role → schema name and the `kind` of the record. */
export const contracts = {
  predictions: { schema: 'Prediction', kind: 'prediction' },
  labels: { schema: 'Label', kind: 'label' },
  features: { schema: 'Features', kind: 'features' },
  candidates: { schema: 'Candidate', kind: 'candidate' },
  commands: { schema: 'Command', kind: 'command' },
  policies: { schema: 'Policy', kind: 'policy' },
  profiles: { schema: 'Profile', kind: 'profile' },
  ticks: { schema: 'Tick', kind: 'tick' },
  'retrain-requested': { schema: 'RetrainRequested', kind: 'retrain-requested' },
  promote: { schema: 'Promote', kind: 'promote' },
  rollback: { schema: 'Rollback', kind: 'rollback' },
  'serving-config': { schema: 'ServingConfig', kind: 'serving-config' },
  incidents: { schema: 'Incident', kind: 'incident' },
  decisions: { schema: 'Decision', kind: 'decision' },
  'dead-letters': { schema: 'DeadLetter', kind: 'dead-letter' },
} as const satisfies Record<SchemaRole, { schema: string; kind: string }>

const cache = new Map<string, SchemaNode>()

/** The schema of a role, parsed from `schemas/<Name>.avsc`. */
export function ownSchema(role: SchemaRole): SchemaNode {
  const name = contracts[role].schema
  const known = cache.get(name)
  if (known !== undefined) return known
  const schema = JSON.parse(readFileSync(new URL(`${name}.avsc`, schemaFolder()), 'utf8')) as SchemaNode
  cache.set(name, schema)
  return schema
}

/** The folder stands beside `src` in the sources, beside `dist` in the package. */
function schemaFolder(): URL {
  const inSources = new URL('../../schemas/', import.meta.url)
  return existsSync(fileURLToPath(inSources)) ? inSources : new URL('../../../schemas/', import.meta.url)
}
