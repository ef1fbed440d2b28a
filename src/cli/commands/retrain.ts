import { command } from '../command.ts'
import { sendCommand, withSending, type SendOptions } from '../send-command.ts'

export const retrain = command<SendOptions>({
  name: 'retrain',
  summary: 'Asks for a retrain of a model now, whatever its triggers say.',
  examples: ['steward retrain fraud --reason "new fraud pattern reported by the desk"'],
  exits: { 0: 'the command is in the log', 1: 'the log did not take it' },
  declare: (program) => { withSending(program) },
  run: (cli, options, model) => sendCommand(cli, 'retrain', model!, options),
})
