import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { command } from '../command.ts'
import { unreadable, jsonLine } from '../ndjson.ts'
import { collect, configPath, timeOption, watched, withConfig, type ConfigOption } from '../options.ts'

interface CaptureCommandOptions extends ConfigOption { since?: number; until?: number; model?: readonly string[]; out: string }

export const capture = command<CaptureCommandOptions>({
  name: 'capture',
  summary: 'Writes what the topics hold to a capture file: NDJSON that `steward replay` reads.',
  examples: ['steward capture --out week.ndjson --since 2026-11-16', 'steward capture --model fraud | gzip > fraud.ndjson.gz'],
  declare: (program) => {
    withConfig(program)
      .option('--since <time>', 'from this record timestamp on (default: the log start)', timeOption)
      .option('--until <time>', 'before this record timestamp (default: the log end as of now)', timeOption)
      .option('--model <name>', 'only this model; repeatable', collect)
      .option('--out <file>', 'file to write, - for standard output', '-')
  },
  async run(cli, options) {
    const services = await cli.services()
    const { since, until, model } = options
    await watched(cli, async (watch, clear) => {
      const bounds = { sinceMs: since ?? null, untilMs: until ?? null, models: model ?? null }
      const records = services.capture({ config: configPath(cli, options), ...bounds, ...watch })
      if (options.out !== '-') return await toFile(records, options.out)
      for await (const record of records) {
        if (cli.io.outIsTerminal) clear()
        await cli.io.out(jsonLine(record))
      }
    })
    return 0
  },
})

async function toFile(records: AsyncIterable<unknown>, path: string): Promise<void> {
  async function* lines() {
    for await (const record of records) yield jsonLine(record)
  }
  const file = createWriteStream(path)
  file.on('error', () => undefined)
  await pipeline(lines, file).catch((error: NodeJS.ErrnoException) => {
    throw error.path === undefined ? error : unreadable(path, `it cannot be written (${error.message})`, error)
  })
}
