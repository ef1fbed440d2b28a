import { command } from '../command.ts'
import { sendCommand, withSending, type SendOptions } from '../send-command.ts'

export const promote = command<SendOptions>({
  name: 'promote',
  summary: 'Makes a version the champion of its model now, whatever its gates say; a hold or cooldown does not hold it up.',
  examples: ['steward promote fraud --to v42 --reason "signed off by the model board"'],
  exits: { 0: 'the command is in the log', 1: 'the log did not take it' },
  declare: (program) => { withSending(program).requiredOption('--to <version>', 'version that shall act') },
  run: (cli, options, model) => sendCommand(cli, 'promote', model!, options),
})
