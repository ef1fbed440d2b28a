/** What every statistical reading of a pane may spend of the model's false-alarm budget. */
import { shareOf, type Share } from '../calibration/budget.ts'
import type { ModelPolicy } from '../policy.ts'
import type { Profile } from '../records.ts'
import { driftReadings } from './drift/compare.ts'
import { segmentProfile, segmentsRead } from './drift/segments.ts'
import { rowReadingCount } from './drift/row-readings.ts'
import { referenceAt } from './tables.ts'
import type { Turn } from './turn.ts'

/** A new champion's live metric is held against its predecessor's and against its own claim. */
const watchedAgainst = 2

/**
 * An even share over every reading of a pane that may alarm: drift of features, score, decision rate and rows by measure and window, of the whole and of every
 * segment value that the reference knows and the policy reads, bounds of performance rules by window, error detectors (one test each, of all its streams together),
 * and the live metric of a new champion. Null: nothing is calibrated.
 * @param profile what drift is read against; null while there is none, so that nothing is read
 */
export function readingShare(policy: ModelPolicy, profile: Profile | null): Share | null {
  const { drift: { falseAlarmEveryMs }, time, performance, rollback, triggers } = policy
  if (falseAlarmEveryMs === null) return null
  const bounds = triggers.reduce((sum, trigger) => sum + (trigger.trigger === 'performance' ? Number(trigger.minDrop !== null) + Number(trigger.floor !== null) : 0), 0)
  const inWindows = (profile === null ? 0 : driftReadings(policy, profile) + inSegments(policy, profile)) + bounds
  const rows = profile === null ? 0 : rowReadingCount(policy)
  return shareOf(time, falseAlarmEveryMs, inWindows * time.windows.length + rows + performance.errorDetectors.length + (rollback.watch.performance === null ? 0 : watchedAgainst))
}

const inSegments = (policy: ModelPolicy, profile: Profile): number =>
  segmentsRead(policy, profile).reduce((sum, key) => sum + driftReadings(policy, segmentProfile(policy, profile, key)!), 0)

/** The share of a pane's readings, with the champion's reference. */
export function shareNow({ policy, parts, model, state, atMs }: Turn): Share | null {
  const found = state.champion === null ? null : referenceAt(parts, model, state.champion.version, atMs)
  return readingShare(policy, found?.profile ?? null)
}
