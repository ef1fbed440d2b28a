/** Streams of errors that a detector reads: of all outcomes and, where labels have two classes, of each actual class by itself. */
import { addToBlocks, createErrorBlocks } from '../../detectors/error-blocks.ts'
import { detectors } from '../../detectors/table.ts'
import type { Detector } from '../../detectors/detector.ts'
import { largerDesignEffect } from '../../metrics/entities.ts'
import { classDesignEffect } from '../../metrics/entity-sums.ts'
import { codeAt } from '../../panes/merge.ts'
import type { VersionSummary } from '../../panes/summary.ts'
import type { ModelPolicy, UnitUse } from '../../policy.ts'
import { member, resolveParams } from '../../unit.ts'
import { canonicalJson } from '../../hash.ts'
import type { ClassStream, DetectorState } from '../state.ts'

/** Actual classes in the order of a state's `classes`, as a person calls them. */
export const classNames = ['negatives', 'positives'] as const

/**
 * Whether errors are told apart by actual class: of binary models, unless the policy pools them. Labels of acted inferences alone do not serve: of these a positive
 * is always right and a negative always wrong.
 */
export const isByClass = ({ task, labels, performance }: ModelPolicy): boolean => task === 'binary' && labels.exist !== 'actedOnly' && performance.errorStreams !== 'pooled'

const unitOf = (name: string): Detector => member('detector', detectors as unknown as Record<string, Detector>, name)

export function startDetector({ unit: name, params: given }: UnitUse, byClass: boolean): DetectorState {
  const params = canonicalJson(given)
  return withStreams({ unit: name, params, ...startStream(name, params), alarmMs: null, blocks: createErrorBlocks(), questionedMs: null }, byClass)
}

function startStream(name: string, params: string): ClassStream {
  const unit = unitOf(name)
  return { state: unit.init(resolveParams(unit, JSON.parse(params) as Record<string, unknown>)), n: 0, errors: 0, designEffect: 1 }
}

/** The state with the streams that the policy asks for. Of errors gathered without their class nothing is known by class: these begin here. */
export function withStreams({ classes, ...held }: DetectorState, byClass: boolean): DetectorState {
  const { unit, params, blocks } = held
  if (!byClass) return { ...held, blocks: { n: blocks.n, errors: blocks.errors } }
  if (classes !== undefined && blocks.positive !== undefined) return { ...held, classes }
  return { ...held, blocks: createErrorBlocks(true), questionedMs: null, classes: [startStream(unit, params), startStream(unit, params)] }
}

/** What one stream brought in a pane. */
export interface StreamPane {
  /** null: of all outcomes */
  of: (typeof classNames)[number] | null
  hasAlarmed: boolean
  n: number
  errors: number
  before: { n: number; errors: number }
}

/** Feeds one pane to the detector and the blocks behind it, and says what came of each stream, all outcomes first. */
export function feedStreams(held: DetectorState, { errorSequence: sequence, outcomes }: Pick<VersionSummary, 'errorSequence' | 'outcomes'>): StreamPane[] {
  const { unit: name, params, blocks, classes } = held
  const unit = unitOf(name)
  const resolved = resolveParams(unit, JSON.parse(params) as Record<string, unknown>)
  const panes = [startPane(held, null), ...(classes ?? []).map((stream, c) => startPane(stream, classNames[c]))]
  const see = (stream: ClassStream, pane: StreamPane, error: number): void => {
    const detector = stream.state as { alarms: number; n: number; alarmed: boolean }
    const alarms = detector.alarms
    unit.update(detector, error, resolved)
    pane.hasAlarmed ||= detector.alarms > alarms
    pane.n += 1
    pane.errors += error
  }
  for (let i = 0; i < sequence.n; i++) {
    const code = codeAt(sequence, i)
    const [error, actual] = [code & 1, code >> 1]
    see(held, panes[0], error)
    if (classes !== undefined) see(classes[actual], panes[1 + actual], error)
    addToBlocks(blocks, error, actual)
  }
  settle(held, panes[0], designEffectOf(outcomes, null))
  classes?.forEach((stream, c) => settle(stream, panes[1 + c], designEffectOf(outcomes, c)))
  return panes
}

const startPane = ({ n, errors }: ClassStream, of: StreamPane['of']): StreamPane => ({ of, hasAlarmed: false, n: 0, errors: 0, before: { n, errors } })

function settle(stream: ClassStream, { n, errors }: StreamPane, designEffect: number): void {
  if (n > 0) stream.designEffect = (stream.designEffect * stream.n + designEffect * n) / (stream.n + n)
  stream.n += n
  stream.errors += errors
}

/** How much outcomes of one entity resemble each other, of all or within an actual class, where they name any. */
function designEffectOf(outcomes: VersionSummary['outcomes'], ofClass: number | null): number {
  if (outcomes?.kind === 'multiclass' && ofClass === null) return classDesignEffect(1, outcomes)
  if (outcomes?.kind !== 'binary') return 1
  const { byEntity, confusion: [tp, fp, fn, tn], n } = outcomes
  if (ofClass === null) return largerDesignEffect(1, byEntity, (a, b, c, d) => [b + c, a + b + c + d], n)
  return ofClass === 1 ? largerDesignEffect(1, byEntity, (a, _, c) => [c, a + c], tp + fn) : largerDesignEffect(1, byEntity, (_, b, __, d) => [b, b + d], fp + tn)
}
