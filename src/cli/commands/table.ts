import type { CommandSpec } from '../command.ts'
import { capture } from './capture.ts'
import { deadLetters } from './dead-letters.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { explain } from './explain.ts'
import { gate } from './gate.ts'
import { hold, resume } from './hold.ts'
import { policy } from './policy.ts'
import { profile } from './profile.ts'
import { promote } from './promote.ts'
import { replay } from './replay.ts'
import { retrain } from './retrain.ts'
import { rollback } from './rollback.ts'
import { run } from './run.ts'
import { status } from './status.ts'
import { topics } from './topics.ts'
import { tryCommand } from './try.ts'

/** Every command, in the order of `--help`: look, replay, choose; then run and operate. */
export const commands: readonly CommandSpec[] = [
  demo, replay, tryCommand, profile, gate, policy,
  run, topics, doctor, status, explain, retrain, promote, rollback, hold, resume, deadLetters, capture,
]
