/** Order-sensitive detectors over the champion's errors of the whole model: slots of all tasks merged, oldest first. */
import { addToBlocks, createErrorBlocks, forgetBefore, strongestChange, type ErrorChange } from '../detectors/error-blocks.ts'
import { detectors } from '../detectors/table.ts'
import type { Detector } from '../detectors/detector.ts'
import { canonicalJson } from '../hash.ts'
import { largerDesignEffect } from '../metrics/entities.ts'
import { codeAt } from '../panes/merge.ts'
import type { ErrorSequence, PaneSummary, VersionSummary } from '../panes/summary.ts'
import type { ModelPolicy, UnitUse } from '../policy.ts'
import type { Reading } from '../reading.ts'
import { member, resolveParams } from '../unit.ts'
import { counted, percent } from '../text.ts'
import { recordDecision } from './announce.ts'
import { shareNow } from './share.ts'
import type { DetectorState, ModelState } from './state.ts'
import type { Turn } from './turn.ts'

/** A change that an alarm put in question stays so while chance makes one like it less often than this. */
const doubtMax = 0.05

/** What a detector says of the newest pane, for the view: an alarm stands as long as the longest window holds its pane. */
export const detectorView = ({ detectors: held, paneEndMs }: ModelState, { time }: ModelPolicy) => held.map(({ unit, n, errors, alarmMs, questionedMs = null }) => {
  const isAlarm = alarmMs !== null && alarmMs > (paneEndMs ?? 0) - Math.max(...time.windows) * time.paneMs
  return { unit, n, errors, verdict: isAlarm ? 'alarm' : questionedMs !== null ? 'warning' : n === 0 ? 'insufficient' : 'ok', alarmMs, questionedMs }
})

/** Feeds the champion's errors of this pane, and says so when a detector alarms, or when what it alarmed about is sure. */
export function feedDetectors(turn: Turn, pane: PaneSummary): void {
  const { state, policy } = turn
  const version = state.champion === null ? undefined : pane.versions[state.champion.version]
  state.detectors = policy.performance.errorDetectors.map((use) => heldState(state.detectors, use))
  if (version === undefined || version.errorSequence.n === 0) return
  const chance = shareNow(turn)?.chance ?? null
  for (const held of state.detectors) {
    const found = feedDetector(held, version, pane.endMs, chance)
    if (found !== null) say(turn, held, pane, found)
  }
}

const unitOf = (name: string): Detector => member('detector', detectors as unknown as Record<string, Detector>, name)

function heldState(held: readonly DetectorState[], use: UnitUse): DetectorState {
  const params = canonicalJson(use.params)
  const found = held.find((state) => state.unit === use.unit && state.params === params)
  if (found === undefined) return startDetector(use)
  return (found as Partial<DetectorState>).blocks === undefined ? { ...found, ...nothingAsked() } : found
}

/** What the state of an older program lacks. */
const nothingAsked = (): Pick<DetectorState, 'blocks' | 'designEffect' | 'questionedMs'> => ({ blocks: createErrorBlocks(), designEffect: 1, questionedMs: null })

export function startDetector({ unit: name, params: given }: UnitUse): DetectorState {
  const unit = unitOf(name)
  return {
    unit: name, params: canonicalJson(given), state: unit.init(resolveParams(unit, given)), n: 0, errors: 0, alarmMs: null, ...nothingAsked(),
  }
}

/** What a detector found: the error rate before, and the reading of what came since. */
export interface Found {
  before: number
  reading: Reading
}

/**
 * Feeds one pane of errors; null while there is nothing to say. A rise is an `alarm` where it is confirmed at the level of its share, whatever the detector's own:
 * the errors since some moment against those before it, at each pane from the detector's alarm until chance explains them. Till then it is a `warning`.
 * @param chance of the share; null without a budget: then every alarm of the detector at which errors rose counts
 */
export function feedDetector(held: DetectorState, version: Pick<VersionSummary, 'errorSequence' | 'outcomes'>, endMs: number, chance: number | null): Found | null {
  const { errorSequence: sequence } = version
  const before = held.n === 0 ? 0 : held.errors / held.n
  const hasAlarmed = feed(held, sequence) > 0
  const errors = errorsOf(sequence)
  held.designEffect = (held.designEffect * held.n + designEffectOf(version) * sequence.n) / (held.n + sequence.n)
  const reading: Reading = { value: errors / sequence.n, n: sequence.n, nReference: held.n, verdict: errors / sequence.n > before ? 'alarm' : 'ok' }
  held.n += sequence.n
  held.errors += errors
  if (chance !== null) return question(held, hasAlarmed, endMs, chance)
  if (!hasAlarmed) return null
  if (reading.verdict === 'alarm') held.alarmMs = endMs
  return { before, reading }
}

function feed({ unit: name, params, state, blocks }: DetectorState, sequence: ErrorSequence): number {
  const unit = unitOf(name)
  const resolved = resolveParams(unit, JSON.parse(params) as Record<string, unknown>)
  const detector = state as { alarms: number; n: number; alarmed: boolean }
  const before = detector.alarms
  for (let i = 0; i < sequence.n; i++) {
    const error = codeAt(sequence, i) & 1
    unit.update(detector, error, resolved)
    addToBlocks(blocks, error)
  }
  return detector.alarms - before
}

function errorsOf(sequence: ErrorSequence): number {
  let errors = 0
  for (let i = 0; i < sequence.n; i++) errors += codeAt(sequence, i) & 1
  return errors
}

/** How much outcomes of one entity resemble each other, where they name any. */
const designEffectOf = ({ outcomes }: Pick<VersionSummary, 'outcomes'>): number =>
  (outcomes?.kind === 'binary' ? largerDesignEffect(1, outcomes.byEntity, (tp, fp, fn, tn) => [fp + fn, tp + fp + fn + tn], outcomes.n) : 1)

/** Holds a change that was put in question against chance. One that is confirmed becomes the way things are: what was before it is forgotten. */
function question(held: DetectorState, hasAlarmed: boolean, endMs: number, chance: number): Found | null {
  if (hasAlarmed) held.questionedMs ??= endMs
  const change = held.questionedMs === null ? null : strongestChange(held.blocks, held.designEffect)
  if (change === null) return null
  const isConfirmed = change.logChance <= Math.log(chance)
  if (isConfirmed || change.logChance > Math.log(doubtMax)) held.questionedMs = null
  if (isConfirmed) {
    forgetBefore(held.blocks, change.at)
    if (change.rose) held.alarmMs = endMs
  }
  return isConfirmed || hasAlarmed ? foundOf(change, isConfirmed, held.designEffect, chance) : null
}

function foundOf({ before, since, rose, logChance }: ErrorChange, isConfirmed: boolean, designEffect: number, chance: number): Found {
  return {
    before: before.errors / before.n,
    reading: {
      value: since.errors / since.n, n: since.n, nReference: before.n, verdict: !rose ? 'ok' : isConfirmed ? 'alarm' : 'warning',
      detail: { chance, pValue: Math.min(1, Math.exp(logChance)), designEffect },
    },
  }
}

function say(turn: Turn, { unit }: DetectorState, { startMs, endMs }: PaneSummary, { before, reading }: Found): void {
  const { version } = turn.state.champion!
  const rose = reading.value! > before
  const doubt = reading.verdict !== 'warning' ? '' : ' It is not sure yet at the level of the false-alarm budget.'
  recordDecision(turn, {
    decision: 'reading', subject: unit,
    findings: [{
      rule: 'error-detector', measure: unit, subject: version, reading, threshold: null, fromMs: startMs, toMs: endMs,
      text: `${unit} saw the error rate change: ${percent(reading.value!)} of ${counted(reading.n, 'outcome')}, ${percent(before)} before.${doubt}`,
    }],
    text: `${unit} saw the error rate of ${version} ${rose ? 'rise' : 'fall'} from ${percent(before)} to ${percent(reading.value!)}.${doubt}`,
  })
}
