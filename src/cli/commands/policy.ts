import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { command } from '../command.ts'
import { paintFor } from '../io.ts'
import { jsonLine } from '../ndjson.ts'
import { configPath, timeOption, withConfig, withJson, type ConfigOption } from '../options.ts'
import { timeText } from '../render.ts'

interface FileOptions { model?: string; json?: boolean }
interface ApplyOptions extends ConfigOption { effectiveFrom?: number; issuer?: string; json?: boolean }

const withFile = (program: Command): Command =>
  program.argument('<file>', 'settings file, or the policy of one model').option('--model <name>', 'only this one')

const check = command<FileOptions>({
  name: 'check',
  summary: 'Says whether the policies of a file can be used, and names every problem with its line.',
  examples: ['steward policy check steward.yaml'],
  exits: { 0: 'every policy can be used', 2: 'a policy cannot be used, or the file cannot be read' },
  declare: (program) => { withJson(withFile(program), 'print one JSON object a model') },
  async run(cli, { model, json }, file) {
    const policies = await (await cli.services()).readPolicies(file!, model ?? null)
    const paint = paintFor(cli.io)
    for (const { policy: { model, hash, mode } } of policies) {
      await cli.io.out(json ? jsonLine({ model, hash, mode }) : `${paint('green', 'ok')}  ${model}  ${mode}  ${hash}\n`)
    }
    if (policies.length === 0) cli.io.err(`${file} names no model: each discovered model runs on the defaults of docs/policy.md.\n`)
    return 0
  },
})

const show = command<FileOptions>({
  name: 'show',
  summary: 'Prints the policies of a file as they are understood: defaults filled in, times in milliseconds.',
  examples: ['steward policy show steward.yaml --model fraud'],
  declare: (program) => { withFile(program) },
  async run(cli, { model }, file) {
    for (const { policy } of await (await cli.services()).readPolicies(file!, model ?? null)) await cli.io.out(`${JSON.stringify(policy, null, 2)}\n`)
    return 0
  },
})

const apply = command<ApplyOptions>({
  name: 'apply',
  summary: 'Publishes the policies of the settings file; each comes into force at a pane boundary.',
  examples: ['steward policy apply --config steward.yaml', 'steward policy apply --effective-from 2026-01-01   # set back, for an old capture'],
  declare: (program) => {
    withJson(withConfig(program), 'print one JSON object a model')
      .option('--effective-from <time>', 'in force from the first pane that starts then (default: two panes after publication)', timeOption)
      .option('--issuer <name>', 'who publishes (default: the user of this machine)')
  },
  async run(cli, options) {
    const services = await cli.services()
    const published = await services.publishPolicies({
      config: configPath(cli, options), effectiveFromMs: options.effectiveFrom ?? null, issuer: options.issuer ?? userInfo().username,
    })
    for (const policy of published) {
      const { model, hash, effectiveFromMs, changed } = policy
      const from = effectiveFromMs === null ? 'two panes from now' : timeText(effectiveFromMs)
      const said = `${model}  ${hash.slice(0, 12)}  ${changed ? `in force from ${from}` : 'unchanged, not published'}\n`
      await cli.io.out(options.json ? jsonLine(policy) : said)
    }
    return 0
  },
})

export const policy = command({
  name: 'policy',
  summary: 'Checks, shows or publishes the policies of models.',
  examples: ['steward policy check steward.yaml', 'steward policy apply'],
  subcommands: [check, show, apply],
})
