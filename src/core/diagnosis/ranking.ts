/** Which features made it: the moved ones in order of how much they explain. */
import type { RankedFeature } from '../records.ts'

/** One feature that moved. */
export interface MovedFeature {
  feature: string
  /** the measure that moved most, relative to its level */
  measure: string
  value: number
  /** what `value` had to pass: the larger of noise floor and practical threshold */
  level: number
  /** share of the model's importance, in [0, 1]; over all features 1 */
  importanceShare: number
  /** drift of this feature, an interval of time an entry; null where it was not read */
  driftSeries: readonly (number | null)[]
}

/** Intervals that must have both a drift and a loss before their correlation is read. */
const intervalsMin = 6

/**
 * The features from most to least blamed. One whose drift went along with the loss counts up to twice what it would by size and importance alone; a drift
 * that went the other way takes nothing away, as labels come late and few. Ties go to the larger excess, then to the name that sorts first.
 * @param lossSeries loss of the model (error share, mean absolute error) in the same intervals as every `driftSeries`; null where there were no outcomes
 */
export function rankFeatures(moved: readonly MovedFeature[], lossSeries: readonly (number | null)[]): RankedFeature[] {
  const ranked = moved.map(({ feature, measure, value, level, importanceShare, driftSeries }) => {
    const excess = level > 0 ? value / level : value
    const correlation = spearman(driftSeries, lossSeries)
    return { feature, measure, value, excess, importanceShare, correlation, blame: excess * importanceShare * (1 + Math.max(0, correlation ?? 0)) }
  })
  return ranked.sort((a, b) => b.blame - a.blame || b.excess - a.excess || (a.feature < b.feature ? -1 : 1))
}

/** Spearman's rank correlation of the pairs in which both are known, ties at their mean rank; null with few pairs or where one side never changes. */
export function spearman(a: readonly (number | null)[], b: readonly (number | null)[]): number | null {
  const pairs = a.flatMap((x, i): [number, number][] => {
    const y = b[i]
    return x === null || y === null || y === undefined ? [] : [[x, y]]
  })
  if (pairs.length < intervalsMin) return null
  const [x, y] = [ranksOf(pairs.map(([value]) => value)), ranksOf(pairs.map(([, value]) => value))]
  const mean = (pairs.length - 1) / 2
  let [together, ofX, ofY] = [0, 0, 0]
  for (let i = 0; i < pairs.length; i++) {
    together += (x[i] - mean) * (y[i] - mean)
    ofX += (x[i] - mean) ** 2
    ofY += (y[i] - mean) ** 2
  }
  return ofX === 0 || ofY === 0 ? null : Math.min(1, Math.max(-1, together / Math.sqrt(ofX * ofY)))
}

/** Ranks from 0, equal values sharing the mean of theirs. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j] || i - j)
  const ranks = new Array<number>(values.length)
  for (let from = 0; from < order.length;) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1]] === values[order[from]]) to++
    for (let i = from; i <= to; i++) ranks[order[i]] = (from + to) / 2
    from = to + 1
  }
  return ranks
}
