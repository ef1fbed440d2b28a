/** Run lengths beyond what can be simulated: of CUSUM, by importance sampling. */
import { seeded, uniform } from '../../src/core/random.ts'

const cycles = 20_000

/**
 * The threshold of the log-likelihood ratio CUSUM that gives this mean run length, in values, told both rates. The run is a row of cycles from 0 back to 0, one of which
 * ends beyond the threshold h instead: run length = mean cycle ÷ P(a cycle passes h), and under the law after the change that chance is E₁[e^−S; S passes h], which is
 * drawn well (Siegmund 1976). It falls as c·e^−h, so that c is found once, far out.
 */
export function cusumThreshold(before: number, after: number, runLength: number): number {
  const [up, down] = [Math.log(after / before), Math.log((1 - after) / (1 - before))]
  const far = 15
  const random = seeded(7)
  let [length, passed] = [0, 0]
  for (let i = 0; i < cycles; i++) {
    for (let s = 0; ;) {
      s += uniform(random) < before ? up : down
      length += 1
      if (s <= 0 || s > far) break
    }
    let s = 0
    do s += uniform(random) < after ? up : down
    while (s > 0 && s <= far)
    if (s > far) passed += Math.exp(far - s)
  }
  return Math.log((passed / length) * runLength)
}
