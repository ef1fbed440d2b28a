/** The options by which `profile` and `replay --csv` learn which column is what. */
import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { collect, numberOption } from '../options.ts'
import type { GivenRoles, Guess } from './roles.ts'

export interface TableOptions extends GivenRoles {
  model?: string
  /** `--version-name`: of rows without a version column */
  versionName?: string
  versionColumn?: string
  positive?: string
  threshold: number
  categorical?: readonly string[]
}

export const withTable = (program: Command): Command => program
  .option('--id <column>', 'the inference id')
  .option('--time <column>', 'time of the prediction: ISO 8601, or epoch seconds or milliseconds')
  .option('--score <column>', 'probability of the positive class, or the regression value')
  .option('--scores <columns>', 'of several classes the probability of each: p_* (the class is the rest of the name), or cat=p1,dog=p2')
  .option('--decision <column>', 'what was decided (default: the score against --threshold, or the likeliest class)')
  .option('--label <column>', 'what turned out to be true')
  .option('--version-column <column>', 'the version that predicted')
  .option('--segment <column>', 'a segment for subgroups; repeatable', collect)
  .option('--exclude <column>', 'neither a feature nor anything else; repeatable', collect)
  .option('--categorical <column>', 'a category although it holds numbers; repeatable', collect)
  .option('--model <name>', 'name of the model', 'model')
  .option('--version-name <version>', 'version of rows without a version column', 'v1')
  .option('--positive <value>', 'the label that counts as positive')
  .option('--threshold <p>', 'score from which a decision is positive', numberOption, 0.5)

export function givenRoles({ versionColumn, id, time, score, scores, decision, label, segment, exclude }: TableOptions): GivenRoles {
  return { id, time, score, scores, decision, label, version: versionColumn, segment, exclude }
}

export function printGuesses(io: Io, table: string, guesses: readonly Guess[]): void {
  for (const { role, text } of guesses) io.err(`guessed  ${table}  ${role}: ${text}\n`)
}
