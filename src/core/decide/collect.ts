/** Which panes are whole: parts wait until every observe task has passed the end of their pane, or is final. */
import type { PaneBroadcast, PaneSummary } from '../panes/summary.ts'
import type { Parts } from '../parts.ts'
import type { ModelState, OpenPane } from './state.ts'
import { modelPart, pendingPart } from './state.ts'
import { modelState, seenModels, type Turn } from './turn.ts'

interface TaskProgress {
  /** null: it has never spoken, though others have */
  streamTimeMs: number | null
  atLogEnd: boolean
  isFinal: boolean
  /** ticks since its last broadcast */
  silentTicks: number
}

/** Part `tasks`: by observe task, what it last said. */
type Tasks = Record<string, TaskProgress>

/** Ticks come once a second. */
const tickMs = 1_000

const tasksOf = (parts: Parts): Tasks => parts.get<Tasks>('tasks') ?? {}

/** Stream time of a task never goes back, and what is final stays so until it is reopened. */
export function noteBroadcast(parts: Parts, { task, streamTimeMs, atLogEnd, final }: PaneBroadcast): void {
  const held = tasksOf(parts)[task]
  const progress: TaskProgress = {
    streamTimeMs: Math.max(streamTimeMs, held?.streamTimeMs ?? streamTimeMs), atLogEnd, isFinal: final || (held?.isFinal ?? false), silentTicks: 0,
  }
  parts.put('tasks', { ...tasksOf(parts), [task]: progress })
}

/** A task that was final goes on in another run: panes wait for it again. */
export function noteReopened(parts: Parts, task: number): void {
  const held = tasksOf(parts)[task]
  if (held?.isFinal) parts.put('tasks', { ...tasksOf(parts), [task]: { ...held, isFinal: false, silentTicks: 0 } })
}

/** One tick passes for every task that is not final, once any of them has spoken. Returns the largest silence. */
export function countSilence(parts: Parts, upstreamTasks: number): number {
  const tasks = tasksOf(parts)
  if (Object.keys(tasks).length === 0) return 0
  for (let task = 0; task < upstreamTasks; task++) tasks[task] ??= { streamTimeMs: null, atLogEnd: false, isFinal: false, silentTicks: 0 }
  const live = Object.values(tasks).filter(({ isFinal }) => !isFinal)
  if (live.length === 0) return 0
  for (const progress of live) progress.silentTicks += 1
  parts.put('tasks', tasks)
  return Math.max(...live.map(({ silentTicks }) => silentTicks))
}

/** Stream time that every task has passed; Infinity when all are final, −Infinity while one has not spoken. `ignoring` leaves out tasks that are silent. */
export function passedMs(parts: Parts, upstreamTasks: number, ignoring: (silentTicks: number) => boolean = () => false): number {
  const tasks = tasksOf(parts)
  let least = Infinity
  for (let task = 0; task < upstreamTasks; task++) {
    const progress = tasks[task]
    if (progress !== undefined && (progress.isFinal || ignoring(progress.silentTicks))) continue
    least = Math.min(least, progress?.streamTimeMs ?? -Infinity)
  }
  return least
}

/** Whether a silence has outlasted the grace, which counts ticks. */
export const isPastGrace = (silentTicks: number, paneGraceMs: number): boolean => silentTicks * tickMs >= paneGraceMs

/** Keeps one task's part of a pane; a part of a pane that was read already is counted and not used. */
export function keepPart(parts: Parts, summary: PaneSummary): void {
  const { model, startMs, endMs, task } = summary
  const state = modelState(parts, model)
  if (state.paneEndMs !== null && endMs <= state.paneEndMs) {
    state.lateParts += 1
    return
  }
  parts.put(pendingPart(model, startMs, task), summary)
  const held = state.open.find((open) => open.startMs === startMs)
  if (held === undefined) state.open = [...state.open, { startMs, endMs, tasks: [task], isPartial: false }].sort((a, b) => a.startMs - b.startMs)
  else if (!held.tasks.includes(task)) held.tasks = [...held.tasks, task].sort((a, b) => a - b)
}

/** Panes that end at or before a time, by start, then model. */
export function wholePanes(parts: Parts, passed: number): { model: string; pane: OpenPane }[] {
  return seenModels(parts)
    .flatMap((model) => parts.get<ModelState>(modelPart(model))!.open.filter(({ endMs }) => endMs <= passed).map((pane) => ({ model, pane })))
    .sort((a, b) => a.pane.startMs - b.pane.startMs || (a.model < b.model ? -1 : a.model > b.model ? 1 : 0))
}

export const partsOf = ({ parts, model }: Turn, { startMs, tasks }: OpenPane): PaneSummary[] => tasks.map((task) => parts.get<PaneSummary>(pendingPart(model, startMs, task))!)

export function dropParts({ parts, model, state }: Turn, { startMs, tasks }: OpenPane): void {
  for (const task of tasks) parts.delete(pendingPart(model, startMs, task))
  state.open = state.open.filter((open) => open.startMs !== startMs)
}

export const taskView = (parts: Parts): unknown => tasksOf(parts)
