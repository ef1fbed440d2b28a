import { isNode, LineCounter, parseDocument } from 'yaml'
import { StewardError } from '../errors.ts'

export interface YamlText {
  value: unknown
  /** `steward.yaml:12`: the line of the nearest thing that stands in the text */
  position(path: readonly PropertyKey[]): string
}

/**
 * YAML 1.2 with unique keys.
 * @throws StewardError CONFIG_INVALID with the line and column of the first syntax error
 */
export function parseYaml(text: string, path: string): YamlText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const broken = document.errors[0] ?? document.warnings[0]
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0])
    throw new StewardError('CONFIG_INVALID', `${path}:${line}:${col}: not YAML that can be read: ${broken.message}`)
  }
  return {
    value: document.toJS() as unknown,
    position(at) {
      for (let depth = at.length; depth > 0; depth--) {
        const node = document.getIn(at.slice(0, depth), true)
        if (isNode(node) && node.range) return `${path}:${lines.linePos(node.range[0]).line}`
      }
      return path
    },
  }
}
