import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCapture } from '../../src/consumers/file.ts'

describe('readCapture', () => {
  let folder: string
  beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'capture-')) })
  afterAll(() => rm(folder, { recursive: true }))

  const read = async (name: string, content: string | Buffer, parse: (line: string, lineNumber: number) => unknown = (line) => JSON.parse(line)) => {
    await writeFile(join(folder, name), content)
    const all: unknown[] = []
    for await (const one of readCapture(join(folder, name), parse)) all.push(one)
    return all
  }

  it('yields what the parser makes of each line, in order, without blank ones', async () => {
    expect(await read('a.ndjson', '{"a":1}\n\n  \r\n{"a":2}\r\n{"a":"é"}')).toEqual([{ a: 1 }, { a: 2 }, { a: 'é' }])
  })

  it('counts lines as an editor does', async () => {
    expect(await read('n.ndjson', 'x\n\nx\n', (_, lineNumber) => lineNumber)).toEqual([1, 3])
  })

  it('puts lines together that are longer than what a read brings', async () => {
    const long = 'ü'.repeat(200_000)
    expect(await read('long.ndjson', `"${long}"\n"b"\n"${long}c"`)).toEqual([long, 'b', `${long}c`])
  })

  it('unpacks .gz', async () => {
    expect(await read('a.ndjson.gz', gzipSync('1\n2\n'))).toEqual([1, 2])
  })

  it('names the file and line that could not be parsed', async () => {
    await expect(read('bad.ndjson', '1\n\n{x}\n')).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', message: expect.stringMatching(/bad\.ndjson.*line 3/) })
  })

  it.each([['nowhere.ndjson'], ['nowhere.ndjson.gz']])('says that %s is not there', async (name) => {
    const all = readCapture(join(folder, name), (line) => line)
    await expect(all.next()).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', message: expect.stringMatching(/nowhere.*no such file/) })
  })

  it('refuses a file that is one endless line', async () => {
    await expect(read('endless', Buffer.alloc(17 * 1024 * 1024, 'x'))).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', message: expect.stringMatching(/longer than 16 MiB/) })
  })

  it('reads only as far as it is asked', async () => {
    await writeFile(join(folder, 'big'), '1\n'.repeat(500_000))
    let parsed = 0
    for await (const one of readCapture(join(folder, 'big'), (line) => (parsed++, line))) if (one !== '1' || parsed === 3) break
    expect(parsed).toBe(3)
  })
})
