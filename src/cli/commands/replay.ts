import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { command, type Cli, type ExitCode } from '../command.ts'
import { usage } from '../failure.ts'
import { jsonLine, readNdjson, unreadable } from '../ndjson.ts'
import { paintFor } from '../io.ts'
import { configPath, integerFrom, observedList, timeOption, watched, withConfig, type ConfigOption } from '../options.ts'
import type { ObservedRole } from '../../engine/ports.ts'
import { tableText } from '../render.ts'
import type { CaptureRecord, JournalVerdict, Progress, RunSummary } from '../services.ts'
import { summaryText } from '../summary.ts'
import { givenRoles, printGuesses, withTable, type TableOptions } from '../table/options.ts'

interface ReplayCommandOptions extends TableOptions, ConfigOption {
  journal?: boolean
  task?: string
  csv?: string
  labels?: string
  labelDelay: string
  referenceUntil?: number
  pane?: string
  policy?: string
  partitions: number
  rekey: ObservedRole[]
  out: string
}

export const replay = command<ReplayCommandOptions>({
  name: 'replay',
  summary: 'Runs a capture file, or a table of your own, through the whole program and writes what would have been emitted as NDJSON.',
  examples: [
    'steward replay week.ndjson > events.ndjson',
    'steward replay week.ndjson --policy what-if.yaml --partitions 4 --out events.ndjson',
    'steward replay --csv predictions.csv --labels labels.csv --reference-until 2026-03-01 --policy fraud.yaml',
    "steward replay --csv animals.csv --label animal --scores 'p_*'",
    'steward replay --journal --config steward.yaml',
  ],
  exits: { 0: 'replayed; with --journal: every hash is equal', 1: 'with --journal: a hash differs, or the journal could not be followed to its end' },
  declare: (program) => {
    withConfig(withTable(program))
      .argument('[capture]', 'NDJSON that `steward capture` wrote, .gz too, - for standard input')
      .option('--csv <file>', 'a table of predictions in place of a capture: CSV or NDJSON, .gz of both')
      .option('--labels <file>', 'table of labels by id (default: the label column of --csv)')
      .option('--label-delay <duration>', 'when a label without a time of its own is known, after its prediction', '0s')
      .option('--reference-until <time>', 'rows before it make the profile and are not replayed', timeOption)
      .option('--pane <duration>', 'length of a pane (default: what fits the table)')
      .option('--policy <file>', 'settings file (default: the policies in the capture, else what fits)')
      .option('--partitions <n>', 'splits the input as a cluster with so many would', integerFrom(1), 1)
      .option('--rekey <topics>', 'copy these topics under their inference ids first, as `rekey: true` in the settings does (default: those of the capture with other keys)', observedList, [])
      .option('--out <file>', 'where to write the events, - for standard output', '-')
      .option('--journal', 'executes what a cluster did again, from its topics and journal, and compares the hashes; --out <file> keeps what it emitted')
      .option('--task <name>', 'with --journal: only this task, as observe-0')
  },
  async run(cli, options, capture) {
    if (options.journal === true) {
      if (capture !== undefined || options.csv !== undefined) throw usage('`steward replay --journal` reads the topics that the settings name, not a capture file or table')
      return replayJournal(cli, options)
    }
    if (options.task !== undefined) throw usage('--task names a task of a journal; give it with --journal')
    if ((capture === undefined) === (options.csv === undefined)) throw usage('`steward replay` reads one of two: a capture file, or --csv with a table')
    const services = await cli.services()
    const input = capture === undefined ? await fromTable(cli, options, options.csv!) : { records: fromCapture(cli, capture), defaults: {}, total: null }
    const out = openOut(cli, options.out)
    const summary = await watched(cli, async (watch, clear) => {
      const records = counted(input.records, input.total, watch.onProgress)
      let summary: RunSummary | null = null
      const { policy = null, partitions, rekey } = options
      for await (const item of services.replay({ records, policy, defaults: input.defaults, partitions, rekey, ...watch })) {
        if (cli.io.outIsTerminal) clear()
        if (item.item === 'record') await out.write(jsonLine(item.record))
        else summary = item.summary
      }
      return summary
    }).finally(() => out.close())
    if (summary !== null) cli.io.err(summaryText(summary))
    return 0
  },
})

async function replayJournal(cli: Cli, options: ReplayCommandOptions): Promise<ExitCode> {
  const services = await cli.services()
  const out = options.out === '-' ? null : openOut(cli, options.out)
  const verdicts: JournalVerdict[] = []
  await watched(cli, async (watch) => {
    const wanted = { config: configPath(cli, options), task: options.task ?? null, outputs: out !== null, ...watch }
    for await (const item of services.replayJournal(wanted)) {
      if (item.item === 'task') verdicts.push(item.verdict)
      else await out!.write(jsonLine(item.record))
    }
  }).finally(() => out?.close())
  const rows = verdicts.map(({ task, epochs, records, statesEqual, outputsEqual }) => [task, epochs, records, statesEqual, outputsEqual])
  await cli.io.out(tableText(['task', 'epochs', 'records', 'state hashes equal', 'outputs equal'], rows, paintFor(cli.io)))
  for (const { task, remarks } of verdicts) for (const remark of remarks) await cli.io.out(`${task}: ${remark}\n`)
  return verdicts.some(({ epochs }) => epochs > 0) && verdicts.every(({ isEqual }) => isEqual) ? 0 : 1
}

interface ReplayInput { records: AsyncIterable<CaptureRecord>; defaults: Record<string, unknown>; total: number | null }

async function* fromCapture(cli: Cli, path: string): AsyncGenerator<CaptureRecord> {
  let line = 0
  for await (const value of readNdjson(path, cli.io)) {
    line += 1
    const record = value as Partial<CaptureRecord> | null
    if (typeof record?.topic !== 'string' || typeof record.timestampMs !== 'number') {
      throw unreadable(path, `record ${line} lacks "topic" or "timestampMs": is it a capture file?`)
    }
    yield { ...record, key: record.key ?? null } as CaptureRecord
  }
}

async function fromTable(cli: Cli, options: ReplayCommandOptions, path: string): Promise<ReplayInput> {
  const [{ loadTable }, { rolesOf }, { replayTable }, { parseSpan }] = await Promise.all([
    import('../table/load.ts'), import('../table/roles.ts'), import('../table/replay.ts'), import('../table/span.ts'),
  ])
  const policyPaneMs = await paneOfPolicy(cli, options)
  const predictions = await loadTable(path, cli.io, options.categorical)
  const given = givenRoles(options)
  const own = options.labels === undefined ? null : await loadTable(options.labels, cli.io, [])
  // with two tables an option may name a column of either
  const namedIn = (table: { names: readonly string[] }, column: string | undefined) => (table.names.includes(column ?? '') ? column : undefined)
  const { roles, guesses } = rolesOf(predictions, own === null ? given : { ...given, label: namedIn(predictions, given.label) },
    ['id', 'time', 'version', 'label', 'score', 'decision'])
  printGuesses(cli.io, path, guesses)
  const labels = own === null ? null
    : { table: own, ...rolesOf(own, { id: given.id, label: given.label, time: namedIn(own, given.time) }, ['id', 'time', 'label']) }
  if (labels !== null) printGuesses(cli.io, options.labels!, labels.guesses)
  const replayed = replayTable({
    predictions, roles, labels, model: options.model!, version: options.versionName!, positive: options.positive ?? null, threshold: options.threshold,
    referenceUntilMs: options.referenceUntil ?? null, labelDelayMs: parseSpan(options.labelDelay, '--label-delay'),
    paneMs: options.pane === undefined ? null : parseSpan(options.pane, '--pane'), ...(policyPaneMs === null ? {} : { policyPaneMs }),
  })
  printGuesses(cli.io, path, replayed.guesses)
  return { records: replayed.records, defaults: replayed.policy, total: replayed.count }
}

/** The pane that the policy of this model sets in the file that --policy names; null where it has none there. */
async function paneOfPolicy(cli: Cli, { policy, pane, model }: ReplayCommandOptions): Promise<number | null> {
  if (policy === undefined) return null
  const own = (await (await cli.services()).readPolicies(policy, null)).find(({ policy: { model: name } }) => name === model)
  if (own !== undefined && pane !== undefined) throw usage(`${policy} sets the pane of '${model}', \`time.pane\`: change it there, or leave --pane out`)
  return own === undefined ? null : own.policy.time.paneMs
}

async function* counted(records: AsyncIterable<CaptureRecord>, total: number | null, onProgress: (progress: Progress) => void): AsyncGenerator<CaptureRecord> {
  let done = 0
  for await (const record of records) {
    yield record
    done += 1
    if (done % 1000 === 0 || done === total) onProgress({ phase: 'reading', done, total })
  }
}

interface Out { write(text: string): Promise<void>; close(): Promise<void> }

function openOut(cli: Cli, path: string): Out {
  if (path === '-') return { write: (text) => cli.io.out(text), close: () => Promise.resolve() }
  const file = createWriteStream(path)
  const failed = new Promise<never>((_, reject) => file.on('error', (error) => reject(usage(`cannot write ${path}: ${error.message}`))))
  failed.catch(() => undefined)
  return {
    write: (text) => file.write(text) ? Promise.resolve() : Promise.race([failed, new Promise<void>((resolve) => file.once('drain', resolve))]),
    close: () => Promise.race([failed, finished(file.end())]),
  }
}
