/** The state of one cohort: part `cohort/<model>/<start>`. */
import type { Arrivals } from '../../maturity/arrivals.ts'
import type { Outcomes } from '../../metrics/outcomes.ts'
import type { Parts } from '../../parts.ts'
import { cohortPart, type ModelState } from '../state.ts'

export interface CohortVersion {
  predictions: number
  /** one a set of score bins: they do not add */
  outcomes: Outcomes[]
  /** when its labels came; absent before the first */
  arrivals?: Arrivals
}

export interface Cohort {
  /** null: everything outside the cohorts kept */
  startMs: number | null
  endMs: number | null
  versions: Record<string, CohortVersion>
  /** the champion's live metrics when the cohort had just passed; null before that */
  live: { version: string; values: Record<string, number | null> } | null
}

/** Cohorts that are kept apart, by start. */
export const keptCohorts = (parts: Parts, { model, cohorts }: Pick<ModelState, 'model' | 'cohorts'>): Cohort[] =>
  cohorts.map((startMs) => parts.get<Cohort>(cohortPart(model, startMs))!)

/** The outcomes on the score bins that hold most of them. */
export const largest = (outcomes: readonly Outcomes[]): Outcomes | undefined => [...outcomes].sort((a, b) => b.n - a.n)[0]
