import { connect } from './connection.ts'
import type { Ask, RedisAddress, StoreLogger } from './connection.ts'

/** One line of `steward doctor`. */
export interface Finding {
  check: string
  ok: boolean
  found: string
  /** what to do; empty when nothing is needed */
  fix: string
}

/** Deadlines of claims are some seconds long: a clock further off than this makes them meaningless. */
const SKEW_MS_MAX = 500

const quiet: StoreLogger = { info: () => {}, warn: () => {} }

/**
 * What of a Redis matters to us: version, persistence, eviction, clock. Reads only; works without the right to CONFIG, with one answer less.
 * @throws StewardError STORE_UNAVAILABLE, STORE_REFUSED, CONFIG_INVALID when it cannot be reached at all
 */
export async function redisHealth(options: RedisAddress, nowMs: () => number = Date.now): Promise<Finding[]> {
  const { ask, stop } = await connect(options, quiet)
  try {
    const info = parseInfo(String(await ask('read server information', 'info', [])))
    return [
      version(info.get('redis_version') ?? 'unknown'),
      appendOnly(info.get('aof_enabled')),
      appendFsync(await setting(ask, 'appendfsync')),
      eviction(info.get('maxmemory_policy'), Number(info.get('maxmemory') ?? 0)),
      await clock(ask, nowMs),
    ]
  } finally {
    await stop()
  }
}

const parseInfo = (text: string): Map<string, string> =>
  new Map(text.split('\r\n').filter((line) => line.includes(':')).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))

const finding = (check: string, ok: boolean, found: string, fix: string): Finding => ({ check, ok, found, fix: ok ? '' : fix })

function version(found: string): Finding {
  const [major = 0, minor = 0] = found.split('.').map(Number)
  return finding('redis version', major > 6 || (major === 6 && minor >= 2), found, 'Use Redis 6.2 or later, or Valkey.')
}

const appendOnly = (enabled: string | undefined) =>
  finding('redis appendonly', enabled === '1', enabled === '1' ? 'yes' : 'no', 'Run `redis-cli config set appendonly yes` and put it in redis.conf: without it a restart loses all state.')

/** `everysec` may lose a second of commits when the server dies; `no` may lose any number. */
function appendFsync(found: string | null): Finding {
  if (found === null) return { check: 'redis appendfsync', ok: true, found: 'not readable (no right to CONFIG)', fix: 'Ask the operator: it should be `always`, at least `everysec`.' }
  return finding('redis appendfsync', found === 'always' || found === 'everysec', found, 'Set appendfsync to `always` (loses nothing) or `everysec` (may lose a second).')
}

const eviction = (policy: string | undefined, maxBytes: number) =>
  finding(
    'redis maxmemory-policy', policy === 'noeviction', `${policy ?? 'unknown'}, maxmemory ${maxBytes === 0 ? 'unlimited' : `${maxBytes} bytes`}`,
    'Run `redis-cli config set maxmemory-policy noeviction` and put it in redis.conf: any other policy may delete state.',
  )

async function clock(ask: Ask, nowMs: () => number): Promise<Finding> {
  const before = nowMs()
  const [seconds, micros] = ((await ask('read the clock', 'time', [])) as Buffer[]).map(Number) as [number, number]
  const skewMs = Math.round(seconds * 1000 + micros / 1000 - (before + nowMs()) / 2)
  return finding('redis clock', Math.abs(skewMs) <= SKEW_MS_MAX, `${skewMs} ms ahead of this machine`, 'Synchronise both clocks with NTP.')
}

/** null when the user may not ask, as on managed servers. */
async function setting(ask: Ask, name: string): Promise<string | null> {
  try {
    const reply = (await ask(`read the setting ${name}`, 'config', ['GET', name])) as Buffer[]
    return reply[1] === undefined ? null : String(reply[1])
  } catch {
    return null
  }
}
