/** Missing, unseen, non-finite, out-of-range or otherwise typed values in alarm are a fault of the pipeline, whoever asks for what. */
import { isGathering } from '../../calibration/level.ts'
import { counted } from '../../text.ts'
import type { DriftSight } from '../../triggers/trigger.ts'
import { closeIncident, openIncident } from '../announce.ts'
import { isFaultMeasure } from './evidence.ts'
import type { PaneReadings } from '../readings.ts'
import type { Turn } from '../turn.ts'

const faultIncident = 'pipeline-fault'
/** Panes in a row without a fault after which its incident closes. */
const calmPanes = 3
/** Features that its sentence names. */
const namedMax = 10
/** Stands for all of the traffic. */
const whole = ''

/** Opens and closes the incidents of the newest pane. A fault that comes and goes is one incident, which names every feature it has seen. */
export function notePipelineFaults(turn: Turn, { drift }: PaneReadings): void {
  const broken = drift.flatMap(({ features }) => features).filter(({ readings }) =>
    readings.some(({ measure, reading }) => isFaultMeasure(measure) && reading.verdict === 'alarm'))
  const inSegments = brokenSegments(drift)
  const names = lasting(turn, whole, broken.map(({ feature }) => feature))
  noteSegments(turn, inSegments, names)
  if (names.length === 0) return closeIncident(turn, faultIncident)
  openIncident(turn, {
    incident: faultIncident, severity: 'warning', owner: 'data',
    cause: `${changed(names)}${whereText(inSegments, names)}; look at what feeds them before retraining.`,
  })
}

/** What an incident names now: the features it named before and these, until enough panes had none. */
function lasting({ state }: Turn, segment: string, features: readonly string[]): string[] {
  const held = state.faults?.[segment]
  const calm = features.length > 0 ? 0 : (held?.calm ?? calmPanes) + 1
  const { [segment]: _, ...others } = state.faults ?? {}
  const names = calm >= calmPanes ? [] : [...new Set([...(held?.features ?? []), ...features])].sort()
  const faults = names.length === 0 ? others : { ...others, [segment]: { features: names, calm } }
  if (Object.keys(faults).length > 0) state.faults = faults
  else delete state.faults
  return names
}

/** Features whose values are broken, by segment whose features are read; of a segment whose panes are still being gathered nothing is known. */
function brokenSegments(drift: readonly DriftSight[]): Map<string, Set<string>> {
  const broken = new Map<string, Set<string>>()
  for (const { segment, features } of drift.flatMap(({ segments = [] }) => segments).filter(({ features }) => features.length > 0)) {
    const held = broken.get(segment) ?? new Set()
    broken.set(segment, held)
    for (const { feature, readings } of features) {
      if (readings.some(({ measure, reading }) => isFaultMeasure(measure) && reading.verdict === 'alarm' && !isGathering(reading))) held.add(feature)
    }
  }
  return broken
}

/** Which segments a fault of the whole comes from, where it is some of those that are read and not all. */
function whereText(broken: ReadonlyMap<string, ReadonlySet<string>>, names: readonly string[]): string {
  const where = [...broken].filter(([, features]) => names.some((name) => features.has(name))).map(([segment]) => segment).sort()
  return where.length === 0 || where.length === broken.size ? '' : ` (of the segments that are read, in ${where.join(', ')})`
}

/** Faults of one segment in features that are not broken in the whole: there nobody would look for a part of the traffic. */
function noteSegments(turn: Turn, all: ReadonlyMap<string, ReadonlySet<string>>, ofWhole: readonly string[]): void {
  const open = Object.keys(turn.state.incidents).flatMap((key) => (key.startsWith(`${faultIncident} `) ? [key.slice(faultIncident.length + 1)] : []))
  for (const segment of [...new Set([...open, ...all.keys()])].sort()) {
    const names = lasting(turn, segment, [...(all.get(segment) ?? [])].filter((feature) => !ofWhole.includes(feature)))
    if (names.length === 0) closeIncident(turn, faultIncident, segment)
    else openIncident(turn, {
      incident: faultIncident, subject: segment, severity: 'warning', owner: 'data', cause: `In ${segment} alone: ${changed(names)}; look at what feeds them there before retraining.`,
    })
  }
}

const changed = (names: readonly string[]): string =>
  `Missing, unseen, non-finite, out-of-range or otherwise typed values changed in ${counted(names.length, 'feature')}: ${names.slice(0, namedMax).join(', ')}`
