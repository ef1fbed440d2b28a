/** The life of a version: stages, what moves it between them, and nothing else. The table is the whole truth; code only looks things up. */

export type Stage =
  /** seen in traffic, never announced */
  | 'observed'
  /** announced by a trainer, not judged yet */
  | 'announced'
  /** judged without a decision: a gate is inconclusive, a hold is on, or the baseline is not the champion */
  | 'waiting'
  /** passed its gates; in mode `advise` it stays here until the fleet serves it */
  | 'passed'
  | 'champion'
  /** was champion, gave way to a better one: a rollback may return to it */
  | 'retired'
  | 'rejected'
  /** waited longer than `decideBy` */
  | 'expired'
  /** taken out of service: only a person brings it back */
  | 'rolled-back'

export type Happening =
  | 'announced' | 'gates-passed' | 'gates-failed' | 'gates-undecided' | 'decide-by-passed'
  | 'promoted' | 'promoted-by-person' | 'adopted' | 'superseded' | 'rolled-back' | 'restored'

interface Transition {
  from: readonly Stage[]
  on: Happening
  to: Stage
}

export const transitions: readonly Transition[] = [
  { from: ['observed', 'waiting', 'passed', 'rejected', 'expired', 'retired'], on: 'announced', to: 'announced' },
  { from: ['announced', 'waiting'], on: 'gates-passed', to: 'passed' },
  { from: ['announced', 'waiting'], on: 'gates-failed', to: 'rejected' },
  { from: ['announced', 'waiting'], on: 'gates-undecided', to: 'waiting' },
  { from: ['waiting'], on: 'decide-by-passed', to: 'expired' },
  { from: ['passed'], on: 'promoted', to: 'champion' },
  { from: ['observed', 'announced', 'waiting', 'passed', 'retired', 'rejected', 'expired', 'rolled-back'], on: 'promoted-by-person', to: 'champion' },
  { from: ['observed', 'announced', 'waiting', 'passed', 'retired', 'rejected', 'expired', 'rolled-back'], on: 'adopted', to: 'champion' },
  { from: ['champion'], on: 'superseded', to: 'retired' },
  { from: ['champion'], on: 'rolled-back', to: 'rolled-back' },
  { from: ['observed', 'announced', 'waiting', 'passed', 'retired', 'rejected', 'expired', 'rolled-back'], on: 'restored', to: 'champion' },
]

/** Where a version goes from `stage` when this happens; null when nothing leads there. */
export function nextStage(stage: Stage, on: Happening): Stage | null {
  return transitions.find((transition) => transition.on === on && transition.from.includes(stage))?.to ?? null
}
