/**
 * What drift in one segment is explained from: its own panes and labels. Labels of a segment are kept by the pane in which they came, not by cohort, so those
 * that tell of a drift are those that came so long after its start that nine tenths of them are of predictions made since. Parts `segment-outcomes/<model>/…`.
 */
import type { BinaryOutcomes, Outcomes } from '../../metrics/outcomes.ts'
import { addOutcomes, clonePlain, mergeableOutcomes } from '../../panes/merge.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import { partName } from '../../parts.ts'
import { createDigest, digestQuantile, mergeDigest } from '../../sketches/digest.ts'
import type { DriftSight } from '../../triggers/trigger.ts'
import { withinSegment } from '../../triggers/drift.ts'
import { wholeGround, type Ground } from './evidence.ts'
import { labelsMin, type MatureLabels } from '../performance/mature.ts'
import { segmentProfile, segmentsRead, sliceOf } from '../drift/segments.ts'
import { panePart } from '../state.ts'
import { referenceAt } from '../tables.ts'
import type { Turn } from '../turn.ts'

/** Earlier outcomes are kept in so many sums, pane by pane in turn, so that how much they differ is known. */
const sums = 5
/** The share of labels whose delay counts as over. */
const delayedShare = 0.9

interface Earlier {
  /** another version, or decisions under another policy, start afresh */
  version: string
  policyHash: string
  outcomes: Outcomes
}

const earlierPart = (model: string, key: string, sum: number): string => partName('segment-outcomes', model, key, sum)

/** Takes in a pane that has left the longest window: what was true before whatever the windows show. */
export function gatherSegmentOutcomes({ parts, model, state, policy }: Turn, pane: PaneSummary): void {
  const version = state.champion?.version
  const profile = version === undefined || policy.drift.segments === undefined ? undefined : referenceAt(parts, model, version, pane.startMs)?.profile
  if (version === undefined || profile === undefined) return
  const sum = Math.floor(pane.startMs / (pane.endMs - pane.startMs)) % sums
  for (const key of segmentsRead(policy, profile)) {
    const from = pane.versions[version]?.segments[key]?.outcomes
    if (from === undefined || from.n === 0) continue
    const held = parts.get<Earlier>(earlierPart(model, key, sum))
    const fits = held?.version === version && held.policyHash === pane.policyHash && mergeableOutcomes(held.outcomes, from)
    if (fits) addOutcomes(held.outcomes, from)
    parts.put(earlierPart(model, key, sum), fits ? held : { version, policyHash: pane.policyHash, outcomes: clonePlain(from) } satisfies Earlier)
  }
}

/**
 * How long a segment's drift may wait for labels that tell its harm: as long as the longest window, in which they are kept. Not at all where no labels come, or
 * come so late that none of that time could tell.
 */
export function patienceOf({ state, parts, model, policy: { time } }: Turn): number {
  const longestMs = Math.max(...time.windows) * time.paneMs
  const delayMs = delayOf(state.panes.map((start) => parts.get<PaneSummary>(panePart(model, start))!))
  return delayMs === null || delayMs > longestMs / 2 ? 0 : longestMs
}

/** @param sinceMs since when the drift of the segment has been seen; null: not known, so that no labels tell of it */
export function segmentGround(turn: Turn, key: string, sinceMs: number | null): Ground {
  const { panes, reference, readings } = wholeGround(turn)
  const slices = panes.map((pane) => sliceOf(pane, key))
  const profile = reference === null ? null : segmentProfile(turn.policy, reference.profile, key)
  return {
    panes: slices, reference: profile === null ? null : { entry: reference!.entry, profile }, labels: labelsOf(turn, key, slices, sinceMs),
    readings: readings === null ? null : { reference: readings.reference, performance: [], drift: readings.drift.flatMap((window) => within(window, key)) },
  }
}

const within = (window: DriftSight, key: string): DriftSight[] => (window.segments ?? []).filter(({ segment }) => segment === key).map((sight) => withinSegment(window, sight))

function labelsOf({ parts, model, state, policy }: Turn, key: string, slices: readonly PaneSummary[], sinceMs: number | null): MatureLabels {
  const version = state.champion!.version
  const delayMs = delayOf(slices)
  const fromMs = sinceMs === null || delayMs === null ? Infinity : sinceMs + delayMs
  const since = slices.filter(({ startMs, policyHash }) => startMs >= fromMs && policyHash === policy.hash).flatMap(({ startMs, endMs, versions }) => {
    const outcomes = versions[version]?.outcomes
    return outcomes === undefined || outcomes.n <= 0 ? [] : [{ outcomes, startMs: startMs - delayMs!, endMs, labels: outcomes.n }]
  })
  const earlier = Array.from({ length: sums }, (_, sum) => parts.get<Earlier>(earlierPart(model, key, sum))).flatMap((held) => held?.version === version && held.policyHash === policy.hash ? [held.outcomes] : [])
  const [before, recent] = [earlier, since.map(({ outcomes }) => outcomes)]
  return { recent: together(recent, labelsMin), before: together(before, labelsMin), cohorts: { before, recent }, spans: since.map(({ startMs, endMs, labels }) => ({ startMs, endMs, labels })) }
}

/** Of the model as a whole; null while no label has come. */
function delayOf(panes: readonly PaneSummary[]): number | null {
  const all = createDigest()
  for (const { labelDelay } of panes) for (const name of Object.keys(labelDelay).sort()) mergeDigest(all, labelDelay[name])
  const delayMs = digestQuantile(all, delayedShare)
  return delayMs === null ? null : Math.max(0, delayMs)
}

/** On the newest score bins; null with too few. Corrections can leave counts below zero, of which nothing can be read. */
function together(outcomes: readonly Outcomes[], labels: number): Outcomes | null {
  const newest = outcomes.at(-1)
  if (newest === undefined) return null
  const sum = clonePlain(newest)
  for (const each of outcomes.slice(0, -1)) addOutcomes(sum, each)
  return sum.n < labels || (sum.kind === 'binary' && hasNegative(sum)) ? null : sum
}

const hasNegative = ({ confusion, positives, negatives }: BinaryOutcomes): boolean => [confusion, positives, negatives].some((counts) => counts.some((count) => count < 0))
