/** Run by a test: starts a Redis, prints its pid and address, and waits to be killed. */
import { startRedis } from './local/index.ts'

const redis = await startRedis()
console.log(JSON.stringify({ pid: redis.pid, address: redis.address }))
setInterval(() => {}, 60_000)
