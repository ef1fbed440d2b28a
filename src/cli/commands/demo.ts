import { command } from '../command.ts'
import { paintFor } from '../io.ts'
import { jsonLine } from '../ndjson.ts'
import { integerFrom, watched, withJson } from '../options.ts'
import { tableText, timeText } from '../render.ts'
import { summaryText } from '../summary.ts'
import type { DemoItem } from '../services.ts'
import type { Paint } from '../io.ts'

interface DemoCommandOptions { out?: string; seed: number; partitions: number; json?: boolean }

export const demo = command<DemoCommandOptions>({
  name: 'demo',
  summary: 'Replays real data through the whole program, without any server, and tells the story of what was decided.',
  examples: ['steward demo', 'steward demo --seed 7 --out ./my-demo', 'steward demo --json | jq -c \'select(.item == "event")\''],
  declare: (program) => {
    withJson(program, 'print every item as NDJSON')
      .option('--out <folder>', 'where the events and the summary are left (default: a new folder here)')
      .option('--seed <n>', 'of label delays and the trainer', integerFrom(0), 1)
      .option('--partitions <n>', 'of the topics that observe reads', integerFrom(1), 1)
  },
  async run(cli, { out, seed, partitions, json }) {
    const services = await cli.services()
    const paint = paintFor(cli.io)
    await watched(cli, async (watch, clear) => {
      for await (const item of services.demo({ outDir: out ?? null, seed, partitions, ...watch })) {
        clear()
        await cli.io.out(json ? jsonLine(item) : itemText(item, paint))
      }
    })
    return 0
  },
})

function itemText(item: DemoItem, paint: Paint): string {
  switch (item.item) {
    case 'event': return `${timeText(item.at)}  ${paint('cyan', item.kind.padEnd(18))} ${item.text}\n`
    case 'table': return `\n${paint('bold', item.title)}\n${tableText(item.columns, item.rows, paint)}`
    case 'summary': return `\n${summaryText(item.summary)}\nleft in ${paint('bold', item.outDir)}: ${item.files.join(', ')}\n`
  }
}
