/** Precision, recall and F over several classes, averaged in three ways. */
import { wilsonInterval } from '../math/proportion.ts'
import { insufficient } from '../reading.ts'
import { number, type ParamSpecs, type ParamsOf } from '../unit.ts'
import { classTable, deltaInterval, overflowOf, rightOf, type ClassTable, type Gradient, type Margins } from './class-shares.ts'
import type { MulticlassOutcomes } from './class-outcomes.ts'
import { readingParams, type MulticlassMetric, type ReadingParams, type TabledReading } from './metric.ts'

/** A ratio of one class's right, predicted and truth counts, with its derivatives by each; β is the weight of recall in F. */
interface Ratio {
  isDefined(predicted: number, truths: number): boolean
  of(right: number, predicted: number, truths: number, beta: number): number
  slopes(right: number, predicted: number, truths: number, beta: number): readonly [right: number, predicted: number, truths: number]
  /** [hits, trials] of the proportion that has Wilson's interval, and the ratio as a function of it */
  proportion(right: number, predicted: number, truths: number): readonly [number, number]
  from(proportion: number): number
}

const same = (proportion: number): number => proportion

export const ratios = {
  precision: {
    isDefined: (predicted) => predicted > 0,
    of: (right, predicted) => right / predicted,
    slopes: (right, predicted) => [1 / predicted, -right / predicted ** 2, 0],
    proportion: (right, predicted) => [right, predicted],
    from: same,
  },
  recall: {
    isDefined: (_, truths) => truths > 0,
    of: (right, _, truths) => right / truths,
    slopes: (right, _, truths) => [1 / truths, 0, -right / truths ** 2],
    proportion: (right, _, truths) => [right, truths],
    from: same,
  },
  f1: {
    isDefined: (predicted, truths) => predicted + truths > 0,
    of: (right, predicted, truths, beta) => ((1 + beta * beta) * right) / (beta * beta * truths + predicted),
    slopes(right, predicted, truths, beta) {
      const [square, sum] = [beta * beta, beta * beta * truths + predicted]
      const value = ((1 + square) * right) / sum
      return [(1 + square) / sum, -value / sum, (-square * value) / sum]
    },
    proportion: (right, predicted, truths) => [right, predicted + truths - right],
    from: (jaccard) => (2 * jaccard) / (1 + jaccard),
  },
} as const satisfies Record<string, Ratio>

export type RatioName = keyof typeof ratios
type Weighting = 'macro' | 'weighted'

/** Parameters of an average of F. */
export const fParams = { ...readingParams, beta: number(1, 'weight of recall against precision: 1 for F1, 2 for F2', { min: 0.01, max: 100 }) }

const said = { precision: 'precision', recall: 'recall', f1: 'F1' }

interface Average<Specs extends ParamSpecs> {
  ratio: RatioName
  weighting: Weighting
  params: Specs
}

/**
 * The mean over classes of a ratio of each: the same weight for every class (macro) or its share of the truths (weighted). A class whose ratio is 0/0
 * takes no part, instead of counting as 0; `detail.classes` take part and `detail.classesUndefined` do not. OTHER is no class; `detail.overflow` counts
 * what fell into it.
 * `rows` has the ratio of each class with Wilson's interval (of F1, whatever β, carried over from Jaccard's proportion), n being its trials.
 * The interval of the mean is by the delta method over multinomial cells on the logit scale: asymptotic.
 */
export function classAverage<const Specs extends typeof readingParams>({ ratio, weighting, params }: Average<Specs>): MulticlassMetric<Specs> {
  const isMacro = weighting === 'macro'
  return {
    name: `${weighting}-${ratio}`,
    summary: `Mean ${said[ratio]} of the classes, ${isMacro ? 'each weighing the same' : 'each weighing its share of the truths'}, with the ${said[ratio]} of each.`,
    source: 'Sokolova & Lapalme 2009; interval Takahashi et al. 2022',
    needs: 'multiclass', reads: 'decision', better: 'higher', range: [0, 1], params,
    read: (outcomes, given) => averageReading(outcomes, ratio, weighting, given, betaOf(given)),
  }
}

const betaOf = (given: ParamsOf<ParamSpecs>): number => (typeof given.beta === 'number' ? given.beta : 1)

/** The reading of an average; `macro` of recall is balanced accuracy. */
export function averageReading(outcomes: MulticlassOutcomes, name: RatioName, weighting: Weighting, params: ReadingParams, beta = 1): TabledReading {
  const table = classTable(outcomes)
  const ratio: Ratio = ratios[name]
  const { total: n, predicted, truths } = table.margins
  const taken = table.names.map((_, i) => ratio.isDefined(predicted[i], truths[i]) && (weighting === 'macro' || truths[i] > 0))
  const detail = { classes: taken.filter(Boolean).length, classesUndefined: taken.filter((isTaken) => !isTaken).length, overflow: overflowOf(table) }
  if (n < params.nMin || detail.classes === 0) return { ...insufficient(n), detail }
  const of = (shares: Margins): number => meanOf(shares, ratio, weighting, taken, beta).value
  const gradient = (shares: Margins): Gradient => meanOf(shares, ratio, weighting, taken, beta)
  const value = Math.min(1, of(table.margins))
  return { value, n, interval: deltaInterval(table, value, { of, gradient }, 'logit', params), verdict: 'ok', detail, rows: rowsOf(table, ratio, beta, params) }
}

/** The mean of a ratio over the classes taken, with its derivatives. */
function meanOf(
  { right, predicted, truths }: Margins, ratio: Ratio, weighting: Weighting, taken: readonly boolean[], beta: number,
): Gradient & { value: number } {
  const weights = truths.map((count, i) => (taken[i] ? (weighting === 'macro' ? 1 : count) : 0))
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  const values = weights.map((weight, i) => (weight > 0 ? ratio.of(right[i], predicted[i], truths[i], beta) : 0))
  const value = values.reduce((sum, each, i) => sum + weights[i] * each, 0) / all
  const gradient = { right: weights.map(() => 0), predicted: weights.map(() => 0), truths: weights.map(() => 0) }
  weights.forEach((weight, i) => {
    if (!(weight > 0)) return
    const [byRight, byPredicted, byTruths] = ratio.slopes(right[i], predicted[i], truths[i], beta)
    gradient.right[i] = (weight * byRight) / all
    gradient.predicted[i] = (weight * byPredicted) / all
    gradient.truths[i] = (weight * byTruths + (weighting === 'weighted' ? values[i] - value : 0)) / all
  })
  return { value, ...gradient }
}

function rowsOf({ names, margins }: ClassTable, ratio: Ratio, beta: number, { confidence, designEffect }: ReadingParams): TabledReading['rows'] {
  const { right, predicted, truths } = margins
  return names.map((name, i) => {
    const counts = [right[i], predicted[i], truths[i]] as const
    if (!ratio.isDefined(predicted[i], truths[i])) return { class: name, value: null, n: 0, low: null, high: null }
    const [hits, trials] = ratio.proportion(...counts)
    const [low, high] = wilsonInterval(Math.min(hits, trials) / designEffect, trials / designEffect, confidence).map(ratio.from)
    return { class: name, value: ratio.of(...counts, beta), n: trials, low, high }
  })
}

/**
 * A ratio over all classes together. Each outcome has one truth and one prediction, so what is a false positive of one class is a false negative of another:
 * micro precision, recall and F (of any β) are all the share of right predictions, which is accuracy. Wilson's interval.
 */
export function microAverage(ratio: RatioName): MulticlassMetric {
  return {
    name: `micro-${ratio}`,
    summary: `Share of right decisions over all classes together, which is what micro ${said[ratio]} is with one class an outcome.`,
    source: 'Sokolova & Lapalme 2009; interval Wilson 1927',
    needs: 'multiclass', reads: 'decision', better: 'higher', range: [0, 1], params: readingParams,
    read: rightShare,
  }
}

/** The share of predictions that were right. */
export function rightShare(outcomes: MulticlassOutcomes, { nMin, confidence, designEffect }: ReadingParams): TabledReading {
  const table = classTable(outcomes)
  const { total: n } = table.margins
  const detail = { classes: table.names.length, overflow: overflowOf(table) }
  if (n < nMin || n === 0) return { ...insufficient(n), detail }
  const right = Math.min(n, rightOf(table))
  return { value: right / n, n, interval: wilsonInterval(right / designEffect, n / designEffect, confidence), verdict: 'ok', detail }
}
