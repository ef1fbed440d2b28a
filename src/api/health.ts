/** The three addresses an orchestrator and Prometheus ask. Built on plain callbacks: it knows nothing of what it reports. */
import { fastify } from 'fastify'
import { StewardError } from '../errors.ts'

export interface HealthOptions {
  host: string
  /** 0 takes a free one */
  port: number
  /** false when only a restart can help; answered by `/healthz` */
  isAlive(): boolean
  /** null when ready to work, else a sentence that says what is awaited; answered by `/readyz` */
  awaited(): string | null
  metrics(): Promise<{ contentType: string; text: string }>
}

export interface HealthServer {
  /** `http://127.0.0.1:8080` */
  url: string
  stop(): Promise<void>
}

/** @throws StewardError CONFIG_INVALID when the address cannot be taken */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const server = createHealthServer(options)
  try {
    const url = await server.listen({ host: options.host, port: options.port })
    return { url, stop: () => server.close() }
  } catch (cause) {
    await server.close()
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `cannot listen on ${options.host}:${options.port}: ${reason}. Choose another \`http.port\`, 0 for a free one, or \`http: null\``
    throw new StewardError('CONFIG_INVALID', message, { cause })
  }
}

/** The routes without a socket, for tests by injection. */
export function createHealthServer({ isAlive, awaited, metrics }: HealthOptions) {
  const server = fastify({ logger: false, forceCloseConnections: true })
  server.get('/healthz', (_request, reply) => isAlive() ? reply.send({ status: 'alive' }) : reply.code(503).send({ status: 'dead' }))
  server.get('/readyz', (_request, reply) => {
    const waitsFor = awaited()
    return waitsFor === null ? reply.send({ status: 'ready' }) : reply.code(503).send({ status: 'waiting', for: waitsFor })
  })
  server.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics()
    return reply.header('content-type', contentType).send(text)
  })
  return server
}
