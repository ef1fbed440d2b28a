import type { Window } from '../../panes/window.ts'
import type { ModelPolicy } from '../../policy.ts'
import type { DriftSight } from '../../triggers/trigger.ts'
import { compareOn, usesFor } from './compare.ts'
import { calibrationOf } from './drift-of.ts'
import type { Reference } from './reference.ts'

/** Of the features that are shown as moved, the share expected to have not. */
export const falseShare = 0.05

/**
 * Features that likely moved in one window, those furthest beyond their level first: Benjamini & Hochberg 1995 at `falseShare`. It is for a person who looks at
 * this window, and triggers nothing: read at every pane it would be wrong several times a day. A feature is as unlikely as its least likely measure, times the
 * number of its measures. Chances are those of calibrated levels; while panes are gathered, and without a budget, nothing is shown.
 */
export function likelyMoved(window: Window, { features, calibration }: Reference, policy: ModelPolicy, { features: read }: Pick<DriftSight, 'features'>): string[] {
  if (calibration === null) return []
  const { share, features: { features: dispersions } } = calibration
  const isBeyond = (name: string, chance: number): boolean => {
    const uses = usesFor(policy, name)
    const given = calibrationOf({ ...calibration, share: { ...share, chance: chance / uses.length } }, 'features', name, window, policy)
    return uses.some((use) => ['warning', 'alarm'].includes(compareOn(use, features[name], window.features[name], given)?.verdict ?? 'insufficient'))
  }
  const judged = read.filter(({ feature, readings }) => dispersions?.[feature] !== undefined && readings.some(({ reading }) => reading.verdict !== 'insufficient'))
  let [held, before] = [judged.map(({ feature }) => feature), -1]
  // the largest set whose features are each as unlikely as its size allows
  while (held.length !== before && held.length > 0) {
    before = held.length
    const chance = (falseShare * held.length) / judged.length
    held = held.filter((name) => isBeyond(name, chance))
  }
  const excess = new Map(judged.map(({ feature, readings }) => [feature, Math.max(...readings.map(({ reading }) => (reading.value ?? 0) / (reading.noiseFloor || 1)))]))
  return held.sort((a, b) => excess.get(b)! - excess.get(a)! || (a < b ? -1 : 1))
}
