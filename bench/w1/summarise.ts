/** From pane summaries of one partition to W1's output: drift against the first panes, AUC from bins, ADWIN over the errors in their order. */
import { adwin } from '../../src/core/detectors/adwin.ts'
import { ks } from '../../src/core/drift/ks.ts'
import { psiFromCounts } from '../../src/core/drift/psi.ts'
import type { BinaryOutcomes } from '../../src/core/metrics/outcomes.ts'
import { rocAuc } from '../../src/core/metrics/roc-auc.ts'
import { clonePlain } from '../../src/core/panes/merge.ts'
import type { ErrorSequence, PaneSummary } from '../../src/core/panes/summary.ts'
import { digestQuantile } from '../../src/core/sketches/digest.ts'
import { mergeFeature, type FeatureSummary, type NumericSummary } from '../../src/core/sketches/feature.ts'
import { binOf } from '../../src/core/sketches/histogram.ts'
import { resolveParams } from '../../src/core/unit.ts'
import { FEATURES, REFERENCE_PANES, SCORE_BINS, VERSION, type Summary } from './workload.ts'

const numericNames = Array.from({ length: FEATURES }, (_, j) => `x${j}`)
const names = [...numericNames, 'c0', 'c1']
const quantiles = [0.5, 0.95, 0.99]
const [ksParams, aucParams, adwinParams] = [resolveParams(ks, {}), resolveParams(rocAuc, {}), resolveParams(adwin, {})]

/** Panes of one model from one task, in order; what the summaries of later ones need is kept. */
export class Summariser {
  private readonly errors = adwin.init(adwinParams)
  private readonly reference = new Map<string, FeatureSummary>()
  private referencePanes = 0

  summarise(pane: PaneSummary): Summary {
    const features = featuresOf(pane)
    const compared = features !== null && this.referencePanes >= REFERENCE_PANES
    const outcomes = pane.versions[VERSION]?.outcomes as BinaryOutcomes | undefined
    if (pane.versions[VERSION] !== undefined) this.observe(pane.versions[VERSION].errorSequence)
    const summary: Summary = {
      pane: pane.startMs, partition: pane.task, model: pane.model, n: pane.featureRecords,
      psi: compared ? names.map((name) => psiFromCounts(binned(this.reference.get(name)!), binned(features[name]))) : null,
      ks: compared ? numericNames.map((name) => ks.compare(this.reference.get(name)!, features[name], ksParams).value!) : null,
      q: features === null ? null : numericNames.map((name) => quantilesOf(features[name] as NumericSummary)),
      labelled: outcomes?.n ?? 0, conf: confusions(pane), auc: aucOf(outcomes), logloss: outcomes === undefined || outcomes.n === 0 ? null : outcomes.logLossSum / outcomes.n,
      bins: outcomes === undefined ? [new Array<number>(SCORE_BINS).fill(0), new Array<number>(SCORE_BINS).fill(0)] : [Array.from(outcomes.positives), Array.from(outcomes.negatives)],
      learner: { n: pane.learners[0].n, logloss: pane.learners[0].logLoss },
      adwin: { width: this.errors.width, mean: this.errors.width === 0 ? 0 : this.errors.total / this.errors.width, detections: this.errors.alarms },
    }
    if (features !== null && !compared) this.refer(features)
    return summary
  }

  private refer(features: Record<string, FeatureSummary>): void {
    this.referencePanes++
    for (const name of names) {
      const held = this.reference.get(name)
      if (held === undefined) this.reference.set(name, clonePlain(features[name]))
      else mergeFeature(held, features[name])
    }
  }

  private observe({ n, bits }: ErrorSequence): void {
    for (let i = 0; i < n; i++) adwin.update(this.errors, (bits[i >> 2] >> ((i & 3) * 2)) & 1, adwinParams)
  }
}

/** The summaries by feature; sets that differ in name only (a layout was announced meanwhile) have the policy's bins all the same. */
function featuresOf(pane: PaneSummary): Record<string, FeatureSummary> | null {
  if (pane.featureRecords === 0) return null
  return pane.features.find(({ features }) => names.every((name) => name in features))!.features
}

/** Counts by bin; an atom is counted in the bin that it lies in. */
function binned(summary: FeatureSummary): Float64Array {
  if (summary.kind === 'categorical') return summary.counts
  const counts = summary.counts.slice()
  summary.atoms.forEach((atom, i) => { counts[binOf(summary.edges, atom)] += summary.atomCounts[i] })
  return counts
}

/** Of all values, the atoms included. */
function quantilesOf({ atoms, atomCounts, digest }: NumericSummary): (number | null)[] {
  const heavy = atomCounts.reduce((sum, count) => sum + count, 0)
  if (digest.n === 0) return quantiles.map(() => (atoms.length > 0 ? atoms[0] : null))
  return quantiles.map((q) => {
    // W1's only atom lies below every other value
    const rank = q * (digest.n + heavy) - heavy
    return rank < 0 ? atoms[0] : digestQuantile(digest, rank / digest.n)
  })
}

function confusions({ versions }: PaneSummary): Record<string, number[]> {
  const found: Record<string, number[]> = {}
  for (const [key, { outcomes }] of Object.entries(versions[VERSION]?.segments ?? {})) {
    if (outcomes.n > 0) found[key.slice('segment='.length)] = Array.from((outcomes as BinaryOutcomes).confusion)
  }
  return found
}

const aucOf = (outcomes: BinaryOutcomes | undefined): number | null => (outcomes === undefined ? null : rocAuc.read(outcomes, aucParams).value)
