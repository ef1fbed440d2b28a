/** Run by a test: starts a small server, prints its pid and folder, and waits to be killed. */
import { serverFolder, startLocal } from './process.ts'

const folder = await serverFolder('small')
// heeds no signal that it could ignore
const code = "for (const s of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(s, () => {}); setInterval(() => {}, 1000)"
const server = await startLocal({ name: 'small', address: 'nowhere', folder, file: process.execPath, args: ['-e', code], answers: async () => true })
console.log(JSON.stringify({ pid: server.pid, folder }))
setInterval(() => {}, 60_000)
