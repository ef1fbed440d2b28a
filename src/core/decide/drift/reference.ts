/** What drift is read against: the champion's profile, or what has moved on from it. */
import type { Share } from '../../calibration/budget.ts'
import { decisionSummary } from '../../panes/decisions.ts'
import { numericSummaryOf, summaryOf } from '../../panes/reference.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import type { ReferenceKind } from '../../policy.ts'
import type { Profile } from '../../records.ts'
import type { CategoricalSummary, FeatureSummary } from '../../sketches/feature.ts'
import { decisionDispersion, featureDispersion, scoreDispersion, type Dispersion } from './dispersion.ts'
import type { SeasonKnown } from './season.ts'
import type { ProfileEntry } from '../tables.ts'
import type { TrailingReference } from './trailing.ts'
import type { Turn } from '../turn.ts'

/** Which reference a pane was read against. */
export interface ReferenceRead {
  /** whose bins, and whose profile where `kind` is `frozen` */
  version: string
  /** inferences behind it */
  n: number
  /** the profile was made from the first live panes */
  isProvisional: boolean
  kind: ReferenceKind
  /** the one that the policy asks for and the profile stands in for, with its panes so far and those it needs; null where there is none */
  waitsFor: { kind: ReferenceKind; panes: number; wanted: number } | null
}

/** A profile as what drift measures compare with. */
export interface Reference {
  profile: Profile
  features: Record<string, FeatureSummary>
  score: FeatureSummary | null
  /** of the decision rate, or of decided classes */
  decision: CategoricalSummary | null
  /** what panes tell of it; null where readings are not calibrated */
  calibration: { share: Share; features: Dispersion; score: Dispersion; decision: Dispersion } | null
}

/** What this pane is held against, as the profile says it; with `segment`, both are of that segment value. */
export function referenceOf({ parts, model }: Turn, layout: string, profile: Profile, pane: PaneSummary, share: Share | null, segment: string | null = null): Reference {
  const scoreLayout = pane.versions[profile.version]?.scoreLayout ?? ''
  return {
    ...unpacked(profile),
    calibration: share === null ? null : {
      share, features: featureDispersion(parts, model, layout, segment), score: scoreDispersion(parts, model, profile.version, scoreLayout, segment),
      decision: decisionDispersion(parts, model, profile.version, segment),
    },
  }
}

export function referenceRead({ version, n, isProvisional }: ProfileEntry, trailing: TrailingReference | null, season: SeasonKnown | null): ReferenceRead {
  if (season !== null && season.found !== null) return { version, n: season.found.rows, isProvisional, kind: 'seasonal', waitsFor: null }
  if (season !== null) return { version, n, isProvisional, kind: 'frozen', waitsFor: { kind: 'seasonal', panes: season.panes, wanted: season.wanted } }
  if (trailing === null) return { version, n, isProvisional, kind: 'frozen', waitsFor: null }
  const { kind, panes, wanted, records } = trailing
  return panes >= wanted ? { version, n: records, isProvisional, kind, waitsFor: null } : { version, n, isProvisional, kind: 'frozen', waitsFor: { kind, panes, wanted } }
}

/** The same bins, importances and levels over other counts; a feature that none of the panes held is still compared with the profile. */
export function movedOn(reference: Reference, trailing: TrailingReference | null): Reference {
  if (trailing === null || trailing.panes < trailing.wanted) return reference
  return { ...reference, features: { ...reference.features, ...pick(trailing.features, Object.keys(reference.features)) }, score: trailing.score ?? reference.score }
}

const pick = <T>(from: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]))

/** What was unpacked is kept beside its profile, which never changes, so that what is kept beside the summaries lasts too. */
const unpackedOf = new WeakMap<Profile, Omit<Reference, 'calibration'>>()

export function unpacked(profile: Profile): Omit<Reference, 'calibration'> {
  let found = unpackedOf.get(profile)
  if (found === undefined) {
    found = {
      profile, score: profile.score === null ? null : numericSummaryOf(profile.score), decision: profile.decisions === undefined ? null : decisionSummary(profile.decisions),
      features: Object.fromEntries(Object.keys(profile.features).sort().map((name) => [name, summaryOf(profile.features[name])])),
    }
    unpackedOf.set(profile, found)
  }
  return found
}
