import { shareNoise } from '../math/proportion.ts'
import { insufficient, type Reading } from '../reading.ts'
import { verdictOf } from './measure.ts'
import { valueMeasure } from './sample-measure.ts'
import { shareParams } from './shares.ts'
import { typeCountsOf, type TypeCounts } from './type-counts.ts'

/**
 * The share of values that came to be of another type: half of Σ |q − p| over boolean, number and text, missing values aside.
 * Whole numbers are told from those with a fraction where one side has no fraction at all. So fractions in a feature of whole numbers are a change, and so is a
 * feature that lost its fractions, while the same whole numbers read as floats are none, and nor are more whole numbers among fractions.
 * `from` is the type that lost most and `to` the one that gained most; `numerals` is the share of values that are text and read as a number.
 * Noise floor: the value is the rise of that set of types which rose most, so the bound of a difference of two shares holds for every set at once (Bonferroni).
 */
export const typeChange = valueMeasure({
  name: 'type-change',
  summary: 'Share of values whose type is another than in the reference.',
  source: 'total variation distance; difference of proportions, Wilson 1927',
  params: shareParams(0.01),
  takes: 'values',
  compare: (reference, current, params) => compareTypes(typeCountsOf(reference), typeCountsOf(current), params),
})

interface TypeShare {
  type: string
  inReference: number
  inCurrent: number
}

/** The reading from counts alone, as a pane can carry them. */
export function compareTypes(reference: TypeCounts, current: TypeCounts, params: { alarm: number; floorLevel: number; minInstances: number }): Reading {
  const [n, nReference] = [current.n - current.missing, reference.n - reference.missing]
  if (n === 0 || nReference === 0) return insufficient(n, { nReference })
  const types = typesOf(reference, current)
  const risen = types.filter(({ inReference, inCurrent }) => inCurrent / n > inReference / nReference)
  const value = Math.min(1, risen.reduce((sum, { inReference, inCurrent }) => sum + (inCurrent / n - inReference / nReference), 0))
  const inRisen = risen.reduce((sum, { inReference, inCurrent }) => sum + inReference + inCurrent, 0)
  const sets = Math.max(1, 2 ** types.length - 2)
  const noiseFloor = shareNoise(inRisen, n, nReference, 1 - (1 - params.floorLevel) / sets, 1)
  const thin = Math.min(n, nReference) < params.minInstances
  return {
    value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, params.alarm),
    detail: { ...direction(types, n, nReference), numerals: current.numerals / n },
  }
}

/** The types that either side has, by name. */
function typesOf(reference: TypeCounts, current: TypeCounts): TypeShare[] {
  const oneIsWhole = (reference.fraction === 0) !== (current.fraction === 0) && reference.whole + reference.fraction > 0 && current.whole + current.fraction > 0
  const pick = (type: string, ...keys: (keyof TypeCounts)[]): TypeShare => ({ type, inReference: total(reference, keys), inCurrent: total(current, keys) })
  const numbers = oneIsWhole ? [pick('whole number', 'whole'), pick('fraction', 'fraction')] : [pick('number', 'whole', 'fraction')]
  return [pick('boolean', 'boolean'), ...numbers, pick('text', 'text')].filter(({ inReference, inCurrent }) => inReference + inCurrent > 0)
}

const total = (counts: TypeCounts, keys: readonly (keyof TypeCounts)[]): number => keys.reduce((sum, key) => sum + counts[key], 0)

/** The types that lost and gained most; null where nothing moved. */
function direction(types: readonly TypeShare[], n: number, nReference: number): { from: string | null; to: string | null } {
  const moves = types.map(({ type, inReference, inCurrent }) => ({ type, by: inCurrent / n - inReference / nReference })).sort((a, b) => a.by - b.by)
  const [least, most] = [moves[0], moves[moves.length - 1]]
  return { from: least.by < 0 ? least.type : null, to: most.by > 0 ? most.type : null }
}
