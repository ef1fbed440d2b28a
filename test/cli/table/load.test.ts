import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { Io } from '../../../src/cli/io.ts'
import { cellValue, openCsv } from '../../../src/cli/table/csv.ts'
import { loadTable, type NumericColumn } from '../../../src/cli/table/load.ts'

const folder = mkdtempSync(join(tmpdir(), 'steward-table-'))
afterAll(() => rmSync(folder, { recursive: true }))
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const io = {} as Io
const refused = (what: string | RegExp) => ({ code: 'INPUT_UNREADABLE', message: expect.stringMatching(what) as unknown })

describe('a cell', () => {
  test.each([
    ['', null], ['NA', null], ['null', null], ['1', 1], ['-1.5e3', -1500], ['.5', 0.5], ['true', true], ['FALSE', false], ['1,5', '1,5'], ['0x10', '0x10'], ['1e', '1e'], ['Infinity', 'Infinity'], ['inf', 'inf'],
  ])('%j is %j', (cell, value) => {
    expect(cellValue(cell)).toBe(value)
  })
})

describe('openCsv', () => {
  test('minds quotes, a byte order mark, blank lines and Windows line ends', async () => {
    const { columns, rows } = await openCsv(file('quotes.csv', '\uFEFFa,"b, c"\r\n1,"two ""words"""\r\n\r\n3,4\r\n'), io)
    expect(columns).toEqual(['a', 'b, c'])
    const read: (readonly string[])[] = []
    for await (const row of rows) read.push(row)
    expect(read).toEqual([['1', 'two "words"'], ['3', '4']])
  })

  test.each([['empty.csv', '', /empty/], ['twice.csv', 'a,a\n1,2\n', /'a' is named twice/]])('refuses %s', async (name, content, what) => {
    await expect(openCsv(file(name, content), io)).rejects.toMatchObject(refused(what))
  })

  test('refuses a row of another length with its line', async () => {
    const { rows } = await openCsv(file('ragged.csv', 'a,b\n1,2\n3\n'), io)
    await expect((async () => { for await (const row of rows) void row })()).rejects.toMatchObject(refused(/line 3/))
  })
})

describe('loadTable', () => {
  test('packs numbers and keeps text, missing cells as such', async () => {
    const { rows, columns } = await loadTable(file('mixed.csv', 'n,t,e,code\n1,x,,07\n,NA,,08\ninf,x,,09\n'), io, ['code'])
    expect(rows).toBe(3)
    expect(columns.n).toEqual({ type: 'numeric', values: Float64Array.of(1, NaN, Infinity) })
    expect(columns.t).toEqual({ type: 'text', values: ['x', null, 'x'] })
    expect(columns.e).toEqual({ type: 'text', values: [null, null, null] })
    expect(columns.code).toEqual({ type: 'text', values: ['07', '08', '09'] })
  })

  test('reads beyond the sample, and packed files', async () => {
    const text = `x\n${Array.from({ length: 5000 }, (_, i) => i).join('\n')}\n`
    const { rows, columns } = await loadTable(file('long.csv.gz', gzipSync(text)), io)
    expect(rows).toBe(5000)
    expect((columns.x as NumericColumn).values).toHaveLength(5000)
    expect((columns.x as NumericColumn).values[4999]).toBe(4999)
  })

  test('says what to do about text in what was a numeric column', async () => {
    const path = file('late.csv', `zip\n${Array.from({ length: 1200 }, (_, i) => i).join('\n')}\nA1\n`)
    await expect(loadTable(path, io)).rejects.toMatchObject(refused(/row 1201: 'A1' in column 'zip'.*--categorical zip/))
    expect((await loadTable(path, io, ['zip'])).columns.zip.type).toBe('text')
  })

  test('reads NDJSON, nested fields as dotted columns', async () => {
    const path = file('rows.ndjson', '{"id":"a","numeric":{"x":1},"flag":true}\n{"id":"b","numeric":{"x":null,"y":2}}\n')
    const { names, columns } = await loadTable(path, io)
    expect(names).toEqual(['id', 'numeric.x', 'flag', 'numeric.y'])
    expect(columns['numeric.x']).toEqual({ type: 'numeric', values: Float64Array.of(1, NaN) })
    expect(columns.flag).toEqual({ type: 'text', values: ['true', null] })
  })

  test('names a column to be forced that is not there', async () => {
    await expect(loadTable(file('one.csv', 'amount\n1\n'), io, ['amuont'])).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining("did you mean 'amount'") as unknown })
  })
})
