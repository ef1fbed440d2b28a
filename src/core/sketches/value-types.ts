/** What types the values of one feature had on the wire, counted beside its summary so that a change of type is seen and named. */

/** What a value was before it became a column: see `FeatureShape.sentAs`. */
export type SentAs = 'boolean' | 'number' | 'text'

/** Counts of values that are not missing, which add up when merged. */
export interface ValueTypes {
  boolean: number
  /** numbers without a fraction, infinite ones among them, and those with one: 3.0 is whole, in every encoding that keeps no more than the value */
  whole: number
  fraction: number
  text: number
  /** of `text` where numbers were expected, those that read as a number */
  numerals: number
}

export const createValueTypes = (): ValueTypes => ({ boolean: 0, whole: 0, fraction: 0, text: 0, numerals: 0 })

/** NaN is a missing value and counts nowhere. */
export function countNumber(types: ValueTypes, x: number): void {
  if (Math.floor(x) === x) types.whole += 1
  else if (x === x) types.fraction += 1
}

/** @param value as its text @param isNumeric whether the feature is one of numbers: only there is it worth asking whether a text reads as one */
export function countName(types: ValueTypes, value: string, sentAs: SentAs, isNumeric: boolean): void {
  if (sentAs === 'boolean') types.boolean += 1
  else if (sentAs === 'number') countNumber(types, Number(value))
  else {
    types.text += 1
    if (isNumeric && readsAsNumber(value)) types.numerals += 1
  }
}

const readsAsNumber = (value: string): boolean => value.trim() !== '' && Number.isFinite(Number(value))

/** Adds `from` to `into`, leaving `from` alone. */
export function mergeValueTypes(into: ValueTypes, from: Readonly<ValueTypes>): void {
  into.boolean += from.boolean
  into.whole += from.whole
  into.fraction += from.fraction
  into.text += from.text
  into.numerals += from.numerals
}

/** The number of values counted. */
export const typedCount = ({ boolean, whole, fraction, text }: Readonly<ValueTypes>): number => boolean + whole + fraction + text
