/** Free ports for servers that are killed and come back on the same port. */
import { createServer } from 'node:net'

/**
 * Below the range from which systems draw ports for outgoing connections (Linux 32768, others 49152): a client that retries a
 * port of that range while its server is down can be given this very port and connect to itself.
 */
const FIRST = 20_000
const LAST = 32_000

/** `count` different ports that nothing listens on now, on any interface. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > 1000) throw new Error(`no free port found between ${FIRST} and ${LAST}; something on this machine holds them all`)
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST))
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false)).listen(port, () => server.close(() => resolve(true)))
  })
}
