/** What the figures must come to, and whether they do. */
import { chiSquareCdf } from '../../src/core/math/chi-square.ts'
import { markdown } from '../choosing/words.ts'
import { diagnosisScore } from './diagnosis-table.ts'
import type { Diagnosed } from './diagnosis-run.ts'
import { flipRates, forms, soonLabels, soonRateMax, type FlipForm, type FlipResult } from './flips.ts'
import { flipBound, quantile } from './flips-report.ts'
import { merged } from './report.ts'
import { budgetMonths, budgets, type JobResult } from './work.ts'
import { drifting, stationary } from './worlds.ts'

export interface Target {
  aim: string
  found: string
  isMet: boolean
}

/** requests may be so many times those that the budget allows */
const ratioMax = 1.2
const requestsMax = { at10y: 6, in: 300 }
const pooledPerMonthMax = 0.01
const soonShareMin = 0.95
/** of Lorden's bound, where errors are so many before the flip that a thousand labels cannot tell */
const boundTimesMax = 2
const rightShareMin = 0.8
/** With few months a count above its bound is a miss only where chance makes so many of the bound no more often than this. */
const chanceMin = 0.05
/** drifts of half a sigma, of which a warning must come soon; where every entity comes ten times so many inferences tell a tenth, and no target is set */
const named = ['shift', 'shift-50']

/** P(at least so many | so many expected) of a Poisson count. */
const atLeast = (count: number, expected: number): number => count === 0 ? 1 : chiSquareCdf(2 * expected, 2 * count)

export const missedTargets = (targets: readonly Target[]): string[] => targets.filter(({ isMet }) => !isMet).map(({ aim, found }) => `${aim}: ${found}`)

export const targetTable = (targets: readonly Target[]): string =>
  targets.length === 0 ? '' : ['### Targets', markdown(['target', 'found', ''], targets.map(({ aim, found, isMet }) => [aim, found, isMet ? 'met' : '**missed**']))].join('\n\n')

export function targetsOf(results: readonly JobResult[], flips: readonly FlipResult[] = [], diagnosed: readonly Diagnosed[] = []): Target[] {
  return [...falseAlarmTargets(results), ...namedTargets(results), ...flipTargets(flips), ...diagnosisTargets(diagnosed)]
}

function falseAlarmTargets(results: readonly JobResult[]): Target[] {
  const worlds = stationary.filter(({ name }) => results.some(({ job }) => job.world === name)).map(({ name }) => ({ name, tallies: merged(results, name).tallies }))
  if (worlds.length === 0) return []
  const judge = (aim: string, counts: readonly { name: string; count: number; bound: number }[]): Target => {
    const over = counts.filter(({ count, bound }) => count > bound && atLeast(count, bound) < chanceMin)
    const most = counts.reduce((a, b) => b.count / b.bound > a.count / a.bound ? b : a)
    const of = over.length > 0 ? over : [most]
    return { aim, isMet: over.length === 0, found: most.count === 0 ? `none in ${counts.length} worlds` : of.map(({ name, count, bound }) => `${count} in ${name}, where ${Number(bound.toPrecision(2))} are allowed`).join(', ') }
  }
  const ratios = [0, 1].map((i) => judge(`requests ÷ nominal at ${budgets[i]} ≤ ${ratioMax} in every world`,
    worlds.map(({ name, tallies }) => ({ name, count: tallies[i].requests, bound: (ratioMax * tallies[i].months) / budgetMonths[budgets[i]] }))))
  const at10y = judge(`at 10y at most ${requestsMax.at10y} requests in ${requestsMax.in} months of every world`,
    worlds.map(({ name, tallies }) => ({ name, count: tallies[2].requests, bound: (requestsMax.at10y * tallies[2].months) / requestsMax.in })))
  const [requests, months] = worlds.reduce(([count, all], { tallies }) => [count + tallies[2].requests, all + tallies[2].months], [0, 0])
  const isMet = requests / months < pooledPerMonthMax
  return [...ratios, at10y, { aim: `at 10y less than ${pooledPerMonthMax} requests a month over all worlds`, found: `${requests} in ${months} months`, isMet }]
}

function namedTargets(results: readonly JobResult[]): Target[] {
  return drifting.filter(({ name }) => named.includes(name) && results.some(({ job }) => job.world === name)).map(({ name, base }) => {
    const after = merged(results, name).tallies[2].warnedAfter
    const soon = after.filter((panes) => panes !== null && panes * base.rows <= 5_000).length
    return { aim: `${name}: named within 5,000 inferences at 10y in ≥ ${100 * soonShareMin} % of runs`, found: `${soon} of ${after.length}`, isMet: soon >= soonShareMin * after.length }
  })
}

/** Worlds in which labels come at once, by the share of positives; and no false alarm anywhere but where the order of labels tells right from wrong. */
function flipTargets(flips: readonly FlipResult[]): Target[] {
  const prompt: (FlipForm | undefined)[] = [undefined, ...(Object.keys(forms) as FlipForm[]).filter((form) => forms[form].errors === null)]
  const soon = prompt.flatMap((form) => flipRates.filter((rate) => rate <= soonRateMax).flatMap((rate) => soonTarget(flips, rate, form)))
  const slow = prompt.flatMap((form) => flipRates.filter((rate) => rate > soonRateMax).flatMap((rate) => delayTarget(flips, rate, form)))
  return flips.length === 0 ? [] : [...soon, ...slow, ...calmTarget(flips)]
}

const promptLabels = (flips: readonly FlipResult[], rate: number, form: FlipForm | undefined): (number | null)[] =>
  flips.filter(({ job: { flip } }) => flip.rate === rate && flip.form === form && !flip.isLate && !flip.isStationary).flatMap(({ tallies }) => tallies[0].labels)

/** The median, as in the tables; a run that never found the flip took longer than any. */
function delayTarget(flips: readonly FlipResult[], rate: number, form: FlipForm | undefined): Target[] {
  const labels = promptLabels(flips, rate, form)
  const [median, bound] = [quantile(labels, 0.5), flipBound(rate)]
  return labels.length === 0 ? [] : [{
    aim: `a flip of a fifth of the labels at base error ${rate}${form === undefined ? '' : ` where ${forms[form].about}`}: the default detector's median delay ≤ ${boundTimesMax} times Lorden's bound`,
    found: median === null ? `not found in half of ${labels.length} runs` : `${(median / bound).toFixed(2)} times, ${median} labels`, isMet: median !== null && median <= boundTimesMax * bound,
  }]
}

function soonTarget(flips: readonly FlipResult[], rate: number, form: FlipForm | undefined): Target[] {
  const labels = promptLabels(flips, rate, form)
  const soon = labels.filter((count) => count !== null && count <= soonLabels).length
  return labels.length === 0 ? [] : [{
    aim: `a flip of a fifth of the labels at base error ${rate}${form === undefined ? '' : ` where ${forms[form].about}`} found by the default detector within ${soonLabels} labels in ≥ ${100 * soonShareMin} % of runs`,
    found: `${soon} of ${labels.length}`, isMet: soon >= soonShareMin * labels.length,
  }]
}

function calmTarget(flips: readonly FlipResult[]): Target[] {
  const own = flips.filter(({ job: { flip } }) => flip.form !== 'found-first').map(({ tallies }) => tallies[0])
  const [count, labels] = own.reduce(([alarms, all], { falseAlarms, calmLabels }) => [alarms + falseAlarms, all + calmLabels], [0, 0])
  return own.length === 0 ? [] : [{ aim: 'no false alarm of the default detector before a flip or without one, however late labels are by class', found: `${count} in ${(labels / 1e6).toFixed(1)} million labels`, isMet: count === 0 }]
}

function diagnosisTargets(diagnosed: readonly Diagnosed[]): Target[] {
  if (diagnosed.length === 0) return []
  const { right, wrong, undetermined, share } = diagnosisScore(diagnosed)
  return [{ aim: `≥ ${100 * rightShareMin} % of diagnoses right, undetermined counted as neither`, found: `${right} of ${right + wrong}, ${undetermined} undetermined`, isMet: share >= rightShareMin }]
}
