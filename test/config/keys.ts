import type { z } from 'zod'

export interface Key {
  /** `time.pane`, `triggers[].calendar.every` */
  path: string
  /** as a person writes it; null where there is none */
  default: string | null
}

/** Every key that a schema takes, with its default, in its order. A section is a key only through its own keys. */
export function keysOf(schema: z.ZodType, path = ''): Key[] {
  const { inner, fallback, optional } = unwrapped(schema)
  const def = inner.def as unknown as { type: string; shape?: Record<string, z.ZodType>; element?: z.ZodType; options?: z.ZodType[] }
  if (def.type === 'object') return Object.entries(def.shape!).flatMap(([key, value]) => keysOf(value, path === '' ? key : `${path}.${key}`))
  const own = { path, default: fallback === undefined ? (optional ? 'none' : null) : written(fallback) }
  if (def.type === 'union') return [own, ...def.options!.flatMap((option) => keysOf(option, path)).filter(isFurther)]
  const below = def.type === 'array' ? keysOf(def.element!, `${path}[]`).filter((key) => key.path !== `${path}[]`) : []
  return [own, ...below]
}

/** The `constant` of a mapped field is the same for every field: the page says it once. */
const isFurther = (key: Key, _i: number, keys: Key[]): boolean => keys.length > 1 && key.path.includes('.ssl.') && !key.path.endsWith('.constant')

interface Definition { type: string; innerType?: z.ZodType; defaultValue?: unknown }

function unwrapped(schema: z.ZodType): { inner: z.ZodType; fallback: unknown; optional: boolean } {
  let inner = schema
  let fallback: unknown
  let optional = false
  for (;;) {
    const def = inner.def as unknown as Definition
    if (def.type === 'prefault' && fallback === undefined) fallback = def.defaultValue
    if (def.type === 'optional') optional = true
    if (!['prefault', 'optional', 'nullable'].includes(def.type)) return { inner, fallback, optional }
    inner = def.innerType!
  }
}

/** `10m`, `[1, 6, 60]`, `{ psi: 1 }`, `none`: YAML as the page writes it. */
function written(value: unknown): string {
  if (value === null) return 'none'
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`
  if (typeof value !== 'object') return String(value)
  const entries = Object.entries(value as object).map(([key, inner]) => `${key}: ${written(inner)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}
