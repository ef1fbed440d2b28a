import type { Command } from 'commander'
import { command, type Cli } from '../command.ts'
import { paintFor } from '../io.ts'
import { jsonLine } from '../ndjson.ts'
import { configPath, integerFrom, withConfig, withJson, type ConfigOption } from '../options.ts'
import { timeText, verdictText } from '../render.ts'
import type { DeadLetterFilter, DeadLetterRow } from '../services.ts'

interface DeadLetterOptions extends ConfigOption { code?: string; topic?: string; id?: string; limit?: number; json?: boolean }

const withFilter = (program: Command): Command => withJson(withConfig(program), 'print one JSON object a record')
  .option('--code <code>', 'only those with this error code')
  .option('--topic <name>', 'only those from this topic')
  .option('--id <id>', 'only this one')
  .option('--limit <n>', 'at most so many, oldest first', integerFrom(1))

function filterOf(cli: Cli, options: DeadLetterOptions): DeadLetterFilter & { config: string | null } {
  const { code, topic, id, limit } = options
  return { config: configPath(cli, options), code: code ?? null, topic: topic ?? null, id: id ?? null, limit: limit ?? null }
}

export const deadLetters = command({
  name: 'dead-letters',
  summary: 'Shows records that could not be used, or sends them again once the cause is mended.',
  examples: ['steward dead-letters list', 'steward dead-letters redrive --topic labels'],
  subcommands: [
    command<DeadLetterOptions>({
      name: 'list', summary: 'Lists dead letters: where each came from and what was wrong. Payloads are not printed.',
      examples: ['steward dead-letters list --code WRONG_TYPE --limit 20'], declare: (program) => { withFilter(program) },
      async run(cli, options) {
        const services = await cli.services()
        for await (const row of services.deadLetters(filterOf(cli, options))) await cli.io.out(options.json ? jsonLine(row) : rowText(row))
        return 0
      },
    }),
    command<DeadLetterOptions>({
      name: 'redrive', summary: 'Sends the original bytes to their topic again, with their key and timestamp.',
      examples: ['steward dead-letters redrive --code UNKNOWN_SCHEMA'],
      exits: { 0: 'all that were chosen were sent', 1: 'some could not be sent: their values were too long to be kept whole' },
      declare: (program) => { withFilter(program) },
      async run(cli, options) {
        const services = await cli.services()
        const paint = paintFor(cli.io)
        let refused = 0
        for await (const row of services.redrive(filterOf(cli, options))) {
          if (!row.redriven) refused += 1
          await cli.io.out(options.json ? jsonLine(row) : `${verdictText(row.redriven ? 'ok' : 'failed', paint)}  ${rowText(row)}`)
        }
        return refused === 0 ? 0 : 1
      },
    }),
  ],
})

function rowText({ id, topic, partition, offset, timestampMs, code, message, length, truncated }: DeadLetterRow): string {
  return `${timeText(timestampMs)}  ${code}  ${topic}/${partition} offset ${offset}, ${length} bytes${truncated ? ', cut off' : ''}: ${message}  [${id}]\n`
}
