import { command, type ExitCode } from '../command.ts'
import { usage } from '../failure.ts'
import { paintFor } from '../io.ts'
import { jsonLine, readJson } from '../ndjson.ts'
import { withJson } from '../options.ts'
import { findingText, verdictText } from '../render.ts'
import type { ReadPolicy } from '../services.ts'

interface GateOptions { candidate: string; policy: string; model?: string; json?: boolean }

const exitOf: Readonly<Record<'pass' | 'fail' | 'inconclusive', ExitCode>> = { pass: 0, fail: 1, inconclusive: 2 }

export const gate = command<GateOptions>({
  name: 'gate',
  summary: 'Holds a candidate against the offline promotion gate: a CI step, no server needed.',
  examples: ['steward gate --candidate candidate.json --policy steward.yaml', 'steward gate --candidate - --policy fraud.yaml --json < candidate.json'],
  exits: { 0: 'pass', 1: 'fail', 2: 'inconclusive: more test data is needed; or a file could not be understood' },
  declare: (program) => {
    withJson(program, 'print the verdict and every finding as JSON')
      .requiredOption('--candidate <file>', 'the Candidate record as JSON, - for standard input')
      .requiredOption('--policy <file>', 'settings file, or the policy of one model')
      .option('--model <name>', 'whose policy (default: the model that the candidate names)')
  },
  async run(cli, options) {
    const [{ parseCandidate }, { evaluateOfflineGates }] = await Promise.all([import('../candidate.ts'), import('../../core/gates/table.ts')])
    const candidate = parseCandidate(await readJson(options.candidate, cli.io), options.candidate)
    const policies = await (await cli.services()).readPolicies(options.policy, options.model ?? candidate.model)
    const { verdict, findings } = evaluateOfflineGates(candidate, only(policies, options).policy)
    const { model, version } = candidate
    const paint = paintFor(cli.io)
    if (options.json) await cli.io.out(jsonLine({ model, version, verdict, findings }))
    else {
      await cli.io.out(`${verdictText(verdict, paint)}  ${model} ${version} against ${candidate.baselineVersion}\n`)
      for (const finding of findings) await cli.io.out(`  ${findingText(finding, paint)}`)
    }
    return exitOf[verdict]
  },
})

function only(policies: readonly ReadPolicy[], { policy, model }: GateOptions): ReadPolicy {
  if (policies.length === 1) return policies[0]
  throw usage(`${policy} holds ${policies.length} policies${model === undefined ? '' : ` for '${model}'`}: name one with --model`)
}
