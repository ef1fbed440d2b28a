import { command } from '../command.ts'
import { paintFor } from '../io.ts'
import { jsonLine } from '../ndjson.ts'
import { configPath, withConfig, withJson, type ConfigOption } from '../options.ts'
import { verdictText } from '../render.ts'

interface DoctorOptions extends ConfigOption { json?: boolean }

export const doctor = command<DoctorOptions>({
  name: 'doctor',
  summary: 'Checks settings, brokers, topics, registry, Redis and clocks, and prints how to mend what it finds.',
  examples: ['steward doctor', 'steward doctor --json | jq -c \'select(.state != "ok")\''],
  exits: { 0: 'nothing failed; warnings may have been printed', 1: 'at least one check failed' },
  declare: (program) => { withJson(withConfig(program), 'print one JSON object a check') },
  async run(cli, options) {
    const services = await cli.services()
    const paint = paintFor(cli.io)
    let failed = 0
    for await (const check of services.doctor({ config: configPath(cli, options) })) {
      const { name, state, text, fix } = check
      if (state === 'failed') failed += 1
      await cli.io.out(options.json ? jsonLine(check) : `${verdictText(state, paint)}  ${name}: ${text}\n${fix === null ? '' : `        fix: ${fix}\n`}`)
    }
    return failed === 0 ? 0 : 1
  },
})
