/** Order-sensitive detectors over the champion's errors of the whole model: slots of all tasks merged, oldest first. */
import { strongestClassChange, type ClassChange } from '../../detectors/class-change.ts'
import { createErrorBlocks, forgetBefore, strongestChange, type ErrorChange } from '../../detectors/error-blocks.ts'
import { canonicalJson } from '../../hash.ts'
import type { PaneSummary, VersionSummary } from '../../panes/summary.ts'
import type { ModelPolicy, UnitUse } from '../../policy.ts'
import type { Reading } from '../../reading.ts'
import { counted, percent } from '../../text.ts'
import { recordDecision } from '../announce.ts'
import { classNames, feedStreams, isByClass, startDetector, withStreams, type StreamPane } from './error-streams.ts'
import { shareNow } from '../share.ts'
import type { ClassStream, DetectorState, ModelState } from '../state.ts'
import type { Turn } from '../turn.ts'

/** A change that an alarm put in question stays so while chance makes one like it less often than this. */
const doubtMax = 0.05

/** What a detector says of the newest pane, for the view: an alarm stands as long as the longest window holds its pane. */
export const detectorView = ({ detectors: held, paneEndMs }: ModelState, { time }: ModelPolicy) => held.map(({ unit, n, errors, alarmMs, questionedMs = null, classes }) => {
  const isAlarm = alarmMs !== null && alarmMs > (paneEndMs ?? 0) - Math.max(...time.windows) * time.paneMs
  return {
    unit, n, errors, verdict: isAlarm ? 'alarm' : questionedMs !== null ? 'warning' : n === 0 ? 'insufficient' : 'ok', alarmMs, questionedMs,
    ...(classes === undefined ? {} : { classes: classes.map((stream, c) => ({ class: classNames[c], n: stream.n, errors: stream.errors })) }),
  }
})

/** Feeds the champion's errors of this pane, and says so when a detector alarms, or when what it alarmed about is sure. */
export function feedDetectors(turn: Turn, pane: PaneSummary): void {
  const { state, policy } = turn
  const version = state.champion === null ? undefined : pane.versions[state.champion.version]
  state.detectors = policy.performance.errorDetectors.map((use) => heldState(state.detectors, use, isByClass(policy)))
  if (version === undefined || version.errorSequence.n === 0) return
  const chance = shareNow(turn)?.chance ?? null
  for (const held of state.detectors) {
    const found = feedDetector(held, version, pane.endMs, chance)
    if (found !== null) say(turn, held, pane, found)
  }
}

function heldState(held: readonly DetectorState[], use: UnitUse, byClass: boolean): DetectorState {
  const params = canonicalJson(use.params)
  const found = held.find((state) => state.unit === use.unit && state.params === params)
  if (found === undefined) return startDetector(use, byClass)
  return withStreams((found as Partial<DetectorState>).blocks === undefined ? { ...found, ...nothingAsked() } : found, byClass)
}

/** What the state of an older program lacks. */
const nothingAsked = (): Pick<DetectorState, 'blocks' | 'designEffect' | 'questionedMs'> => ({ blocks: createErrorBlocks(), designEffect: 1, questionedMs: null })

/** What a detector found: the error rate before, and the reading of what came since. */
export interface Found {
  /** the class whose errors say most; null of all outcomes as one stream */
  of: StreamPane['of']
  before: number
  reading: Reading
  /** a sentence on the other class; empty where there is nothing to say */
  beside: string
}

/**
 * Feeds one pane of errors; null while there is nothing to say. A rise is an `alarm` where it is confirmed at the level of its share, whatever the detector's own:
 * the errors since some moment against those before it, at each pane from the detector's alarm until chance explains them. Till then it is a `warning`.
 * Where classes are told apart, alarms of any stream put it in question, and the test is within the classes: a mix of classes that moves confirms nothing, and nothing is said of it.
 * @param chance of the share; null without a budget: then every alarm of the detector at which errors rose counts, by class where these are told apart
 */
export function feedDetector(held: DetectorState, version: Pick<VersionSummary, 'errorSequence' | 'outcomes'>, endMs: number, chance: number | null): Found | null {
  const [all, ...classes] = feedStreams(held, version)
  if (chance !== null) return question(held, [all, ...classes].some(({ hasAlarmed }) => hasAlarmed), endMs, chance)
  const alarmed = (held.classes === undefined ? [all] : classes).filter(({ hasAlarmed }) => hasAlarmed).map(unasked)
  const found = alarmed.find(({ reading }) => reading.verdict === 'alarm') ?? alarmed[0] ?? null
  if (found?.reading.verdict === 'alarm') held.alarmMs = endMs
  return found
}

/** An alarm as the detector gave it. */
function unasked({ of, n, errors, before }: StreamPane): Found {
  const rate = before.n === 0 ? 0 : before.errors / before.n
  return { of, before: rate, beside: '', reading: { value: errors / n, n, nReference: before.n, verdict: errors / n > rate ? 'alarm' : 'ok' } }
}

/** Holds a change that was put in question against chance. One that is confirmed becomes the way things are: what was before it is forgotten. */
function question(held: DetectorState, hasAlarmed: boolean, endMs: number, chance: number): Found | null {
  if (hasAlarmed) held.questionedMs ??= endMs
  const change = held.questionedMs === null ? null : changeOf(held)
  if (change === null) return null
  const isConfirmed = change.logChance <= Math.log(chance)
  const isChance = change.logChance > Math.log(doubtMax)
  if (isConfirmed || isChance) held.questionedMs = null
  if (isConfirmed) {
    forgetBefore(held.blocks, change.at)
    if (change.rose) held.alarmMs = endMs
  }
  if (isOfClasses(change)) return isConfirmed || (hasAlarmed && !isChance) ? ofClass(change, held, isConfirmed, chance) : null
  return isConfirmed || hasAlarmed ? { ...foundOf(change, change, held.designEffect, isConfirmed, chance), of: null, beside: '' } : null
}

const isOfClasses = (change: ErrorChange | ClassChange): change is ClassChange => 'classes' in change

function changeOf({ blocks, classes, designEffect }: DetectorState): ErrorChange | ClassChange | null {
  if (classes === undefined) return strongestChange(blocks, designEffect)
  return strongestClassChange(blocks as Required<typeof blocks>, [designEffectOf(classes[0], designEffect), designEffectOf(classes[1], designEffect)])
}

/** An entity may err in both classes, which neither shows by itself. */
const designEffectOf = (own: ClassStream, ofAll: number): number => Math.max(own.designEffect, ofAll)

/** The class that says most, with what the other did. */
function ofClass(change: ClassChange, { classes: streams, designEffect }: DetectorState, isConfirmed: boolean, chance: number): Found {
  const named = change.classes[1].logChance < change.classes[0].logChance ? 1 : 0
  const { before, since } = change.classes[1 - named]
  const beside = before.n === 0 || since.n === 0 ? ''
    : ` Among ${classNames[1 - named]} it was ${percent(since.errors / since.n)} of ${counted(since.n, 'outcome')}, ${percent(before.errors / before.n)} before.`
  return { ...foundOf(change, change.classes[named], designEffectOf(streams![named], designEffect), isConfirmed, chance), of: classNames[named], beside }
}

function foundOf({ rose, logChance }: ErrorChange, { before, since }: Pick<ErrorChange, 'before' | 'since'>, designEffect: number, isConfirmed: boolean, chance: number): Pick<Found, 'before' | 'reading'> {
  return {
    before: before.errors / before.n,
    reading: {
      value: since.errors / since.n, n: since.n, nReference: before.n, verdict: !rose ? 'ok' : isConfirmed ? 'alarm' : 'warning',
      detail: { chance, pValue: Math.min(1, Math.exp(logChance)), designEffect },
    },
  }
}

function say(turn: Turn, { unit }: DetectorState, { startMs, endMs }: PaneSummary, { of, before, reading, beside }: Found): void {
  const { version } = turn.state.champion!
  const rose = reading.value! > before
  const doubt = reading.verdict !== 'warning' ? '' : ' It is not sure yet at the level of the false-alarm budget.'
  const among = of === null ? '' : ` among ${of}`
  recordDecision(turn, {
    decision: 'reading', subject: unit,
    findings: [{
      rule: 'error-detector', measure: unit, subject: version, reading, threshold: null, fromMs: startMs, toMs: endMs,
      text: `${unit} saw the error rate change${among}: ${percent(reading.value!)} of ${counted(reading.n, 'outcome')}, ${percent(before)} before.${beside}${doubt}`,
    }],
    text: `${unit} saw the error rate of ${version} ${rose ? 'rise' : 'fall'}${among} from ${percent(before)} to ${percent(reading.value!)}.${beside}${doubt}`,
  })
}
