/** What observe had to leave out at a limit of the policy: counted there, said here. */
import type { PaneSummary } from '../panes/summary.ts'
import { counted } from '../text.ts'
import { closeIncident, openIncident } from './announce.ts'
import type { Turn } from './turn.ts'

/** Evicted inferences lose their labels, ignored features are not watched: each is an incident while it lasts. */
export function noteLimits(turn: Turn, pane: PaneSummary): void {
  const { limits } = turn.policy
  if (pane.join.evicted === 0) closeIncident(turn, 'evicted-pending')
  else openIncident(turn, {
    incident: 'evicted-pending', severity: 'warning', owner: 'steward',
    cause: `More than ${limits.pendingMax} inferences wait for their labels on a task; the oldest are dropped and their labels will not count. `
      + 'Raise limits.maxPending, or shorten time.labelHorizon.',
  })
  const ignored = Math.max(0, ...pane.features.map((set) => set.ignored))
  if (ignored === 0) closeIncident(turn, 'ignored-features')
  else openIncident(turn, {
    incident: 'ignored-features', severity: 'info', owner: 'steward',
    cause: `${counted(ignored, 'feature')} beyond limits.maxFeatures (${limits.featuresMax}) are not watched. Raise the limit, or leave out what is no feature in the mapping.`,
  })
  const inSegments = Object.values(pane.segments ?? {}).reduce((sum, { features }) => sum + Math.max(0, ...features.map((set) => set.ignored)), 0)
  if (inSegments === 0) closeIncident(turn, 'ignored-segment-features')
  else openIncident(turn, {
    incident: 'ignored-segment-features', severity: 'info', owner: 'steward',
    cause: `${counted(inSegments, 'feature')} of segment values beyond limits.maxSegmentFeatures (${limits.segmentFeaturesMax}) are not watched there. `
      + "Raise the limit, or read only 'score' of a segment with many values in drift.segments.",
  })
}
