/** Features of an open pane by segment value, where the policy reads drift there: one summary a value, feature and layout, up to a limit. */
import type { SegmentFeatures } from '../panes/summary.ts'
import type { ModelPolicy, SegmentReads } from '../policy.ts'
import type { FeatureVector } from '../records.ts'
import { FeaturePane } from './features.ts'
import { readOf } from '../segment-keys.ts'
import type { LayoutInForce } from './model.ts'

export class SegmentPane {
  private readonly held: Record<string, SegmentFeatures>
  private readonly layouts: readonly LayoutInForce[]
  private readonly policy: ModelPolicy
  private readonly panes = new Map<string, FeaturePane>()
  /** feature summaries that may still be made */
  private room: number

  /** Goes on with `held`, which is up to date after every call. @param layouts in force, those without features aside: before there are bins nothing is kept */
  constructor(held: Record<string, SegmentFeatures>, layouts: readonly LayoutInForce[], policy: ModelPolicy) {
    this.held = held
    this.layouts = layouts
    this.policy = policy
    this.room = (policy.limits.segmentFeaturesMax ?? 0) - Object.values(held).reduce((sum, { features }) => sum + features.reduce((n, set) => n + Object.keys(set.features).length, 0), 0)
  }

  /** Adds the features of an inference to those of its segments, of which only some are read. */
  add(keys: readonly string[], vector: FeatureVector): void {
    for (let i = 0; i < keys.length; i++) {
      if (this.reads(keys[i]) !== 'all') continue
      const pane = this.panes.get(keys[i]) ?? this.open(keys[i])
      this.held[keys[i]].featureRecords++
      pane.add(vector)
    }
  }

  private reads(key: string): SegmentReads | null {
    return readOf(this.policy, key)
  }

  private open(key: string): FeaturePane {
    const held = (this.held[key] ??= { featureRecords: 0, features: [] })
    const pane = new FeaturePane(held.features, this.layouts, {}, this.policy.limits.featuresMax, () => this.room-- > 0)
    this.panes.set(key, pane)
    return pane
  }
}
