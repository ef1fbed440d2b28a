/** The composition root: what the commands ask for, built from the parts. Everything heavy is loaded when it is asked for. */
import type { ConfigPath, Services } from './cli/services.ts'
import type { Reach } from './main/inspect.ts'
import type { SchemaRole } from './codec/own.ts'

/** What some services share for the life of a command. */
interface Opened {
  stop(): Promise<unknown>
}

/** The services of one command; `stop` closes what they opened. */
export function services(): Services {
  const opened: Opened[] = []
  const aborted = new AbortController()

  async function reach({ config: path }: ConfigPath, patience: 'long' | 'short' = 'long'): Promise<Reach> {
    const clients = await import('./main/clients.ts')
    const config = await clients.configAt(path)
    const log = clients.logOf(config)
    return { config, log, kafka: clients.kafkaOf(config, log, patience), decoder: await clients.decoderOf(config) }
  }
  async function writing(options: ConfigPath, roles: readonly SchemaRole[]) {
    const [clients, at] = await Promise.all([import('./main/clients.ts'), reach(options, 'short')])
    return { ...at, encoder: await clients.encoderOf(at.config, roles) }
  }
  async function sinkFor(at: Reach) {
    const [{ createKafkaSink }, { redriveTopics }] = await Promise.all([import('./producers/kafka.ts'), import('./main/inspect.ts')])
    const sink = await createKafkaSink({ kafka: at.kafka, topics: redriveTopics(at.config) })
    opened.push(sink)
    return sink
  }

  return {
    run: async (options) => (await import('./main/cluster.ts')).runCluster(options),
    replay: (options) => lazily(async () => (await import('./main/replay.ts')).replay(options)),
    replayJournal: (options) => lazily(async () => (await import('./main/replay-journal.ts')).replayJournal(await reach(options), options)),
    demo: (options) => lazily(async () => (await import('./main/demo/demo.ts')).demo(options)),
    capture: (options) => lazily(async () => (await import('./main/inspect.ts')).capture(await reach(options), options)),

    readPolicies: async (path, model) => (await import('./main/policies.ts')).readPolicies(path, model),
    async publishPolicies({ effectiveFromMs, issuer, ...options }) {
      const { config, kafka, decoder, encoder, log } = await writing(options, ['policies'])
      const { publishPolicies } = await import('./main/publish.ts')
      return publishPolicies(config, kafka, decoder, encoder, log, { effectiveFromMs, firstFromMs: null, issuer })
    },
    async publishProfile({ profile, ...options }) {
      const { config, kafka, decoder, encoder } = await writing(options, ['profiles'])
      return (await import('./main/publish.ts')).publishProfile(config, kafka, decoder, encoder, profile)
    },
    async sendCommand(request) {
      const { config, kafka, encoder } = await writing(request, ['commands'])
      return (await import('./main/publish.ts')).sendCommand(config, kafka, encoder, request)
    },

    async views({ model, ...options }) {
      const [clients, { views }] = await Promise.all([import('./main/clients.ts'), import('./main/inspect.ts')])
      const config = await clients.configAt(options.config)
      const store = await clients.storeOf(config, clients.logOf(config))
      opened.push(store)
      return views(store, model)
    },
    findEvent: async ({ id, signal, ...options }) => (await import('./main/inspect.ts')).findEvent(await reach(options), id, signal),
    topics: async (options) => (await import('./main/topics.ts')).topics(await reach(options)),
    createTopics: async (options) => (await import('./main/topics.ts')).createTopics(await reach(options)),
    deadLetters: (options) => lazily(async () => (await import('./main/inspect.ts')).deadLetters(await reach(options), options, aborted.signal)),
    redrive: (options) => lazily(async () => {
      const at = await reach(options)
      return (await import('./main/inspect.ts')).redrive(at, await sinkFor(at), options, aborted.signal)
    }),
    doctor: (options) => lazily(async () => (await import('./main/doctor.ts')).doctor(options)),

    async stop() {
      aborted.abort()
      await Promise.all(opened.splice(0).map((it) => it.stop()))
    },
  }
}

/** An iterable whose maker is loaded at the first step. */
async function* lazily<T>(make: () => Promise<AsyncIterable<T>>): AsyncGenerator<T> {
  yield* await make()
}
