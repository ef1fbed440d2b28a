/**
 * References that move on: the newest panes before the longest window (`rolling`), or all of them since the bins of the version are in force (`expanding`).
 * A pane comes in when it leaves the longest window, so that no window is compared with itself. Panes are kept merged, in blocks: at most a dozen and a few
 * of them however many panes there are, and the oldest goes as a whole. Parts `trailing/<model>` and `trailing/<model>/<block>`.
 */
import { addFeatureSummaries, addSummary, clonePlain } from '../../panes/merge.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import type { ModelPolicy } from '../../policy.ts'
import type { FeatureSummary, NumericSummary } from '../../sketches/feature.ts'
import { trailingBlockPart, trailingPart } from '../state.ts'
import { isOnSameBins, onBins } from './on-bins.ts'
import type { Turn } from '../turn.ts'

type TrailingKind = 'rolling' | 'expanding'

interface Trailing {
  /** kind, version and layout of the features: another one starts afresh */
  key: string
  /** of the version's scores; null before the first */
  scoreLayout: string | null
  /** panes of each block, oldest first */
  blocks: number[]
  /** number of the oldest block */
  first: number
}

/** What the panes of one block hold together. */
interface Block {
  records: number
  features: Record<string, FeatureSummary>
  score: NumericSummary | null
}

/** The reference, or how far it is. */
export interface TrailingReference extends Block {
  kind: TrailingKind
  panes: number
  wanted: number
}

/** Blocks that a rolling reference is kept in: it holds up to a twelfth more panes than are wanted. */
const blocksWanted = 12

const kindOf = ({ profile: { reference } }: ModelPolicy): TrailingKind | null => reference === 'rolling' || reference === 'expanding' ? reference : null
const keyOf = (kind: TrailingKind, version: string, layout: string): string => `${kind} ${version} ${layout}`
const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

/** Takes in a pane that has left the longest window. */
export function gatherTrailing(turn: Turn, pane: PaneSummary): void {
  const { parts, model, policy } = turn
  const kind = kindOf(policy)
  if (kind === null) {
    if (parts.get(trailingPart(model)) !== undefined) drop(turn)
    return
  }
  const found = onBins(turn, pane)
  if (found === null) return
  const { version, layout, features, seen } = found
  const trailing = heldFor(turn, keyOf(kind, version, layout), seen?.scoreLayout ?? null)
  const into = blockFor(turn, trailing, kind)
  into.records += Math.max(features === undefined ? 0 : pane.featureRecords, pane.versions[version]?.predictions ?? 0)
  if (features !== undefined) addFeatureSummaries(into.features, features.features)
  if (seen !== undefined && into.score === null) into.score = clonePlain(seen.score)
  else if (seen !== undefined) addSummary(into.score!, seen.score)
  if (kind === 'rolling') forgetBlocks(turn, trailing)
}

/** What has been gathered on these bins, to go on with; nothing where it was on others. */
function heldFor(turn: Turn, key: string, scoreLayout: string | null): Trailing {
  const { parts, model } = turn
  const held = parts.get<Trailing>(trailingPart(model))
  const fits = held !== undefined && isOnSameBins(held, key, scoreLayout)
  if (!fits) drop(turn)
  const trailing = fits ? held : { key, scoreLayout, blocks: [], first: 0 }
  trailing.scoreLayout ??= scoreLayout
  parts.put(trailingPart(model), trailing)
  return trailing
}

/** The newest block, which has one pane more now; a new one where that is full. An expanding reference is one block. */
function blockFor({ parts, model, policy }: Turn, { blocks, first }: Trailing, kind: TrailingKind): Block {
  const full = kind === 'expanding' ? Infinity : Math.ceil(policy.profile.referencePanes / blocksWanted)
  if (blocks.length === 0 || blocks[blocks.length - 1] >= full) {
    blocks.push(0)
    parts.put(trailingBlockPart(model, first + blocks.length - 1), { records: 0, features: {}, score: null } satisfies Block)
  }
  blocks[blocks.length - 1] += 1
  const name = trailingBlockPart(model, first + blocks.length - 1)
  parts.touch(name)
  return parts.get<Block>(name)!
}

function forgetBlocks({ parts, model, policy }: Turn, trailing: Trailing): void {
  while (sum(trailing.blocks) - trailing.blocks[0] >= policy.profile.referencePanes) {
    parts.delete(trailingBlockPart(model, trailing.first))
    trailing.blocks.shift()
    trailing.first += 1
  }
}

function drop({ parts, model }: Turn): void {
  const held = parts.get<Trailing>(trailingPart(model))
  held?.blocks.forEach((_, i) => parts.delete(trailingBlockPart(model, held.first + i)))
  parts.delete(trailingPart(model))
}

/**
 * What this version's drift is read against once `panes` reach `wanted`; what it holds before that is empty. Null where the policy asks for no such reference.
 * What is returned shares nothing with the state.
 */
export function trailingReference({ parts, model, policy }: Turn, version: string, layout: string): TrailingReference | null {
  const kind = kindOf(policy)
  if (kind === null) return null
  const held = parts.get<Trailing>(trailingPart(model))
  const found: TrailingReference = { kind, panes: 0, wanted: policy.profile.referencePanes, records: 0, features: {}, score: null }
  if (held === undefined || held.key !== keyOf(kind, version, layout)) return found
  found.panes = sum(held.blocks)
  if (found.panes < found.wanted) return found
  for (let i = 0; i < held.blocks.length; i++) addBlock(found, parts.get<Block>(trailingBlockPart(model, held.first + i))!)
  return found
}

function addBlock(into: Block, { records, features, score }: Block): void {
  into.records += records
  addFeatureSummaries(into.features, features)
  if (score !== null && into.score === null) into.score = clonePlain(score)
  else if (score !== null) addSummary(into.score!, score)
}
