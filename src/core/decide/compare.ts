import { driftMeasures } from '../drift/table.ts'
import type { DriftMeasure } from '../drift/measure.ts'
import { onOneLayout } from '../panes/merge.ts'
import type { UnitUse } from '../policy.ts'
import { insufficient, type Reading } from '../reading.ts'
import type { FeatureSummary } from '../sketches/feature.ts'
import { member, resolveParams } from '../unit.ts'

const table = driftMeasures as unknown as Readonly<Record<string, DriftMeasure>>

/**
 * One measure as the policy uses it. Null when it does not compare this kind of feature; `insufficient` while the current sample is still on other bins.
 */
export function compareOn({ unit, params }: UnitUse, reference: FeatureSummary, current: FeatureSummary): Reading | null {
  const measure = member('drift measure', table, unit)
  if (!measure.kinds.includes(reference.kind)) return null
  if (!onOneLayout(reference, current)) return insufficient(current.n, { nReference: reference.n })
  return measure.compare(reference, current, resolveParams(measure, params))
}
