import { agreementMetric } from './agreement.ts'
import { agreementReading, correlation } from './class-agreement.ts'
import type { BinaryMetric } from './metric.ts'

/**
 * Matthews correlation coefficient (tp·tn − fp·fn) / √((tp+fp)(tp+fn)(tn+fp)(tn+fn)), in [−1, 1]: the correlation of decisions and truths.
 * Of several classes it is Gorodkin's R_K. Undefined where all decisions or all truths are the same, which other tools print as 0.
 */
export const mcc: BinaryMetric = {
  ...agreementMetric({
    name: 'mcc',
    summary: 'Matthews correlation of decisions and truths.',
    source: 'Yule 1912; Matthews 1975; of several classes Gorodkin 2004',
    of([tp, fp, fn, tn]) {
      const margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
      return margins > 0 ? Math.min(1, Math.max(-1, (tp * tn - fp * fn) / Math.sqrt(margins))) : null
    },
    gradient([tp, fp, fn, tn]) {
      const [called, uncalled, positive, negative] = [tp + fp, fn + tn, tp + fn, fp + tn]
      const root = Math.sqrt(called * uncalled * positive * negative)
      const value = (tp * tn - fp * fn) / root
      const slope = (numerator: number, row: number, column: number): number => numerator / root - (value / 2) * (1 / row + 1 / column)
      return [slope(tn, called, positive), slope(-fn, called, negative), slope(-fp, uncalled, positive), slope(tp, uncalled, negative)]
    },
  }),
  readClasses: (outcomes, params) => agreementReading(outcomes, correlation, params),
}
