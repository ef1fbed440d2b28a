import type { DriftMeasure } from '../drift/measure.ts'
import { layoutOfSample, sampleSummary, type SampleValue } from '../drift/sample.ts'
import type { RawValue, RowMeasure, SampleMeasure, ValueMeasure } from '../drift/sample-measure.ts'
import { driftMeasures, driftUnits } from '../drift/table.ts'
import { member, resolveParams, UnitError } from '../unit.ts'
import { badLine, flatReading, onlyOptions, record, type Trial, type TrialOptions } from './input.ts'
import { rowsOf } from './rows.ts'

const wanted = 'an object like {"reference":[1,2,3],"current":[2,3,4]}, of numbers, strings or null'

/**
 * `{reference, current}` in, two raw samples; one reading out for each. Of values the reference lays the bins, unless `edges` are given. Units that take
 * values of any type, or rows as objects of numbers by feature, take no edges.
 */
export function tryDrift(name: string, given: Readonly<Record<string, unknown>>, options: TrialOptions): Trial {
  onlyOptions('drift measures', options, [])
  const measure = member<DriftMeasure | SampleMeasure>('drift measure', driftUnits, name)
  return 'kinds' in measure ? trySummaries(measure, given) : measure.takes === 'rows' ? tryRows(measure, given) : tryValues(measure, given)
}

function trySummaries(measure: DriftMeasure, given: Readonly<Record<string, unknown>>): Trial {
  const params = resolveParams(measure, given)
  return {
    line(value) {
      const { reference, current, edges } = record(value, wanted)
      const [before, now] = [sample('reference', reference), sample('current', current)]
      const layout = layoutOfSample(before, edges === undefined ? undefined : edgeList(edges))
      if (!measure.kinds.includes(layout.kind)) throw otherKind(measure)
      return [flatReading(measure.compare(sampleSummary(before, layout), sampleSummary(now, layout), params))]
    },
    end: () => [],
  }
}

function tryValues(measure: ValueMeasure, given: Readonly<Record<string, unknown>>): Trial {
  const params = resolveParams(measure, given)
  return {
    line(value) {
      const { reference, current } = record(value, wanted)
      return [flatReading(measure.compare(anyValues('reference', reference), anyValues('current', current), params))]
    },
    end: () => [],
  }
}

function tryRows(measure: RowMeasure, given: Readonly<Record<string, unknown>>): Trial {
  const params = resolveParams(measure, given)
  return {
    line(value) {
      const [reference, current] = rowsOf(value)
      return [flatReading(measure.compare(reference, current, params))]
    },
    end: () => [],
  }
}

function anyValues(name: string, values: unknown): RawValue[] {
  if (!Array.isArray(values)) throw badLine(`"${name}" to be a list, in ${wanted}`, values)
  const wrong = values.findIndex((value) => typeof value === 'object' && value !== null)
  if (wrong !== -1) throw badLine(`"${name}" to hold numbers, strings, true, false or null, at place ${wrong}`, values[wrong])
  return values as RawValue[]
}

function sample(name: string, values: unknown): SampleValue[] {
  if (!Array.isArray(values)) throw badLine(`"${name}" to be a list, in ${wanted}`, values)
  const wrong = values.findIndex((value) => value !== null && typeof value !== 'string' && !(typeof value === 'number' && Number.isFinite(value)))
  if (wrong !== -1) throw badLine(`"${name}" to hold finite numbers, strings or null, at place ${wrong}`, values[wrong])
  return values
}

function edgeList(edges: unknown): number[] {
  if (!Array.isArray(edges) || !edges.every((edge) => typeof edge === 'number')) throw badLine('"edges" to be a list of ascending numbers, the inner edges of the bins', edges)
  return edges
}

function otherKind({ name, kinds }: DriftMeasure): UnitError {
  const others = Object.values<DriftMeasure>(driftMeasures).filter((other) => !other.kinds.includes(kinds[0]) || other.kinds.length > 1).map((other) => other.name)
  return kinds[0] === 'numeric'
    ? new UnitError(`${name} compares numbers, and this reference holds names or nothing: give numbers, or try ${others.join(', ')}`)
    : new UnitError(`${name} compares names, and this reference holds numbers: write them as strings, or try ${others.join(', ')}`)
}
