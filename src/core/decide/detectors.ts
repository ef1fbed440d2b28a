/** Order-sensitive detectors over the champion's errors of the whole model: slots of all tasks merged, oldest first. */
import { detectors } from '../detectors/table.ts'
import type { Detector } from '../detectors/detector.ts'
import { canonicalJson } from '../hash.ts'
import { codeAt } from '../panes/merge.ts'
import type { ErrorSequence, PaneSummary } from '../panes/summary.ts'
import type { UnitUse } from '../policy.ts'
import { member, resolveParams } from '../unit.ts'
import { counted, percent } from '../text.ts'
import { recordDecision } from './announce.ts'
import type { DetectorState } from './state.ts'
import type { Turn } from './turn.ts'

/** Feeds the champion's errors of this pane, and says so when a detector alarms. */
export function feedDetectors(turn: Turn, pane: PaneSummary): void {
  const { state, policy } = turn
  const sequence = state.champion === null ? undefined : pane.versions[state.champion.version]?.errorSequence
  state.detectors = policy.performance.errorDetectors.map((use) => heldState(state.detectors, use))
  if (sequence === undefined || sequence.n === 0) return
  for (const held of state.detectors) {
    const alarms = feed(held, sequence)
    if (alarms > 0) sayAlarm(turn, held, pane, sequence)
    held.n += sequence.n
    held.errors += errorsOf(sequence)
  }
}

const unitOf = (name: string): Detector => member('detector', detectors as unknown as Record<string, Detector>, name)

function heldState(held: readonly DetectorState[], { unit: name, params: given }: UnitUse): DetectorState {
  const params = canonicalJson(given)
  const unit = unitOf(name)
  return held.find((state) => state.unit === name && state.params === params)
    ?? { unit: name, params, state: unit.init(resolveParams(unit, given)), n: 0, errors: 0, alarmMs: null }
}

function feed({ unit: name, params, state }: DetectorState, sequence: ErrorSequence): number {
  const unit = unitOf(name)
  const resolved = resolveParams(unit, JSON.parse(params) as Record<string, unknown>)
  const detector = state as { alarms: number; n: number; alarmed: boolean }
  const before = detector.alarms
  for (let i = 0; i < sequence.n; i++) unit.update(detector, codeAt(sequence, i) & 1, resolved)
  return detector.alarms - before
}

function errorsOf(sequence: ErrorSequence): number {
  let errors = 0
  for (let i = 0; i < sequence.n; i++) errors += codeAt(sequence, i) & 1
  return errors
}

function sayAlarm(turn: Turn, held: DetectorState, { startMs, endMs }: PaneSummary, sequence: ErrorSequence): void {
  const value = errorsOf(sequence) / sequence.n
  const before = held.n === 0 ? 0 : held.errors / held.n
  const rose = value > before
  if (rose) held.alarmMs = endMs
  recordDecision(turn, {
    decision: 'reading', subject: held.unit,
    findings: [{
      rule: 'error-detector', measure: held.unit, subject: turn.state.champion!.version, reading: { value, n: sequence.n, nReference: held.n, verdict: rose ? 'alarm' : 'ok' },
      threshold: null, fromMs: startMs, toMs: endMs, text: `${held.unit} saw the error rate change: ${percent(value)} of ${counted(sequence.n, 'outcome')}, ${percent(before)} before.`,
    }],
    text: `${held.unit} saw the error rate of ${turn.state.champion!.version} ${rose ? 'rise' : 'fall'} from ${percent(before)} to ${percent(value)}.`,
  })
}
