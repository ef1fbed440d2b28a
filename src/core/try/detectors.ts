import { detectionScore, noteAlarm, startEvaluation } from '../detectors/evaluate.ts'
import type { Detector } from '../detectors/detector.ts'
import { detectors } from '../detectors/table.ts'
import { member, resolveParams } from '../unit.ts'
import { finite, onlyOptions, type Trial, type TrialOptions } from './input.ts'

const wanted = 'a finite number, such as 1 for an error and 0 for none, or a loss like 0.25'

/** Numbers in; `{index, state}` at each warning and alarm, then `{summary}`, held against the truth where that is given. */
export function tryDetector(name: string, given: Readonly<Record<string, unknown>>, options: TrialOptions): Trial {
  onlyOptions('detectors', options, ['truth'])
  const detector = member<Detector>('detector', detectors, name)
  const params = resolveParams(detector, given)
  const state = detector.init(params)
  const evaluation = options.truth === undefined ? null : startEvaluation(options.truth)
  return {
    line(value) {
      detector.update(state, finite(value, wanted), params)
      const { verdict, n } = detector.read(state, params)
      if (verdict !== 'alarm' && verdict !== 'warning') return []
      if (verdict === 'alarm' && evaluation !== null) noteAlarm(evaluation, n - 1)
      return [{ index: n - 1, state: verdict }]
    },
    end() {
      const { n, alarms } = state
      return [{ summary: { n, alarms, ...(evaluation === null ? {} : detectionScore(evaluation, n)) } }]
    },
  }
}
