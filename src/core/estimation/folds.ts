import { seeded, uniform } from '../random.ts'

/** Keeps the draw apart from rows that were themselves drawn from the same small seed: folds must not know the rows. */
const SALT = 0x6f1d5a3c

/** The fold of each of `n` rows, 0 up to `folds` − 1, drawn at random from the seed. */
export function drawFolds(n: number, folds: number, seed: number): Uint8Array {
  const random = seeded(seed ^ SALT)
  return Uint8Array.from({ length: n }, () => Math.floor(uniform(random) * folds))
}
