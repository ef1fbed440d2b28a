/** Mean run lengths without change by simulation, and the setting of a detector that gives one. */
import type { Detector } from '../../src/core/detectors/detector.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import { resolveParams } from '../../src/core/unit.ts'
import type { Dial } from './contenders.ts'

/** A stream starts afresh after so many labels, so that what a detector gathers over years does not count. */
const streamLabels = 100_000

export interface RunLength {
  labels: number
  alarms: number
}

/** Labels a false alarm; that of one alarm where there was none, which is then a lower bound. */
export const runLengthOf = ({ labels, alarms }: RunLength): number => labels / Math.max(1, alarms)

/** Alarms over so many labels at a steady error rate; stops after `alarmsMax`. */
export function runLength(detector: Detector, given: Record<string, number>, rate: number, labels: number, seed: number, alarmsMax = Infinity): RunLength {
  const params = resolveParams(detector, given)
  const random = seeded(seed)
  let [seen, alarms] = [0, 0]
  while (seen < labels && alarms < alarmsMax) {
    const state = detector.init(params)
    const end = Math.min(streamLabels, labels - seen)
    while (state.n < end && alarms + state.alarms < alarmsMax) detector.update(state, Number(uniform(random) < rate), params)
    seen += state.n
    alarms += state.alarms
  }
  return { labels: seen, alarms }
}

export interface Matched {
  value: number
  runLength: number
}

/** halvings of the dial, the first of them on a sixth of the labels */
const [coarseSteps, steps] = [6, 13]

/** The setting of the dial whose mean run length comes nearest to the target, and that run length, simulated on labels of its own. */
export function matchRunLength(detector: Detector, dial: Dial, given: Record<string, number>, rate: number, target: number, labels: number, seed: number): Matched {
  const at = (value: number, own: number, count = labels): number =>
    runLengthOf(runLength(detector, { ...given, [dial.param]: value }, rate, count, own, Math.ceil((4 * count) / target)))
  let [low, high] = [0, 1]
  let best: Matched = { value: settingAt(dial, 0), runLength: 0 }
  for (let i = 0; i < steps; i++) {
    const middle = (low + high) / 2
    const value = settingAt(dial, middle)
    const isCoarse = i < coarseSteps
    const found = at(value, seed, isCoarse ? Math.ceil(labels / 6) : labels)
    if (!isCoarse && distance(found, target) < distance(best.runLength, target)) best = { value, runLength: found }
    if (found < target) low = middle
    else high = middle
  }
  return { value: best.value, runLength: at(best.value, seed + 1) }
}

const distance = (found: number, target: number): number => found === 0 ? Infinity : Math.abs(Math.log(found / target))

/** The setting a share of the way from loud to quiet. */
function settingAt({ loud, quiet, even, whole }: Dial, share: number): number {
  const value = even === 'value' ? loud + share * (quiet - loud) : loud * (quiet / loud) ** share
  return whole ? Math.round(value) : value
}
