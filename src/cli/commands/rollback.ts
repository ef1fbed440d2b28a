import { command } from '../command.ts'
import { sendCommand, withSending, type SendOptions } from '../send-command.ts'

export const rollback = command<SendOptions>({
  name: 'rollback',
  summary: 'Takes the champion of a model out, for the last version known to be good: before any gate, hold or cooldown.',
  examples: ['steward rollback fraud --reason "false positives since noon"', 'steward rollback fraud --to v41 --reason "v42 and v43 share the defect"'],
  exits: { 0: 'the command is in the log', 1: 'the log did not take it' },
  declare: (program) => { withSending(program).option('--to <version>', 'version to go back to (default: the last known good)') },
  run: (cli, options, model) => sendCommand(cli, 'rollback', model!, options),
})
