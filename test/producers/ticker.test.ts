import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startTicker } from '../../src/producers/ticker.ts'

describe('the ticker', () => {
  beforeEach(() => { vi.useFakeTimers() })
  afterEach(() => { vi.useRealTimers() })

  it('ticks at once and then every second', async () => {
    let ticks = 0
    const ticker = startTicker({ publish: async () => { ticks++ }, onFailure: () => {} })
    expect(ticks).toBe(1)
    await vi.advanceTimersByTimeAsync(3500)
    expect(ticks).toBe(4)
    await ticker.stop()
    await vi.advanceTimersByTimeAsync(3000)
    expect(ticks).toBe(4)
  })

  it('leaves out ticks while one is under way, and waits for it at the end', async () => {
    const open: (() => void)[] = []
    const ticker = startTicker({ publish: () => new Promise((resolve) => { open.push(resolve) }), onFailure: () => {} })
    await vi.advanceTimersByTimeAsync(5000)
    expect(open).toHaveLength(1)
    open[0]()
    await vi.advanceTimersByTimeAsync(1000)
    expect(open).toHaveLength(2)
    let isStopped = false
    const stopped = ticker.stop().then(() => { isStopped = true })
    await vi.advanceTimersByTimeAsync(10)
    expect(isStopped).toBe(false)
    open[1]()
    await stopped
  })

  it('reports a tick that failed and goes on', async () => {
    const failures: string[] = []
    let tries = 0
    const ticker = startTicker({ publish: async () => { if (++tries === 1) throw new Error('no broker') }, onFailure: ({ message }) => failures.push(message) })
    await vi.advanceTimersByTimeAsync(2500)
    expect([tries, failures]).toEqual([3, ['no broker']])
    await ticker.stop()
  })
})
