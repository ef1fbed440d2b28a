import { assert } from '../core/assert.ts'
import type { Commit } from '../engine/ports.ts'

/** What every store asserts of a commit before it touches anything: an entry out of place could only fail half-way. */
export function checkCommit({ token, epoch, chunksDropped, outbox }: Commit): void {
  assert(token !== '', 'a commit needs a token')
  assert(Number.isSafeInteger(epoch) && epoch >= 1, `epoch ${epoch} is not a positive integer`)
  assert(Number.isSafeInteger(chunksDropped) && chunksDropped >= 0, `${chunksDropped} chunks cannot be dropped`)
  let previous = -1
  for (const entry of outbox) {
    assert(entry.epoch === epoch, `outbox entry ${entry.epoch}-${entry.index} is in the commit of epoch ${epoch}`)
    assert(Number.isSafeInteger(entry.index) && entry.index > previous, `outbox entry ${epoch}-${entry.index} comes after index ${previous}`)
    previous = entry.index
  }
}
