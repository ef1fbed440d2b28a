import { agreementMetric, type Shares } from './agreement.ts'
import { agreementReading, cohen } from './class-agreement.ts'
import type { BinaryMetric } from './metric.ts'

/** Share of agreement, and what two independent raters with these margins would agree on. */
function agreementOf([tp, fp, fn, tn]: Shares): { observed: number; expected: number } {
  return { observed: tp + tn, expected: (tp + fp) * (tp + fn) + (fn + tn) * (fp + tn) }
}

/**
 * Cohen's κ = (agreement − agreement by chance) / (1 − agreement by chance), in [−1, 1]. Undefined where decisions and truths are all of one class.
 * With rare positives it is low even for good models: compare it only at a like share of positives.
 */
export const kappa: BinaryMetric = {
  ...agreementMetric({
    name: 'kappa',
    summary: "Cohen's kappa: agreement of decisions and truths beyond chance.",
    source: 'Cohen 1960; standard error Fleiss, Cohen & Everitt 1969',
    of(shares) {
      const { observed, expected } = agreementOf(shares)
      return expected < 1 ? Math.min(1, Math.max(-1, (observed - expected) / (1 - expected))) : null
    },
    gradient(shares) {
      const [tp, fp, fn, tn] = shares
      const { observed, expected } = agreementOf(shares)
      const [called, uncalled, positive, negative] = [tp + fp, fn + tn, tp + fn, fp + tn]
      const slope = (agrees: number, chance: number): number => (agrees * (1 - expected) - chance * (1 - observed)) / (1 - expected) ** 2
      return [slope(1, positive + called), slope(0, positive + uncalled), slope(0, negative + called), slope(1, negative + uncalled)]
    },
  }),
  readClasses: (outcomes, params) => agreementReading(outcomes, cohen, params),
}
