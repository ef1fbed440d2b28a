#!/usr/bin/env node
import { processIo } from './io.ts'
import { runCli } from './program.ts'
import { version } from './version.ts'

process.exitCode = await runCli(process.argv.slice(2), {
  io: processIo(),
  version,
  loadServices: async () => (await import('../main.ts')).services(),
})
// After an outage kafkajs may hold connections that it lost track of; they must not keep a finished command alive.
setTimeout(() => process.exit(), 1000).unref()
