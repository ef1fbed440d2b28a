import type { DriftMeasure } from '../drift/measure.ts'
import { layoutOfSample, sampleSummary, type SampleValue } from '../drift/sample.ts'
import { driftMeasures } from '../drift/table.ts'
import { member, resolveParams, UnitError } from '../unit.ts'
import { badLine, flatReading, onlyOptions, record, type Trial, type TrialOptions } from './input.ts'

const wanted = 'an object like {"reference":[1,2,3],"current":[2,3,4]}, of numbers, strings or null'

/** `{reference, current, edges?}` in, two raw samples; one reading out for each. The reference lays the bins, unless `edges` are given. */
export function tryDrift(name: string, given: Readonly<Record<string, unknown>>, options: TrialOptions): Trial {
  onlyOptions('drift measures', options, [])
  const measure = member<DriftMeasure>('drift measure', driftMeasures, name)
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
