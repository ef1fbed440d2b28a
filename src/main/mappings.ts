/** Field mappings from the words of the settings file to those of the codec. */
import type { Config, FieldSource as ConfigSource } from '../config/config.ts'
import type { FieldMapping, FieldSource, MappedRole } from '../codec/mapping.ts'

const source = (given: ConfigSource): FieldSource => ('path' in given ? given.path : { const: given.constant })

/** Words that differ between the two. */
const renamed: Readonly<Record<string, string>> = { inferenceId: 'id' }

export function fieldMappings({ inputs }: Pick<Config, 'inputs'>): Partial<Record<MappedRole, FieldMapping>> {
  const mappings: Partial<Record<MappedRole, FieldMapping>> = {}
  for (const role of ['predictions', 'labels', 'features'] as const) {
    const given = inputs[role].mapping
    if (given !== null) mappings[role] = fieldMapping(given)
  }
  return mappings
}

function fieldMapping(given: object): FieldMapping {
  const mapping: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || key === 'features' || key === 'ignore' || key === 'segments' || key === 'classScores') continue
    mapping[renamed[key] ?? key] = source(value as ConfigSource)
  }
  const { segments = {}, classScores, features = null, ignore = [] } = given as { segments?: Record<string, string>; classScores?: string | Record<string, string>; features?: string | null; ignore?: string[] }
  if (Object.keys(segments).length > 0) mapping.segments = segments
  if (classScores !== undefined) mapping.classScores = classScores
  if (features !== null || ignore.length > 0) mapping.features = { ...(features === null ? {} : { path: features }), ignore }
  return mapping as FieldMapping
}
