/** Results as the tables of docs/truth.md. */
import { chiSquareQuantile } from '../../src/core/math/chi-square.ts'
import { markdown } from '../choosing/words.ts'
import type { Tally } from './common.ts'
import { budgetMonths, budgets, rivalNames, type JobResult, type RivalName, type RivalTally } from './work.ts'
import { drifting, stationary } from './worlds.ts'

/** The most that a rate can be, at 95 %, when so many were counted. */
const upperCount = (count: number): number => chiSquareQuantile(0.95, 2 * (count + 1)) / 2

export interface Merged {
  tallies: Tally[]
  rivals: Record<RivalName, RivalTally>
}

export function merged(results: readonly JobResult[], world: string): Merged {
  const own = results.filter(({ job }) => job.world === world)
  const rival = (name: RivalName): RivalTally => ({
    months: total(own.map(({ rivals }) => rivals[name].months)), alarms: total(own.map(({ rivals }) => rivals[name].alarms)), namedAfter: own.flatMap(({ rivals }) => rivals[name].namedAfter),
  })
  return { rivals: { naive: rival('naive'), cusum: rival('cusum'), eDetector: rival('eDetector') }, tallies: budgets.map((_, i) => add(own.map(({ tallies }) => tallies[i]))) }
}

function add(tallies: readonly Tally[]): Tally {
  const of = (key: 'months' | 'requests' | 'born' | 'readings' | 'beyond' | 'crossings' | 'unjudged'): number => total(tallies.map((tally) => tally[key]))
  return {
    months: of('months'), requests: of('requests'), born: of('born'), readings: of('readings'), beyond: of('beyond'), crossings: of('crossings'), unjudged: of('unjudged'),
    warnedAfter: tallies.flatMap(({ warnedAfter }) => warnedAfter), requestedAfter: tallies.flatMap(({ requestedAfter }) => requestedAfter),
  }
}

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

/** Observed ÷ nominal, with what it can be at most. */
const ratio = (count: number, nominal: number): string => `${short(count / nominal)} (≤ ${short(upperCount(count) / nominal)})`

const short = (value: number): string => value === 0 ? '0' : value < 0.001 ? value.toExponential(0) : String(Number(value.toPrecision(2)))

export function stationaryTable(results: readonly JobResult[]): string {
  const worlds = stationary.filter(({ name }) => results.some(({ job }) => job.world === name))
  if (worlds.length === 0) return ''
  let [pooled, pooledMonths] = [0, 0]
  const rows = worlds.map(({ name, about, features, rows: paneRows }) => {
    const { tallies } = merged(results, name)
    const nominal = tallies.map(({ months }, i) => months / budgetMonths[budgets[i]])
    pooled += tallies[2].requests
    pooledMonths += tallies[2].months
    return [
      name, about, `${features} × ${paneRows}`, String(tallies[0].months), ratio(tallies[0].requests, nominal[0]), ratio(tallies[1].requests, nominal[1]), String(tallies[2].requests),
      `${tallies[0].born} / ${tallies[1].born} / ${tallies[2].born}`, ratio(tallies[0].crossings, nominal[0]), ratio(tallies[1].crossings, nominal[1]), short(tallies[0].beyond / tallies[0].readings),
      short(tallies[0].unjudged / (tallies[0].readings + tallies[0].unjudged)),
    ]
  })
  return [
    '### Where nothing changes', markdown([
      'world', '', 'features × rows a pane', 'months', 'requests ÷ nominal at 30d', 'at 1y', 'requests at 10y', 'born in alarm at 30d / 1y / 10y', 'levels crossed ÷ nominal at 30d',
      'at 1y', 'readings beyond their level at 30d', 'readings without a verdict',
    ], rows),
    `Pooled over worlds, at 10y: ${pooled} requests in ${pooledMonths} model-months.`,
  ].join('\n\n')
}

function delays(after: readonly (number | null)[], rows: number): string {
  if (after.length === 0) return ''
  const found = after.filter((panes) => panes !== null).sort((a, b) => a - b)
  const inTime = after.filter((panes) => panes !== null && panes * rows <= 5_000).length
  const median = found.length * 2 > after.length ? String(found[Math.floor(after.length / 2)] * rows) : 'more than a month'
  return `${Math.round((100 * inTime) / after.length)} %, ${median}`
}

export function driftTable(results: readonly JobResult[]): string {
  const worlds = drifting.filter(({ name }) => results.some(({ job }) => job.world === name))
  if (worlds.length === 0) return ''
  const rows = worlds.map(({ name, about, base }) => {
    const { tallies, rivals } = merged(results, name)
    return [
      name, about, String(tallies[2].warnedAfter.length), ...[2, 1, 0].map((i) => delays(tallies[i].warnedAfter, base.rows)), delays(tallies[2].requestedAfter, base.rows),
      ...rivalNames.map((rival) => delays(rivals[rival].namedAfter, base.rows)),
    ]
  })
  return [
    '### Where something does', 'Share of runs in which the changed feature was named within 5,000 inferences, and the median of inferences until it was. CUSUM and the e-detector have the limit that'
    + ' gives one false alarm a month in the same world without the drift, as learned from 60 other months of it.', markdown([
      'world', '', 'runs', 'warning at 10y', 'at 1y', 'at 30d', 'request at 10y', 'naive rule', 'CUSUM', 'e-detector',
    ], rows),
  ].join('\n\n')
}

export function rivalTable(results: readonly JobResult[]): string {
  const worlds = results.filter(({ job, rivals }) => !job.isDrift && rivals.naive.months > 0).map(({ job }) => job.world)
  if (worlds.length === 0) return ''
  const rows = stationary.filter(({ name }) => worlds.includes(name)).map(({ name }) => {
    const { tallies, rivals } = merged(results, name)
    return [name, short(tallies[0].requests / tallies[0].months), ...rivalNames.map((rival) => short(rivals[rival].alarms / rivals[rival].months))]
  })
  return ['### Rivals where nothing changes: false alarms a month', markdown(['world', 'requests at 30d', 'naive rule', 'CUSUM set to 1', 'e-detector set to at most 1'], rows)].join('\n\n')
}
