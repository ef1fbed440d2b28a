import { command } from '../command.ts'
import { configPath, watched, withConfig, withJson, type ConfigOption } from '../options.ts'
import { jsonLine } from '../ndjson.ts'
import { summaryText } from '../summary.ts'

interface RunCommandOptions extends ConfigOption { drain?: boolean; json?: boolean }

export const run = command<RunCommandOptions>({
  name: 'run',
  summary: 'Reads the topics and decides, as one worker of the group, until it is stopped.',
  examples: ['steward run --config steward.yaml', 'steward run --drain --json   # to the ends of log seen at start, then stop'],
  exits: { 0: 'stopped by a signal, everything committed; or drained' },
  declare: (program) => {
    withJson(withConfig(program), 'print the counts of the run as JSON at the end').option('--drain', 'stop at the ends of log seen at start, after closing open panes')
  },
  async run(cli, options) {
    const services = await cli.services()
    const summary = await watched(cli, (watch) => services.run({ config: configPath(cli, options), drain: options.drain === true, ...watch }))
    await cli.io.out(options.json ? jsonLine(summary) : summaryText(summary))
    return 0
  },
})
