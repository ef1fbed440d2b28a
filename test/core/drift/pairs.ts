import { layoutOfSample, sampleSummary, type SampleValue } from '../../../src/core/drift/sample.ts'
import type { DriftMeasure } from '../../../src/core/drift/measure.ts'
import { normal, seeded, type Random } from '../../../src/core/random.ts'
import { addNumeric, createNumeric, type FeatureSummary, type NumericLayout, type NumericSummary } from '../../../src/core/sketches/feature.ts'
import { resolveParams } from '../../../src/core/unit.ts'

/** Two raw samples as summaries on the layout of the first. */
export const pairOf = (reference: readonly SampleValue[], current: readonly SampleValue[], edges?: readonly number[]): readonly [FeatureSummary, FeatureSummary] => {
  const layout = layoutOfSample(reference, edges)
  return [sampleSummary(reference, layout), sampleSummary(current, layout)]
}

/** A sample of names by their counts. */
export const namesOf = (counts: Readonly<Record<string, number>>): string[] => Object.entries(counts).flatMap(([name, count]) => Array<string>(count).fill(name))

export const normals = (n: number, seed: number, mean = 0, deviation = 1): number[] => {
  const random = seeded(seed)
  return Array.from({ length: n }, () => mean + deviation * normal(random))
}

/** A summary as a pane makes it: its digest condenses what is beyond 500 values. */
export const paneOf = (values: Iterable<number>, layout: NumericLayout): NumericSummary => {
  const summary = createNumeric(layout)
  for (const x of values) addNumeric(summary, x)
  return summary
}

/** How often samples of m and n from one law pass the noise floor at a level. */
export function falseAlarmShare(measure: DriftMeasure, draw: (random: Random) => SampleValue, { m = 600, n = 150, level = 0.95, runs = 400, seed = 1 } = {}): number {
  const random = seeded(seed)
  const params = resolveParams(measure, { floorLevel: level })
  let beyond = 0
  for (let run = 0; run < runs; run++) {
    const sample = (size: number) => Array.from({ length: size }, () => draw(random))
    const { value, noiseFloor } = measure.compare(...pairOf(sample(m), sample(n)), params)
    beyond += Number(value! > noiseFloor!)
  }
  return beyond / runs
}
