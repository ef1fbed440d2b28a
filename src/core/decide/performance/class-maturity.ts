/**
 * When labels of several classes come. A class with labels enough has an arrival curve of its own; the others share one. Outcomes are weighted by the truth's
 * curve, in the confusion matrix alone: score bins do not keep apart which class the others were.
 */
import { arrivalCurve, createArrivals, mergeArrivals, shareBy, type ArrivalCurve, type Arrivals, type Arrived } from '../../maturity/arrivals.ts'
import { delayAgainstScore } from '../../maturity/independence.ts'
import { weightLimit } from '../../maturity/weights.ts'
import { createMulticlassOutcomes, mergeMulticlass, type MulticlassOutcomes } from '../../metrics/class-outcomes.ts'
import { effectiveOutcomes } from '../../metrics/fading.ts'
import { readMetric, type Metric } from '../../metrics/metric.ts'
import { metrics } from '../../metrics/table.ts'
import type { Reading } from '../../reading.ts'
import { figure, percent } from '../../text.ts'

/** Metrics of the confusion matrix alone. */
const matrixMetrics: ReadonlySet<string> = new Set([
  'accuracy', 'balanced-accuracy', 'mcc', 'kappa',
  ...['macro', 'weighted', 'micro'].flatMap((average) => ['precision', 'recall', 'f1'].map((ratio) => `${average}-${ratio}`)),
])
/** Shown of cohorts that wait. */
const shown = ['accuracy', 'macro-f1']
/** Arrivals of a class under its name after a sign, so that no name is taken for what all labels were counted under before they were counted by class. */
const sign = '='
const wholeKey = 'value'
const restKey = 'other'
/** Labels of classes that have no curve of their own, as a share of all, beyond which nothing is weighted. */
const restShareMax = 0.1

export interface CurvesOfClasses {
  /** by class name */
  own: Readonly<Record<string, ArrivalCurve>>
  rest: ArrivalCurve
}

/** What came of each class, scores at the middle of their bin. */
export function arrivedByClass({ classes, classesMax, counts, positives }: MulticlassOutcomes): [string, Arrived][] {
  const rowOf = (truth: number) => counts.subarray(truth * (classesMax + 2), (truth + 1) * (classesMax + 2)).reduce((sum, count) => sum + count, 0)
  return [
    ...classes.map((name, code): [string, Arrived] => [sign + name, { count: rowOf(code), ...scoresIn(positives[code]) }]),
    [restKey, { count: rowOf(classesMax), ...scoresIn(undefined) }],
  ]
}

function scoresIn(bins: Float64Array | undefined): Omit<Arrived, 'count'> {
  const sums = { scored: 0, scoreSum: 0, scoreSquareSum: 0 }
  bins?.forEach((count, bin) => {
    const score = (bin + 0.5) / bins.length
    sums.scored += count
    sums.scoreSum += count * score
    sums.scoreSquareSum += count * score * score
  })
  return sums
}

/** Learns from the arrivals of complete cohorts; those that an older program began to count without their classes stay out. */
export function curvesOfClasses(edgesMs: Float64Array, cohorts: readonly Arrivals[]): { curves: CurvesOfClasses | null; independence: Record<string, Reading>; refusal: string | null } {
  const all = createArrivals(edgesMs)
  for (const arrivals of cohorts) if (arrivals.classes[wholeKey] === undefined) mergeArrivals(all, arrivals)
  const rest = createArrivals(edgesMs)
  const [own, independence] = [{} as Record<string, ArrivalCurve>, {} as Record<string, Reading>]
  let labels = 0
  for (const key of Object.keys(all.classes).sort()) {
    const held = all.classes[key]
    const [curve, reading] = [arrivalCurve(edgesMs, held), delayAgainstScore(held)]
    labels += sumOf(held.counts)
    if (key === restKey || curve === null || reading.verdict === 'insufficient') {
      mergeArrivals(rest, { edgesMs, classes: { [restKey]: held } })
      continue
    }
    own[key.slice(sign.length)] = curve
    independence[key.slice(sign.length)] = reading
  }
  const refusal = refusalOf(cohorts.length, labels, rest.classes[restKey]?.counts, independence)
  if (refusal !== null) return { curves: null, independence, refusal }
  return { curves: { own, rest: arrivalCurve(edgesMs, rest.classes[restKey]) ?? pooled(all) }, independence, refusal }
}

function refusalOf(cohorts: number, labels: number, rest: Float64Array | undefined, independence: Readonly<Record<string, Reading>>): string | null {
  if (cohorts === 0) return 'No cohort is past the label horizon yet: when labels come is not known.'
  if (labels <= 0) return 'No label of a cohort past the label horizon was counted by class yet: when they come is not known.'
  const share = rest === undefined ? 0 : sumOf(rest) / labels
  if (share > restShareMax) return `${percent(share)} of the labels are of classes with too few of them, or too few with a score: when they come, and whether that depends on the score, is not known.`
  const dependent = Object.entries(independence).find(([, { verdict }]) => verdict === 'alarm')
  return dependent === undefined ? null
    : `Among labels of class '${dependent[0]}' delay depends on the score (correlation ratio ${figure(dependent[1].value)}): those that came do not stand for those to come.`
}

function pooled({ edgesMs, classes }: Arrivals): ArrivalCurve {
  const all = createArrivals(edgesMs)
  for (const held of Object.values(classes)) mergeArrivals(all, { edgesMs, classes: { [restKey]: held } })
  return arrivalCurve(edgesMs, all.classes[restKey], 1)!
}

const sumOf = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0)

/** Every curve there is. */
export const allCurves = ({ own, rest }: CurvesOfClasses): ArrivalCurve[] => [...Object.values(own), rest]

/** Outcomes at one age as they will be, confusion matrix alone, with Σw and Σw² over labels. Null where one would stand for more than `weightLimit`. */
export function completedClasses(outcomes: MulticlassOutcomes, curves: CurvesOfClasses, ageMs: number): { outcomes: MulticlassOutcomes; sum: number; squareSum: number } | null {
  if (allCurves(curves).some((curve) => shareBy(curve, ageMs) * weightLimit < 1)) return null
  const { classes, classesMax, counts } = outcomes
  const completed = createMulticlassOutcomes(classesMax, classes)
  let squareSum = 0
  for (let truth = 0; truth <= classesMax; truth++) {
    const name = classes[truth]
    const weight = 1 / shareBy(name !== undefined && Object.hasOwn(curves.own, name) ? curves.own[name] : curves.rest, ageMs)
    for (let cell = truth * (classesMax + 2); cell < (truth + 1) * (classesMax + 2); cell++) {
      completed.counts[cell] = counts[cell] * weight
      completed.n += counts[cell] * weight
      squareSum += counts[cell] * weight * weight
    }
  }
  return { outcomes: completed, sum: completed.n, squareSum }
}

/** Metrics of the policy that the confusion matrix alone tells. */
export function expectedOfClasses(outcomes: MulticlassOutcomes, names: readonly string[]): Record<string, number | null> {
  return Object.fromEntries(Object.entries(readingsOf(outcomes, names.filter((name) => matrixMetrics.has(name)))).map(([name, { value }]) => [name, value]))
}

const readingsOf = (outcomes: MulticlassOutcomes, names: readonly string[]): Record<string, Reading> => {
  const table = metrics as unknown as Readonly<Record<string, Metric>>
  return Object.fromEntries(names.map((name) => [name, readMetric(table[name], outcomes)]))
}

/** Cohorts that wait for labels, of one age each: as they stand, and as expected once every label has come, on the effective number of labels (Kish 1965). */
export function waitingClasses(
  curves: CurvesOfClasses, aged: readonly { ageMs: number; outcomes: MulticlassOutcomes }[],
): { labels: number; tooYoung: number; soFar: Record<string, Reading>; expected: Record<string, Reading> } {
  const classesMax = aged[0]?.outcomes.classesMax ?? 2
  const [plain, weighted] = [createMulticlassOutcomes(classesMax), createMulticlassOutcomes(classesMax)]
  const sums = { sum: 0, squareSum: 0 }
  let tooYoung = 0
  for (const { ageMs, outcomes } of aged.filter((each) => each.outcomes.classesMax === classesMax)) {
    const completed = completedClasses(outcomes, curves, ageMs)
    if (completed === null) {
      tooYoung += outcomes.n
      continue
    }
    mergeMulticlass(plain, { ...createMulticlassOutcomes(classesMax, outcomes.classes), counts: outcomes.counts, n: outcomes.n })
    mergeMulticlass(weighted, completed.outcomes)
    sums.sum += completed.sum
    sums.squareSum += completed.squareSum
  }
  return { labels: plain.n, tooYoung, soFar: readingsOf(plain, shown), expected: readingsOf(effectiveOutcomes(weighted, { weight: 1, ...sums }) as MulticlassOutcomes, shown) }
}
