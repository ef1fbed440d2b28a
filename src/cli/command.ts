import type { Command } from 'commander'
import type { Io } from './io.ts'
import type { Services } from './services.ts'

/** 0: done, or yes. 1: failed, or no. 2: not understood, or cannot tell. */
export type ExitCode = 0 | 1 | 2

export interface Cli {
  io: Io
  /** loads the program behind the commands; only what needs it calls it */
  services(): Promise<Services>
}

/** One command: its words for `--help`, its options, and what it does. */
export interface CommandSpec<Options = never> {
  name: string
  /** one sentence */
  summary: string
  examples: readonly string[]
  /** what exit codes mean here; 1 and 2 where they differ from "failed" and "not understood" */
  exits?: Partial<Record<ExitCode, string>>
  /** adds arguments and options, whose parsed values `run` receives */
  declare?(command: Command): void
  /** a command with subcommands has no run of its own */
  run?(cli: Cli, options: Options, ...args: (string | undefined)[]): Promise<ExitCode>
  subcommands?: readonly CommandSpec[]
}

/** Declares a command; only there so that the type of its options is checked where it is written. */
export const command = <Options>(spec: CommandSpec<Options>): CommandSpec => spec as CommandSpec
