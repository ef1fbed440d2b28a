/** Label flips as tables of docs/truth.md. */
import { errorDivergence, lordenBound } from '../../src/core/detectors/evaluate.ts'
import { flipped } from '../choosing/delays.ts'
import { markdown } from '../choosing/words.ts'
import { flip, flipRates, forms, paneHours, runLengthWanted, share, soonLabels, type FlipForm, type FlipResult, type FlipTally } from './flips.ts'

type Results = readonly Omit<FlipResult, 'cpuSeconds'>[]

/** Tallies of one cell by rule, all its jobs together. */
function cell(results: Results, rate: number, isLate: boolean, isStationary: boolean, form?: FlipForm): FlipTally[] {
  const isOf = ({ flip: held }: FlipResult['job']): boolean => held.rate === rate && held.isLate === isLate && held.isStationary === isStationary && held.form === form
  const all = results.filter(({ job }) => isOf(job)).flatMap(({ tallies }) => tallies)
  return [...new Set(all.map(({ name }) => name))].map((name) => {
    const own = all.filter((tally) => tally.name === name)
    const sum = (of: (tally: FlipTally) => number): number => own.reduce((total, tally) => total + of(tally), 0)
    return {
      name, labels: own.flatMap(({ labels }) => labels), hours: own.flatMap(({ hours }) => hours), falseAlarms: sum(({ falseAlarms }) => falseAlarms), calmLabels: sum(({ calmLabels }) => calmLabels),
    }
  })
}

/** The value that this share of all runs kept to; null where fewer found it. */
export function quantile(values: readonly (number | null)[], q: number): number | null {
  const found = values.filter((value) => value !== null).sort((a, b) => a - b)
  return found[Math.ceil(q * values.length) - 1] ?? null
}

/** Lorden's bound of the delay, in labels, of one stream of errors at this rate before the flip. */
export const flipBound = (rate: number): number => lordenBound(runLengthWanted, errorDivergence(rate, flipped(rate, flip)))

const said = (value: number | null, digits = 0): string => value === null ? 'not found' : value.toFixed(digits)

export function flipTable(results: Results): string {
  const rates = flipRates.filter((rate) => results.some(({ job: { flip: held } }) => held.rate === rate && held.form === undefined))
  if (rates.length === 0) return ''
  const rows = rates.flatMap((rate) => rowsOf(results, rate))
  const runs = cell(results, rates[0], false, false)[0].labels.length
  return [
    '### A fifth of the labels flips',
    `${runs} runs a cell, ${Math.round(share.readings)} readings of a pane of ${60 * paneHours} minutes share the default budget, so that one of them may cry wolf once in ${runLengthWanted.toExponential(1)} labels: `
    + 'the bound is that of Lorden for this run length, rivals are set to it. Delays are in labels received since the flip.',
    markdown([
      'base error', 'bound', 'rule', `found within ${soonLabels}`, 'median', '95 % point', 'median ÷ bound', 'false alarms in a million calm labels', 'late labels: median', 'in hours', 'false alarms in a million',
    ], rows),
    ...formTables(results),
  ].join('\n\n')
}

/** What the mix of classes and the order of labels make of it. */
function formTables(results: Results): string[] {
  const rows = (Object.keys(forms) as FlipForm[]).flatMap((form) => {
    const cells = new Map(results.filter(({ job }) => job.flip.form === form).map(({ job: { flip: { rate, isLate } } }) => [rate, isLate]))
    return [...cells].sort(([a], [b]) => a - b).flatMap(([rate, isLate], nth) => formRows(results, form, rate, isLate, nth === 0))
  })
  return rows.length === 0 ? [] : [
    '### Classes that differ, and the order of their labels',
    markdown(['world', 'base error', 'bound', 'rule', `found within ${soonLabels}`, 'median', '95 % point', 'median ÷ bound', 'false alarms in a million calm labels'], rows),
  ]
}

function formRows(results: Results, form: FlipForm, rate: number, isLate: boolean, isFirst: boolean): string[][] {
  const bound = flipBound(rate)
  const [calm, isPrompt] = [cell(results, rate, isLate, true, form), forms[form].errors === null]
  return cell(results, rate, isLate, false, form).map((tally, i) => {
    const median = quantile(tally.labels, 0.5)
    return [
      i === 0 && isFirst ? `${form}: ${forms[form].about}` : '', i === 0 ? String(Number(rate.toFixed(3))) : '', i === 0 && isPrompt ? bound.toFixed(0) : '', tally.name, soonText(tally), said(median),
      said(quantile(tally.labels, 0.95)), median === null || !isPrompt ? '' : (median / bound).toFixed(1), alarms([tally, calm.find(({ name }) => name === tally.name)!]),
    ]
  })
}

function soonText({ labels }: FlipTally): string {
  const soon = labels.filter((count) => count !== null && count <= soonLabels).length / labels.length
  return `${(100 * soon).toFixed(soon === 1 ? 0 : 1)} %`
}

function rowsOf(results: Results, rate: number): string[][] {
  const bound = flipBound(rate)
  const at = (isLate: boolean, isStationary: boolean) => cell(results, rate, isLate, isStationary)
  const [late, calm, lateCalm] = [at(true, false), at(false, true), at(true, true)]
  const of = (tallies: readonly FlipTally[], name: string): FlipTally => tallies.find((tally) => tally.name === name)!
  return at(false, false).map((tally, i) => {
    const median = quantile(tally.labels, 0.5)
    return [
      i === 0 ? String(rate) : '', i === 0 ? bound.toFixed(0) : '', tally.name, soonText(tally), said(median), said(quantile(tally.labels, 0.95)),
      median === null ? '' : (median / bound).toFixed(1), alarms([tally, of(calm, tally.name)]), said(quantile(of(late, tally.name).labels, 0.5)), said(quantile(of(late, tally.name).hours, 0.5), 1),
      alarms([of(late, tally.name), of(lateCalm, tally.name)]),
    ]
  })
}

function alarms(tallies: readonly FlipTally[]): string {
  const [count, labels] = [tallies.reduce((sum, tally) => sum + tally.falseAlarms, 0), tallies.reduce((sum, tally) => sum + tally.calmLabels, 0)]
  return count === 0 ? '0' : ((1e6 * count) / labels).toPrecision(2)
}
