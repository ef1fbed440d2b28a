import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/state/memory.ts'
import { stateStoreContract, task } from './contract.ts'

describe('the memory store', () => {
  stateStoreContract(async () => createMemoryStore())

  it('judges deadlines by the clock it was given', async () => {
    let nowMs = 1000
    const store = createMemoryStore({ clock: { nowMs: () => nowMs } })
    expect(await store.now()).toBe(1000)
    await store.claim(task, 'a', 1000)
    nowMs = 1001
    await expect(store.claim(task, 'b', 1000)).rejects.toMatchObject({ code: 'CLAIM_EXPIRED', message: 'The claim of observe-3 came 1 ms after its deadline.' })
  })
})
