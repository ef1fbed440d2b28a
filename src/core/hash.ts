/** Identity of content and of events. The digest itself is injected: core has no cryptography. */

/** SHA-256 of a text, in hex. */
export type Hash = (text: string) => string

/**
 * JSON with the keys of every object in code-unit order, so that equal content gives equal text. Typed arrays are written as lists;
 * a field that is undefined is left out and a non-finite number is null, as in JSON.
 */
export function canonicalJson(value: unknown): string {
  if (ArrayBuffer.isView(value)) return canonicalJson(Array.from(value as unknown as ArrayLike<number>))
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item === undefined ? null : item)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`
}

/** `promote-3f2a…`: kind and 16 hex digits that derive from model, kind, cause and stream time, never from epoch or offset. */
export function eventId(hash: Hash, kind: string, model: string, cause: string, atMs: number): string {
  return `${kind}-${hash(canonicalJson([model, kind, cause, atMs])).slice(0, 16)}`
}
