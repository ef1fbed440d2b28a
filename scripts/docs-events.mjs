/**
 * Writes docs/events.md from schemas/*.avsc and the decoder's codes.
 * `npx tsx scripts/docs-events.mjs`
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { contracts } from '../src/codec/own.ts'
import { refusalKinds } from '../src/codec/codes.ts'

const root = new URL('../', import.meta.url)

/** The page as it should be now. */
export function eventsPage() {
  const schemas = readdirSync(new URL('schemas/', root)).filter((name) => name.endsWith('.avsc')).sort()
    .map((name) => JSON.parse(readFileSync(new URL(`schemas/${name}`, root), 'utf8')))
  return [
    '# Records and events',
    'Made by `npx tsx scripts/docs-events.mjs` from `schemas/*.avsc`: change those, not this page.',
    'Every topic takes Avro behind the registry\'s framing (byte 0, four-byte schema id) or JSON with the same field names, record by record. '
      + 'Times are epoch milliseconds, in JSON also ISO 8601 (UTC where no zone is named). JSON writes bytes in base64 and the non-finite numbers as '
      + '`"NaN"`, `"Infinity"`, `"-Infinity"`. What we emit carries CloudEvents headers: `ce_id`, `ce_type` (`io.modelsteward.<kind>`), `ce_source`, `ce_time`.',
    ...schemas.map(section),
    '## Why a record is in `dead-letters`',
    table(['code', 'what is wrong', 'what to do'], Object.entries(refusalKinds).map(([code, { meaning, remedy }]) => [`\`${code}\``, meaning, remedy])),
  ].join('\n\n') + '\n'
}

function section(schema) {
  const roles = Object.entries(contracts).filter(([, contract]) => contract.schema === schema.name).map(([role]) => `\`${role}\``)
  const parts = nestedRecords(schema).filter((part) => part !== schema)
  return [
    `## ${schema.name}`,
    `Topic ${roles.join(', ')}. ${schema.doc}`,
    fields(schema),
    ...parts.map((part) => `**${part.name}**: ${part.doc}\n\n${fields(part)}`),
  ].join('\n\n')
}

const fields = (record) => table(['field', 'type', 'meaning'], record.fields.map((field) => [`\`${field.name}\``, typeName(field.type), field.doc + byDefault(field)]))

const byDefault = (field) => (field.default === undefined || field.default === null ? '' : ` Default \`${JSON.stringify(field.default)}\`.`)

function typeName(type) {
  if (Array.isArray(type)) {
    const others = type.filter((branch) => branch !== 'null').map(typeName).join(' or ')
    return type.includes('null') ? `${others}?` : others
  }
  if (typeof type === 'string') return type
  if (type.logicalType === 'timestamp-millis') return 'time'
  if (type.type === 'array') return `list of ${typeName(type.items)}`
  if (type.type === 'map') return `map of ${typeName(type.values)}`
  return type.type === 'enum' ? type.symbols.map((symbol) => `\`${symbol.replaceAll('_', '-')}\``).join(' ') : type.name
}

function nestedRecords(type) {
  if (Array.isArray(type)) return type.flatMap(nestedRecords)
  if (typeof type !== 'object') return []
  const inner = [type.items, type.values, ...(type.fields ?? []).map((field) => field.type)].filter((part) => part !== undefined).flatMap(nestedRecords)
  return type.type === 'record' ? [type, ...inner] : inner
}

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(new URL('docs/events.md', root), eventsPage())
