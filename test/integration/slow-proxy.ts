/** A TCP proxy that holds every byte for a while, so that what is under way between two processes stays so long enough to be cut off. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface SlowProxy {
  port: number
  stop(): Promise<void>
}

export async function startSlowProxy(target: { host: string; port: number }, delayMs: number): Promise<SlowProxy> {
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(target)
    for (const [from, to] of [[near, far], [far, near]] as const) {
      open.add(from)
      // timers of one length end in the order in which they began
      from.on('data', (bytes) => setTimeout(() => to.write(bytes), delayMs))
      from.on('close', () => {
        open.delete(from)
        setTimeout(() => to.destroy(), delayMs)
      })
      from.on('error', () => from.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

/** The same Redis, further away. */
export async function farRedis(url: string, delayMs: number): Promise<{ url: string; stop(): Promise<void> }> {
  const { hostname, port } = new URL(url)
  const proxy = await startSlowProxy({ host: hostname, port: Number(port || 6379) }, delayMs)
  return { url: `redis://127.0.0.1:${proxy.port}`, stop: () => proxy.stop() }
}
