/** Single statements about the evidence, each with its answer and its sentence. The rows of the table are made of them. */
import { counted, figure, intervalText, percent } from '../text.ts'
import { noPositives, type BrokenFeature, type DropEvidence, type Evidence } from './evidence.ts'

/** `unknown`: not measured, or measured on too little. */
export interface Sign {
  is: 'yes' | 'no' | 'unknown'
  text: string
}

const yes = (text: string): Sign => ({ is: 'yes', text })
const no = (text: string): Sign => ({ is: 'no', text })
const unknown = (text: string): Sign => ({ is: 'unknown', text })

/** z of what is told apart from noise here: one in a thousand, two-sided. */
const z = 3.29
/** Features named in a sentence. */
const namedMax = 5
/** Below this share of the labels to come a prediction's cohort is immature. */
const matureShare = 0.9
/** A rate that changes by less than this share of itself has not moved, however sure that is. */
const rateChangeMin = 0.1

export function isBroken({ broken, volume }: Evidence): Sign {
  const jumpText = ({ feature, measure, jump }: BrokenFeature): string => `${measure} of ${feature} went from ${percent(jump!.before)} to ${percent(jump!.after)}`
  const jumps = (broken ?? []).filter(({ jump, spared }) => jump !== null && spared === undefined)
  if (jumps.length > 0) {
    const named = jumps.slice(0, namedMax).map(jumpText)
    return yes(`${named.join(', ')}${jumps.length > namedMax ? ` and ${counted(jumps.length - namedMax, 'more')}` : ''}, at one instant.`)
  }
  if (volume !== null && volume.jump !== null) return yes(`Traffic went from ${figure(volume.jump.before)} to ${figure(volume.jump.after)} inferences a pane at one instant.`)
  const grown = (broken ?? []).slice(0, namedMax).map((each) => each.spared === undefined ? `${each.measure} of ${each.feature} grew, without a jump` : `${jumpText(each)} at one instant, but ${each.spared}`)
  if (broken === null) return unknown('Data quality is not measured: there is no reference yet.')
  if (volume === null) return unknown(`${grown.length > 0 ? `${grown.join('; ')}. ` : ''}Traffic is not measured: too few panes are kept.`)
  return no(`${grown.length > 0 ? `${grown.join('; ')}; no other` : 'No'} missing, unseen, non-finite or out-of-range values jumped, nor did traffic.`)
}

export function isArrivalSlower({ arrival }: Evidence): Sign {
  if (arrival === null) return unknown('The arrival of labels is not measured: no cohort is past the label horizon yet.')
  const { expected, come, error } = arrival
  const text = `${figure(come)} labels of recent predictions have come where ${figure(Math.round(expected))} were due`
  return expected - come > z * error && come < 0.8 * expected ? yes(`${text}.`) : no(`Labels come as they did: ${text}.`)
}

export function isImmature({ arrival }: Evidence): Sign {
  if (arrival === null) return unknown('Maturity is not measured.')
  const { expected, come, maturity } = arrival
  const come01 = expected > 0 ? maturity * Math.min(1, come / expected) : maturity
  const text = `${percent(come01)} of the labels of recent predictions are in`
  return come01 < matureShare ? yes(`Only ${text}.`) : no(`Cohorts are mature: ${text}.`)
}

export function isLabelRateMoved({ labelRate, positivesRefusal }: Evidence): Sign {
  if (positivesRefusal === noPositives) return no(`There is no label rate: ${noPositives}.`)
  if (labelRate === null) return unknown(`The label rate is not measured: ${positivesRefusal ?? 'too few mature labels before or since'}.`)
  const { before, now, change, error } = rates(labelRate)
  const text = `the label rate is ${percent(now)} where it was ${percent(before)}`
  if (Math.abs(change) > z * error && Math.abs(change) >= rateChangeMin * before) return yes(`${sentence(text)}.`)
  return no(Math.abs(change) >= rateChangeMin * before ? `${sentence(text)}, no more than it varies anyway.` : `The label rate holds: ${text}.`)
}

function rates({ before, now, designEffect }: NonNullable<Evidence['labelRate']>) {
  const [was, is] = [before.positive / before.n, now.positive / now.n]
  const pooled = (before.positive + now.positive) / (before.n + now.n)
  const variance = (n: number) => (designEffect * Math.max(pooled * (1 - pooled), 1 / (before.n + now.n))) / n
  return { before: was, now: is, change: is - was, error: Math.sqrt(variance(before.n) + variance(now.n)), errorNow: Math.sqrt(variance(now.n)) }
}

/**
 * Holds also where no fall shows and the interval is no wider than the tolerance to each side twice: AUC asks for many labels, and that scores explain the
 * label rate says much of the same.
 */
export function doesAucHold({ auc, positivesRefusal }: Evidence): Sign {
  if (auc === null) return unknown(`ROC AUC is not measured: ${positivesRefusal ?? 'too few mature labels'}.`)
  const strict = flipped(fallSign(auc, 'ROC AUC'))
  const { drop, interval, tolerance, value, against } = auc
  if (strict.is !== 'unknown' || interval === null || drop > tolerance || interval[0] > 0 || interval[1] - interval[0] > 4 * tolerance) return strict
  return yes(`ROC AUC is ${figure(value)}, held against ${figure(against)}: no fall shows.`)
}

/** One estimator is enough to explain, if none contradicts: they err differently. */
export function doesPrevalenceExplain({ prevalence, labelRate, positivesRefusal }: Evidence): Sign {
  const usable = (prevalence ?? []).filter(({ reading }) => reading.value !== null)
  if (usable.length === 0 || labelRate === null) return unknown(`Prevalence is not estimated: ${positivesRefusal ?? 'scores and labels do not suffice'}.`)
  const { before, now, change, errorNow } = rates(labelRate)
  const judged = usable.map(({ method, reading }) => {
    const error = Number(reading.detail?.standardError ?? 0)
    const gap = Math.abs(reading.value! - now)
    const follows = (reading.value! - before) / change >= 0.5
    const near = gap <= Math.max(z * Math.hypot(error, errorNow), 0.25 * Math.abs(change))
    return { text: `${method} puts prevalence at ${percent(reading.value!)} from the scores alone`, is: z * error > Math.abs(change) ? 'unknown' : follows && near ? 'yes' : 'no' }
  })
  const text = `${judged.map((each) => each.text).join(', ')}; labels say ${percent(now)}.`
  if (judged.some(({ is }) => is === 'no')) return no(`Scores do not explain the label rate: ${text}`)
  return judged.some(({ is }) => is === 'yes') ? yes(`Scores explain the label rate: ${text}`) : unknown(`The prevalence estimate is too wide: ${text}`)
}

export function isInputMoved({ inputs, rules }: Evidence): Sign {
  if (inputs === null || (inputs.read === 0 && !rules.includes('drift'))) return unknown('Drift is not measured: there is no reference, or too little data since.')
  const { moved, importanceShare, shareMin, isSevere, isScoreMoved, rowsMoved = null } = inputs
  const named = moved.slice(0, namedMax).join(', ') + (moved.length > namedMax ? ` and ${moved.length - namedMax} more` : '')
  const text = moved.length === 0 ? '' : `${named} moved, ${percent(importanceShare)} of the importance`
  if ((moved.length > 0 && importanceShare >= shareMin) || isSevere || isScoreMoved || rowsMoved !== null || rules.includes('drift')) {
    return yes(`${[text, isScoreMoved ? 'the score moved' : '', rowsMoved === null ? '' : `how features go together moved (${rowsMoved})`].filter((part) => part !== '').join('; ') || 'The drift rule still stands'}.`)
  }
  return no(text === '' ? 'Neither features nor score moved.' : `Only ${text}, where ${percent(shareMin)} matters.`)
}

export const doesEstimateHold = (evidence: Evidence): Sign => flipped(doesEstimateFall(evidence))
/** Of the predictions that labels are held against and of the newest, which may have moved further; where labels do not reach what moved, of the newest alone. */
export function doesEstimateFall({ since, ...evidence }: Evidence): Sign {
  const newest = since === null ? null : estimateSign({ ...since, estimator: evidence.estimator })
  if (newest !== null && (doLabelsLag(since) || newest.is === 'yes')) return newest
  return estimateSign(evidence)
}

function estimateSign({ estimate, estimateRefusal, estimator = 'CBPE' }: Pick<Evidence, 'estimate' | 'estimateRefusal' | 'estimator'>): Sign {
  if (estimate !== null) return fallSign(estimate, `${estimate.metric} as estimated without labels`, 'prediction')
  return unknown(`Performance is not estimated without labels (${estimator})${estimateRefusal === null ? '' : `: ${estimateRefusal}`}.`)
}

/** Of the labelled predictions, the share made since inputs moved without which they do not tell of that. */
const labelledShareMin = 0.5

/** Labels are mostly of predictions made before the drift was seen. */
export const doLabelsLag = (since: Evidence['since']): boolean => since !== null && since.labelledShare < labelledShareMin

export const doesRealisedHold = (evidence: Evidence): Sign => flipped(doesRealisedFall(evidence))
/** That performance holds is told by labels that are nearly all in, and of predictions made since inputs moved; a fall may be told by any. */
export function doesRealisedFall({ realised, since }: Evidence): Sign {
  if (realised === null) return unknown('Realised performance is not measured: no performance rule, no claim, or too few labels.')
  const sign = fallSign(realised, `${realised.metric} on labels`)
  if (sign.is !== 'no') return sign
  if (since !== null && doLabelsLag(since)) return unknown(`${sign.text} But only ${percent(since.labelledShare)} of these predictions were made since the drift was seen.`)
  return realised.isMature === true ? sign : unknown(`${sign.text} But ${realised.isMature === false ? 'not all labels are in' : 'whether all labels are in is not known'}.`)
}

/**
 * On mature labels the metric lies below what was estimated without them, beyond both intervals. Where neither features nor score moved the estimate, which
 * depends on nothing else, would be the claim: then that stands in for one that is not measured.
 */
export function isBelowEstimate(evidence: Evidence): Sign {
  const { realised, estimate } = evidence
  if (realised === null) return doesRealisedFall(evidence)
  if (realised.isMature !== true) {
    return realised.isMature === false ? no(`The labels behind ${realised.metric} are not mature.`) : unknown(`Whether the labels behind ${realised.metric} are mature is not known.`)
  }
  if (estimate === null) {
    const inputs = isInputMoved(evidence)
    if (inputs.is !== 'no') return unknown(`${evidence.estimator ?? 'CBPE'} cannot be read, and with inputs that moved the claim cannot stand in for it.`)
    const fall = doesRealisedFall(evidence)
    return { ...fall, text: `${fall.text} ${inputs.text} So an estimate without labels would still be the claim.` }
  }
  return gapSign(realised, estimate)
}

function gapSign(realised: DropEvidence, estimate: DropEvidence): Sign {
  const gap = realised.drop - estimate.drop
  const text = `${realised.metric} on mature labels is ${figure(realised.value)} where ${figure(estimate.value)} was estimated without them`
  if (realised.metric !== estimate.metric) return unknown(`${estimate.metric} is estimated without labels, ${realised.metric} is what labels are read for: they cannot be compared.`)
  if (realised.interval === null || estimate.interval === null) return unknown(`${text}, without an interval.`)
  const noise = noiseOf(realised.interval, estimate.interval)
  if (gap - noise > 0) return yes(`${sentence(text)}.`)
  return gap + noise < realised.tolerance ? no(`${sentence(text)}: labels are no worse.`) : unknown(`${sentence(text)}: not told apart from noise.`)
}

/** A detector that fired, or a gap that needs none: beyond the tolerance with all of its noise. A detector may well come later than the labels that show it. */
export function doDetectorsAgree({ detectors, realised, estimate }: Evidence): Sign {
  const { fired, watched } = detectors ?? { fired: [], watched: [] }
  if (fired.length > 0) return yes(`${fired.join(', ')} saw errors rise.`)
  const silent = watched.length === 0 ? 'No error detector runs' : `No error detector fired (${watched.join(', ')})`
  if (realised !== null && gapFloor(realised, estimate) > realised.tolerance) return yes(`${silent}, but the gap alone is beyond ${figure(realised.tolerance)}.`)
  return watched.length === 0 ? unknown(`${silent}.`) : no(`${silent}.`)
}

/** What tells of harm beside the one metric that is held against its bound: it may rise where others fall, as recall does when everything is taken for positive. */
export function doesNothingElseFall({ detectors, auc }: Evidence): Sign {
  const fired = detectors?.fired ?? []
  if (fired.length > 0) return no(`${fired.join(', ')} saw errors rise.`)
  const fall = auc === null ? null : fallSign(auc, 'ROC AUC on labels')
  return fall?.is === 'yes' ? no(fall.text) : yes('No error detector fired and no fall of ROC AUC shows.')
}

/** The least that the gap between estimate and labels can be; without an estimate that between claim and labels. */
function gapFloor(realised: DropEvidence, estimate: DropEvidence | null): number {
  if (realised.interval === null) return -Infinity
  if (estimate === null) return realised.interval[0]
  return estimate.interval === null ? -Infinity : realised.drop - estimate.drop - noiseOf(realised.interval, estimate.interval)
}

const noiseOf = (a: readonly [number, number], b: readonly [number, number]): number => Math.hypot((a[1] - a[0]) / 2, (b[1] - b[0]) / 2)

/** A wish that stands whatever the data say. */
export function isOnlyDrift({ rules }: Evidence): Sign {
  const others = rules.filter((rule) => rule !== 'drift' && rule !== 'performance')
  return others.length === 0 ? yes('Nobody but statistics asks.') : no(`It is asked for by ${others.join(', ')} whatever drift says.`)
}

/** `yes` when the whole interval of the drop is beyond the tolerance, `no` when it is within, `unknown` when it spans it. */
function fallSign({ value, against, interval, tolerance, labels }: DropEvidence, name: string, of: 'label' | 'prediction' = 'label'): Sign {
  const where = labels > 0 ? ` over ${figure(labels)} ${of}${labels === 1 ? '' : 's'}` : ''
  const text = `${name} is ${figure(value)}${where}, held against ${figure(against)}`
  if (interval === null) return unknown(`${sentence(text)}, without an interval.`)
  if (interval[0] > tolerance) return yes(`${sentence(text)}: it ${value > against ? 'got worse' : 'fell'}.`)
  return interval[1] <= tolerance ? no(`${sentence(text)}: it holds.`) : unknown(`${sentence(text)}: a drop in${intervalText(interval)}, too wide to tell.`)
}

const flipped = ({ is, text }: Sign): Sign => ({ is: is === 'yes' ? 'no' : is === 'no' ? 'yes' : 'unknown', text })

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
