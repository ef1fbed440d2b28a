import { readFileSync } from 'node:fs'
import { seeded, uniform } from '../../../src/core/random.ts'

export interface DetectorCase {
  detector: string
  params: Record<string, unknown>
  stream?: string
  values?: number[]
  values_rule?: string
  expected: unknown
  /** indices where the warning was raised anew, in the River 0.26.1 cases */
  expected_warning_onsets?: number[]
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

/** The values of one of the streams of drift_streams.json. */
export const streamOf = (name: string): number[] => read('drift_streams').streams[name].values

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

/** Indices where the warning was raised anew: on at this value, off at the one before. */
export function warningOnsetsOf<S extends { warned: boolean }, P>(
  detector: { init(p: P): S; update(s: S, v: number, p: P): void }, params: P, values: Iterable<number>,
): number[] {
  const state = detector.init(params)
  const onsets: number[] = []
  let index = 0
  for (const value of values) {
    const before = state.warned
    detector.update(state, value, params)
    if (state.warned && !before) onsets.push(index)
    index += 1
  }
  return onsets
}

/** Zeros and ones whose share of ones follows the rates, each over as many values. */
export function errorsAt(seed: number, ...stretches: readonly (readonly [rate: number, count: number])[]): number[] {
  const random = seeded(seed)
  return stretches.flatMap(([rate, count]) => Array.from({ length: count }, () => Number(uniform(random) < rate)))
}
