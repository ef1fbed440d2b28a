// What the compiler leaves behind: files read at run time beside the code that reads them, and the run bit of the program.
import { chmod, cp, mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const at = (path) => fileURLToPath(new URL(path, root))

const only = (extension) => (source) => source.endsWith(extension) || !/\.[a-z]+$/.test(source)

await mkdir(at('dist/src/state'), { recursive: true })
await cp(at('src/state/scripts'), at('dist/src/state/scripts'), { recursive: true, filter: only('.lua') })
await cp(at('schemas'), at('dist/schemas'), { recursive: true, filter: only('.avsc') })
await chmod(at('dist/src/cli/bin.js'), 0o755)
