#!/usr/bin/env node
import { processIo } from './io.ts'
import { runCli } from './program.ts'
import { version } from './version.ts'

process.exitCode = await runCli(process.argv.slice(2), {
  io: processIo(),
  version,
  loadServices: async () => (await import('../main.ts')).services(),
})
