/** Features whose values came to lie where the reference has none, at one instant: another unit or sensor, or the inputs of another part of the world. */
import type { BrokenFeature } from '../../diagnosis/evidence.ts'
import { shareJump, type Jump, type ShareAt } from '../../diagnosis/jump.ts'
import { curveOf, shareAt } from '../../drift/curve.ts'
import { outsideOf } from '../../drift/out-of-range.ts'
import { stepPart } from '../../drift/step.ts'
import { summaryOf } from '../../panes/reference.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import type { Profile } from '../../records.ts'
import { presentCount, type FeatureSummary, type NumericSummary } from '../../sketches/feature.ts'

/** From this share of its values on a feature has left its range: a drift of the world by two standard deviations takes a twentieth of a normal one out. */
const outsideMin = 2 / 3
/** Fewer that are outside are torn off where so many of them lie further out than the range is wide: some of what feeds it comes in another unit. */
const farMin = 1 / 2
/** A feature that made so much of its way at an instant changed then. */
const stepMin = 1 / 2
/** Panes before an instant that say what was before it. */
const panesBefore = 3
const namedMax = 3

type Share = Pick<ShareAt, 'hits' | 'of'>

interface Left {
  feature: string
  jump: Jump | null
  value: number
  /** most values are out */
  isMost: boolean
  /** they are not where a drift leads */
  isTorn: boolean
}

/**
 * Features out of their range. One that jumped out is `spared` where this is no fault of what feeds it: where more of the moved features changed at that instant
 * within their range than left it (other inputs came, and range is only where that shows), or where few values are out, and not far.
 * @param layout that the reference is laid on
 * @param moved features in alarm: looked at whether or not the policy reads `out-of-range`, for most of their values being out
 * @param alarmed features whose `out-of-range` is in alarm, however few are out
 */
export function leftRange(panes: readonly PaneSummary[], profile: Profile, layout: string, moved: readonly string[], alarmed: readonly string[] = []): BrokenFeature[] {
  const summariesOf = (feature: string): Seen[] => panes.flatMap(({ startMs, features }) => {
    const summary = features.find((set) => set.layout === layout)?.features[feature]
    return summary === undefined ? [] : [{ atMs: startMs, summary }]
  })
  const referenceOf = (feature: string): FeatureSummary | null => (profile.features[feature] === undefined ? null : summaryOf(profile.features[feature]))
  const left = [...new Set([...alarmed, ...moved])].flatMap((feature) => leftBy(feature, referenceOf(feature), summariesOf(feature)) ?? [])
    .filter(({ feature, isMost }) => isMost || alarmed.includes(feature))
  if (left.length === 0) return []
  const stayed = moved.filter((feature) => !left.some((each) => each.isMost && each.feature === feature))
  const nth = ({ atMs }: Jump): number => (atMs === null ? 0 : panes.findIndex(({ startMs }) => startMs === atMs))
  // a change within a pane may show in either of two neighbours
  const leaversWith = (jump: Jump): number => left.filter((each) => each.isTorn && each.jump !== null && Math.abs(nth(each.jump) - nth(jump)) <= 1).length
  const companyOf = (feature: string, jump: Jump): string[] => stayed.filter((name) => name !== feature && hasChangedAt(jump, referenceOf(name), summariesOf(name)))
  return left.map(({ feature, jump, value, isTorn }) => {
    const spared = jump === null ? null : !isTorn ? fewText : companyText(companyOf(feature, jump), leaversWith(jump))
    return { feature, measure: 'out-of-range', value, jump, ...(spared === null ? {} : { spared }) }
  })
}

interface Seen {
  atMs: number
  summary: FeatureSummary
}

function leftBy(feature: string, reference: FeatureSummary | null, seen: readonly Seen[]): Left | null {
  if (reference?.kind !== 'numeric') return null
  const series = (of: (summary: NumericSummary) => Share | null): ShareAt[] => seen.flatMap(({ atMs, summary }) => {
    const share = summary.kind === 'numeric' ? of(summary) : null
    return share === null ? [] : [{ atMs, ...share }]
  })
  const outside = series((summary) => outsideIn(reference, summary))
  const jump = shareJump(outside, 0)
  const isMost = newest(outside) >= outsideMin && jump !== null && jump.after >= outsideMin
  return { feature, jump, value: jump?.after ?? newest(outside), isMost, isTorn: isMost || newest(series((summary) => farIn(reference, summary))) >= farMin }
}

function hasChangedAt({ atMs }: Jump, reference: FeatureSummary | null, seen: readonly Seen[]): boolean {
  if (reference === null) return false
  const at = atMs === null ? 0 : seen.findIndex((each) => each.atMs >= atMs)
  const summaries = seen.map(({ summary }) => summary)
  return at >= 0 && (stepPart(reference, summaries.slice(Math.max(0, at - panesBefore), at), summaries.slice(at)) ?? 0) >= stepMin
}

const fewText = 'few values, and these not far out, as drift leaves a range'

/** Null where no more features changed within their range than left it. */
function companyText(company: readonly string[], leavers: number): string | null {
  if (company.length <= leavers) return null
  const more = company.length - namedMax
  return `${company.slice(0, namedMax).join(', ')}${more > 0 ? ` and ${more} more` : ''} changed at that instant within their ranges: other inputs came, like those of another region`
}

const newest = (series: readonly ShareAt[]): number => series.slice(-1).reduce((_, { hits, of }) => (of === 0 ? 0 : hits / of), 0)

function outsideIn(reference: NumericSummary, summary: NumericSummary): Share | null {
  const outside = outsideOf(reference, summary)
  return outside === null ? null : { hits: outside.value * presentCount(summary), of: presentCount(summary) }
}

/** Of the values outside the range, those that lie further out than it is wide. */
function farIn(reference: NumericSummary, summary: NumericSummary): Share | null {
  const outside = outsideOf(reference, summary)
  if (outside === null) return null
  const [n, width, curve] = [presentCount(summary), outside.high - outside.low, curveOf(summary)]
  const far = shareAt(curve, outside.low - width).below + 1 - shareAt(curve, outside.high + width).upTo
  return { hits: far * n, of: outside.value * n }
}
