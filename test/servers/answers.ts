/** Whether something that speaks the protocol answers at an address. Never throws. */
import { connect } from 'node:net'
import type { ServerAddresses, ServerName } from './server.ts'

const TIMEOUT_MS = 2000
/** ApiVersions v0, correlation id 1, null client id. KRaft brokers answer it once they are unfenced */
const API_VERSIONS = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff])
const PING = Buffer.from('*1\r\n$4\r\nPING\r\n')

const checks: Record<ServerName, (address: string) => Promise<boolean>> = {
  kafka: async (address) => {
    const [host, port] = address.split(',')[0].split(':')
    return (await firstBytes(host, Number(port), API_VERSIONS)).length > 0
  },
  redis: async (address) => {
    const { hostname, port } = new URL(address)
    // a Redis with a password is up although it wants one; one that still loads its file is not
    return /^(\+PONG|-NOAUTH)/.test((await firstBytes(hostname, Number(port || 6379), PING)).toString())
  },
  registry: async (address) => {
    const response = await fetch(`${address}/subjects`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null)
    return response !== null && response.ok && Array.isArray(await response.json().catch(() => null))
  },
}

/** True when the named kind of server answers at `address` within 2 s. */
export const answers = <Name extends ServerName>(name: Name, address: ServerAddresses[Name]): Promise<boolean> => checks[name](address)

/** The first bytes that come back for `request`; empty when nothing does in time. */
function firstBytes(host: string, port: number, request: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    const end = (bytes: Buffer) => {
      socket.destroy()
      resolve(bytes)
    }
    const nothing = () => end(Buffer.alloc(0))
    socket.setTimeout(TIMEOUT_MS, nothing).on('error', nothing).on('close', nothing).on('data', end).on('connect', () => socket.write(request))
  })
}
