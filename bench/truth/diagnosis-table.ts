/** What was said against what was true, as the matrix of docs/truth.md. */
import { markdown } from '../choosing/words.ts'
import { calmPanes, changedPanes, diagnosisRows, type Diagnosed } from './diagnosis-run.ts'
import { diagnosisWorlds } from './diagnosis-worlds.ts'

const undetermined = 'undetermined'
/** A person asked, and no row fits: the program sees nothing. */
const nothing = 'refresh'

/** `undetermined` is neither right nor wrong. Where nothing is the matter, right is that nobody but a person asked, and that nothing is named then. */
export function isRight({ world, diagnosis, by }: Diagnosed): boolean | null {
  if (diagnosis === undetermined) return null
  const { truth } = diagnosisWorlds.find(({ name }) => name === world)!
  return truth === 'nothing' ? by === 'asked' && diagnosis === nothing : diagnosis === truth
}

/** How many of those that named something were right, how many named nothing, and all. */
export function diagnosisScore(results: readonly Diagnosed[]): { right: number; wrong: number; undetermined: number; share: number } {
  const judged = results.map(isRight)
  const [right, wrong] = [judged.filter((is) => is === true).length, judged.filter((is) => is === false).length]
  return { right, wrong, undetermined: judged.length - right - wrong, share: right + wrong === 0 ? 0 : right / (right + wrong) }
}

/** Rows are worlds with their truth, columns what was said. Empty without results. */
export function diagnosisTable(results: readonly Diagnosed[]): string {
  if (results.length === 0) return ''
  const said = [...new Set([...diagnosisWorlds.map(({ truth }) => (truth === 'nothing' ? nothing : truth)), ...results.map(({ diagnosis }) => diagnosis)])]
    .filter((name) => name !== undetermined)
  const columns = [...said, undetermined]
  const rows = diagnosisWorlds.map((world) => ({ ...world, own: results.filter((each) => each.world === world.name) })).filter(({ own }) => own.length > 0)
    .map(({ name, about, truth, own }) => [
      name, about, truth, ...columns.map((column) => cell(own.filter(({ diagnosis }) => diagnosis === column).length)),
      ...(['request', 'withheld', 'asked'] as const).map((by) => cell(own.filter((each) => each.by === by).length)), middle(own.map(({ afterPanes }) => afterPanes)),
    ])
  const head = ['world', '', 'truth', ...columns.map((column) => (column === nothing ? 'nothing (refresh)' : column)), 'by request', 'withheld', 'asked at the end', 'panes until then, median']
  const { right, wrong, undetermined: open, share } = diagnosisScore(results)
  return [
    '### What is said when something happens',
    `Panes of ${diagnosisRows.pane} inferences; ${calmPanes} before the change, at most ${changedPanes} after it. The first that is said counts: of a request, of a request withheld, or, `
      + 'where there is neither, of the request that a person sends at the end.',
    markdown(head, rows),
    `Right: ${right} of ${right + wrong} that named something, ${Math.round(1000 * share) / 10} %; ${open} of ${results.length} undetermined.`,
  ].join('\n\n')
}

const cell = (count: number): string => (count === 0 ? '' : String(count))

const middle = (values: readonly number[]): string => String([...values].sort((a, b) => a - b)[values.length >> 1])
