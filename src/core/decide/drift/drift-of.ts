/** One window held against one reference, measure by measure. */
import type { Calibration } from '../../calibration/level.ts'
import { comparableDecisions, mostMoved } from '../../panes/decisions.ts'
import type { Window } from '../../panes/window.ts'
import type { ModelPolicy, UnitUse } from '../../policy.ts'
import type { Profile } from '../../records.ts'
import type { FeatureSummary } from '../../sketches/feature.ts'
import type { DriftReading, DriftSight } from '../../triggers/trigger.ts'
import { alarmOf, compareOn, usesFor } from './compare.ts'
import type { Reference } from './reference.ts'

/** Drift of every feature, of the score and of the decision rate over one window. */
export function driftOf(window: Window, { profile, features, score, decision, calibration }: Reference, policy: ModelPolicy): DriftSight {
  const calibrated = (of: Calibrated, name: string): Calibration | null => calibration === null ? null : calibrationOf(calibration, of, name, window, policy)
  return {
    panes: window.panes, fromMs: window.fromMs, toMs: window.toMs,
    features: Object.keys(features).filter((name) => window.features[name] !== undefined).map((feature) => ({
      feature, importance: profile.features[feature].importance,
      readings: compared(usesFor(policy, feature), features[feature], window.features[feature], policy, calibrated('features', feature)),
    })),
    score: score === null || window.score === null ? [] : compared(policy.drift.score, score, window.score, policy, calibrated('score', 'score')),
    decision: decisionReadings(window, profile, decision, policy, calibrated('decision', 'decision')),
  }
}

type Calibrated = 'features' | 'score' | 'decision'

/** What one quantity is judged by, over one window. */
export const calibrationOf = (calibration: NonNullable<Reference['calibration']>, of: Calibrated, name: string, { panes }: Pick<Window, 'panes'>, { profile }: ModelPolicy): Calibration =>
  ({ share: calibration.share, dispersion: calibration[of].features?.[name] ?? null, gathered: calibration[of].panes, wanted: profile.referencePanes, windowPanes: panes })

/** Of a multiclass model each says which class moved most. */
function decisionReadings({ decisions }: Window, { decisions: frozen }: Profile, reference: Reference['decision'], policy: ModelPolicy, calibrated: Calibration | null): DriftReading[] {
  const current = reference === null || decisions === null ? null : comparableDecisions(frozen!, decisions)
  if (current === null) return []
  const readings = compared(policy.drift.decision ?? [], reference!, current, policy, calibrated)
  if (decisions!.classes === undefined) return readings
  const strongest = mostMoved(reference!, current)
  return readings.map((held) => ({ ...held, reading: { ...held.reading, detail: { ...held.reading.detail, strongest } } }))
}

const compared = (uses: readonly UnitUse[], reference: FeatureSummary, current: FeatureSummary, { drift }: ModelPolicy, calibrated: Calibration | null): DriftReading[] =>
  uses.flatMap((use) => {
    const reading = compareOn(use, reference, current, calibrated)
    const near = reading?.verdict === 'warning' ? { alarm: alarmOf(use) } : {}
    return reading === null ? [] : [{ measure: use.unit, reading, severe: drift.severe[use.unit] ?? null, ...near }]
  })
