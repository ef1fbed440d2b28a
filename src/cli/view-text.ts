/** What decide committed of a model, for a person. */
import { falseShare } from '../core/decide/drift/moved.ts'
import type { TabledReading } from '../core/metrics/metric.ts'
import type { MetricWindow } from '../core/policy.ts'
import type { Reading } from '../core/reading.ts'
import { duration, percent } from '../core/text.ts'
import { decisionSubject } from '../core/triggers/drift.ts'
import type { DriftSight, PerformanceSight, SegmentSight } from '../core/triggers/trigger.ts'
import type { Paint } from './io.ts'
import { numberText, timeText, verdictText } from './render.ts'
import type { ModelView, WithheldView } from './services.ts'

const recentShown = 5
const worstShown = 3
const subjectsShown = 5

export function viewText(view: ModelView, paint: Paint): string {
  const { model, mode, panes } = view
  const asOf = panes.lastEndMs === null ? 'no pane read yet' : `as of ${timeText(panes.lastEndMs)}`
  const head = `${paint('bold', model)}  ${mode === 'act' ? 'acts' : 'advises only'}, ${asOf}`
  const counts = Object.entries(view.counts).filter(([, n]) => n > 0).map(([name, n]) => `${name} ${numberText(n)}`).join(', ')
  const decided = view.decisions.recent.slice(-recentShown)
    .map(({ atMs, decision, subject, text }) => line('decided', `${timeText(atMs)} ${decision}${subject === null ? '' : ` ${subject}`}: ${text}`))
  const lines = [head, ...servingLines(view), ...troubleLines(view, paint), ...readingLines(view, paint), ...detectorLines(view, paint), ...estimateLines(view), ...maturityLines(view), line('counts', counts || 'none yet'), ...decided]
  return `${lines.join('\n')}\n\n`
}

const line = (name: string, text: string): string => `  ${name.padEnd(11)} ${text}`

function servingLines({ champion, history, sequence, bake, laggards, versions, policy }: ModelView): string[] {
  const before = history.map(({ version }) => version).filter((version) => version !== champion?.version)
  const others = Object.entries(versions).filter(([version]) => version !== champion?.version && !before.includes(version))
  const beforeText = before.length > 0 ? `, before it ${before.reverse().join(', ')}` : ''
  const waiting = `${policy.hash.slice(0, 12)} waits for the next pane${policy.inForce === null ? '' : `, ${policy.inForce.slice(0, 12)} is in force`}`
  return [
    line('champion', champion === null ? 'none yet' : `${champion.version} since ${timeText(champion.sinceMs)}${beforeText}; serving-config ${sequence}`),
    ...(bake === null ? [] : [line('bake', `${bake.version} is watched against ${bake.previous} since ${timeText(bake.sinceMs)}`)]),
    ...(laggards === null ? [] : [
      line('laggards', `part of the fleet has not yet taken serving-config ${laggards.sequence} (${laggards.version}), sent ${timeText(laggards.sinceMs)}`),
    ]),
    ...others.map(([version, { stage, sinceMs }]) => line('version', `${version}: ${stage} since ${timeText(sinceMs)}`)),
    ...(policy.inForce === policy.hash ? [] : [line('policy', waiting)]),
  ]
}

function troubleLines({ request, withheld = null, withheldSegments = {}, hold, incidents }: ModelView, paint: Paint): string[] {
  return [
    line('request', request === null ? 'none open' : `${request.id} open since ${timeText(request.atMs)}, until ${timeText(request.expiresMs)}`),
    ...(request?.diagnosis === undefined ? [] : [line('diagnosis', `${request.diagnosis}, advice ${request.advice}: ${request.explanation}`)]),
    ...(withheld === null ? [] : [line('withheld', `${withheldText(withheld)} since ${timeText(withheld.sinceMs)}, nothing is asked for it (${withheld.diagnosis}): ${withheld.explanation}`)]),
    ...Object.entries(withheldSegments).map(([segment, held]) =>
      line('withheld', `in ${segment} ${withheldText(held)} since ${timeText(held.sinceMs)}, nothing is asked for it (${held.diagnosis}): ${held.explanation}`)),
    ...(hold === null ? [] : [line('hold', `by ${hold.issuer} since ${timeText(hold.sinceMs)}: ${hold.reason}`)]),
    ...incidents.map(({ incident, severity, owner, cause, sinceMs }) =>
      line('incident', `${paint(severity === 'critical' ? 'red' : 'yellow', incident)} since ${timeText(sinceMs)}, for ${owner}: ${cause}`)),
  ]
}

function withheldText({ subjects, doubts }: WithheldView): string {
  const named = subjectList(subjects)
  return `drift of ${named === '' ? 'what moved before' : named} stands${doubts === 0 ? '' : `, its harm not told for ${doubts} panes`}`
}

const subjectList = (subjects: readonly string[]): string =>
  subjects.slice(0, subjectsShown).join(', ') + (subjects.length > subjectsShown ? ` and ${subjects.length - subjectsShown} more` : '')

function readingLines({ readings }: ModelView, paint: Paint): string[] {
  if (readings === null) return []
  const { reference, drift, performance, windowed = [] } = readings
  const against = reference === null ? 'unknown: there is no reference yet' : againstText(reference)
  return [line('drift', against), ...drift.flatMap((sight) => driftLines(sight, paint)), ...performance.flatMap((sight) => performanceLines(sight, paint)), ...windowed.map((sight) => windowedLine(sight, paint))]
}

function againstText({ version, n, isProvisional, kind = 'frozen', waitsFor = null }: NonNullable<NonNullable<ModelView['readings']>['reference']>): string {
  const rows = `${numberText(n)} rows`
  if (kind !== 'frozen') return `against the ${kind} reference (${rows}, on the bins of ${version})`
  const waits = waitsFor === null ? '' : `, while the ${waitsFor.kind} reference gathers: ${waitsFor.panes} of ${waitsFor.wanted} panes`
  return `against ${version} (${rows}${isProvisional ? ', provisional' : ''})${waits}`
}

/** Only what is not ok is shown by itself. */
function driftLines(sight: DriftSight, paint: Paint): string[] {
  const moved = sight.moved === undefined ? [] : [line('', `  likely moved (of so named features ${percent(falseShare)} have not): ${subjectList(sight.moved)}`)]
  return [...sightLines(sight, '', paint), ...moved, ...(sight.segments ?? []).flatMap((segment) => segmentLines(sight.panes, segment, paint))]
}

/** One line a segment value that is calm, so that many are still to be read. */
function segmentLines(panes: number, { segment, share, unread, ...read }: SegmentSight, paint: Paint): string[] {
  const name = `${segment} (${percent(share)} of the traffic)`
  return unread === undefined ? sightLines({ panes, ...read }, `${name}, `, paint) : [line('', `${name}, ${panes} panes: not read, ${unread}`)]
}

function sightLines({ panes, features, score, decision = [], rows = [] }: Pick<DriftSight, 'panes' | 'features' | 'score' | 'decision' | 'rows'>, name: string, paint: Paint): string[] {
  const all = [...features, { feature: 'score', readings: score }, ...decision.map((held) => ({ feature: decisionSubject(held), readings: [held] })), { feature: 'rows', readings: rows }]
    .flatMap(({ feature, readings }) => readings.map((reading) => ({ subject: feature, ...reading })))
  const moved = all.filter(({ reading }) => reading.verdict === 'alarm' || reading.verdict === 'warning')
  return [
    line('', `${name}${panes} panes: ${all.length} readings, ${moved.length} beyond their noise`),
    ...moved.map(({ subject, measure, reading }) => line('', `  ${verdictText(reading.verdict, paint)} ${measure} of ${subject}: ${readingText(reading)}`)),
  ]
}

function performanceLines({ panes, labels, readings }: PerformanceSight, paint: Paint): string[] {
  const metrics = Object.entries(readings)
    .map(([name, reading]) => `${name} ${reading.verdict === 'ok' ? readingText(reading) : verdictText(reading.verdict, paint)}`)
  return [line('performance', `${panes} panes, ${numberText(labels)} labels: ${metrics.join(', ')}`), ...classLines(readings)]
}

/** Of a metric that averages over classes, those that are worst. */
function classLines(readings: PerformanceSight['readings']): string[] {
  return Object.entries(readings).flatMap(([name, { rows = [] }]: [string, TabledReading]) => {
    const classes = rows.filter((row) => typeof row.class === 'string' && typeof row.value === 'number').sort((a, b) => (a.value as number) - (b.value as number))
    if (classes.length === 0 || !name.startsWith('macro-')) return []
    const worst = classes.slice(0, worstShown).map((row) => `${row.class} ${numberText(row.value as number)}`).join(', ')
    return [line('', `  ${name} by class: ${worst}${classes.length > worstShown ? `, ${classes.length - worstShown} more above` : ''}`)]
  })
}

/** Only detectors that saw errors rise. */
const detectorLines = ({ detectors = [] }: ModelView, paint: Paint): string[] => detectors.filter(({ verdict }) => verdict === 'alarm' || verdict === 'warning')
  .map(({ unit, verdict, alarmMs, questionedMs }) => line('errors', `${verdictText(verdict, paint)} of ${unit} since ${timeText((verdict === 'alarm' ? alarmMs : questionedMs)!)}`))

type WindowedSight = NonNullable<NonNullable<ModelView['readings']>['windowed']>[number]

function windowedLine({ metric, window, reading }: WindowedSight, paint: Paint): string {
  const said = reading.verdict === 'ok' ? readingText(reading) : verdictText(reading.verdict, paint)
  const rows = reading.detail?.windowRows ?? reading.detail?.fadedRows
  return line('performance', `${metric} ${windowText(window)}${typeof rows === 'number' ? `, ${numberText(rows)} outcomes` : ''}: ${said}`)
}

function windowText(window: MetricWindow): string {
  if (window.form === 'count') return `over ${window.exact === true ? 'exactly ' : ''}the newest ${numberText(window.count)}`
  if (window.form === 'time') return `over ${duration(window.spanMs)}`
  return 'alpha' in window ? `faded by ${numberText(window.alpha)} an outcome` : `faded by half every ${duration(window.halfLifeMs)}`
}

/** What labels should come to say, by the scores alone. A reason that holds for every window is said once. */
function estimateLines({ estimates }: ModelView): string[] {
  if (estimates === undefined || estimates === null) return []
  const told = estimates.windows.map(({ panes, predictions, readings }) => ({ window: `${panes} panes, ${numberText(predictions)} predictions`, ...toldOf(readings) }))
  const held = heldAgainstLabels(estimates)
  if (told.every(({ metrics, why }) => metrics === '' && why === told[0].why)) return told.length === 0 ? [] : [line('estimated', `nothing without labels: ${told[0].why}`), ...held]
  return [...told.map(({ window, metrics, why }) => line('estimated', `${window}: ${metrics === '' ? `nothing, ${why}` : metrics}`)), ...held]
}

/** Of the longest window that has both: the estimate of predictions whose labels are there, and these. */
function heldAgainstLabels({ windows }: NonNullable<ModelView['estimates']>): string[] {
  const last = windows.filter(({ labelled }) => labelled !== undefined).at(-1)
  if (last === undefined) return []
  const { rows, metrics } = last.labelled!
  const said = Object.entries(metrics).map(([name, { expected, realised, beyond }]) =>
    `${name} ${numberText(realised)} where ${readingText(expected)} was to be expected${beyond === null ? '' : `: ${beyond} it`}`)
  return [line('labelled', `${last.panes} panes, ${numberText(rows)} rows: ${said.join(', ')}`)]
}

function toldOf(readings: Readonly<Record<string, Reading>>): { metrics: string; why: string } {
  const metrics = Object.entries(readings).filter(([, { value }]) => value !== null).map(([name, reading]) => `${name} ${readingText(reading)}`).join(', ')
  const why = Object.values(readings).map(({ detail }) => detail?.why).find((text) => text !== undefined)
  return { metrics, why: String(why ?? 'there are too few predictions') }
}

/** What cohorts that still wait for labels say so far, beside what they are expected to say once every label has come. */
function maturityLines({ maturity }: ModelView): string[] {
  if (maturity === undefined) return []
  const { refusal, waiting, cohorts } = maturity
  if (refusal !== null) return [line('maturity', refusal)]
  if (waiting === null || waiting.labels === 0) return []
  const metrics = Object.entries(waiting.soFar).map(([name, reading]) => `${name} ${readingText(reading)} so far, ${readingText(waiting.expected[name])} expected`)
  const young = waiting.tooYoung === 0 ? '' : `; ${numberText(waiting.tooYoung)} more are too young to tell`
  return [line('maturity', `${numberText(waiting.labels)} labels that came before all of theirs: ${metrics.join('; ')}${young} (learned from ${cohorts} cohorts)`)]
}

const readingText = ({ value, interval, noiseFloor }: Reading): string => {
  if (interval !== undefined) return `${numberText(value)} (${numberText(interval[0])} to ${numberText(interval[1])})`
  return noiseFloor === undefined ? numberText(value) : `${numberText(value)} (noise ${numberText(noiseFloor)})`
}
