/** Moved features most of whose values came to lie where the reference has none, at one instant: another unit or sensor rather than another world. */
import type { BrokenFeature } from '../diagnosis/evidence.ts'
import { shareJump, type ShareAt } from '../diagnosis/jump.ts'
import { outsideOf } from '../drift/out-of-range.ts'
import { summaryOf } from '../panes/reference.ts'
import type { PaneSummary } from '../panes/summary.ts'
import type { Profile } from '../records.ts'
import { presentCount } from '../sketches/feature.ts'

/** From this share of its values on a feature has left its range: a drift of the world by two standard deviations takes a twentieth of a normal one out. */
const outsideMin = 2 / 3
/** Where most of what moved stayed in range, other inputs came, like those of another region, and one feature's range is only where that shows. */
const ofMovedMin = 1 / 2

/** Looked at whether or not the policy reads `out-of-range`, of the moved features alone. @param layout that the reference is laid on */
export function leftRange(panes: readonly PaneSummary[], { features }: Profile, layout: string, moved: readonly string[]): BrokenFeature[] {
  const left = moved.flatMap((feature): BrokenFeature[] => {
    const frozen = features[feature]
    const reference = frozen === undefined ? null : summaryOf(frozen)
    if (reference?.kind !== 'numeric') return []
    const shareOf = ({ startMs, features: sets }: PaneSummary): ShareAt[] => {
      const summary = sets.find((set) => set.layout === layout)?.features[feature]
      const outside = summary?.kind === 'numeric' ? outsideOf(reference, summary) : null
      return summary?.kind !== 'numeric' || outside === null ? [] : [{ atMs: startMs, hits: outside.value * presentCount(summary), of: presentCount(summary) }]
    }
    const isOut = panes.slice(-1).flatMap(shareOf).some(({ hits, of }) => hits >= outsideMin * of)
    const jump = isOut ? shareJump(panes.flatMap(shareOf), 0) : null
    return jump === null || jump.after < outsideMin ? [] : [{ feature, measure: 'out-of-range', value: jump.after, jump }]
  })
  return left.length >= ofMovedMin * moved.length ? left : []
}
