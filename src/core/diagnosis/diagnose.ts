/** Names what the evidence of a model means together, and the remedy. The first row whose signs are all there decides. */
import type { Advice, ConsideredDiagnosis } from '../records.ts'
import type { Evidence } from './evidence.ts'
import {
  doDetectorsAgree, doLabelsLag, doesAucHold, doesEstimateFall, doesEstimateHold, doesNothingElseFall, doesPrevalenceExplain, doesRealisedFall, doesRealisedHold, isArrivalSlower, isBelowEstimate,
  isBroken, isImmature, isInputMoved, isLabelRateMoved, isOnlyDrift, type Sign,
} from './signs.ts'

interface Row {
  name: string
  advice: Advice | ((evidence: Evidence) => Advice)
  signs: readonly ((evidence: Evidence) => Sign)[]
}

/** A fall beyond this many tolerances is more than fine-tuning mends. */
const fineTuneTolerances = 2

/** In order of precedence. */
export const rows: readonly Row[] = [
  { name: 'pipeline fault', advice: 'fix-data', signs: [isBroken] },
  { name: 'label delay', advice: 'wait', signs: [isArrivalSlower, isImmature] },
  { name: 'prior shift', advice: 'recalibrate', signs: [isLabelRateMoved, doesAucHold, doesPrevalenceExplain] },
  { name: 'harmless covariate drift', advice: 'none', signs: [isInputMoved, doesEstimateHold, doesRealisedHold, doesNothingElseFall, isOnlyDrift] },
  {
    name: 'harmful covariate drift', signs: [isInputMoved, doesEstimateFall, doesRealisedFall],
    advice: ({ realised }) => (realised !== null && realised.drop <= fineTuneTolerances * realised.tolerance ? 'fine-tune' : 'full'),
  },
  { name: 'concept drift', advice: 'full', signs: [isBelowEstimate, doDetectorsAgree] },
]

/** What a request can be when no row fits: it is no drift that has a name. */
const others = {
  drop: { name: 'performance drop', advice: 'full', text: 'Performance fell and a new model is due; which drift it is cannot be told.' },
  refresh: { name: 'refresh', advice: 'full', text: 'It is due whatever the data say: a wish by calendar, by new labels or by a person is no drift.' },
  undetermined: { name: 'undetermined', advice: 'review', text: 'No row of the table fits: a person should look.' },
} as const

export interface Diagnosis {
  name: string
  advice: Advice
  /** a few sentences for a person: the evidence that decided, and what could not be told */
  text: string
  /** every row looked at, in order, up to and with the one that fits */
  considered: ConsideredDiagnosis[]
}

/** Looks at the rows in order. A row whose signs are not all known is passed, and said to be open: nothing is named on what was not measured. */
export function diagnose(evidence: Evidence): Diagnosis {
  const considered: ConsideredDiagnosis[] = []
  for (const { name, advice, signs } of rows) {
    const seen = signs.map((sign) => sign(evidence))
    const outcome = seen.some(({ is }) => is === 'no') ? 'ruled-out' : seen.some(({ is }) => is === 'unknown') ? 'open' : 'named'
    const said = { 'ruled-out': 'no', open: 'unknown', named: 'yes' } as const
    const text = seen.filter(({ is }) => is === said[outcome]).map((sign) => sign.text).join(' ')
    considered.push({ name, outcome, text })
    if (outcome === 'named') return { name, advice: typeof advice === 'function' ? advice(evidence) : advice, text, considered }
  }
  const { text, ...other } = others[otherOf(evidence)]
  return { ...other, text: `${text}${earlyText(evidence)}${openText(considered)}`, considered }
}

function otherOf(evidence: Evidence): keyof typeof others {
  if (evidence.rules.includes('performance') || doesRealisedFall(evidence).is === 'yes') return 'drop'
  return isOnlyDrift(evidence).is === 'no' ? 'refresh' : 'undetermined'
}

/** What scores promise while labels are awaited: it names nothing, but tells a person what to expect. */
function earlyText(evidence: Evidence): string {
  const { estimate, since, realised } = evidence
  const isEarly = realised?.isMature !== true || doLabelsLag(since)
  return isEarly && (estimate ?? since?.estimate ?? null) !== null ? ` ${doesEstimateFall(evidence).text}` : ''
}

/** Sentences that several open rows share are said once. */
function openText(considered: readonly ConsideredDiagnosis[]): string {
  const open = considered.filter(({ outcome }) => outcome === 'open')
  return open.length === 0 ? '' : ` Left open: ${open.map(({ name }) => name).join(', ')}.`
}
