import { describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands/table.ts'
import type { CommandSpec } from '../../src/cli/command.ts'
import { StewardError } from '../../src/errors.ts'
import { steward } from './fake.ts'

/** Every command line that runs something: `['topics', 'list']`. */
const runnable = (specs: readonly CommandSpec[], above: readonly string[] = []): string[][] =>
  specs.flatMap((spec) => [...(spec.run === undefined ? [] : [[...above, spec.name]]), ...runnable(spec.subcommands ?? [], [...above, spec.name])])

describe('steward', () => {
  test('has the commands of DESIGN that are built, and shows each in its help', async () => {
    const names = ['demo', 'run', 'replay', 'capture', 'try', 'gate', 'status', 'explain', 'retrain', 'promote', 'rollback', 'hold', 'resume', 'policy', 'profile', 'topics', 'dead-letters', 'doctor']
    expect(commands.map(({ name }) => name).sort()).toEqual([...names].sort())
    const { code, out } = await steward(['--help'])
    expect(code).toBe(0)
    for (const name of names) expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
  })

  test.each(runnable(commands))('explains %s %s with examples and exit codes', async (...names) => {
    const path = names.filter((name) => name !== undefined)
    const { code, out } = await steward([...path, '--help'])
    expect(code).toBe(0)
    expect(out).toContain(`Usage: steward ${path.join(' ')}`)
    expect(out).toMatch(new RegExp(`Examples:\\n.*steward ${path.join(' ')}`))
    expect(out).toMatch(/Exit codes:\n {2}0 {2}\S.*\n {2}1 {2}\S.*\n {2}2 {2}\S/)
  })

  test('gives its version', async () => {
    expect(await steward(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n' })
  })

  test.each([[[]], [['topics']]])('without a command (%j) shows the help and exits 2', async (argv) => {
    const { code, err } = await steward(argv)
    expect(code).toBe(2)
    expect(err).toContain('Usage: steward')
  })

  test.each([
    [['statsu'], "unknown command 'statsu' (Did you mean status?)"],
    [['status', '--jsn'], "unknown option '--jsn' (Did you mean --json?)"],
    [['status', 'a', 'b'], 'too many arguments'],
    [['retrain', 'fraud'], "required option '--reason <text>' not specified"],
    [['rollback', '--reason', 'x'], "missing required argument 'model'"],
    [['dead-letters', 'list', '--limit', '0'], 'It must be a whole number of at least 1.'],
    [['capture', '--since', 'yesterday'], 'It must be a time like 2026-11-23T08:00Z'],
  ])('%j is refused with what, code and next step, and exit code 2', async (argv, what) => {
    const { code, out, err } = await steward(argv)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain(what)
    expect(err).toMatch(/^error {2}.*\ncode {3}USAGE \(docs\/errors\.md\)\nnext {3}See the example/)
  })

  test('prints an operating error as what, code and next step, without a stack', async () => {
    const failing = { doctor: () => { throw new StewardError('LOG_UNAVAILABLE', 'no answer from a:9092', { cause: new Error('ECONNREFUSED') }) } }
    const { code, err } = await steward(['doctor'], { services: failing })
    expect(code).toBe(1)
    expect(err).toBe('error  no answer from a:9092\ncode   LOG_UNAVAILABLE (docs/errors.md)\nnext   Nothing is lost: work resumes when it answers. Check the brokers in the message.\n')
  })

  test.each([['--verbose', 'doctor'], ['doctor', '--verbose']])('adds the stack and its cause for %s %s', async (...argv) => {
    const failing = { doctor: () => { throw new StewardError('LOG_UNAVAILABLE', 'no answer', { cause: new Error('ECONNREFUSED') }) } }
    const { err } = await steward(argv, { services: failing })
    expect(err).toMatch(/StewardError: no answer\n\s+at .*[\s\S]*caused by Error: ECONNREFUSED\n\s+at /)
  })

  test('says of an unknown error that it is one', async () => {
    const { code, err } = await steward(['doctor'], { services: { doctor: () => { throw new TypeError('x is not a function') } } })
    expect(code).toBe(1)
    expect(err).toContain('not an error we know of')
  })

  test.each([['CONFIG_INVALID', 2], ['INPUT_UNREADABLE', 2], ['STORE_REFUSED', 1], ['OFFSET_GAP', 1]] as const)('ends with the exit code of %s', async (code, exit) => {
    expect((await steward(['doctor'], { services: { doctor: () => { throw new StewardError(code, 'x') } } })).code).toBe(exit)
  })

  test('closes the services it opened, also after a failure, and opens none for help', async () => {
    let stopped = 0
    const services = { stop: () => { stopped += 1; return Promise.resolve() }, views: () => Promise.reject(new Error('no')), topics: () => Promise.resolve([]) }
    await steward(['topics', 'list', '--help'], { services })
    expect(stopped).toBe(0)
    await steward(['topics', 'list'], { services })
    await steward(['status'], { services })
    expect(stopped).toBe(2)
  })

  test('colours only a terminal, and not where NO_COLOR is set', async () => {
    const services = { topics: () => Promise.resolve([{ role: 'labels', topic: 'labels', partitions: 4, cleanup: 'delete', state: 'present', text: '' } as const]) }
    const escape = '\u001b['
    expect((await steward(['topics', 'list'], { services, terminal: true })).out).toContain(escape)
    expect((await steward(['topics', 'list'], { services })).out).not.toContain(escape)
    expect((await steward(['topics', 'list'], { services, terminal: true, env: { NO_COLOR: '1' } })).out).not.toContain(escape)
  })
})
