import { command } from '../command.ts'
import { paintFor } from '../io.ts'
import { jsonLine } from '../ndjson.ts'
import { configPath, withConfig, withJson, type ConfigOption } from '../options.ts'
import { viewText } from '../view-text.ts'

interface StatusOptions extends ConfigOption { json?: boolean }

export const status = command<StatusOptions>({
  name: 'status',
  summary: 'Shows what is known of every model, or of one: champion, newest readings, open requests, candidates, incidents.',
  examples: ['steward status', 'steward status fraud --json | jq .champion'],
  exits: { 1: 'failed, or there is no such model' },
  declare: (program) => { withJson(withConfig(program), 'print one JSON object a model').argument('[model]', 'only this one') },
  async run(cli, options, model) {
    const services = await cli.services()
    const views = await services.views({ config: configPath(cli, options), model: model ?? null })
    const paint = paintFor(cli.io)
    for (const view of views) await cli.io.out(options.json ? jsonLine(view) : viewText(view, paint))
    if (views.length > 0) return 0
    if (model === undefined) {
      cli.io.err('No model has been seen yet: is a worker running, and do predictions arrive? `steward doctor` checks.\n')
      return 0
    }
    cli.io.err(`No model '${model}' has been seen yet. \`steward status\` lists those there are.\n`)
    return 1
  },
})
