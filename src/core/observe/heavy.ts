/**
 * Heavy hitters of a stream whose layout is not known yet: at most `size` values with counts that are never too high
 * and too low by at most n / (size + 1). Source: Misra & Gries (1982).
 */
export type HeavyHitters<Value extends number | string> = Map<Value, number>

export function addHeavy<Value extends number | string>(held: HeavyHitters<Value>, value: Value, size: number): void {
  const count = held.get(value)
  if (count !== undefined) held.set(value, count + 1)
  else if (held.size < size) held.set(value, 1)
  else for (const [other, n] of held) {
    if (n === 1) held.delete(other)
    else held.set(other, n - 1)
  }
}

/** [value, count] ascending by value: the form that is stored and merged. */
export function heavyEntries(held: HeavyHitters<number | string>): [number | string, number][] {
  return [...held].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
}
