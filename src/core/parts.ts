/**
 * The state of a task as named parts of plain data. A topology changes parts; the engine persists the dirty ones with the epoch.
 * Names are paths: `model/fraud`, `pane/fraud/1700000000000`.
 */
import { assert } from './assert.ts'

export interface Parts {
  /** the part itself, not a copy: whoever changes it in place says so with `touch` */
  get<T>(name: string): T | undefined
  /** stores a part and marks it dirty */
  put(name: string, value: unknown): void
  /** marks a part dirty that was changed in place; it must exist */
  touch(name: string): void
  /** removes a part; nothing happens when there is none */
  delete(name: string): void
  /** names that begin with `prefix`, in code-unit order */
  names(prefix: string): string[]
}

export interface DirtyParts {
  written: Map<string, unknown>
  removed: string[]
}

export interface PartStore extends Parts {
  /** what changed since the last call (or since creation), in the order of names; the marks are cleared */
  takeDirty(): DirtyParts
}

/** Parts over a map; `initial` holds what is already persisted. */
export function createParts(initial: ReadonlyMap<string, unknown> = new Map()): PartStore {
  const values = new Map(initial)
  const persisted = new Set(initial.keys())
  const dirty = new Set<string>()
  return {
    get: <T>(name: string) => values.get(name) as T | undefined,
    put(name, value) {
      values.set(name, value)
      dirty.add(name)
    },
    touch(name) {
      assert(values.has(name), `cannot touch '${name}': there is no such part`)
      dirty.add(name)
    },
    delete(name) {
      if (values.delete(name)) dirty.add(name)
    },
    names: (prefix) => [...values.keys()].filter((name) => name.startsWith(prefix)).sort(),
    takeDirty() {
      const names = [...dirty].sort()
      dirty.clear()
      const written = new Map(names.filter((name) => values.has(name)).map((name) => [name, values.get(name)]))
      const removed = names.filter((name) => !values.has(name) && persisted.has(name))
      for (const name of written.keys()) persisted.add(name)
      for (const name of removed) persisted.delete(name)
      return { written, removed }
    },
  }
}

/** A name made of segments; a `/` inside a segment (a model called `eu/fraud`) is escaped so that it stays one segment. */
export const partName = (...segments: readonly (string | number)[]): string =>
  segments.map((segment) => String(segment).replace(/[%/]/g, (mark) => (mark === '%' ? '%25' : '%2F'))).join('/')

/** The segments that `partName` joined. */
export const partSegments = (name: string): string[] =>
  name.split('/').map((segment) => segment.replace(/%2F/g, '/').replace(/%25/g, '%'))
