/**
 * The worlds that the program is tried in. Every feature is a standard normal z in its own deciles, or an atom and deciles, or names; a pane is drawn as counts
 * from their exact law, or row by row where rows hang together. Panes are hourly and a month has 720 of them.
 */
import { normalCdf, normalQuantile } from '../../src/core/math/normal.ts'
import { normal, uniform, type Random } from '../../src/core/random.ts'
import { binOf } from '../../src/core/sketches/histogram.ts'
import { createDigest } from '../../src/core/sketches/digest.ts'
import { addNumeric, createNumeric, type FeatureSummary, type NumericSummary } from '../../src/core/sketches/feature.ts'
import { multinomial } from './draw.ts'

/** What is different from the pane of its onset on. */
export interface Change {
  /** added to z of the first feature, in standard deviations, once the change is complete */
  shift?: number
  /** its standard deviation */
  scale?: number
  /** share of its values that go missing */
  missing?: number
  /** panes that it takes to come in; 0 at once */
  rampPanes?: number
  /** of the first feature's values every one is read in another unit: a schema fault */
  factor?: number
  /** the shift is of all features and of the score, not of the first alone */
  isCommon?: boolean
  /** only there, in a world of segments */
  segment?: string
}

export interface World {
  name: string
  about: string
  features: number
  /** rows a pane */
  rows: number
  /** panes that make the reference and the dispersion: the burn-in */
  referencePanes: number
  /** what drift is read against; a season can only be read through decide */
  reference: 'frozen' | 'seasonal'
  /** rows of a reference that was made from a table; null: the burn-in makes it */
  tableRows: number | null
  /** whether the quick run goes there */
  quick: boolean
  /** of the months asked for, how many it gets: less where a month takes long */
  share: number
  /** its windows are no sums of counts, or its reference moves: it goes pane by pane through decide */
  isThroughDecide: boolean
  /** share of the rows by segment value, read each by itself beside the whole; absent: none */
  segments?: Readonly<Record<string, number>>
  /** one run: summaries of the features, and last of the score, pane by pane; in a world of segments those of each value in turn */
  start(random: Random): (pane: number, change: Change | null, progress: number) => FeatureSummary[]
}

export const deciles = Float64Array.from({ length: 9 }, (_, i) => normalQuantile((i + 1) / 10))
const none = new Float64Array(0)
const zero = Float64Array.of(0)

export function numericOf(counts: Float64Array, missing = 0, atomCount: number | null = null): NumericSummary {
  let n = missing + (atomCount ?? 0)
  for (const count of counts) n += count
  return {
    kind: 'numeric', n, missing, nonFinite: 0, edges: deciles, counts, digest: createDigest(),
    atoms: atomCount === null ? none : zero, atomCounts: atomCount === null ? none : Float64Array.of(atomCount),
  }
}

/** Shares of the bins when z has this mean and standard deviation. */
export function sharesOf(mean: number, scale: number): number[] {
  const below = Array.from(deciles, (edge) => normalCdf((edge - mean) / scale))
  return [...below, 1].map((share, b) => share - (b === 0 ? 0 : below[b - 1]))
}

const calm = sharesOf(0, 1)

/** A feature of independent rows. */
function plain(random: Random, rows: number, mean: number, change: Change | null, progress: number): NumericSummary {
  if (change === null) return numericOf(multinomial(random, rows, mean === 0 ? calm : sharesOf(mean, 1)))
  const { shift = 0, scale = 1, missing = 0, factor = 1 } = change
  const spread = (1 + (scale - 1) * progress) * factor
  const cells = multinomial(random, rows, [missing * progress, ...sharesOf((mean + shift * progress) * factor, spread).map((share) => share * (1 - missing * progress))])
  return numericOf(cells.slice(1), cells[0])
}

/** All features independent; `meanOf` is what a whole pane has in common. */
const independent = (rows: number, features: number, meanOf: (random: Random, feature: number) => (pane: number) => number): World['start'] => (random) => {
  const means = Array.from({ length: features + 1 }, (_, feature) => meanOf(random, feature))
  return (pane, change, progress) => means.map((mean, feature) => plain(random, rows, mean(pane), feature === 0 || change?.isCommon === true ? change : null, progress))
}

const still = () => () => 0

/** Rows drawn one by one, `draw` filling z of all features of a row. */
const rowByRow = (rows: number, features: number, draw: (random: Random, row: number, z: Float64Array) => void): World['start'] => (random) => {
  const z = new Float64Array(features + 1)
  return (_pane, change, progress) => {
    const counts = Array.from({ length: features + 1 }, () => new Float64Array(deciles.length + 1))
    let missing = 0
    for (let row = 0; row < rows; row++) {
      draw(random, row, z)
      if (change !== null) z[0] = (z[0] * (1 + ((change.scale ?? 1) - 1) * progress) + (change.shift ?? 0) * progress) * (change.factor ?? 1)
      for (let feature = 0; feature <= features; feature++) {
        if (feature === 0 && change?.missing !== undefined && uniform(random) < change.missing * progress) missing += 1
        else counts[feature][binOf(deciles, z[feature])] += 1
      }
    }
    return counts.map((each, feature) => numericOf(each, feature === 0 ? missing : 0))
  }
}

/** Entities of ten rows in one pane; z = √icc · entity + √(1 − icc) · row. */
const clustered = (rows: number, features: number, icc: number): World['start'] => (random) => {
  const entity = new Float64Array(features + 1)
  return rowByRow(rows, features, (source, row, z) => {
    if (row % 10 === 0) for (let f = 0; f <= features; f++) entity[f] = normal(source)
    for (let f = 0; f <= features; f++) z[f] = Math.sqrt(icc) * entity[f] + Math.sqrt(1 - icc) * normal(source)
  })(random)
}

/** Shocks that all rows of a pane share, an autoregression of its own for every feature, begun in its stationary law. */
const shocks = (sd: number, rho: number) => (random: Random) => {
  let [shock, at] = [sd * normal(random), -1]
  return (pane: number): number => {
    for (; at < pane; at++) shock = rho * shock + Math.sqrt(1 - rho * rho) * sd * normal(random)
    return shock
  }
}

/** A day's swing, another at the weekend, each feature with its own hour of noon. */
const season = (amplitude: number, weekend: number) => (random: Random) => {
  const noon = uniform(random) * 24
  return (pane: number): number => amplitude * Math.sin((2 * Math.PI * (pane - noon)) / 24) + (Math.floor(pane / 24) % 7 >= 5 ? weekend : 0)
}

/** 60 % zeros, 5 % missing, the rest in deciles. */
const zeroInflated = (rows: number, features: number): World['start'] => (random) => () => Array.from({ length: features + 1 }, () => {
  const cells = multinomial(random, rows, [0.6, 0.05, ...calm.map((share) => share * 0.35)])
  return numericOf(cells.slice(2), cells[1], cells[0])
})

export const names = Array.from({ length: 20 }, (_, i) => `name-${String(i).padStart(2, '0')}`)
const nameShares = names.map((_, i) => 0.75 ** i).map((weight, _i, all) => weight / all.reduce((a, b) => a + b))
/** Names from common to rare, one in two hundred of them new. */
const categorical = (rows: number, features: number): World['start'] => (random) => () => [
  ...Array.from({ length: features }, (): FeatureSummary => {
    const cells = multinomial(random, rows, [0.005, ...nameShares.map((share) => share * 0.995)])
    return { kind: 'categorical', n: rows, missing: 0, categories: names, others: [], counts: cells.slice(1), other: 0, unseen: cells[0], unseenNames: [] }
  }),
  numericOf(multinomial(random, rows, calm)),
]

/** Record by record through the sketches of the program itself, digests included; `of` makes the value of a standard normal. */
const recorded = (rows: number, features: number, of: (z: number) => number): World['start'] => (random) => () => Array.from({ length: features + 1 }, () => {
  const summary = createNumeric({ kind: 'numeric', edges: deciles.map(of), atoms: none })
  for (let row = 0; row < rows; row++) addNumeric(summary, of(normal(random)))
  return summary
})

/** Independent rows of several segments, each value drawn by itself. */
const segmented = (rows: number, features: number, segments: Readonly<Record<string, number>>): World['start'] => (random) => (_pane, change, progress) =>
  Object.entries(segments).flatMap(([segment, share]) => Array.from({ length: features + 1 }, (_, feature) =>
    plain(random, Math.round(rows * share), 0, feature === 0 && change?.segment === segment ? change : null, progress)))
const regions = { 'region=eu': 0.55, 'region=us': 0.25, 'region=jp': 0.15, 'region=nz': 0.05 }

const world = (name: string, about: string, features: number, rows: number, start: World['start'], more: Partial<World> = {}): World =>
  ({ name, about, features, rows, referencePanes: 60, reference: 'frozen', tableRows: null, quick: false, share: 1, isThroughDecide: false, start, ...more })

const seasonal = world('seasons-cells', 'the seasons of `seasons` against a reference that knows the hour of the week', 10, 500, independent(500, 10, season(0.5, -0.3)), {
  referencePanes: 504, reference: 'seasonal', isThroughDecide: true, share: 0.04,
})

/** Nothing changes in these: every request is a false one. */
export const stationary: readonly World[] = [
  world('gaussian', 'independent rows', 20, 500, independent(500, 20, still), { quick: true }),
  world('thin', 'independent rows, few of them', 5, 50, independent(50, 5, still), { quick: true }),
  world('wide', 'independent rows, many features', 200, 200, independent(200, 200, still)),
  world('thick', 'independent rows, many of them', 20, 50_000, independent(50_000, 20, still)),
  world('zero-inflated', '60 % zeros, 5 % missing', 20, 500, zeroInflated(500, 20)),
  world('names', '20 names from common to rare, some new ones', 10, 500, categorical(500, 10)),
  world('correlated', 'features correlated .8', 20, 200, rowByRow(200, 20, (random, _row, z) => {
    const common = Math.sqrt(0.8) * normal(random)
    for (let f = 0; f < z.length; f++) z[f] = common + Math.sqrt(0.2) * normal(random)
  })),
  world('entities-0', 'entities of ten rows, ICC 0', 20, 500, clustered(500, 20, 0)),
  world('entities-.5', 'entities of ten rows, ICC .5', 20, 500, clustered(500, 20, 0.5)),
  world('entities-1', 'entities of ten rows, ICC 1', 20, 500, clustered(500, 20, 1), { quick: true }),
  world('shocks', 'shocks of .1 σ that a pane shares, autocorrelation .8', 20, 500, independent(500, 20, shocks(0.1, 0.8)), { quick: true }),
  world('slow-shocks', 'shocks of .1 σ, autocorrelation .95', 20, 500, independent(500, 20, shocks(0.1, 0.95))),
  world('seasons', 'a daily swing of .5 σ and a weekend of −.3 σ, after a burn-in of three weeks', 10, 500, independent(500, 10, season(0.5, -0.3)), { referencePanes: 504 }),
  world('table', 'independent rows against a profile of 20,000 rows made from a table', 20, 500, independent(500, 20, still), { tableRows: 20_000 }),
  world('records', 'heavy tails (e^1.5z), record by record through the sketches', 5, 300, recorded(300, 5, (z) => Math.exp(1.5 * z)), { share: 0.1, isThroughDecide: true }),
  seasonal,
  world('segments', 'independent rows of four segments with 55, 25, 15 and 5 % of the rows, each read beside the whole', 5, 400, segmented(400, 5, regions), {
    isThroughDecide: true, share: 0.1, segments: regions,
  }),
]

/** What changes, one hundred panes after the burn-in. */
export interface DriftWorld {
  name: string
  about: string
  base: World
  change: Change
  quick: boolean
  /** of the runs asked for, how many it gets; all where it is not said */
  share?: number
}

const of500 = stationary[0]
const of50 = world('gaussian-50', 'independent rows, few of them', 20, 50, independent(50, 20, still))
const entities = stationary.find(({ name }) => name === 'entities-1')!
const drifts = (name: string, about: string, change: Change, base: World = of500, quick = false): DriftWorld => ({ name, about, base, change, quick })

export const drifting: readonly DriftWorld[] = [
  drifts('shift', 'one feature of 20 moves by .5 σ (D = .197), panes of 500', { shift: 0.5 }, of500, true),
  drifts('shift-50', 'the same in panes of 50', { shift: 0.5 }, of50, true),
  drifts('shift-entities', 'the same where every entity comes ten times in a pane, ICC 1', { shift: 0.5 }, entities),
  drifts('small-shift', 'one feature moves by .1 σ (D = .040)', { shift: 0.1 }),
  drifts('scale', 'the standard deviation of one feature grows by half', { scale: 1.5 }),
  drifts('gradual', 'one feature moves by .5 σ within a week', { shift: 0.5, rampPanes: 168 }),
  drifts('prior', 'all features and the score move by .15 σ, as when the share of positives rises', { shift: 0.15, isCommon: true }),
  drifts('missing', 'a fifth of one feature goes missing', { missing: 0.2 }, of500, true),
  drifts('unit', 'one feature is read in another unit, a hundred times too large', { factor: 100 }),
  { ...drifts('season-shift', 'one feature of 10 moves by .3 σ amid the seasons of `seasons-cells`', { shift: 0.3 }, seasonal), share: 0.2 },
  {
    ...drifts('segment-shift', 'one feature of 5 moves by .5 σ in a segment with 25 % of the rows', { shift: 0.5, segment: 'region=us' }, stationary.find(({ name }) => name === 'segments')!),
    share: 0.5,
  },
]

export const worldNamed = (name: string): World | undefined => stationary.find((each) => each.name === name)
