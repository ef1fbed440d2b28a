/** From a pending multiclass prediction and the class that turned out to be true to what the sums of a pane take, and back out of a closed one. */
import { addClassScored, type ClassScoreCounts, type PlacedScores } from '../estimation/class-score-counts.ts'
import { blankClassRow, type ClassRing } from '../join/class-ring.ts'
import { addMulticlass, type ClassOutcome, type MulticlassOutcomes } from '../metrics/class-outcomes.ts'
import type { ClassCorrection, CorrectedClass, VersionSummary } from '../panes/summary.ts'
import type { ClassTable } from './class-table.ts'

/** One outcome by place among the classes that the model keeps apart. */
export interface ClassedOutcome extends ClassOutcome {
  /** names by place */
  kept: readonly string[]
}

/** Reuses one row and one outcome for every record. */
export class ClassBook {
  private readonly row = blankClassRow()
  private readonly outcome: ClassedOutcome = { truth: 0, prediction: 0, truthScore: -1, scores: new Float64Array(0), scoresAt: 0, kept: [] }

  /** Valid until the next call. @param actual code of the true class */
  outcomeOf(table: ClassTable, ring: ClassRing, position: number, actual: number): ClassedOutcome {
    const { outcome, row } = this
    ring.read(position, row)
    const { classesMax } = table
    const [truth, prediction] = [table.placeOf(actual), table.placeOf(row.decision)]
    if (outcome.scores.length !== classesMax) outcome.scores = new Float64Array(classesMax)
    outcome.kept = table.kept
    outcome.truth = truth
    outcome.prediction = truth === classesMax && prediction === classesMax && actual !== row.decision ? classesMax + 1 : prediction
    outcome.truthScore = row.count < 0 ? -1 : 0
    outcome.scores.fill(0)
    for (let i = 0; i < row.count; i++) {
      const place = table.placeOf(row.codes[i])
      if (place < classesMax) outcome.scores[place] = row.scores[i]
      if (row.codes[i] === actual) outcome.truthScore = row.scores[i]
    }
    return outcome
  }

  /** What decide needs to put a closed pane right. @param before, after codes of the true class; NaN for none */
  correctionOf(table: ClassTable, ring: ClassRing, position: number, before: number, after: number): ClassCorrection {
    const { row } = this
    ring.read(position, row)
    const sent = Array.from({ length: Math.max(0, row.count) }, (_, i) => i).filter((i) => table.nameOf(row.codes[i]) !== null)
    const corrected = (actual: number): CorrectedClass | null => Number.isNaN(actual) ? null : {
      name: table.nameOf(actual), isRight: actual === row.decision, score: row.count < 0 ? -1 : this.scoreOf(actual),
    }
    return {
      decision: table.nameOf(row.decision), before: corrected(before), after: corrected(after),
      names: sent.map((i) => table.nameOf(row.codes[i])!), scores: Float64Array.from(sent, (i) => row.scores[i]),
    }
  }

  private scoreOf(code: number): number {
    const { codes, scores, count } = this.row
    const at = codes.subarray(0, count).indexOf(code)
    return at < 0 ? 0 : scores[at]
  }
}

/** Counts a decision for a class, by the model's table, in an open pane; one that an older program opened counts none. */
export function addDecided(version: VersionSummary, table: ClassTable, code: number): void {
  if (version.decidedClasses === undefined) return
  version.decided! += 1
  const place = table.placeOf(code)
  if (place === table.classesMax) return
  const { names, counts } = version.decidedClasses
  if (place >= names.length) for (let i = names.length; i < table.kept.length; i++) names.push(table.kept[i])
  counts[place]++
}

/** Counts the scores of the record that the table took last. */
export function addScores(counts: ClassScoreCounts, table: ClassTable, code: number): void {
  const { codes, scores, count } = table.row
  if (placed.places.length < count) placed.places = new Uint32Array(2 * count)
  for (let i = 0; i < count; i++) placed.places[i] = table.placeOf(codes[i])
  placed.count = count
  placed.scores = scores
  placed.decision = table.placeOf(code)
  addClassScored(counts, placed, table.kept)
}

/** Room for one record, filled before it is read: no state. */
const placed: PlacedScores & { places: Uint32Array } = { count: 0, places: new Uint32Array(16), scores: new Float64Array(0), decision: 0 }

/** Adds an outcome to the sums of an open pane, whose classes are those of the model's table, in its order. */
export function addClassed(outcomes: MulticlassOutcomes, outcome: ClassedOutcome, weight: 1 | -1): void {
  for (let place = outcomes.classes.length; place < outcome.kept.length; place++) outcomes.classes.push(outcome.kept[place])
  addMulticlass(outcomes, outcome, weight)
}
