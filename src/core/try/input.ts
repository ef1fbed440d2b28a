import type { Reading } from '../reading.ts'
import { UnitError } from '../unit.ts'

/** One run of a unit over lines of input. What it returns is for one line of output each. */
export interface Trial {
  /** @throws UnitError that says what is wrong with the line and what to write instead */
  line(value: unknown): unknown[]
  end(): unknown[]
  /** a sentence about what lines hold and the unit does not read; null where there is no such thing, or nobody looks */
  notice?(): string | null
}

/** Settings of a trial besides the unit's own parameters; a family refuses those that mean nothing to it. */
export interface TrialOptions {
  /** lines between two readings; without it there is one at the end */
  every?: number
  /** indices of the first value after each real change, for detectors */
  truth?: readonly number[]
  /** a score from here up is a positive decision, for metrics of lines without one; default .5 */
  threshold?: number
  /** newest lines that a metric covers, ROC AUC then exactly; without it all lines count */
  window?: number
}

/** The fault of a line: what was wanted, with an example, and what was there. */
export function badLine(wanted: string, found: unknown): UnitError {
  const text = found === undefined ? 'nothing' : typeof found === 'number' ? String(found) : JSON.stringify(found)
  return new UnitError(`expected ${wanted}, found ${text.length > 120 ? `${text.slice(0, 117)}…` : text}`)
}

/** An object that is not a list. */
export function record(value: unknown, wanted: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badLine(wanted, value)
  return value as Record<string, unknown>
}

export function finite(value: unknown, wanted: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw badLine(wanted, value)
  return value
}

/** 0 or 1, also written false or true. */
export function bit(value: unknown, wanted: string): 0 | 1 {
  if (value === 1 || value === true) return 1
  if (value === 0 || value === false) return 0
  throw badLine(wanted, value)
}

/** A reading as one flat line of output: what the unit knows besides stands beside the value. */
export function flatReading({ detail, ...reading }: Reading): Record<string, unknown> {
  return { ...reading, ...detail }
}

/** Refuses options that are set and not among `known`. */
export function onlyOptions(family: string, options: TrialOptions, known: readonly (keyof TrialOptions)[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !known.includes(name as keyof TrialOptions)) {
      throw new UnitError(`'${name}' means nothing to ${family}: leave it out${known.length === 0 ? '' : ` (they take ${known.join(', ')})`}`)
    }
  }
}

/** Lines between two readings: Infinity when there is to be one at the end only. */
export function linesBetweenReadings({ every }: TrialOptions): number {
  return every === undefined ? Infinity : wholeLines('every', every)
}

/** A count of lines given as an option. */
export function wholeLines(option: string, lines: number): number {
  if (!Number.isInteger(lines) || lines < 1 || lines > 10_000_000) throw new UnitError(`'${option}' must be a whole number of lines from 1 to 10000000, not ${lines}`)
  return lines
}
