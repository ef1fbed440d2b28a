/** What observe had to leave out at a limit of the policy: counted there, said here. */
import { longestEveryMs } from '../calibration/budget.ts'
import type { PaneSummary } from '../panes/summary.ts'
import { counted, duration } from '../text.ts'
import { closeIncident, openIncident } from './announce.ts'
import { shareNow } from './share.ts'
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

/** What is asked of all readings together is an incident where they are too many, for panes so short, to be held to it: only the reference says how many they are. */
export function noteBudget(turn: Turn): void {
  const { drift: { falseAlarmEveryMs }, time: { paneMs } } = turn.policy
  const share = shareNow(turn)
  const longestMs = share === null ? Infinity : longestEveryMs(paneMs, share.readings)
  if (share === null || falseAlarmEveryMs! <= longestMs) return closeIncident(turn, 'overdrawn-budget')
  openIncident(turn, {
    incident: 'overdrawn-budget', severity: 'info', owner: 'steward',
    cause: `drift.falseAlarmEvery is ${duration(falseAlarmEveryMs!)}, and ${counted(share.readings, 'reading')} every ${duration(paneMs)} can be held to ${duration(Math.floor(longestMs))} at most: `
      + 'false alarms may come that often. Lengthen time.pane, read fewer measures, windows or segment values, or ask for no more.',
  })
}
