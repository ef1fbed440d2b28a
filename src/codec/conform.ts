/**
 * Fits a decoded value (JSON, or an Avro record of any version) to one of our schemas: defaults for what is absent, unknown fields
 * dropped, types checked, each complaint naming the path of the field.
 */
import { refuse } from './codes.ts'
import { asNumber, isContainer, shown } from './features.ts'
import type { SchemaNode } from './own.ts'
import { parseTime } from './time.ts'

type Named = Map<string, SchemaNode>

/** @returns plain data @throws Refusal MISSING_FIELD, WRONG_TYPE, NUMBER_TOO_LARGE */
export function conform(schema: SchemaNode, value: unknown): unknown {
  return fit(schema, value, '', new Map())
}

function fit(node: SchemaNode, value: unknown, path: string, named: Named): unknown {
  if (isUnion(node)) return fitUnion(node, value, path, named)
  if (typeof node === 'string') return named.has(node) ? fit(named.get(node)!, value, path, named) : fitScalar(node, value, path)
  if (node.name !== undefined) named.set(node.name, node)
  if (node.logicalType === 'timestamp-millis') return fitTime(value, path)
  switch (node.type) {
    case 'record': return fitRecord(node, value, path, named)
    case 'enum': return fitEnum(node.symbols!, value, path)
    case 'array':
      if (!Array.isArray(value)) return wrong(path, 'a list', value)
      return value.map((item, i) => fit(node.items!, item, `${path}[${i}]`, named))
    case 'map': return fitMap(node.values!, value, path, named)
    default: return fit(node.type, value, path, named)
  }
}

const isUnion = (node: SchemaNode): node is readonly SchemaNode[] => Array.isArray(node)

const wrong = (path: string, wanted: string, value: unknown): never => refuse('WRONG_TYPE', `'${path}' must be ${wanted}, not ${shown(value)}`)

function fitRecord(node: SchemaNode & { fields?: readonly { name: string; type: SchemaNode; default?: unknown }[] }, value: unknown, path: string, named: Named): unknown {
  if (!isContainer(value)) return wrong(path === '' ? 'the record' : path, 'an object', value)
  const record: Record<string, unknown> = {}
  for (const field of node.fields!) {
    const here = path === '' ? field.name : `${path}.${field.name}`
    const given = memberOf(value, field.name)
    if (given !== undefined && (given !== null || takesNull(field.type))) record[field.name] = fit(field.type, given, here, named)
    else if (field.default !== undefined) {
      register(field.type, named)
      record[field.name] = structuredClone(field.default)
    } else refuse('MISSING_FIELD', `'${here}' is missing`)
  }
  return record
}

/** Names defined in a field that was passed over may be used by a later one. */
function register(node: SchemaNode, named: Named): void {
  if (typeof node === 'string') return
  if (isUnion(node)) return node.forEach((branch) => { register(branch, named) })
  if (node.name !== undefined) named.set(node.name, node)
  for (const part of [node.items, node.values, ...(node.fields ?? []).map((field) => field.type)]) if (part !== undefined) register(part, named)
}

const takesNull = (node: SchemaNode): boolean => isUnion(node) && node.includes('null')

function memberOf(value: object, name: string): unknown {
  if (value instanceof Map) return (value as Map<string, unknown>).get(name)
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}

function fitUnion(branches: readonly SchemaNode[], value: unknown, path: string, named: Named): unknown {
  if (value === null) return branches.includes('null') ? null : wrong(path, 'given', value)
  branches.forEach((branch) => { register(branch, named) })
  const others = branches.filter((branch) => branch !== 'null')
  const match = others.length === 1 ? others[0] : others.find((branch) => suits(typeof branch === 'string' ? named.get(branch) ?? branch : branch, value))
  return match === undefined ? wrong(path, `one of ${others.map(nameOf).join(', ')}`, value) : fit(match, value, path, named)
}

/** Of several branches, the one for this value: scalars by type, records by the presence of what they need. */
function suits(branch: SchemaNode, value: unknown): boolean {
  if (branch === 'double') return typeof value === 'number' || typeof value === 'bigint'
  if (typeof branch === 'string') return typeof value === branch
  if (isUnion(branch) || branch.fields === undefined || !isContainer(value)) return false
  return branch.fields.every((field) => field.default !== undefined || memberOf(value, field.name) !== undefined)
}

function nameOf(branch: SchemaNode): string {
  if (typeof branch === 'string') return branch
  return isUnion(branch) ? 'union' : branch.name ?? String(branch.type)
}

function fitMap(values: SchemaNode, value: unknown, path: string, named: Named): unknown {
  if (!isContainer(value)) return wrong(path, 'an object', value)
  const map: Record<string, unknown> = {}
  for (const [key, member] of value instanceof Map ? value as Map<string, unknown> : Object.entries(value)) {
    if (key === '__proto__') refuse('WRONG_TYPE', `'${path}' may not hold the name '__proto__'`)
    map[key] = fit(values, member, `${path}.${key}`, named)
  }
  return map
}

/** Avro names have no hyphen, ours have: either is taken, the hyphen is given. */
function fitEnum(symbols: readonly string[], value: unknown, path: string): string {
  const symbol = typeof value === 'string' ? value.replaceAll('-', '_') : ''
  return symbols.includes(symbol) ? symbol.replaceAll('_', '-') : refuse('WRONG_TYPE', `'${path}' must be one of ${symbols.join(', ').replaceAll('_', '-')}`)
}

function fitTime(value: unknown, path: string): number {
  return parseTime(value) ?? refuse(typeof value === 'bigint' ? 'NUMBER_TOO_LARGE' : 'WRONG_TYPE', `'${path}' is no time: send epoch milliseconds or ISO 8601`)
}

function fitScalar(type: string, value: unknown, path: string): unknown {
  switch (type) {
    case 'string': return typeof value === 'string' ? value : wrong(path, 'a string', value)
    case 'boolean': return typeof value === 'boolean' ? value : wrong(path, 'true or false', value)
    case 'double': return asNumber(value, `'${path}'`)
    case 'bytes': return typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value instanceof Uint8Array ? new Uint8Array(value) : wrong(path, 'base64', value)
    default:
      if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))) refuse('NUMBER_TOO_LARGE', `'${path}' is beyond 2^53`)
      return Number.isInteger(value) ? value : wrong(path, 'a whole number', value)
  }
}
