/**
 * Drift that stands and does no harm: while performance holds, on labels and as estimated without them, nothing is asked for it. It is said once, every later
 * pane looks again, and harm that shows then asks at once.
 */
import type { Diagnosis } from '../diagnosis/diagnose.ts'
import type { DropEvidence, Evidence } from '../diagnosis/evidence.ts'
import { doesEstimateFall, doLabelsLag } from '../diagnosis/signs.ts'
import type { Finding } from '../records.ts'
import { counted, duration, figure } from '../text.ts'
import { recordDecision } from './announce.ts'
import type { Turn } from './turn.ts'

/** Why something would be asked, and what that means. */
export interface Explained {
  reasons: readonly Finding[]
  evidence: Evidence
  diagnosis: Diagnosis
  /** the diagnosis, and the features most blamed */
  explanation: string
}

const harmless = 'harmless covariate drift'

/**
 * Whether nothing is asked for drift that alone has reasons. It takes performance that holds beyond its noise to withhold a request; once withheld it takes
 * harm, or `panesMax` panes in a row in which harm cannot be told, to send it: intervals that widen for a pane ask for nothing.
 */
export function isWithheld(turn: Turn, explained: Explained, panesMax: number): boolean {
  const { state, atMs } = turn
  const { diagnosis: { name }, explanation } = explained
  const isNew = (state.withheld ?? null) === null
  if (isNew && name !== harmless) return false
  const held = (state.withheld ??= { sinceMs: atMs, subjects: [], diagnosis: harmless, explanation, doubts: 0 })
  if (name === harmless) Object.assign(held, { explanation, doubts: 0 })
  else if (doesHarmShow(explained)) return false
  else held.doubts = name !== 'label delay' && isWithin(explained.evidence) ? 0 : held.doubts + 1
  if (held.doubts >= panesMax) return false
  sayNew(turn, held.subjects, isNew, explained, panesMax)
  return true
}

/** A row that names something else, delay of labels aside, which tells nothing of harm. */
function doesHarmShow({ diagnosis: { name }, evidence }: Explained): boolean {
  return (name !== 'undetermined' && name !== 'label delay') || doesEstimateFall(evidence).is === 'yes'
}

/** Both are measured and neither has fallen too far, whatever their noise. */
function isWithin({ realised, estimate, since }: Evidence): boolean {
  const isOk = (drop: DropEvidence | null): boolean => drop !== null && drop.drop <= drop.tolerance
  return !doLabelsLag(since) && realised?.isMature === true && isOk(realised) && isOk(estimate)
}

/** What moved is said once while the drift stands, however often its reading comes and goes. */
function sayNew(turn: Turn, said: string[], isNew: boolean, { reasons, evidence, explanation }: Explained, panesMax: number): void {
  const { inputs } = evidence
  const ofAll = reasons.flatMap(({ subject }) => (subject === 'decision rate' || subject === 'rows' ? [subject] : []))
  const subjects = new Set([...(inputs?.moved ?? []), ...(inputs?.isScoreMoved === true ? ['score'] : []), ...ofAll])
  const fresh = [...subjects].filter((subject) => !said.includes(subject)).sort()
  if (fresh.length === 0 && !isNew) return
  said.push(...fresh)
  recordDecision(turn, {
    decision: 'retrain-withheld', subject: 'drift', cause: fresh.join(' '), findings: [...reasons, ...harmFindings(evidence)],
    text: `Drift stands and no retrain is requested for it (${harmless}). ${reasons[0].text} ${explanation} A request goes out as soon as performance falls, on labels or as `
      + `estimated without them, when for ${counted(panesMax, 'pane')} neither can be told, or when anything but drift asks.`,
  })
}

/** Both readings of performance as findings: a drop, and what would be too much. */
const harmFindings = ({ realised, estimate }: Evidence): Finding[] => [
  ...(realised === null ? [] : [harmFinding('realised', realised)]), ...(estimate === null ? [] : [harmFinding('estimated', estimate)]),
]

const harmFinding = (rule: 'realised' | 'estimated', { metric, value, against, drop, interval, tolerance, labels }: DropEvidence): Finding => ({
  rule, measure: metric, subject: null, threshold: tolerance, fromMs: null, toMs: null,
  reading: { value: drop, n: labels, verdict: 'ok', ...(interval === null ? {} : { interval }) },
  text: `${metric} ${rule === 'realised' ? 'on mature labels' : 'as estimated without labels'} is ${figure(value)}, held against ${figure(against)}: a drop of ${figure(drop)} where ${figure(tolerance)} is too much.`,
})

/** What a request says of the time that it was withheld; empty where it was not. */
export function withheldText({ state: { withheld = null }, atMs }: Turn): string {
  return withheld === null ? '' : `Drift has been seen, and withheld as harmless, for ${duration(atMs - withheld.sinceMs)} before this.`
}
