/** Rows of three classes whose scores are the true probabilities, or are not. */
import type { LabelledClassRow } from '../../../src/core/estimation/cbpe-multiclass.ts'
import { normal, uniform, type Random } from '../../../src/core/random.ts'

export const classes = ['bird', 'cat', 'dog']

const softmax = (z: readonly number[]): number[] => {
  const weights = z.map(Math.exp)
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / sum)
}

export interface World { mean?: number; sharpness?: number; turned?: boolean; n?: number }

/** Scores are the true probabilities, sharpened by `sharpness`; `turned` names another class than the scores mean. */
export function rows(random: Random, n: number, { mean = 0, sharpness = 1, turned = false }: World = {}): LabelledClassRow[] {
  return Array.from({ length: n }, () => {
    const [x, z] = [mean + normal(random), normal(random)]
    const logits = [1.5 * x, 1.5 * z - 1, -x]
    const probabilities = softmax(logits)
    let [draw, k] = [uniform(random), 0]
    while (k < 2 && draw >= probabilities[k]) draw -= probabilities[k++]
    const shown = softmax(logits.map((logit) => logit * sharpness))
    return { scores: Object.fromEntries(classes.map((name, i) => [name, shown[i]])), y: classes[turned ? (k + 1) % 3 : k] }
  })
}
