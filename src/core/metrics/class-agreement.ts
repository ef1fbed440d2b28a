/** Agreement beyond chance over several classes. Of two classes they are the binary metrics of the same name. */
import { insufficient } from '../reading.ts'
import { classTable, deltaInterval, overflowOf, type Margins, type ShareFunction } from './class-shares.ts'
import type { MulticlassOutcomes } from './class-outcomes.ts'
import type { ReadingParams, TabledReading } from './metric.ts'

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const squares = (values: readonly number[]): number => sum(values.map((value) => value * value))
const chance = ({ predicted, truths }: Margins): number => sum(predicted.map((share, i) => share * truths[i]))

/** Gorodkin's R_K = (Σ right − Σ p t) / √((1 − Σ p²)(1 − Σ t²)) with shares p of predictions and t of truths. Source: Gorodkin 2004. */
export const correlation: ShareFunction = {
  of(shares) {
    const [spreadPredicted, spreadTruths] = [1 - squares(shares.predicted), 1 - squares(shares.truths)]
    return spreadPredicted > 0 && spreadTruths > 0 ? (sum(shares.right) - chance(shares)) / Math.sqrt(spreadPredicted * spreadTruths) : null
  },
  gradient(shares) {
    const { predicted, truths, right } = shares
    const [spreadPredicted, spreadTruths] = [1 - squares(predicted), 1 - squares(truths)]
    const [root, excess] = [Math.sqrt(spreadPredicted * spreadTruths), sum(right) - chance(shares)]
    return {
      right: right.map(() => 1 / root),
      predicted: predicted.map((share, i) => (-truths[i] + (excess * share) / spreadPredicted) / root),
      truths: truths.map((share, i) => (-predicted[i] + (excess * share) / spreadTruths) / root),
    }
  },
}

/** Cohen's κ = (agreement − agreement by chance) / (1 − agreement by chance). Source: Cohen 1960. */
export const cohen: ShareFunction = {
  of(shares) {
    const expected = chance(shares)
    return expected < 1 ? (sum(shares.right) - expected) / (1 - expected) : null
  },
  gradient(shares) {
    const [observed, expected] = [sum(shares.right), chance(shares)]
    const slope = (share: number): number => (share * (observed - 1)) / (1 - expected) ** 2
    return { right: shares.right.map(() => 1 / (1 - expected)), predicted: shares.truths.map(slope), truths: shares.predicted.map(slope) }
  },
}

/**
 * The reading of an agreement, with an interval by the delta method on Fisher's scale: asymptotic. OTHER counts as one class, which makes chance seem to do
 * better than it does, and so κ worse: `detail.overflow` says how many outcomes that touches. Undefined: `insufficient`.
 */
export function agreementReading(outcomes: MulticlassOutcomes, of: ShareFunction, params: ReadingParams): TabledReading {
  const table = classTable(outcomes)
  const { total: n, right, predicted, truths } = table.margins
  const detail = { classes: table.names.length, overflow: overflowOf(table) }
  const shareOf = (counts: readonly number[]): number[] => counts.map((count) => count / n)
  const isOneClass = predicted.filter((count) => count > 0).length < 2 || truths.filter((count) => count > 0).length < 2
  const found = n < params.nMin || n === 0 ? null : of.of({ total: 1, right: shareOf(right), predicted: shareOf(predicted), truths: shareOf(truths) })
  if (found === null || (isOneClass && of === correlation) || (sum(right) === n && isOneClass)) return { ...insufficient(n), detail }
  const value = Math.min(1, Math.max(-1, found))
  return { value, n, interval: deltaInterval(table, value, of, 'fisher', params), verdict: 'ok', detail }
}
