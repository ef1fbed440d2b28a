/**
 * A segment value as a small model of its own: its panes, its reference and its dispersion have the form of the whole's, so that everything that reads the
 * whole reads it too.
 */
import type { PaneSummary, VersionSummary } from '../../panes/summary.ts'
import type { ModelPolicy } from '../../policy.ts'
import type { Profile } from '../../records.ts'
import { isOther, readOf } from '../../segment-keys.ts'

/** Segment values of a reference that the policy reads, in code-unit order. */
export const segmentsRead = (policy: Pick<ModelPolicy, 'drift'>, profile: Pick<Profile, 'segments'>): string[] =>
  policy.drift.segments === undefined ? [] : Object.keys(profile.segments ?? {}).filter((key) => readOf(policy, key) !== null).sort()

/** Segment values of which a version's drift was counted in a pane, in code-unit order. */
export const segmentsCounted = (pane: PaneSummary, version: string): string[] =>
  Object.entries(pane.versions[version]?.segments ?? {}).filter(([, { drift }]) => drift !== undefined).map(([key]) => key).sort()

/** Values of segments whose drift is asked for that a version was seen with, those that are counted together included. */
export const segmentsSeen = ({ drift: { segments = {} } }: ModelPolicy, pane: PaneSummary, version: string): string[] =>
  Object.keys(pane.versions[version]?.segments ?? {}).filter((key) => Object.keys(segments).some((name) => key.startsWith(`${name}=`)))

export const unreadWhy = (key: string): string => isOther(key)
  ? 'values beyond limits.maxSegments are counted together and not read: raise the limit'
  : 'the reference knows no such value, or too few rows of it: freeze a new profile'

/** What a pane holds of one segment value. Shares its sketches with the pane, and must not be changed. */
export function sliceOf(pane: PaneSummary, key: string): PaneSummary {
  const { featureRecords = 0, features = [] } = pane.segments?.[key] ?? {}
  return { ...pane, featureRecords, features, versions: Object.fromEntries(Object.entries(pane.versions).flatMap(([name, version]) => sliceOfVersion(name, version, key))) }
}

function sliceOfVersion(name: string, version: VersionSummary, key: string): [string, VersionSummary][] {
  const segment = version.segments[key]
  if (segment === undefined) return []
  const { predictions, outcomes, drift } = segment
  const { decided: _decided, decidedClasses: _decidedClasses, cbpe: _cbpe, classCbpe: _classCbpe, ...rest } = version
  return [[name, {
    ...rest, predictions, outcomes, segments: {}, acted: drift?.acted ?? 0, positiveDecisions: drift?.positiveDecisions ?? 0,
    ...(drift?.decided === undefined ? {} : { decided: drift.decided }), score: drift?.score ?? emptyScore,
  }]]
}

const emptyScore: VersionSummary['score'] = {
  kind: 'numeric', n: 0, missing: 0, nonFinite: 0, edges: new Float64Array(0), counts: new Float64Array(1), atoms: new Float64Array(0), atomCounts: new Float64Array(0),
  digest: { compression: 100, n: 0, min: 0, max: 0, used: 0, means: new Float64Array(0), weights: new Float64Array(0), buffered: 0, buffer: new Float64Array(0) },
}

/** Kept beside the profile, which never changes, so that what is unpacked from it lasts too. */
const profiles = new WeakMap<Profile, Map<string, Profile>>()

/** The reference of one segment value, null where the profile has none. `policy` says whether its features are read. */
export function segmentProfile(policy: Pick<ModelPolicy, 'drift'>, profile: Profile, key: string): Profile | null {
  const reference = profile.segments?.[key]
  const what = readOf(policy, key)
  if (reference === undefined || what === null) return null
  const held = profiles.get(profile) ?? new Map<string, Profile>()
  profiles.set(profile, held)
  const found = held.get(`${what} ${key}`) ?? segmentOf(profile, key, what)
  held.set(`${what} ${key}`, found)
  return found
}

function segmentOf(profile: Profile, key: string, what: 'score' | 'all'): Profile {
  const { n, features, score, decisions } = profile.segments![key]
  const { segments: _segments, decisions: _decisions, ...rest } = profile
  const known = Object.entries(features).filter(([name]) => what === 'all' && profile.features[name] !== undefined)
  return {
    ...rest, n, score, ...(decisions === undefined ? {} : { decisions }), metrics: profile.subgroups[key] ?? {}, subgroups: {},
    features: Object.fromEntries(known.map(([name, reference]) => [name, { ...reference, importance: profile.features[name].importance }])),
  }
}
