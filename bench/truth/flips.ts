/**
 * A fifth of the labels flips: how many labels until the program's own detectors and performance rule, at their share of the default budget, are sure of it, beside
 * Lorden's bound for that run length and rivals set to the same. Panes are those of the default policy; labels come at once, or the later the rarer their class.
 */
import { parsePolicy } from '../../src/config/policy.ts'
import { checkUnitInTables } from '../../src/config/units.ts'
import { feedDetector } from '../../src/core/decide/performance/detectors.ts'
import { isByClass, startDetector } from '../../src/core/decide/performance/error-streams.ts'
import { performanceOf } from '../../src/core/decide/readings.ts'
import { readingShare } from '../../src/core/decide/share.ts'
import type { Detector } from '../../src/core/detectors/detector.ts'
import { addBinary, createBinaryOutcomes, scoreEdges, type BinaryOutcomes } from '../../src/core/metrics/outcomes.ts'
import type { TriggerPolicy } from '../../src/core/policy.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import { performance as performanceTrigger } from '../../src/core/triggers/performance.ts'
import { isReason, type TriggerSight } from '../../src/core/triggers/trigger.ts'
import { resolveParams } from '../../src/core/unit.ts'
import { contenders } from '../choosing/contenders.ts'
import { flipped } from '../choosing/delays.ts'
import { model, profileOf } from './common.ts'
import { cusumThreshold } from './flips-run-length.ts'
import { worldNamed } from './worlds.ts'

export const flipRates = [0.02, 0.05, 0.1, 0.2, 0.3] as const
export const flip = 0.2
/** base errors up to which the project wants a flip found soon */
export const soonRateMax = 0.1
/** labels within which the project wants a flip found */
export const soonLabels = 1_000
/** labels a pane, panes before the flip, and the most after it */
const [labelsAPane, panesBefore, panesAfter] = [20, 500, 400]
/** share of positives; mean delay of a label by class, in panes, where labels come late: 24 h and 2 h */
const [prevalence, positiveDelay, negativeDelay] = [0.3, 144, 12]

/**
 * Worlds of their own. `split`: a fifth positive, of whom a quarter is missed, where of negatives one in fifty is wrong; labels come late, and traffic swings with the
 * day between a fifth and nine fifths. `found-first`: the same without delay but for the missed positives, whose labels take a day. `rare`, `even`: labels
 * at once as usual, one in fifty or one half positive.
 */
export const forms = {
  'split': { about: 'classes err differently, labels late by class, traffic swings', prevalence: 0.2, errors: [0.02, 0.25] },
  'found-first': { about: 'labels of missed positives alone come late', prevalence: 0.2, errors: [0.02, 0.25] },
  'rare': { about: 'one in fifty is positive', prevalence: 0.02, errors: null },
  'even': { about: 'half are positive', prevalence: 0.5, errors: null },
} as const
export type FlipForm = keyof typeof forms

export interface FlipJob {
  world: string
  flip: { rate: number; isLate: boolean; isStationary: boolean; form?: FlipForm }
  seeds: readonly number[]
}

/** What became of one rule over the runs of a job. */
export interface FlipTally {
  name: string
  /** labels and hours from the flip to the first alarm after it; null: not found */
  labels: (number | null)[]
  hours: (number | null)[]
  falseAlarms: number
  /** labels without a flip behind them */
  calmLabels: number
}

export interface FlipResult {
  job: FlipJob
  tallies: FlipTally[]
  /** processor time that it took */
  cpuSeconds: number
}

const policy = parsePolicy(model, {}, checkUnitInTables)
const world = worldNamed('gaussian')!
const profile = profileOf(world, world.start(seeded(1))(0, null, 0), null)
export const share = readingShare(policy, profile)!
export const paneHours = policy.time.paneMs / 3_600_000
/** Labels between false alarms of one reading, as its share says: what rivals are set to. */
export const runLengthWanted = labelsAPane / share.chance

interface Label {
  atPane: number
  error: 0 | 1
  actual: 0 | 1
  score: number
}

/** Labels in the order in which they come, pane by pane. */
function* panesOf({ rate, isLate, isStationary, form }: FlipJob['flip'], seed: number): Generator<Label[]> {
  const random = seeded(seed)
  const { prevalence: positives, errors } = form === undefined ? { prevalence, errors: null } : forms[form]
  const panes: Label[][] = Array.from({ length: panesBefore + panesAfter }, () => [])
  for (let pane = 0; pane < panes.length; pane++) {
    const labels = form === 'split' ? Math.round(labelsAPane * (1 + 0.8 * Math.sin((2 * Math.PI * pane * paneHours) / 24))) : labelsAPane
    for (let i = 0; i < labels; i++) {
      const was = uniform(random) < positives
      const decided = was !== uniform(random) < (errors === null ? rate : errors[Number(was)])
      const actual = was !== (!isStationary && pane >= panesBefore && uniform(random) < flip)
      const isSlow = form === 'found-first' ? actual && !decided : isLate
      const delay = isSlow ? -(actual ? positiveDelay : negativeDelay) * Math.log(1 - uniform(random)) : 0
      const atPane = pane + i / labels + delay
      const label: Label = { atPane, error: actual === decided ? 0 : 1, actual: actual ? 1 : 0, score: uniform(random) / 2 + (decided ? 0.5 : 0) }
      if (atPane < panes.length) panes[Math.floor(atPane)].push(label)
    }
    yield panes[pane].sort((a, b) => a.atPane - b.atPane)
  }
}

/** Sees labels pane by pane; says after how many of this pane's it alarmed, counted from 1, or null. */
interface Watcher {
  name: string
  see(labels: readonly Label[], pane: number): number | null
}

const rulesOf = (world: FlipJob['flip'], threshold: number): Watcher[] => {
  const detectorsBy = (byClass: boolean) => policy.performance.errorDetectors.map((use) => ownDetector(use, byClass))
  return [...detectorsBy(isByClass(policy)), ...detectorsBy(!isByClass(policy)), ownRule(world), ...rivalsOf(world.rate, threshold)]
}

/** Detector and test as decide runs them. */
function ownDetector(use: (typeof policy)['performance']['errorDetectors'][number], byClass: boolean): Watcher {
  const held = startDetector(use, byClass)
  const outcomes = createBinaryOutcomes([])
  return {
    name: `${use.unit} ${byClass ? 'by class' : 'pooled'}, confirmed`,
    see(labels, pane) {
      if (labels.length === 0) return null
      const sequence = { counts: new Uint32Array(64), bits: new Uint8Array((labels.length + 3) >> 2), n: labels.length }
      labels.forEach(({ error, actual }, i) => { sequence.bits[i >> 2] |= (error | (actual << 1)) << ((i & 3) * 2) })
      return feedDetector(held, { errorSequence: sequence, outcomes }, pane, share.chance)?.reading.verdict === 'alarm' ? labels.length : null
    },
  }
}

/** The performance rule of the default policy over its windows, against a claim that is true before the flip; an alarm is when it begins to ask. */
function ownRule({ rate, form }: FlipJob['flip']): Watcher {
  const rule = policy.triggers.find((each): each is Extract<TriggerPolicy, { trigger: 'performance' }> => each.trigger === 'performance')!
  const asked = { ...policy, performance: { ...policy.performance, metrics: [] } }
  const state = performanceTrigger.init(rule, {} as TriggerSight)
  const edges = scoreEdges(20)
  const kept: (readonly Label[])[] = []
  const windows = policy.time.windows.map((panes) => ({ panes, sum: createBinaryOutcomes(edges) }))
  const [ofNegatives, ofPositives] = (form === undefined ? null : forms[form].errors) ?? [rate, rate]
  let isOn = false
  return {
    name: `performance (${rule.metric})`,
    see(labels, pane) {
      kept.push(labels)
      for (const { panes, sum } of windows) {
        add(sum, labels, 1)
        if (kept.length > panes) add(sum, kept[kept.length - 1 - panes], -1)
      }
      // with fewer labels than the rule wants a window is not judged, so it need not be read
      const performance = windows.filter(({ sum }) => sum.n >= rule.minLabels)
        .map(({ panes, sum }) => performanceOf({ panes, fromMs: 0, toMs: pane, features: {}, score: null, decisions: null, outcomes: sum, leftOut: 0 }, asked, share))
      const was = isOn
      // the score says no more than the decision, so ROC AUC is the mean share of right ones of the classes
      const sight: Partial<TriggerSight> = { isPane: true, performance, claim: { 'roc-auc': 1 - (ofNegatives + ofPositives) / 2 }, champion: { version: 'v1', sinceMs: 0 } }
      isOn = performanceTrigger.evaluate(rule, state, sight as TriggerSight).some(isReason)
      return isOn && !was ? labels.length : null
    },
  }
}

function add(into: BinaryOutcomes, labels: readonly Label[], weight: number): void {
  for (const { actual, score } of labels) addBinary(into, actual, score, score >= 0.5 ? 1 : 0, weight)
}

/** CUSUMs tuned to this flip and e-detectors, told the rate before or learning it, all set to the run length of our share. */
function rivalsOf(rate: number, threshold: number): Watcher[] {
  const after = flipped(rate, flip)
  return contenders.filter(({ isRival }) => isRival).map(({ name, detector, given }) => {
    const isSum = name.startsWith('CUSUM')
    return rival(name, detector, { ...given(rate, after), ...(isSum ? { rise: after - rate, threshold } : { runLength: runLengthWanted }) })
  })
}

function rival(name: string, detector: Detector, given: Record<string, number>): Watcher {
  const params = resolveParams(detector, given)
  const state = detector.init(params)
  return {
    name,
    see(labels) {
      let first: number | null = null
      labels.forEach(({ error }, i) => {
        detector.update(state, error, params)
        if (state.alarmed) first ??= i + 1
      })
      return first
    },
  }
}

export function runFlips(job: FlipJob): Omit<FlipResult, 'cpuSeconds'> {
  const { rate } = job.flip
  const threshold = cusumThreshold(rate, flipped(rate, flip), runLengthWanted)
  const tallies: FlipTally[] = rulesOf(job.flip, threshold).map(({ name }) => ({ name, labels: [], hours: [], falseAlarms: 0, calmLabels: 0 }))
  for (const seed of job.seeds) runOne(rulesOf(job.flip, threshold), job.flip, seed, tallies)
  return { job, tallies }
}

/** All rules on one stream, each until it has found the flip. */
function runOne(rules: readonly Watcher[], world: FlipJob['flip'], seed: number, tallies: readonly FlipTally[]): void {
  const found: ({ labels: number; hours: number } | null)[] = rules.map(() => null)
  let [pane, since] = [0, 0]
  for (const labels of panesOf(world, seed)) {
    const isCalm = world.isStationary || pane < panesBefore
    rules.forEach((rule, i) => {
      if (found[i] !== null) return
      const alarm = rule.see(labels, pane)
      if (isCalm) {
        tallies[i].calmLabels += labels.length
        tallies[i].falseAlarms += Number(alarm !== null)
      } else if (alarm !== null) found[i] = { labels: since + alarm, hours: (pane + 1 - panesBefore) * paneHours }
    })
    if (!isCalm) since += labels.length
    pane += 1
    if (found.every((each) => each !== null)) break
  }
  if (world.isStationary) return
  found.forEach((each, i) => {
    tallies[i].labels.push(each?.labels ?? null)
    tallies[i].hours.push(each?.hours ?? null)
  })
}

/** Jobs of so many runs a cell, a third as many where nothing changes. */
export function flipJobs(runs: number, seed: number, rates: readonly number[] = flipRates, chunk = 50): FlipJob[] {
  const cells: FlipJob['flip'][] = [
    ...rates.flatMap((rate) => [
      { rate, isLate: false, isStationary: false }, { rate, isLate: false, isStationary: true }, { rate, isLate: true, isStationary: false }, { rate, isLate: true, isStationary: true },
    ]),
    ...formCells(rates),
  ]
  return cells.flatMap((cell, c) => {
    const own = cell.isStationary ? Math.ceil(runs / 3) : runs
    return Array.from({ length: Math.ceil(own / chunk) }, (_, part): FlipJob => ({
      world: `flip at ${cell.rate}${cell.form === undefined ? '' : `, ${cell.form}`}${cell.isLate ? ', late labels' : ''}${cell.isStationary ? ', none' : ''}`, flip: cell,
      seeds: Array.from({ length: Math.min(chunk, own - part * chunk) }, (_each, i) => seed * 1_000_003 + (500 + c) * 10_007 + part * chunk + i),
    }))
  })
}

/** Cells of the worlds of their own: with errors of their own at the rate that these come to, else at the given rates up to .10. */
function formCells(rates: readonly number[]): FlipJob['flip'][] {
  return (Object.keys(forms) as FlipForm[]).flatMap((form) => {
    const { errors, prevalence: positives } = forms[form]
    const at = errors === null ? rates.filter((rate) => rate <= soonRateMax) : [errors[0] * (1 - positives) + errors[1] * positives]
    return at.flatMap((rate) => [false, true].map((isStationary) => ({ rate, isLate: form === 'split', isStationary, form })))
  })
}
