/** What metrics are read from, out of panes: one pane's part of each kind, and windows of panes as one. */
import type { MulticlassOutcomes } from '../metrics/class-outcomes.ts'
import { effectiveOutcomes, effectiveRows, scaled } from '../metrics/fading.ts'
import type { AnyOutcomes, Metric } from '../metrics/metric.ts'
import type { BinaryOutcomes } from '../metrics/outcomes.ts'
import { rowKinds } from '../metrics/rows.ts'
import type { MetricWindow } from '../policy.ts'
import { createDigest, mergeDigest } from '../sketches/digest.ts'
import { clonePlain, sameList } from './merge.ts'
import type { PaneSummary } from './summary.ts'

/** A window of panes as one. */
export interface PaneWindow {
  /** null: no pane in it holds any of this kind */
  outcomes: AnyOutcomes | null
  /** start of its oldest pane; the end of the newest where none is in it */
  fromMs: number
  /** outcomes in it, each counted once */
  n: number
  /** (Σw)² / Σw² of their weights; n where they all weigh the same */
  effectiveN: number
  /** panes on other score bins or classes than the newest: they stay out */
  leftOut: number
}

/**
 * A pane's part of what a metric of this kind needs: null where the pane has none of it. Labels are those that came in the pane, of the acted predictions of
 * every version; all else is of `version`. What it shares with the pane must not be changed.
 */
export function outcomesIn(pane: PaneSummary, needs: Metric['needs'], version: string): AnyOutcomes | null {
  if (needs === 'labelling') return delaysIn(pane)
  const summary = pane.versions[version]
  if (summary === undefined) return null
  if (needs === 'latency') return summary.latency.n === 0 ? null : { kind: 'latency', digest: summary.latency }
  if (needs === 'cost') {
    const { costCount, costSum, costSquareSum = NaN } = summary // summed before squares were: the mean stands, without an interval
    return costCount === 0 ? null : { kind: 'cost', n: costCount, costSum, costSquareSum }
  }
  return summary.outcomes.n === 0 ? null : summary.outcomes
}

function delaysIn({ labelDelay }: PaneSummary): AnyOutcomes | null {
  const digest = createDigest()
  for (const actual of Object.keys(labelDelay).sort()) mergeDigest(digest, labelDelay[actual])
  return digest.n === 0 ? null : { kind: 'labelling', n: digest.n, digest }
}

const countOf = (outcomes: AnyOutcomes): number => outcomes.kind === 'latency' ? outcomes.digest.n : outcomes.n

/**
 * Folds panes into one, newest first, to the whole pane. Faded by `alpha` a pane weighs (1 − alpha) to the power of the outcomes in newer ones, by a half-life
 * ½ to the power of its age over it; within a pane all outcomes weigh the same. Source: Cormode et al. 2009; effective n Kish 1965.
 * @param panes by start, ascending, none after `endMs`; a pane on other score bins than the newest stays out and is counted
 */
export function foldPanes(panes: readonly PaneSummary[], endMs: number, needs: Metric['needs'], version: string, window: MetricWindow): PaneWindow {
  const sums: PaneWindow = { outcomes: null, fromMs: endMs, n: 0, effectiveN: 0, leftOut: 0 }
  const weights = { weight: 1, sum: 0, squareSum: 0 }
  for (let i = panes.length - 1; i >= 0 && !isBeyond(window, sums.n, panes[i], endMs); i--) {
    const part = outcomesIn(panes[i], needs, version)
    if (part === null) continue
    const weight = weightOf(window, sums.n, endMs - panes[i].endMs)
    if (weight < weightMin) break
    if (!add(sums, part, weight)) {
      sums.leftOut += 1
      continue
    }
    sums.fromMs = panes[i].startMs
    sums.n += countOf(part)
    weights.sum += weight * countOf(part)
    weights.squareSum += weight * weight * countOf(part)
  }
  if (window.form !== 'faded' || sums.outcomes === null) return { ...sums, effectiveN: sums.n }
  return { ...sums, outcomes: effectiveOutcomes(sums.outcomes, weights), effectiveN: effectiveRows(weights) }
}

/** A pane that weighs less than this against the newest changes no digit. */
const weightMin = 1e-12

/** A window of time takes every pane that it reaches into. */
function isBeyond(window: MetricWindow, n: number, pane: PaneSummary, endMs: number): boolean {
  return window.form === 'count' ? n >= window.count : window.form === 'time' && pane.endMs <= endMs - window.spanMs
}

function weightOf(window: MetricWindow, since: number, ageMs: number): number {
  if (window.form !== 'faded') return 1
  return 'alpha' in window ? (1 - window.alpha) ** Math.max(0, since) : 2 ** (-ageMs / window.halfLifeMs)
}

/** False where the two cannot be added. */
function add(sums: PaneWindow, part: AnyOutcomes, weight: number): boolean {
  const weighted = weight === 1 ? part : scaled(part, weight)
  if (sums.outcomes === null) {
    sums.outcomes = clonePlain(weighted)
    return true
  }
  if (!isMergeable(sums.outcomes, weighted)) return false
  rowKinds[part.kind].merge(sums.outcomes, weighted)
  return true
}

function isMergeable(a: AnyOutcomes, b: AnyOutcomes): boolean {
  if (a.kind !== b.kind) return false
  if (a.kind === 'binary') return sameList(a.scoreEdges, (b as BinaryOutcomes).scoreEdges)
  return a.kind !== 'multiclass' || a.classesMax === (b as MulticlassOutcomes).classesMax
}
