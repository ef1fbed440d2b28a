// Checks the import arrows of .dependency-cruiser.cjs, and that every source file was really looked at: with a TypeScript that it
// does not understand, dependency-cruiser sees almost nothing and says that all is well.
//
//   node scripts/arrows.mjs [project folder]
import { readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cruise } from 'dependency-cruiser'

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs')

/** The modules and broken rules of `src` in a project folder, as dependency-cruiser reports them. */
export async function cruiseSource(root) {
  const { output } = await cruise(['src'], { ...options, baseDir: root, ruleSet: { forbidden }, validate: true, outputType: 'json' })
  return typeof output === 'string' ? JSON.parse(output) : output
}

/** The TypeScript files under `src`, with forward slashes, relative to the project folder. */
export async function sourceFiles(root) {
  const entries = await readdir(join(root, 'src'), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join('/'))
}

/** A line for each broken rule and each file that was not looked at. */
export function problems(result, files) {
  const seen = new Set(result.modules.map(({ source }) => source))
  const unseen = files.filter((file) => !seen.has(file))
  return [
    ...result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    ...unseen.map((file) => `not looked at: ${file} (does dependency-cruiser understand the installed TypeScript?)`),
    ...(files.length === 0 ? ['there is no TypeScript file under src'] : []),
  ]
}

async function main(root) {
  const files = await sourceFiles(root)
  const found = problems(await cruiseSource(root), files)
  for (const line of found) console.error(line)
  const comments = new Map(forbidden.map(({ name, comment }) => [name, comment]))
  for (const name of new Set(found.map((line) => line.split(':')[0]))) if (comments.has(name)) console.error(`  ${name}: ${comments.get(name)}`)
  console.log(`arrows: ${files.length} files under src, ${found.length} problems`)
  process.exitCode = found.length === 0 ? 0 : 1
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(resolve(process.argv[2] ?? '.'))
}
