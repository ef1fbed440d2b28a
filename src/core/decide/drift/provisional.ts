/**
 * A reference for a champion that came without one. First its bins are laid from the first rows seen, as a profile that fixes the layout and counts nothing;
 * then the first panes on those bins are counted. Both are published and say that they are provisional.
 */
import { freeTextOf } from '../../drift/free-text.ts'
import type { FeaturesSummary, PaneSummary } from '../../panes/summary.ts'
import { addFeatures, addSummary, clonePlain } from '../../panes/merge.ts'
import { addDecisions, decisionsOf } from '../../panes/decisions.ts'
import { numericReferenceOf, referenceOf } from '../../panes/reference.ts'
import { numericLayout, provisionalLayout } from '../../panes/provisional-layout.ts'
import type { ModelPolicy } from '../../policy.ts'
import type { DecisionCounts, FeatureReference, Profile, SegmentReference } from '../../records.ts'
import type { FeatureSummary, NumericSummary } from '../../sketches/feature.ts'
import { counted } from '../../text.ts'
import { recordDecision } from '../announce.ts'
import { gatherDispersion } from './dispersion.ts'
import { gatherRows } from './row-reference.ts'
import { segmentsCounted, segmentsRead, sliceOf } from './segments.ts'
import { paneStartAfter, publish } from '../lifecycle/promote.ts'
import { gatheringPart, profilePart } from '../state.ts'
import { profileEntries, referenceAt } from '../tables.ts'
import type { Turn } from '../turn.ts'

/** What is being gathered: part `gathering/<model>`. */
interface Gathering {
  records: number
  features: FeaturesSummary[]
  score: NumericSummary | null
  scoreLayout: string
  /** absent where there are none */
  decisions?: DecisionCounts
  /** by segment value, where the policy reads any; these have none of their own */
  segments?: Record<string, Gathering>
}

/** Inferences from which on a segment value gets a reference: fewer would spend of the false-alarm budget for readings that can say nothing. */
const segmentRowsMin = 100

/** The layout hash of summaries made before any layout is known. */
const noLayout = 'none'

/** After a pane is read: it goes into the reference that is being made, and into what is known of how panes differ. */
export function makeProvisional(turn: Turn, pane: PaneSummary): void {
  const { state } = turn
  const version = state.champion?.version
  const reference = version === undefined ? null : referenceAt(turn.parts, turn.model, version, pane.startMs)
  if (version === undefined || reference !== null) {
    state.provisional = null
    if (reference !== null) gatherPane(turn, pane, reference.entry.version, reference.entry.layout, segmentsRead(turn.policy, reference.profile))
    return
  }
  state.provisional ??= { version, ...firstStep(turn, pane), panes: 0 }
  gatherPane(turn, pane, version, state.provisional.layout, state.provisional.step === 'counts' ? segmentsCounted(pane, version) : [])
  if (state.provisional.step === 'layout') gatherLayout(turn, version, pane)
  else gatherCounts(turn, version, pane)
}

/** What later panes are held against beside the reference itself: how much panes differ, and rows. */
function gatherPane(turn: Turn, pane: PaneSummary, version: string, layout: string | null, segments: readonly string[]): void {
  gatherDispersion(turn, pane, version, layout)
  for (const key of segments) gatherDispersion(turn, sliceOf(pane, key), version, layout, key)
  gatherRows(turn, pane, version, layout)
}

/** Bins that are in force for another version serve this one as well: features belong to the model. */
function firstStep({ parts, model }: Turn, pane: PaneSummary): { step: 'layout' | 'counts'; layout: string | null } {
  const inForce = profileEntries(parts, model).filter(({ fromMs, layout }) => fromMs <= pane.startMs && layout !== noLayout).at(-1)
  return inForce === undefined ? { step: 'layout', layout: null } : { step: 'counts', layout: inForce.layout }
}

const newGathering = (): Gathering => ({ records: 0, features: [], score: null, scoreLayout: noLayout })

function gather({ parts, model }: Turn, version: string, pane: PaneSummary, layout: string): Gathering {
  const held = parts.get<Gathering>(gatheringPart(model)) ?? newGathering()
  addTo(held, version, pane, layout)
  const segments = layout === noLayout ? [] : segmentsCounted(pane, version)
  if (segments.length > 0) held.segments ??= {}
  for (const key of segments) addTo(held.segments![key] ??= newGathering(), version, sliceOf(pane, key), layout)
  parts.put(gatheringPart(model), held)
  return held
}

function addTo(held: Gathering, version: string, pane: PaneSummary, layout: string): void {
  const set = pane.features.find((features) => features.layout === layout)
  if (set !== undefined) {
    addFeatures(held.features, set)
    held.records += pane.featureRecords
  }
  const summary = pane.versions[version]
  if (summary !== undefined && held.score !== null && held.scoreLayout === summary.scoreLayout) addSummary(held.score, summary.score)
  else if (summary !== undefined && summary.score.n > 0) Object.assign(held, { score: clonePlain(summary.score), scoreLayout: summary.scoreLayout })
  const decisions = summary === undefined ? null : addDecisions(held.decisions ?? null, decisionsOf(summary))
  if (decisions !== null) held.decisions = decisions
}

function gatherLayout(turn: Turn, version: string, pane: PaneSummary): void {
  const { state, policy, parts, model, atMs } = turn
  const { records, features: [set], score } = gather(turn, version, pane, noLayout)
  const features = set === undefined ? {} : provisionalLayout(set, records, policy.profile)
  if (Object.keys(features).length === 0) return
  parts.delete(gatheringPart(model))
  publish(turn, provisional(turn, version, {
    effectiveFrom: paneStartAfter(atMs, policy.time.paneMs, 2), n: 0, features, score: score === null ? null : numericLayout(score), scoreEdges: null,
  }))
  const layout = profileEntries(parts, model).filter((entry) => entry.version === version && entry.isProvisional).at(-1)!.layout
  Object.assign(state.provisional!, { step: 'counts', layout })
  recordDecision(turn, {
    decision: 'layout-laid', subject: version,
    text: `${version} has no profile: bins for ${counted(Object.keys(features).length, 'feature')} are laid from its first ${records} records, in force in two panes.`,
  })
}

function gatherCounts(turn: Turn, version: string, pane: PaneSummary): void {
  const { state, policy, parts, model, atMs } = turn
  const making = state.provisional!
  const bins = layoutProfile(turn, making.layout!)
  if (bins === null) {
    state.provisional = null
    return
  }
  if (!pane.features.some(({ layout, features }) => layout === making.layout && Object.keys(features).length > 0)) return
  const { records, features: [set], score, decisions, segments } = gather(turn, version, pane, making.layout!)
  making.panes += 1
  if (making.panes < policy.profile.referencePanes) return
  parts.delete(gatheringPart(model))
  state.provisional = null
  const { features: laid, scoreEdges } = bins
  const features = Object.fromEntries(Object.keys(laid).sort().map((name) => [name, counting(laid[name], set.features[name])]))
  publish(turn, provisional(turn, version, {
    effectiveFrom: atMs, n: records, features, score: score === null ? null : numericReferenceOf(score, null), scoreEdges,
    ...(decisions === undefined ? {} : { decisions }), ...(segments === undefined ? {} : { segments: segmentReferences(segments, laid, policy.limits.segmentFeaturesMax ?? 0) }),
  }))
  recordDecision(turn, {
    decision: 'provisional-profile', subject: version,
    text: `${version} has no profile: ${counted(records, 'record')} of ${counted(making.panes, 'pane')} serve as a provisional reference, which claims no metrics.`
      + unclaimedNotice(policy)
      + freeTextNotice(features),
  })
}

/** A drop wants something to have dropped from. */
function unclaimedNotice({ triggers }: ModelPolicy): string {
  const metrics = triggers.flatMap((trigger) => (trigger.trigger === 'performance' && trigger.minDrop !== null ? [trigger.metric] : []))
  return metrics.length === 0 ? '' : ` So \`minDrop\` of ${[...new Set(metrics)].join(', ')} cannot ask until a profile claims it (\`steward profile\`); a \`floor\` can.`
}

function freeTextNotice(features: Readonly<Record<string, FeatureReference>>): string {
  const names = freeTextOf(features)
  if (names.length === 0) return ''
  return ` Values of ${names.join(', ')} hardly ever repeat: as ids or free text ${names.length === 1 ? 'it is' : 'they are'} read for missing values and types alone.`
}

/** The profile whose bins are counted on; null when it had to go beyond `profilesMax`: then it begins anew. */
function layoutProfile({ parts, model }: Turn, layout: string): Profile | null {
  const entry = profileEntries(parts, model).filter((held) => held.layout === layout).at(-1)
  return entry === undefined ? null : parts.get<Profile>(profilePart(model, entry.hash)) ?? null
}

/** The counts of what was seen on the bins of `laid`; a feature that was not seen keeps its bins and counts nothing. */
const counting = (laid: FeatureReference, seen: FeatureSummary | undefined): FeatureReference =>
  seen === undefined || seen.kind !== laid.kind ? { ...laid, counts: [], n: 0, missing: 0 } : referenceOf(seen, laid.importance)

/**
 * Of the values that were seen often enough. A feature that a segment never held has no reference there. Tasks may hold different ones, so that together they
 * are more than `featuresMax`: then the largest segments have theirs.
 */
function segmentReferences(segments: Readonly<Record<string, Gathering>>, laid: Profile['features'], featuresMax: number): Record<string, SegmentReference> {
  const rowsOf = (key: string): number => segments[key].score?.n ?? 0
  const enough = Object.keys(segments).sort().filter((key) => rowsOf(key) >= segmentRowsMin)
  let room = featuresMax
  const found = new Map([...enough].sort((a, b) => rowsOf(b) - rowsOf(a)).map((key) => {
    const reference = segmentReference(segments[key], laid, room)
    room -= Object.keys(reference.features).length
    return [key, reference] as const
  }))
  return Object.fromEntries(enough.map((key) => [key, found.get(key)!]))
}

function segmentReference({ features: [set], score, decisions }: Gathering, laid: Profile['features'], room: number): SegmentReference {
  const held = Object.keys(laid).sort().filter((name) => set?.features[name] !== undefined && set.features[name].kind === laid[name].kind)
  const seen = held.slice(0, Math.max(0, room))
  return {
    n: score!.n, features: Object.fromEntries(seen.map((name) => [name, referenceOf(set.features[name], null)])), score: numericReferenceOf(score!, null),
    ...(decisions === undefined ? {} : { decisions }),
  }
}

type Content = Pick<Profile, 'effectiveFrom' | 'n' | 'features' | 'score' | 'decisions' | 'scoreEdges' | 'segments'>

const provisional = ({ model }: Turn, version: string, content: Content): Profile =>
  ({ kind: 'profile', model, version, ...content, calibration: null, metrics: {}, subgroups: {}, provisional: true })
