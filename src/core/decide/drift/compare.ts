import { calibratedReading, type Calibration } from '../../calibration/level.ts'
import { isFreeText, readsFreeText } from '../../drift/free-text.ts'
import { driftMeasures } from '../../drift/table.ts'
import type { DriftMeasure } from '../../drift/measure.ts'
import { onOneLayout } from '../../panes/merge.ts'
import type { ModelPolicy, UnitUse } from '../../policy.ts'
import type { Profile } from '../../records.ts'
import { insufficient, type Reading } from '../../reading.ts'
import type { FeatureSummary } from '../../sketches/feature.ts'
import { member, resolveParams } from '../../unit.ts'

const table = driftMeasures as unknown as Readonly<Record<string, DriftMeasure>>

/**
 * One measure as the policy uses it. Null when it does not compare this kind of feature, or has nothing to tell of free text; `insufficient` while the current sample is still on other bins.
 * @param calibrated null: each comparison is held against its own noise floor
 */
export function compareOn(use: UnitUse, reference: FeatureSummary, current: FeatureSummary, calibrated: Calibration | null): Reading | null {
  const measure = member('drift measure', table, use.unit)
  if (!measure.kinds.includes(reference.kind) || (isFreeText(reference) && !readsFreeText(use.unit))) return null
  if (!onOneLayout(reference, current)) return insufficient(current.n, { nReference: reference.n })
  const params = resolvedOf(measure, use)
  return calibrated === null ? measure.compare(reference, current, params) : calibratedReading(measure, params as never, reference, current, calibrated)
}

/** The practical threshold of a measure as the policy uses it. */
export const alarmOf = (use: UnitUse): number => resolvedOf(member('drift measure', table, use.unit), use).alarm as number

/** Checked once a use, since every pane makes thousands of readings. */
const resolved = new WeakMap<UnitUse, ReturnType<typeof resolveParams>>()

function resolvedOf(measure: DriftMeasure, use: UnitUse): ReturnType<typeof resolveParams> {
  let found = resolved.get(use)
  if (found === undefined) resolved.set(use, (found = resolveParams(measure, use.params)))
  return found
}

/** The measures for all features, with those given for this one by name in place of or beside them. */
export function usesFor({ drift }: ModelPolicy, feature: string): readonly UnitUse[] {
  const own = drift.byName[feature]
  return own === undefined ? drift.all : [...drift.all.filter(({ unit }) => !own.some((use) => use.unit === unit)), ...own]
}

/** How many drift readings a pane has in each window: over features, score and decision rate, and the measures that read them. */
export function driftReadings(policy: ModelPolicy, profile: Pick<Profile, 'features' | 'score' | 'decisions'>): number {
  const compared = (uses: readonly UnitUse[], kind: FeatureSummary['kind']): number => uses.filter(({ unit }) => member('drift measure', table, unit).kinds.includes(kind)).length
  return Object.entries(profile.features).reduce((sum, [name, { kind }]) => sum + compared(usesFor(policy, name), kind), 0)
    + (profile.score === null ? 0 : compared(policy.drift.score, 'numeric'))
    + (profile.decisions === undefined ? 0 : compared(policy.drift.decision ?? [], 'categorical'))
}
