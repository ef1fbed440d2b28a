/**
 * Drift that stands and does no harm: while performance holds, on labels and as estimated without them, nothing is asked for it. It is said once, every later
 * pane looks again, and harm that shows then asks at once.
 */
import type { Diagnosis } from '../../diagnosis/diagnose.ts'
import type { DropEvidence, Evidence } from '../../diagnosis/evidence.ts'
import { doesEstimateFall, doesNothingElseFall, doesRealisedFall, doLabelsLag } from '../../diagnosis/signs.ts'
import type { Finding } from '../../records.ts'
import { counted, duration, figure } from '../../text.ts'
import { recordDecision } from '../announce.ts'
import type { ModelState, Withheld } from '../state.ts'
import type { Turn } from '../turn.ts'

/** Why something would be asked, and what that means. */
export interface Explained {
  reasons: readonly Finding[]
  evidence: Evidence
  diagnosis: Diagnosis
  /** the diagnosis, and the features most blamed */
  explanation: string
  /** of a segment alone; absent where it is of the whole */
  segment?: string
  /** how long its harm may wait to be told, since its labels are on their way and are few; absent: not at all */
  patienceMs?: number
}

const harmless = 'harmless covariate drift'
const untold = 'harm not told yet'

/**
 * Whether nothing is asked for drift that alone has reasons. It takes performance that holds beyond its noise to withhold a request; once withheld it takes
 * harm, or `panesMax` panes in a row in which harm cannot be told, to send it: intervals that widen for a pane ask for nothing. Drift of a segment may wait for
 * labels of its own (`patienceMs`): there a few panes hardly ever bring enough of them.
 */
export function isWithheld(turn: Turn, explained: Explained, panesMax: number): boolean {
  const { state, atMs } = turn
  const { diagnosis: { name }, explanation, segment, patienceMs = 0 } = explained
  const before = heldOf(state, segment)
  const waits = patienceMs > 0 && (before === null || before.diagnosis === untold) && name !== harmless
  if (before === null && name !== harmless && (!waits || doesHarmShow(explained))) return false
  const held = before ?? hold(state, segment, { sinceMs: atMs, subjects: [], diagnosis: waits ? untold : harmless, explanation, doubts: 0 })
  const isNew = before === null || (name === harmless && held.diagnosis === untold)
  if (name === harmless) Object.assign(held, { explanation, doubts: 0, diagnosis: harmless })
  else if (doesHarmShow(explained)) return false
  else held.doubts = name !== 'label delay' && isWithin(explained.evidence) ? 0 : held.doubts + 1
  if (waits ? atMs - held.sinceMs >= patienceMs : held.doubts >= panesMax) return false
  if (waits) held.explanation = explanation
  sayNew(turn, held, isNew, explained, panesMax)
  return true
}

const heldOf = ({ withheld = null, withheldSegments }: ModelState, segment: string | undefined): Withheld | null =>
  segment === undefined ? withheld : withheldSegments?.[segment] ?? null

function hold(state: ModelState, segment: string | undefined, withheld: Withheld): Withheld {
  if (segment === undefined) state.withheld = withheld
  else (state.withheldSegments ??= {})[segment] = withheld
  return withheld
}

/** Whether anything is withheld at all. */
export const isAnyWithheld = ({ withheld = null, withheldSegments }: ModelState): boolean => withheld !== null || withheldSegments !== undefined

/** Forgets what drift no longer stands for: of the whole unless `ofWhole`, of segments but those given. */
export function forgetWithheld(state: ModelState, ofWhole: boolean, segments: ReadonlySet<string>): void {
  if (!ofWhole) state.withheld = null
  if (state.withheldSegments === undefined) return
  for (const segment of Object.keys(state.withheldSegments)) if (!segments.has(segment)) delete state.withheldSegments[segment]
  if (Object.keys(state.withheldSegments).length === 0) delete state.withheldSegments
}

/** A row that names something else, delay of labels aside, which tells nothing of harm; of a segment, which no performance rule reads, labels that fell too. */
function doesHarmShow({ diagnosis: { name }, evidence, segment }: Explained): boolean {
  return (name !== 'undetermined' && name !== 'label delay') || doesEstimateFall(evidence).is === 'yes' || doesNothingElseFall(evidence).is === 'no'
    || (segment !== undefined && doesRealisedFall(evidence).is === 'yes')
}

/** Both are measured and neither has fallen too far, whatever their noise. */
function isWithin({ realised, estimate, since }: Evidence): boolean {
  const isOk = (drop: DropEvidence | null): boolean => drop !== null && drop.drop <= drop.tolerance
  return !doLabelsLag(since) && realised?.isMature === true && isOk(realised) && isOk(estimate)
}

/** What moved is said once while the drift stands, however often its reading comes and goes. */
function sayNew(turn: Turn, { subjects: said, diagnosis, sinceMs }: Withheld, isNew: boolean, { reasons, evidence, explanation, segment, patienceMs = 0 }: Explained, panesMax: number): void {
  const { inputs } = evidence
  const ofAll = reasons.flatMap(({ subject }) => (subject === 'decision rate' || subject === 'rows' ? [subject] : []))
  const subjects = new Set([...(inputs?.moved ?? []), ...(inputs?.isScoreMoved === true ? ['score'] : []), ...ofAll])
  const fresh = [...subjects].filter((subject) => !said.includes(subject)).sort()
  if (fresh.length === 0 && !isNew) return
  said.push(...fresh)
  const until = diagnosis === untold && patienceMs > 0 ? `at the latest in ${duration(patienceMs - (turn.atMs - sinceMs))}` : `when for ${counted(panesMax, 'pane')} neither can be told`
  recordDecision(turn, {
    decision: 'retrain-withheld', subject: segment === undefined ? 'drift' : `drift in ${segment}`, cause: [diagnosis === untold ? [untold] : [], fresh].flat().join(' '), findings: [...reasons, ...harmFindings(evidence)],
    text: `Drift ${segment === undefined ? '' : `in ${segment} `}stands and no retrain is requested for it (${diagnosis}). ${reasons[0].text} ${explanation} A request goes out as soon as performance falls, on labels or as `
      + `estimated without them, ${until}, or when anything but drift asks.`,
  })
}

/** Both readings of performance as findings: a drop, and what would be too much. */
const harmFindings = ({ realised, estimate }: Evidence): Finding[] => [
  ...(realised === null ? [] : [harmFinding('realised', realised)]), ...(estimate === null ? [] : [harmFinding('estimated', estimate)]),
]

const harmFinding = (rule: 'realised' | 'estimated', { metric, value, against, drop, interval, tolerance, labels }: DropEvidence): Finding => ({
  rule, measure: metric, subject: null, threshold: tolerance, fromMs: null, toMs: null,
  reading: { value: drop, n: labels, verdict: 'ok', ...(interval === null ? {} : { interval }) },
  text: `${metric} ${rule === 'realised' ? 'on mature labels' : 'as estimated without labels'} is ${figure(value)}, held against ${figure(against)}: `
    + (drop > 0 ? `a drop of ${figure(drop)} where ${figure(tolerance)} is too much.` : 'no drop.'),
})

/** What a request says of the time that it was withheld; empty where it was not. */
export function withheldText({ state, atMs }: Turn, segment?: string): string {
  const withheld = heldOf(state, segment)
  const as = withheld?.diagnosis === untold ? 'waited for labels that tell its harm' : 'withheld as harmless'
  return withheld === null ? '' : `Drift has been seen, and ${as}, for ${duration(atMs - withheld.sinceMs)} before this.`
}
