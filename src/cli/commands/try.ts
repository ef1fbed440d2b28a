import type { TrialOptions } from '../../core/try/input.ts'
import type { ListedParam, ListedUnit } from '../../core/try/list.ts'
import { UnitError } from '../../core/unit.ts'
import { command, type Cli, type ExitCode } from '../command.ts'
import { usage } from '../failure.ts'
import { paintFor, type Paint } from '../io.ts'
import { jsonLine, readNdjson, unreadable } from '../ndjson.ts'
import { collect, integerFrom, jsonOption, numberOption, withJson } from '../options.ts'

interface TryOptions {
  params?: string
  input: string
  csv?: string
  column?: readonly string[]
  reference?: string
  truth?: string
  every?: number
  threshold?: number
  window?: number
  list?: boolean
  json?: boolean
}

export const tryCommand = command<TryOptions>({
  name: 'try',
  summary: 'Runs one unit over NDJSON or a CSV table and prints NDJSON: how to choose one before enabling it.',
  examples: [
    'steward try --list detectors',
    'seq 0 1 | steward try detectors adwin --params \'{"delta": 0.01}\'',
    'steward try detectors page-hinkley --csv errors.csv --column error --truth changes.txt',
    'steward try metrics roc-auc --csv scored.csv --column y=fraud --column score=p --every 1000',
    'steward try metrics recall --input scored.ndjson --params \'{"window": "time", "windowMs": 3600000}\'',
    'steward try learners logistic --csv phishing.csv --column y=is_phishing --every 250',
    'steward try drift psi --csv this-week.csv --reference last-month.csv --column amount',
    'steward try estimation cbpe --csv this-week.csv --reference last-month.csv --column score=p --column y=fraud',
  ],
  declare: (program) => {
    withJson(program, 'with --list: print one JSON object a unit')
      .argument('[family]', 'detectors, drift, metrics, learners or estimation')
      .argument('[unit]', 'name in the family, as --list shows it')
      .option('--list', 'show the units (of the family) with their parameters and defaults')
      .option('--params <json>', 'parameters of the unit, like \'{"delta": 0.01}\'')
      .option('--input <file>', 'NDJSON to read, .gz too, - for standard input', '-')
      .option('--csv <file>', 'read a table with a header line in place of NDJSON')
      .option('--column <[field=]name>', 'column of the table for a field of the line; repeatable. Alone: the value itself', collect)
      .option('--reference <file>', 'table with the reference sample, for drift, or with labelled rows, for estimation')
      .option('--truth <file>', 'change points of the stream, one index a line or a JSON list, for detectors')
      .option('--every <k>', 'a reading every k lines, besides the one at the end, for metrics and learners', integerFrom(1))
      .option('--threshold <p>', 'score from which a decision is positive, for metrics and cbpe (default 0.5)', numberOption)
      .option('--window <n>', 'newest lines that a metric covers', integerFrom(1))
  },
  run: (cli, options, family, unit) => options.list ? list(cli, options, family) : trial(cli, options, family, unit),
})

async function list({ io }: Cli, { json }: TryOptions, family: string | undefined): Promise<ExitCode> {
  const { listUnits } = await import('../../core/try.ts')
  const paint = paintFor(io)
  for (const unit of asUsage(() => listUnits(family))) await io.out(json ? jsonLine(unit) : unitText(unit, paint))
  return 0
}

function unitText({ family, name, summary, source, params }: ListedUnit, paint: Paint): string {
  return `${paint('bold', `${family} ${name}`)}  ${summary}\n  source: ${source}\n${params.map((param) => `  ${paramText(param)}\n`).join('')}\n`
}

function paramText({ name, type, default: value, min, max, choices, doc }: ListedParam): string {
  const bounds = [...(min === undefined ? [] : [`from ${min}`]), ...(max === undefined ? [] : [`to ${max}`]), ...(choices ?? []).map((choice) => `'${choice}'`)].join(' ')
  return `${name} = ${JSON.stringify(value)}  (${type}${bounds === '' ? '' : `, ${bounds}`}): ${doc}`
}

async function trial(cli: Cli, options: TryOptions, family: string | undefined, unit: string | undefined): Promise<ExitCode> {
  if (family === undefined || unit === undefined) {
    throw usage('`steward try` needs a family and a unit, like `steward try detectors adwin`. `steward try --list` shows them all')
  }
  const { tryUnit } = await import('../../core/try.ts')
  const params = options.params === undefined ? {} : jsonOption(options.params, '--params') as Record<string, unknown>
  const settings = await trialOptions(cli, options)
  const running = asUsage(() => tryUnit(family, unit, params, settings))
  let lineNumber = 0
  for await (const value of await linesOf(cli, options, family)) {
    lineNumber += 1
    for (const line of atLine(options, lineNumber, () => running.line(value))) await cli.io.out(jsonLine(line))
  }
  for (const line of asUsage(() => [...running.end()])) await cli.io.out(jsonLine(line))
  const notice = running.notice?.() ?? null
  if (notice !== null) cli.io.err(`${notice}\n`)
  return 0
}

async function trialOptions({ io }: Cli, { truth, every, threshold, window }: TryOptions): Promise<TrialOptions> {
  const options: TrialOptions = { every, threshold, window }
  return truth === undefined ? options : { ...options, truth: await readTruth(truth, io) }
}

async function readTruth(path: string, io: Cli['io']): Promise<number[]> {
  const points: unknown[] = []
  for await (const value of readNdjson(path, io)) points.push(...(Array.isArray(value) ? value as unknown[] : [value]))
  if (points.every((point): point is number => Number.isInteger(point))) return points
  throw unreadable(path, 'it must hold indices of change points: whole numbers, one a line or in a JSON list')
}

async function linesOf(cli: Cli, options: TryOptions, family: string): Promise<AsyncIterable<unknown>> {
  if (options.csv === undefined) {
    if (options.column !== undefined || options.reference !== undefined) throw usage('--column and --reference go with --csv')
    return readNdjson(options.input, cli.io)
  }
  const { csvLines } = await import('../table/csv-lines.ts')
  return csvLines(cli.io, { path: options.csv, family, columns: options.column ?? [], reference: options.reference ?? null })
}

/** A mistake in naming or setting a unit is one of usage. */
function asUsage<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw error instanceof UnitError ? usage(error.message) : error
  }
}

function atLine<T>({ csv, input }: TryOptions, lineNumber: number, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw error instanceof UnitError ? unreadable(csv ?? input, `${csv === undefined ? 'value' : 'row'} ${lineNumber}: ${error.message}`) : error
  }
}
