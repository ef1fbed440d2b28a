import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { metrics } from '../../../src/core/metrics/table.ts'

const page = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8')
const section = page.split('### Live metrics\n')[1].split(/^#{2,3} /m)[0]

describe('the table of live metrics in docs/policy.md', () => {
  it('names every metric once, under the kind of outcomes that it reads', () => {
    const listed = [...section.matchAll(/^\| (`.*?) \| (\w+) \|/gm)].flatMap(([, names, kind]) => [...names.matchAll(/`([\w-]+)`/g)].map(([, name]) => `${name}: ${kind}`))
    expect(listed.sort()).toEqual(Object.values(metrics).map(({ name, needs }) => `${name}: ${needs}`).sort())
  })

  it('names those that read several classes too', () => {
    const said = [...section.match(/^.*read several classes too/m)![0].matchAll(/`([\w-]+)`/g)].map(([, name]) => name)
    expect(said.sort()).toEqual(Object.values(metrics).filter((metric) => 'readClasses' in metric && metric.readClasses !== undefined).map(({ name }) => name).sort())
  })
})
