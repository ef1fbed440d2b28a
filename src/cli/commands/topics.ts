import { command, type Cli, type ExitCode } from '../command.ts'
import { paintFor } from '../io.ts'
import { jsonLine } from '../ndjson.ts'
import { configPath, withConfig, withJson, type ConfigOption } from '../options.ts'
import { verdictText } from '../render.ts'
import type { TopicStatus } from '../services.ts'

interface TopicsOptions extends ConfigOption { json?: boolean }
const declare: NonNullable<ReturnType<typeof command>['declare']> = (program) => { withJson(withConfig(program), 'print one JSON object a topic') }
const exits = { 0: 'every topic is as it should be', 1: 'a topic is missing or differs' }

export const topics = command({
  name: 'topics',
  summary: 'Lists the topics the program reads and writes, or makes those that are missing.',
  examples: ['steward topics list', 'steward topics create'],
  subcommands: [
    command<TopicsOptions>({
      name: 'list', summary: 'Compares every topic with what the settings ask for; changes nothing.', examples: ['steward topics list --json'], exits, declare,
      run: async (cli, options) => report(cli, options, await (await cli.services()).topics({ config: configPath(cli, options) })),
    }),
    command<TopicsOptions>({
      name: 'create', summary: 'Makes missing topics, with the right partition counts and compaction; never alters one that exists.',
      examples: ['steward topics create --config steward.yaml'], exits, declare,
      run: async (cli, options) => report(cli, options, await (await cli.services()).createTopics({ config: configPath(cli, options) })),
    }),
  ],
})

async function report({ io }: Cli, { json }: TopicsOptions, statuses: readonly TopicStatus[]): Promise<ExitCode> {
  const paint = paintFor(io)
  for (const status of statuses) {
    const { role, topic, partitions, cleanup, state, text } = status
    const named = role === topic ? topic : `${topic} (${role})`
    await io.out(json ? jsonLine(status) : `${verdictText(state, paint)}  ${named}, ${partitions} partitions, ${cleanup}${text === '' ? '' : `: ${text}`}\n`)
  }
  return statuses.some(({ state }) => state === 'missing' || state === 'differs') ? 1 : 0
}
