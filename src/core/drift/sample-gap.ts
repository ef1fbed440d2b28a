import { assert } from '../assert.ts'

/** ∫|F − G| dx and ∫(F − G)² dx of two raw samples, which need not be sorted and are left alone. Both hold at least one value, all finite. */
export function sampleGap(a: Float64Array, b: Float64Array): { absolute: number; square: number } {
  assert(a.length > 0 && b.length > 0, 'a distance of samples needs at least one value on each side')
  const [x, y] = [a.slice().sort(), b.slice().sort()]
  assert([x[0], x[x.length - 1], y[0], y[y.length - 1]].every(Number.isFinite), 'a distance of samples takes finite values only')
  let [i, j, absolute, square] = [0, 0, 0, 0]
  let at = Math.min(x[0], y[0])
  while (i < x.length || j < y.length) {
    const next = Math.min(i < x.length ? x[i] : Infinity, j < y.length ? y[j] : Infinity)
    const gap = i / x.length - j / y.length
    absolute += Math.abs(gap) * (next - at)
    square += gap * gap * (next - at)
    while (i < x.length && x[i] === next) i++
    while (j < y.length && y[j] === next) j++
    at = next
  }
  return { absolute, square }
}
