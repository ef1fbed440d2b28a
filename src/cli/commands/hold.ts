import { command } from '../command.ts'
import { sendCommand, withSending, type SendOptions } from '../send-command.ts'

export const hold = command<SendOptions>({
  name: 'hold',
  summary: 'Keeps candidates of a model from being promoted by themselves, until `steward resume`. Rollbacks are not held.',
  examples: ['steward hold fraud --reason "label pipeline under repair"'],
  exits: { 0: 'the command is in the log', 1: 'the log did not take it' },
  declare: (program) => { withSending(program) },
  run: (cli, options, model) => sendCommand(cli, 'hold', model!, options),
})

export const resume = command<SendOptions>({
  name: 'resume',
  summary: 'Ends a hold: candidates are promoted by themselves again.',
  examples: ['steward resume fraud --reason "labels are whole again"'],
  exits: { 0: 'the command is in the log', 1: 'the log did not take it' },
  declare: (program) => { withSending(program) },
  run: (cli, options, model) => sendCommand(cli, 'resume', model!, options),
})
