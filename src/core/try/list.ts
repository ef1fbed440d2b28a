import type { Param, Spec } from '../unit.ts'

/** A parameter as `steward try --list` shows it. */
export interface ListedParam {
  name: string
  type: Param['type']
  default: Param['default']
  min?: number
  max?: number
  choices?: readonly string[]
  doc: string
}

export interface ListedUnit {
  family: string
  name: string
  summary: string
  source: string
  params: readonly ListedParam[]
}

/** The members of a family with all that they declare. */
export function listFamily(family: string, table: Readonly<Record<string, Spec>>): ListedUnit[] {
  return Object.values(table).map(({ name, summary, source, params }) => ({
    family, name, summary, source, params: Object.entries(params).map(([key, param]) => ({ name: key, ...param })),
  }))
}
