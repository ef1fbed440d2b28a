import { readFileSync } from 'node:fs'

export interface DetectorCase {
  detector: string
  params: Record<string, unknown>
  stream?: string
  values?: number[]
  values_rule?: string
  expected: unknown
  convention?: string
  final?: Record<string, number>
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))

/** The cases of one detector in a vector file, each with the values of its stream. */
export function casesOf(file: 'drift_detectors' | 'drift_detectors_more', detector: string): (DetectorCase & { values: number[] })[] {
  const { streams } = read(file === 'drift_detectors' ? 'drift_streams' : 'drift_streams_more')
  const { cases } = read(file) as { cases: DetectorCase[] }
  return cases.filter((one) => one.detector === detector && one.stream !== undefined).map((one) => ({ ...one, values: streams[one.stream!].values }))
}

/** River writes snake_case; we write camelCase. */
export const camelCase = (params: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).map(([key, value]) => [key.replace(/_(\w)/g, (_, c: string) => c.toUpperCase()), value]))

/** Indices whose update raised an alarm, and the state after the last. */
export function alarmsOf<S extends { alarmed: boolean }, P>(detector: { init(p: P): S; update(s: S, v: number, p: P): void }, params: P, values: Iterable<number>) {
  const state = detector.init(params)
  const indices: number[] = []
  let index = 0
  for (const value of values) {
    detector.update(state, value, params)
    if (state.alarmed) indices.push(index)
    index += 1
  }
  return { indices, state }
}
