import { userInfo } from 'node:os'
import type { Command } from 'commander'
import type { CommandKind } from '../core/records.ts'
import type { Cli, ExitCode } from './command.ts'
import { paintFor } from './io.ts'
import { jsonLine } from './ndjson.ts'
import { configPath, withConfig, withJson, type ConfigOption } from './options.ts'

export interface SendOptions extends ConfigOption { reason: string; issuer?: string; to?: string; json?: boolean }

/** Arguments and options of every command that a person sends to decide. */
export const withSending = (program: Command): Command => withJson(withConfig(program), 'print where the command was written as JSON')
  .argument('<model>', 'name of the model')
  .requiredOption('--reason <text>', 'why: kept in the audit log')
  .option('--issuer <name>', 'who asks (default: the user of this machine)')

/** Publishes a command. It is done when the log has it: decide answers with an event. */
export async function sendCommand(cli: Cli, kind: CommandKind, model: string, options: SendOptions): Promise<ExitCode> {
  const services = await cli.services()
  const issuer = options.issuer ?? userInfo().username
  const { to = null, reason, json } = options
  const sent = await services.sendCommand({ config: configPath(cli, options), model, command: kind, version: to, reason, issuer })
  const { commandId, topic, partition, offset } = sent
  const said = `${kind} ${model}, command ${commandId}, at ${topic}/${partition} offset ${offset}\n      The answer is a decision: steward status ${model}`
  await cli.io.out(json ? jsonLine(sent) : `${paintFor(cli.io)('green', 'sent')}  ${said}\n`)
  return 0
}
