/** Drift by segment value over every window, each value read as the whole is: on its own panes, against its own reference, at the level of the one budget. */
import type { Share } from '../../calibration/budget.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import { readWindows } from '../../panes/window.ts'
import type { Profile } from '../../records.ts'
import type { SegmentSight } from '../../triggers/trigger.ts'
import { driftOf } from './drift-of.ts'
import { referenceOf } from './reference.ts'
import { segmentProfile, segmentsRead, segmentsSeen, sliceOf, unreadWhy } from './segments.ts'
import type { ProfileEntry } from '../tables.ts'
import type { Turn } from '../turn.ts'

/** For every window, shortest first, the segment values of the reference and, unread, those that were seen beside them. Null where the policy reads none. */
export function segmentSights(turn: Turn, pane: PaneSummary, { entry, profile }: { entry: ProfileEntry; profile: Profile }, share: Share | null, kept: readonly PaneSummary[]): SegmentSight[][] | null {
  const { policy } = turn
  if (policy.drift.segments === undefined) return null
  const panes = kept.filter(({ policyHash, startMs }) => policyHash === pane.policyHash && startMs < pane.endMs)
  const known = segmentsRead(policy, profile)
  const seen = [...new Set(panes.flatMap((each) => segmentsSeen(policy, each, profile.version)))].filter((key) => !known.includes(key))
  const sights = [...known.map((key) => ofSegment(turn, pane, { entry, profile }, share, panes, key)), ...seen.map((key) => unread(turn, pane, panes, profile.version, key))]
  return policy.time.windows.map((_, w) => sights.map((byWindow) => byWindow[w]).filter((sight) => sight !== null).sort((a, b) => (a.segment < b.segment ? -1 : 1)))
}

function ofSegment(
  turn: Turn, pane: PaneSummary, { entry, profile }: { entry: ProfileEntry; profile: Profile }, share: Share | null, panes: readonly PaneSummary[], key: string,
): SegmentSight[] {
  const { policy, policy: { time } } = turn
  const slices = panes.map((each) => sliceOf(each, key))
  // the newest pane in which the segment has scores says on which bins they are
  const newest = [...slices].reverse().find(({ versions }) => versions[profile.version] !== undefined) ?? sliceOf(pane, key)
  const reference = referenceOf(turn, entry.layout, segmentProfile(policy, profile, key)!, newest, share, key)
  const sights: SegmentSight[] = []
  readWindows(slices, time.windows, time.paneMs, pane.endMs, { policyHash: pane.policyHash, version: profile.version, layout: entry.layout }, (window) => {
    const { features, score, decision } = driftOf(window, reference, policy)
    sights.push({ segment: key, share: shareOf(panes, window.fromMs, profile.version, key), features, score, decision: decision ?? [] })
  })
  return sights
}

/** Nothing where the window holds none of it. */
function unread({ policy: { time } }: Turn, { endMs }: PaneSummary, panes: readonly PaneSummary[], version: string, key: string): (SegmentSight | null)[] {
  return time.windows.map((length) => {
    const share = shareOf(panes, endMs - length * time.paneMs, version, key)
    return share === 0 ? null : { segment: key, share, features: [], score: [], decision: [], unread: unreadWhy(key) }
  })
}

function shareOf(panes: readonly PaneSummary[], fromMs: number, version: string, key: string): number {
  let [n, all] = [0, 0]
  for (const { startMs, versions } of panes) {
    if (startMs < fromMs) continue
    n += versions[version]?.segments[key]?.predictions ?? 0
    all += versions[version]?.predictions ?? 0
  }
  return all === 0 ? 0 : n / all
}
