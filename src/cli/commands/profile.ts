import { writeFile } from 'node:fs/promises'
import { freeTextOf } from '../../core/drift/free-text.ts'
import type { Profile } from '../../core/records.ts'
import { command, type Cli } from '../command.ts'
import { usage } from '../failure.ts'
import { readJson, unreadable } from '../ndjson.ts'
import { configPath, integerFrom, timeOption, withConfig, type ConfigOption } from '../options.ts'
import { givenRoles, printGuesses, withTable, type TableOptions } from '../table/options.ts'

interface ProfileOptions extends TableOptions, ConfigOption { out: string; bins: number; importances?: string; effectiveFrom?: number; publish?: boolean }

export const profile = command<ProfileOptions>({
  name: 'profile',
  summary: 'Freezes the reference of a version from a table: distributions, score, metrics. What is not told is guessed, and the guesses printed.',
  examples: [
    'steward profile reference.csv --model fraud --version-name v7 --out profile.json',
    "steward profile animals.csv --label animal --scores 'p_*' --out profile.json",
    'steward profile reference.csv.gz --label fraud --score p --segment region --importances importances.json --publish',
  ],
  declare: (program) => {
    withConfig(withTable(program))
      .argument('<table>', 'CSV with a header line, or NDJSON (.ndjson, .jsonl); .gz of both; - for CSV on standard input')
      .option('--out <file>', 'where to write the profile as JSON, - for standard output', '-')
      .option('--bins <n>', 'quantile bins of a numeric feature', integerFrom(2), 10)
      .option('--importances <file>', 'JSON object: feature → importance, of any scale')
      .option('--effective-from <time>', 'in force from the first pane that starts then (default: two panes after publication)', timeOption)
      .option('--publish', 'also publish it to the `profiles` topic of the settings')
  },
  async run(cli, options, path) {
    const [{ loadTable }, { rolesOf, scalarAt }, { buildProfile }, { positiveOf, taskOf }] = await Promise.all([
      import('../table/load.ts'), import('../table/roles.ts'), import('../table/profile.ts'), import('../table/outcome.ts'),
    ])
    const table = await loadTable(path!, cli.io, options.categorical)
    const { roles, guesses } = rolesOf(table, givenRoles(options), ['id', 'time', 'version', 'label', 'score', 'decision'])
    printGuesses(cli.io, table.path, guesses)
    const label = roles.label === null ? null : table.columns[roles.label]
    const task = label === null ? (roles.classScores === undefined ? 'binary' : 'multiclass') : taskOf(label, roles)
    const positive = label === null || task !== 'binary' ? true : positiveOf(label, options.positive ?? null)
    printGuesses(cli.io, table.path, [
      { role: 'task', text: task === 'binary' && label !== null ? `binary, positive is ${String(positive)}` : task }, { role: 'features', text: roles.features.join(', ') },
    ])
    if (table.rows === 0) throw unreadable(table.path, 'it has no rows')
    const built = buildProfile(table, roles, {
      model: options.model!, version: String((roles.version === null ? null : scalarAt(table.columns[roles.version], 0)) ?? options.versionName!),
      effectiveFromMs: options.effectiveFrom ?? null,
      task, positive, threshold: options.threshold, bins: options.bins, scoreBins: 200, importances: await importances(options, cli),
      labelAt: (row) => (label === null ? null : scalarAt(label, row)), rows: null,
    })
    for (const name of freeTextOf(built.features)) {
      cli.io.err(`notice   ${table.path}  ${name}: its values hardly ever repeat; as an id or free text it is read for missing values and types alone\n`)
    }
    for (const line of segmentNotices(built)) cli.io.err(`notice   ${table.path}  ${line}\n`)
    const { kind: _kind, ...record } = built
    const text = `${JSON.stringify(record, null, 2)}\n`
    if (options.out === '-') await cli.io.out(text)
    else await write(options.out, text)
    if (options.publish) await publish(cli, options, record)
    return 0
  },
})

/** What drift by segment will not be read of, and why. */
function segmentNotices({ segments = {}, subgroups, features }: Profile): string[] {
  const [known, lacking] = [Object.keys(segments), Object.keys(subgroups).filter((key) => segments[key] === undefined)]
  const isScoreAlone = known.length > 0 && Object.keys(features).length > 0 && known.every((key) => Object.keys(segments[key].features).length === 0)
  return [
    ...(lacking.length === 0 ? [] : [`${lacking.slice(0, 5).join(', ')}${lacking.length > 5 ? ` and ${lacking.length - 5} more` : ''}: too few rows for a reference, so no drift will be read there`]),
    ...(isScoreAlone ? [`${known.length} segment values of ${Object.keys(features).length} features are too many: of segments the score alone has a reference`] : []),
  ]
}

async function importances({ importances: path }: ProfileOptions, cli: Cli): Promise<Record<string, number> | null> {
  if (path === undefined) return null
  const value = await readJson(path, cli.io)
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject || !Object.values(value).every((importance) => typeof importance === 'number' && Number.isFinite(importance))) {
    throw unreadable(path, 'it must be one JSON object that gives each feature a number')
  }
  return value as Record<string, number>
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: unknown) => {
    throw usage(`cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`)
  })
}

async function publish(cli: Cli, options: ProfileOptions, record: Readonly<Record<string, unknown>>): Promise<void> {
  const { topic, partition, offset } = await (await cli.services()).publishProfile({ config: configPath(cli, options), profile: record })
  cli.io.err(`published  ${topic}/${partition} offset ${offset}\n`)
}
