import { addToChangeSizes, changeSizesOf, startChangeSizes, type ChangeSizes } from '../detectors/change-size.ts'
import { detectionRates, detectionScore, lordenBound, noteAlarm, startEvaluation, type Evaluation } from '../detectors/evaluate.ts'
import type { Detector } from '../detectors/detector.ts'
import { detectors } from '../detectors/table.ts'
import { member, resolveParams } from '../unit.ts'
import { finite, onlyOptions, type Trial, type TrialOptions } from './input.ts'

const wanted = 'a finite number, such as 1 for an error and 0 for none, or a loss like 0.25'

/**
 * Numbers in; `{index, state}` at each warning and alarm, then `{summary}`. Where the truth is given each change comes before the summary:
 * `{change: {index, delay, before, after, bound, timesBound}}`, its delay null when missed, with the mean before it, the mean after it until it was found,
 * and Lorden's bound of the delay.
 */
export function tryDetector(name: string, given: Readonly<Record<string, unknown>>, options: TrialOptions): Trial {
  onlyOptions('detectors', options, ['truth'])
  const detector = member<Detector>('detector', detectors, name)
  const params = resolveParams(detector, given)
  const state = detector.init(params)
  const truth = options.truth === undefined ? null : { evaluation: startEvaluation(options.truth), sizes: startChangeSizes(options.truth) }
  return {
    line(value) {
      const x = finite(value, wanted)
      detector.update(state, x, params)
      const { verdict, n } = detector.read(state, params)
      if (truth !== null) addToChangeSizes(truth.sizes, x, verdict === 'alarm')
      if (verdict !== 'alarm' && verdict !== 'warning') return []
      if (verdict === 'alarm' && truth !== null) noteAlarm(truth.evaluation, n - 1)
      return [{ index: n - 1, state: verdict }]
    },
    end() {
      const { n, alarms } = state
      return truth === null ? [{ summary: { n, alarms } }] : judged(truth.evaluation, truth.sizes, n, alarms)
    },
  }
}

/** The lines of an evaluation. The bound is for the run length that was seen; where no alarm was false, for one as long as the stream. */
function judged(evaluation: Evaluation, sizes: ChangeSizes, n: number, alarms: number): unknown[] {
  const score = detectionScore(evaluation, n)
  const rates = detectionRates(score, n)
  const changes = changeSizesOf(sizes).map(({ before, after, divergence }, i) => {
    const delay = score.delays[i]
    const bound = divergence === null || divergence === 0 ? null : lordenBound(rates.runLength ?? n, divergence)
    return { change: { index: evaluation.changePoints[i], delay, before, after, bound, timesBound: delay === null || bound === null || bound === 0 ? null : delay / bound } }
  })
  return [...changes, { summary: { n, alarms, ...score, ...rates } }]
}
