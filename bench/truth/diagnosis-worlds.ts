/**
 * Worlds in which something happens that has a name, and labels that tell later what it did. A calibrated model serves: its score is the true chance of a
 * positive, until the world or the pipeline changes. Features are standard normals with known weights, and one name; where the first is large the others say
 * little, so that much of it there makes a harder world for a model that is as right as before.
 */
import { normal, uniform, type Random } from '../../src/core/random.ts'

export const numericNames = ['steering', 'amount', 'age', 'visits', 'distance', 'idle'] as const
export const categoryName = 'channel'
const channels = ['web', 'app', 'shop', 'phone'] as const
/** Of the model, as a trainer would report them. */
export const importances: Readonly<Record<string, number>> = { steering: 0.2, amount: 0.33, age: 0.2, visits: 0.1, distance: 0.07, idle: 0.02, channel: 0.08 }
const weights = [0, 1.6, 1, 0.5, 0.3, 0.02]
const channelWeights = [0.3, 0.1, -0.1, -0.3]
const intercept = -0.5

/** One inference and what came of it. */
export interface Row {
  /** as logged; NaN where missing */
  numeric: Float64Array
  channel: string
  score: number
  positive: boolean
}

export interface DiagnosisWorld {
  name: string
  about: string
  /** the diagnosis that is right */
  truth: string
  quick: boolean
  /** mean delay of labels from the onset on, as a multiple of the usual */
  delayTimes: number
  /** a row once it has begun */
  draw(random: Random): Row
}

const logit = (x: Float64Array, channel: number): number => {
  const says = x[0] < 1 ? 1 : Math.max(0.15, 1 - 1.7 * (x[0] - 1))
  let sum = channelWeights[channel]
  for (let i = 1; i < weights.length; i++) sum += weights[i] * x[i]
  return intercept * says + says * sum
}
const chance = (z: number): number => 1 / (1 + Math.exp(-z))

interface Change {
  /** before anything is scored or comes true: the world */
  inputs?(x: Float64Array): void
  /** chance of a positive, given that of the old world */
  truth?(x: Float64Array, channel: number): number
  /** turns a label over with this chance */
  flip?: number
  /** after it came true, before it is scored and logged: the pipeline */
  log?(x: Float64Array, random: Random): void
  /** rename of the channel in the log */
  rename?(random: Random): string | null
}

function drawRow(random: Random, change: Change): Row {
  const x = Float64Array.from(weights, () => normal(random))
  const channel = Math.min(channels.length - 1, Math.floor(uniform(random) * channels.length))
  change.inputs?.(x)
  const truth = change.truth?.(x, channel) ?? chance(logit(x, channel))
  const positive = (uniform(random) < truth) !== (change.flip !== undefined && uniform(random) < change.flip)
  change.log?.(x, random)
  const named = change.rename?.(random) ?? channels[channel]
  // a model fills what is missing with the mean
  const score = chance(logit(x.map((value) => (Number.isNaN(value) ? 0 : value)), channel))
  return { numeric: x, channel: named, score, positive }
}

export const drawCalm = (random: Random): Row => drawRow(random, {})

/** Classes in another proportion, everything within a class as before. */
function drawPrior(random: Random, share: number): Row {
  const wanted = uniform(random) < share
  for (;;) {
    const row = drawCalm(random)
    if (row.positive === wanted) return row
  }
}

const world = (name: string, truth: string, about: string, change: Change | ((random: Random) => Row), more: Partial<DiagnosisWorld> = {}): DiagnosisWorld =>
  ({ name, truth, about, quick: false, delayTimes: 1, draw: typeof change === 'function' ? change : (random) => drawRow(random, change), ...more })

/** Idle, which hardly counts, leaves its range; others move within theirs, one for the sake of the other. */
function region(x: Float64Array): void {
  x[5] += 10
  x[3] -= 1.2
  x[4] += 1.5
}

export const diagnosisWorlds: readonly DiagnosisWorld[] = [
  world('holes', 'pipeline fault', 'two fifths of the most important feature go missing', { log: (x, random) => { if (uniform(random) < 0.4) x[1] = NaN } }, { quick: true }),
  world('other-unit', 'pipeline fault', 'the same feature arrives a hundred times too large', { log: (x) => { x[1] *= 100 } }),
  world('torn-feed', 'pipeline fault', 'the same, while steering, which comes from elsewhere, moves by 1 σ', { inputs: (x) => { x[0] += 1 }, log: (x) => { x[1] *= 100 } }),
  world('new-name', 'pipeline fault', 'three channels in ten come under a name never seen', { rename: (random) => (uniform(random) < 0.3 ? 'portal' : null) }),
  world('slow-labels', 'label delay', 'labels take fifteen times as long', drawCalm, { delayTimes: 15 }),
  world('more-positives', 'prior shift', 'positives go from two fifths to three, alike within their class', (random) => drawPrior(random, 0.6)),
  world('idle-moves', 'harmless covariate drift', 'a feature that hardly counts moves by 2 σ', { inputs: (x) => { x[5] += 2 } }, { quick: true }),
  world('steering-moves', 'harmful covariate drift', 'the first feature moves by 2 σ, to where the others say little', { inputs: (x) => { x[0] += 2 } }),
  world('other-region', 'harmless covariate drift', 'another region, where visits, distance and age lie elsewhere and idle beyond all that was seen, and the model is as right', {
    inputs: (x) => { region(x); x[2] -= 0.5 },
  }),
  world('harder-region', 'harmful covariate drift', 'the same, and the first feature lies where the others say little', { inputs: (x) => { region(x); x[0] += 2 } }),
  world('labels-flip', 'concept drift', 'one label in five turns over', { flip: 0.2 }),
  world('weight-turns', 'concept drift', 'the most important feature comes to mean the opposite', {
    truth: (x, channel) => { const turned = Float64Array.from(x); turned[1] = -turned[1]; return chance(logit(turned, channel)) },
  }),
  world('calm', 'nothing', 'nothing changes', drawCalm, { quick: true }),
]
