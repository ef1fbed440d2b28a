/** Random sequences of store operations, and what a store shows after each. */
import fc from 'fast-check'
import type { StateStore } from '../../src/engine/ports.ts'
import { commitOf, entryOf, soon, task } from './contract.ts'

const token = fc.constantFrom('a', 'b', 'c')
const name = fc.constantFrom('p', 'q', 'r', '')
const payload = fc.uint8Array({ maxLength: 12 })
const index = fc.nat(4)

const operation = fc.oneof(
  fc.record({ kind: fc.constant('claim' as const), token, late: fc.boolean() }),
  fc.record({
    kind: fc.constant('commit' as const), token, ahead: fc.constantFrom(0, 1, 1, 1, 1, 2), meta: payload, written: fc.array(fc.tuple(name, payload), { maxLength: 3 }),
    removed: fc.array(name, { maxLength: 2 }), chunk: fc.option(payload), dropped: fc.nat(2), indices: fc.uniqueArray(index, { maxLength: 4 }), values: fc.option(payload),
    view: fc.option(fc.string({ maxLength: 5 })),
  }),
  fc.record({ kind: fc.constant('trim' as const), token, back: fc.nat(2), index }),
  fc.record({ kind: fc.constant('quarantine' as const), token, back: fc.nat(2), index }),
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

/** Beginning with a claim, or most sequences would only be refused. */
export const sequences: fc.Arbitrary<Operation[]> = fc
  .array(operation, { minLength: 1, maxLength: 25 })
  .map((operations) => [{ kind: 'claim', token: 'a', late: false }, ...operations])

/** Applies the operations one by one; everything that can be seen after each, the whole state at the end. */
export async function runOperations(store: StateStore, operations: readonly Operation[]): Promise<unknown[]> {
  const seen: unknown[] = []
  let epoch = 0
  for (const operation of operations) {
    const result = await run(store, operation, epoch)
    if (operation.kind === 'commit' && (result as { result: string }).result === 'applied') epoch += 1
    seen.push(result, await store.outbox(task), await store.owns(task, 'a'))
  }
  return [...seen, await store.quarantined(task), await store.view('observe', 'm'), await claimed(store, 'end', false)]
}

async function run(store: StateStore, operation: Operation, epoch: number): Promise<unknown> {
  if (operation.kind === 'claim') return claimed(store, operation.token, operation.late)
  if (operation.kind === 'commit') return store.commit(task, toCommit(operation, Math.max(1, epoch + operation.ahead)))
  const at = Math.max(1, epoch - operation.back)
  if (operation.kind === 'trim') return store.trimOutbox(task, operation.token, at, operation.index)
  return store.quarantine(task, operation.token, entryOf(at, operation.index), `reason ${operation.index}`)
}

const claimed = async (store: StateStore, by: string, late: boolean): Promise<unknown> =>
  store.claim(task, by, late ? (await store.now()) - 1 : await soon(store)).catch((error: { code: string }) => error.code)

const toCommit = ({ token, meta, written, removed, chunk, dropped, indices, values, view }: Extract<Operation, { kind: 'commit' }>, epoch: number) =>
  commitOf(token, epoch, {
    meta, partsWritten: new Map(written), partsRemoved: removed, chunk, chunksDropped: dropped,
    outbox: indices.sort((a, b) => a - b).map((i) => entryOf(epoch, i, { value: values })),
    views: view === null ? new Map() : new Map([['m', view]]),
  })
