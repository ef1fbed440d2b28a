import type { ConsideredDiagnosis, Finding, RankedFeature } from '../../core/records.ts'
import { duration } from '../../core/text.ts'
import { command, type Cli } from '../command.ts'
import { usage } from '../failure.ts'
import { paintFor, type Paint } from '../io.ts'
import { jsonLine, readNdjson } from '../ndjson.ts'
import { configPath, withConfig, withJson, type ConfigOption } from '../options.ts'
import { findingText, numberText, timeText } from '../render.ts'
import type { CaptureRecord, FoundEvent } from '../services.ts'

interface ExplainOptions extends ConfigOption { file?: string; json?: boolean }

export const explain = command<ExplainOptions>({
  name: 'explain',
  summary: 'Prints why an event was sent: readings, bounds, policy, cause, and where it is in the log.',
  examples: ['steward explain 5f0c1a92', 'steward explain 5f0c1a92 --file demo-out/events.ndjson'],
  exits: { 1: 'failed, or there is no event with that id' },
  declare: (program) => {
    withJson(withConfig(program), 'print the event and its decision as JSON')
      .argument('<id>', 'id of the event, or of a decision; a unique beginning will do with --file')
      .option('--file <file>', 'look in an NDJSON file that demo, replay or capture wrote, - for standard input')
  },
  async run(cli, options, id) {
    const found = options.file === undefined
      ? await (await cli.services()).findEvent({ config: configPath(cli, options), id: id!, signal: cli.io.interrupted() })
      : await findInFile(cli, options.file, id!)
    if (found.event === null && found.decision === null) {
      cli.io.err(`There is no event '${id}' ${options.file === undefined ? 'in the log any more, or yet' : `in ${options.file}`}.\n`)
      return 1
    }
    await cli.io.out(options.json ? jsonLine(found) : foundText(found, paintFor(cli.io), options.file === undefined))
    return 0
  },
})

async function findInFile(cli: Cli, file: string, id: string): Promise<FoundEvent> {
  let event: CaptureRecord | null = null
  let decision: CaptureRecord | null = null
  const ids = new Set<string>()
  for await (const line of readNdjson(file, cli.io)) {
    const record = line as CaptureRecord
    const value = valueOf(record)
    if (value.kind === 'decision') {
      if (starts(value.id, id) || starts(value.eventId, id)) decision ??= record
    } else if (starts(value.id, id)) {
      event ??= record
      ids.add(value.id as string)
    }
  }
  if (ids.size > 1 && !ids.has(id)) throw usage(`${ids.size} events of ${file} begin with '${id}': ${[...ids].slice(0, 12).join(', ')}${ids.size > 12 ? ', …' : ''}`)
  return { event, decision }
}

const starts = (value: unknown, id: string): boolean => typeof value === 'string' && value.startsWith(id)

function valueOf(record: CaptureRecord): Record<string, unknown> {
  const value = (record as Partial<CaptureRecord> | null)?.value
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {}
}

function foundText({ event, decision }: FoundEvent, paint: Paint, isFromLog: boolean): string {
  return [event === null ? '' : recordText(event, paint, isFromLog), decision === null ? '' : recordText(decision, paint, isFromLog)].filter((text) => text !== '').join('\n')
}

/** What every event has, then what this kind has, in the words of the record. */
function recordText(record: CaptureRecord, paint: Paint, isFromLog: boolean): string {
  const value = valueOf(record)
  const findings = (['reasons', 'gates', 'findings'] as const).flatMap((name) => (Array.isArray(value[name]) ? value[name] as Finding[] : []))
  const facts = Object.entries(value).filter(([key, fact]) => !shownAlready.has(key) && fact !== null && typeof fact !== 'object' && fact !== '')
  const at = typeof value.at === 'number' ? timeText(value.at) : timeText(record.timestampMs)
  const { topic, partition, offset, key } = record
  const where = `${topic}${partition === undefined ? '' : `/${partition}`}${offset === undefined ? '' : ` offset ${offset}`}`
  const name = `${String(value.decision ?? value.kind ?? topic)} of ${String(value.model ?? key)}`
  return [
    `${paint('bold', name)}  ${at}${value.advisory === true ? '  (advisory: nothing acts on it)' : ''}`,
    ...(typeof value.text === 'string' && value.text !== '' ? [`  ${value.text}`] : []),
    ...facts.map(([key, fact]) => `  ${key.padEnd(18)} ${factText(key, fact)}`),
    `  ${'written to'.padEnd(18)} ${where}`,
    ...(isFromLog ? replayLine(record) : []),
    ...diagnosisLines(value, paint),
    ...findings.map((finding) => `  ${findingText(finding, paint).trimEnd()}`),
  ].map((line) => `${line}\n`).join('')
}

/** What the diagnosis looked at, row by row, and the features it blames. */
function diagnosisLines({ considered, features }: Record<string, unknown>, paint: Paint): string[] {
  const rows = (Array.isArray(considered) ? considered : []) as ConsideredDiagnosis[]
  const blamed = (Array.isArray(features) ? features : []) as RankedFeature[]
  return [
    ...rows.map(({ name, outcome, text }) => `  ${outcome === 'named' ? paint('bold', outcome.padEnd(9)) : outcome.padEnd(9)}  ${name}: ${text}`),
    ...blamed.map(({ feature, measure, value, excess, importanceShare, correlation }, i) =>
      `  ${`${i + 1}.`.padEnd(4)}${feature}: ${measure} ${numberText(value)}, ${numberText(excess)} times its level; importance ${numberText(importanceShare)}`
      + (correlation === null ? '' : `; correlation with the loss ${numberText(correlation)}`)),
  ]
}

/** The command that comes to the same event again, for an event that a task of a cluster wrote. */
function replayLine({ headers, offset }: CaptureRecord): string[] {
  const task = headers?.['steward-origin']?.split(' ')[0]
  return task === undefined || offset === undefined ? [] : [`  ${'replayed by'.padEnd(18)} steward replay --journal --task ${task} --out outputs.ndjson`]
}

const shownAlready = new Set(['kind', 'decision', 'model', 'at', 'advisory', 'text'])

function factText(key: string, fact: unknown): string {
  if (typeof fact !== 'number' || !key.endsWith('Ms')) return String(fact)
  return /(From|To|Until|^since)Ms$/.test(key) ? timeText(fact) : duration(fact)
}
