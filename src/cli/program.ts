/** The command table on top of commander: help with examples and exit codes, errors in our form, exit codes as values. */
import { Command, CommanderError } from 'commander'
import type { Cli, CommandSpec, ExitCode } from './command.ts'
import { commands } from './commands/table.ts'
import { reportFailure, usage } from './failure.ts'
import { paintFor, type Io } from './io.ts'
import type { Services } from './services.ts'

export interface ProgramOptions {
  io: Io
  version: string
  loadServices(): Promise<Services>
}

/** Runs one command line (without `node` and the script's name) and gives its exit code. Never throws. */
export async function runCli(argv: readonly string[], { io, version, loadServices }: ProgramOptions): Promise<ExitCode> {
  let services: Promise<Services> | null = null
  let exit: ExitCode = 0
  const cli: Cli = { io, services: () => (services ??= loadServices()) }
  const program = createProgram(io, version)
  for (const spec of commands) program.addCommand(build(spec, cli, (code) => (exit = code)))
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    exit = failed(io, error, argv)
  }
  try {
    // a service that failed to load has been reported above
    await (await (services as Promise<Services> | null)?.catch(() => null))?.stop()
  } catch (error) {
    exit = Math.max(exit, reportFailure(io, error, argv.includes('--verbose'))) as ExitCode
  }
  return exit
}

function createProgram(io: Io, version: string): Command {
  const program = base(new Command('steward'), io)
  return program
    .description('Watches production models over Kafka and decides, with reasons that can be replayed, when to retrain, promote and roll back.')
    .version(version)
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', examplesText(['steward demo', 'steward try detectors adwin --csv errors.csv --column error', 'steward run --config steward.yaml']))
}

/** Output to `io`, no process.exit, our own form of errors. Settings that commander copies to subcommands only where it makes them. */
function base(command: Command, io: Io): Command {
  return command.exitOverride().helpCommand(false).showSuggestionAfterError(true).configureHelp({ showGlobalOptions: true }).configureOutput({
    writeOut: (text) => void io.out(text),
    writeErr: (text) => io.err(text),
    outputError: () => undefined,
    getOutHasColors: () => paintFor(io)('bold', '') !== '',
  })
}

function build(spec: CommandSpec, cli: Cli, exitWith: (code: ExitCode) => void): Command {
  const command = base(new Command(spec.name), cli.io).description(spec.summary).allowExcessArguments(false)
  spec.declare?.(command)
  for (const inner of spec.subcommands ?? []) command.addCommand(build(inner, cli, exitWith))
  const { run } = spec
  if (run !== undefined) {
    command.action(async () => exitWith(await run(cli, command.opts() as never, ...command.processedArgs as (string | undefined)[])))
  }
  return command.addHelpText('after', examplesText(spec.examples) + exitsText(spec))
}

const examplesText = (examples: readonly string[]): string => `\nExamples:\n${examples.map((example) => `  ${example}\n`).join('')}`

function exitsText({ run, exits = {} }: CommandSpec): string {
  if (run === undefined) return ''
  const meaning = { 0: 'done', 1: 'failed', 2: 'the command line or a file it names could not be understood', ...exits }
  return `\nExit codes:\n${Object.entries(meaning).map(([code, text]) => `  ${code}  ${text}\n`).join('')}`
}

function failed(io: Io, error: unknown, argv: readonly string[]): ExitCode {
  const verbose = argv.includes('--verbose')
  if (!(error instanceof CommanderError)) return reportFailure(io, error, verbose)
  if (error.exitCode === 0) return 0
  // `steward` and `steward topics` alone: commander has printed the help
  if (error.code === 'commander.help') return 2
  return reportFailure(io, usage(error.message.replace(/^error: /, '').replace(/\n+/g, ' ')), verbose)
}
