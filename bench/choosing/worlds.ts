/** What may happen to a feature between its reference and now. */
import { normal, uniform, type Random } from '../../src/core/random.ts'

/** One law of values; NaN stands for a missing number, null for a missing name. */
export interface World<Value> {
  name: string
  about: string
  draw(random: Random): Value
}

/** Upper quartiles of the normal law and of Student's with 3 degrees of freedom. */
const [normalQuartile, studentQuartile] = [0.6744898, 0.7648923]

const student = (random: Random): number => normal(random) / Math.sqrt((normal(random) ** 2 + normal(random) ** 2 + normal(random) ** 2) / 3)
const sometimes = (share: number, instead: (x: number) => number) => (random: Random): number => uniform(random) < share ? instead(normal(random)) : normal(random)

/** The first is the reference: standard normal, nothing missing. */
export const numericWorlds: readonly World<number>[] = [
  { name: 'no change', about: 'normal, as the reference', draw: normal },
  { name: 'shift .25 σ', about: 'every value moves up by a quarter of a standard deviation', draw: (random) => normal(random) + 0.25 },
  { name: 'shift .5 σ', about: 'by half of one', draw: (random) => normal(random) + 0.5 },
  { name: 'shift 1 σ', about: 'by a whole one', draw: (random) => normal(random) + 1 },
  { name: 'scale × 1.5', about: 'the centre stays, the spread grows by half', draw: (random) => 1.5 * normal(random) },
  { name: 'heavy tails', about: 'Student with 3 degrees of freedom and the same quartiles', draw: (random) => student(random) * (normalQuartile / studentQuartile) },
  { name: 'new atom', about: 'one value in ten is exactly 0: a sensor that sticks, a default filled in', draw: sometimes(0.1, () => 0) },
  { name: 'wrong unit', about: 'one value in twenty is 100 times too large', draw: sometimes(0.05, (x) => 100 * x) },
  { name: 'missing burst', about: '10 % missing instead of none', draw: sometimes(0.1, () => Number.NaN) },
  { name: 'not finite', about: 'one value in fifty is infinite', draw: sometimes(0.02, () => Number.POSITIVE_INFINITY) },
]

const shares = [0.35, 0.22, 0.14, 0.1, 0.08, 0.06, 0.03, 0.02]
const named = (given: readonly number[]) => (random: Random): string => {
  let left = uniform(random)
  for (let i = 0; i < given.length; i++) if ((left -= given[i]) < 0) return `name ${i + 1}`
  return `name ${given.length}`
}
const movedTo = (to: number, by: number): number[] => shares.map((share, i) => share + (i === to ? by : i === 0 ? -by : 0))
const collapsed = shares.map((share, i) => i === 0 ? 0.675 : share / 2)

/** The first is the reference: eight names, the commonest 35 %, the rarest 2 %. */
export const categoricalWorlds: readonly World<string | null>[] = [
  { name: 'no change', about: 'eight names, as the reference', draw: named(shares) },
  { name: 'share, rare name', about: '5 % move from the commonest name to the rarest', draw: named(movedTo(7, 0.05)) },
  { name: 'share, common name', about: '10 % move from the commonest name to the second', draw: named(movedTo(1, 0.1)) },
  { name: 'new name', about: 'one value in fifty is a name never seen', draw: (random) => uniform(random) < 0.02 ? 'stranger' : named(shares)(random) },
  { name: 'collapse', about: 'every name but the commonest halves', draw: named(collapsed) },
  { name: 'missing burst', about: '10 % missing instead of none', draw: (random) => uniform(random) < 0.1 ? null : named(shares)(random) },
]
