import { access, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands/table.ts'
import type { CommandSpec } from '../../src/cli/command.ts'
import { parseConfig } from '../../src/config/config.ts'
import { checkUnitInTables } from '../../src/config/units.ts'
import { STATE_VERSION } from '../../src/engine/journal.ts'

const text = (path: string): Promise<string> => readFile(path, 'utf8')
const markdownIn = async (folder: string): Promise<string[]> => (await readdir(folder)).filter((name) => name.endsWith('.md')).map((name) => join(folder, name))

const missing = async (paths: readonly string[]): Promise<string[]> =>
  (await Promise.all(paths.map((path) => access(path).then(() => [], () => [path])))).flat()

const decisions = (await markdownIn('docs/decisions')).sort()
const pages = [
  ...await markdownIn('.'), ...await markdownIn('docs'), ...decisions,
  'examples/data/README.md', 'examples/serving-fleet/README.md', 'examples/trainer/README.md',
]
const texts = new Map(await Promise.all(pages.map(async (page) => [page, await text(page)] as const)))

/** Fenced blocks of a language ('' for none named). */
const blocks = (page: string, language: string): string[] =>
  [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].filter(([, named]) => named === language).map(([, , body]) => body)
const withoutBlocks = (page: string): string => page.replace(/^```[\s\S]*?^```$/gm, '')
/** Inline code, a line break in it being a space. */
const codeSpans = (page: string): string[] => [...withoutBlocks(page).matchAll(/`([^`]+)`/g)].map(([, code]) => code.replace(/\s+/g, ' '))

describe('links', () => {
  /** As GitHub names the anchors of headings. */
  const anchorsOf = (page: string): string[] => [...withoutBlocks(page).matchAll(/^#+ (.+)$/gm)]
    .map(([, heading]) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').trim().replaceAll(' ', '-'))

  it.each(pages)('of %s lead to files and headings that are there', async (page) => {
    const links = [...withoutBlocks(texts.get(page)!).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target).filter((target) => !/^[a-z]+:/.test(target))
    const broken: string[] = []
    for (const link of links) {
      const [path, anchor] = link.split('#')
      const target = path === '' ? page : join(dirname(page), path)
      const isThere = await access(target).then(() => true, () => false)
      if (!isThere || (anchor !== undefined && !anchorsOf(await text(target)).includes(anchor))) broken.push(link)
    }
    expect(broken).toEqual([])
  })

  it('of every page in docs start from its index', () => {
    const index = texts.get('docs/README.md')!
    expect(pages.filter((page) => /^docs\/(?!README)[^/]+$/.test(page) && !index.includes(`(${page.slice('docs/'.length)})`))).toEqual([])
  })

  it('to images say in words what they show', () => {
    const images = [...texts.values()].flatMap((page) => [...withoutBlocks(page).matchAll(/!\[([^\]]*)\]\(/g)])
    expect(images.length).toBeGreaterThan(0)
    for (const [, alternative] of images) expect(alternative.length).toBeGreaterThan(60)
  })
})

describe('code in the pages', () => {
  it.each([...texts].flatMap(([page, body]) => blocks(body, 'yaml').map((yaml, i) => [page, i + 1, yaml] as const)))('of %s: settings %i parse', (page, _, yaml) => {
    const config = parseConfig(yaml, page, { checkUnit: checkUnitInTables, env: {} })
    expect(Object.keys(config.models).length).toBeGreaterThan(0)
  })

  it('holds settings in the README', () => {
    expect(blocks(texts.get('README.md')!, 'yaml').length).toBeGreaterThan(0)
  })

  const commandLines = (page: string): string[] => {
    const typed = blocks(page, 'sh').flatMap((block) => block.replace(/\\\n\s*/g, ' ').split('\n').map((line) => line.replace(/\s+#.*$/, '')))
    return [...typed, ...codeSpans(page)].filter((line) => /^steward [a-z]/.test(line))
  }

  /** What is wrong with a command line; null when its command, subcommand and options are those of the program. */
  function problemWith(line: string): string | null {
    const words = line.split(/\s+/).slice(1)
    let table: readonly CommandSpec[] = commands
    let spec: CommandSpec | undefined
    for (;;) {
      const next = table.find(({ name }) => name === words[0])
      if (next === undefined) {
        if (spec === undefined || (words[0] !== undefined && /^[a-z]/.test(words[0]) && spec.subcommands !== undefined)) return `no command '${words[0]}'`
        break
      }
      words.shift()
      spec = next
      table = next.subcommands ?? []
    }
    const known = new Command()
    spec.declare?.(known)
    const options = [...known.options.map(({ long }) => long), '--help', '--verbose']
    const stranger = words.find((word) => word.startsWith('--') && !options.includes(word))
    return stranger === undefined ? null : `'${spec.name}' has no ${stranger}`
  }

  it('finds what is wrong with a command line', () => {
    expect(problemWith('steward dance')).toBe("no command 'dance'")
    expect(problemWith('steward topics repartition')).toBe("no command 'repartition'")
    expect(problemWith('steward rollback fraud --break-glass')).toBe("'rollback' has no --break-glass")
    expect(problemWith('steward policy check steward.yaml')).toBeNull()
  })

  it.each(pages)('of %s: commands and options are those of the program', (page) => {
    expect(commandLines(texts.get(page)!).map((line) => [line, problemWith(line)]).filter(([, problem]) => problem !== null)).toEqual([])
  })

  it('shows every command somewhere', () => {
    const lines = [...texts.values()].flatMap(commandLines)
    expect(commands.map(({ name }) => name).filter((name) => !lines.some((line) => line.split(' ')[1] === name))).toEqual([])
  })

  it.each(pages)('of %s: npm scripts are those of the package', async (page) => {
    const { scripts } = JSON.parse(await text('package.json')) as { scripts: Record<string, string> }
    const named = [...texts.get(page)!.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name)
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  })

  it.each(pages)('of %s: files that are named exist', async (page) => {
    const named = texts.get(page)!.match(/(?<![\w/.-])(?:src|test|bench|scripts|schemas|examples|docs)\/[\w./-]*\w\.(?:ts|mjs|md|lua|avsc|yaml|gz|csv|svg|sh)(?![\w*])/g) ?? []
    expect(await missing(named)).toEqual([])
  })

  it('of ARCHITECTURE.md: files named from src on exist', async () => {
    const named = codeSpans(texts.get('ARCHITECTURE.md')!).filter((code) => /^(core|engine|codec|consumers|producers|state|config|cli|main)\/[\w./-]+\.(ts|lua)$/.test(code))
    expect(named.length).toBeGreaterThan(15)
    expect(await missing(named.map((path) => `src/${path}`))).toEqual([])
  })
})

describe('docs/decisions', () => {
  it('are numbered from 1 without a gap, and titled with their number', () => {
    const numbers = decisions.map((path) => /\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1])
    expect(numbers).toEqual(decisions.map((_, i) => String(i + 1).padStart(4, '0')))
    for (const [i, path] of decisions.entries()) expect(texts.get(path)).toMatch(new RegExp(`^# ${numbers[i]}: \\S`))
  })

  it.each(decisions)('%s says context, decision and consequences, in this order', (path) => {
    expect([...texts.get(path)!.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(['Context', 'Decision', 'Consequences'])
  })
})

describe('docs/glossary.md', () => {
  const rows = [...texts.get('docs/glossary.md')!.matchAll(/^\| (?!word )(.+?) \| (.+) \|$/gm)].map(([, word, meaning]) => ({ word, meaning }))

  it('has each word once', () => {
    const words = rows.map(({ word }) => word.toLowerCase())
    expect(words.filter((word, i) => words.indexOf(word) !== i)).toEqual([])
    expect(words.length).toBeGreaterThan(80)
  })

  it('says of each what it means', () => {
    expect(rows.filter(({ meaning }) => meaning.length < 15)).toEqual([])
  })
})

describe('CHANGELOG.md', () => {
  it('calls out the state version that the program writes', () => {
    expect(texts.get('CHANGELOG.md')).toContain(`**State version ${STATE_VERSION}**`)
  })

  it('has an entry for the version of the package', async () => {
    const { version } = JSON.parse(await text('package.json')) as { version: string }
    expect(texts.get('CHANGELOG.md')).toMatch(new RegExp(`^## ${version.replaceAll('.', '\\.')}( |$)`, 'm'))
  })
})
