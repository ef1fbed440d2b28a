/** The feature side of an open pane: every record's vector into one summary a layout. */
import type { FeatureShape, FeatureVector } from '../records.ts'
import type { FeaturesSummary } from '../panes/summary.ts'
import { addCategory, addNumeric, createCategorical, createNumeric, type CategoricalSummary, type FeatureSummary, type NumericSummary } from '../sketches/feature.ts'
import { countName, countNumber, createValueTypes, type SentAs } from '../sketches/value-types.ts'
import { addHeavy, heavyEntries, type HeavyHitters } from './heavy.ts'
import type { FeatureLayoutSpec, LayoutInForce } from './model.ts'

/** Distinct values followed per feature while there is no layout: any value with more than 1/65 of the records is found. */
const HEAVY_MAX = 64
/** The layout id of summaries made before any layout is known. */
export const NO_LAYOUT = 'none'

/** One layout's summary and what each shape's columns add to. */
interface Target {
  summary: FeaturesSummary
  /** features of the layout itself */
  laid: Readonly<Record<string, FeatureLayoutSpec>>
  spec: (name: string, kind: 'numeric' | 'categorical') => FeatureLayoutSpec
  bindings: Map<FeatureShape, Binding>
  heavy: Map<string, HeavyHitters<number | string>>
}

interface Binding {
  numeric: (FeatureSummary | null)[]
  categorical: (FeatureSummary | null)[]
  /** null: every categorical column as text */
  sentAs: readonly SentAs[] | null
  /** features of the layout that this shape does not carry: missing in every record */
  absent: FeatureSummary[]
  numericHeavy: (HeavyHitters<number | string> | null)[]
  categoricalHeavy: (HeavyHitters<number | string> | null)[]
}

export class FeaturePane {
  private readonly targets: Target[]
  private readonly featuresMax: number
  /** asked for every summary of a layout's own features, beside which none are then made; null: any feature, up to `featuresMax` */
  private readonly hasRoom: (() => boolean) | null

  /** `summaries` is what the pane holds already (empty for a new one); `given` are bins that the policy fixes by name. */
  constructor(summaries: FeaturesSummary[], layouts: readonly LayoutInForce[], given: Readonly<Record<string, FeatureLayoutSpec>>, featuresMax: number, hasRoom: (() => boolean) | null = null) {
    this.featuresMax = featuresMax
    this.hasRoom = hasRoom
    const wanted: Pick<LayoutInForce, 'hash' | 'features'>[] = layouts.length === 0 ? [{ hash: NO_LAYOUT, features: {} }] : [...layouts]
    this.targets = wanted.map(({ hash, features }) => {
      let summary = summaries.find((held) => held.layout === hash)
      if (summary === undefined) summaries.push((summary = { layout: hash, features: {}, heavy: {}, ignored: 0 }))
      return {
        summary, laid: features, bindings: new Map(), heavy: new Map(Object.entries(summary.heavy).map(([name, held]) => [name, new Map(held)])),
        spec: (name, kind) => features[name] ?? given[name] ?? (kind === 'numeric' ? { kind, edges: [], atoms: [] } : { kind, categories: [] }),
      }
    })
  }

  add(vector: FeatureVector): void {
    for (const target of this.targets) {
      let binding = target.bindings.get(vector.shape)
      if (binding === undefined) target.bindings.set(vector.shape, (binding = this.bind(target, vector.shape)))
      const { numeric, categorical, sentAs, absent, numericHeavy, categoricalHeavy } = binding
      for (let i = 0; i < numeric.length; i++) addNumber(numeric[i], vector.numeric[i])
      for (let i = 0; i < categorical.length; i++) addName(categorical[i], vector.categorical[i], sentAs === null ? 'text' : sentAs[i])
      for (let i = 0; i < absent.length; i++) addMissing(absent[i])
      if (target.heavy.size > 0) addAllHeavy(vector, numericHeavy, categoricalHeavy)
    }
  }

  /** Writes what is followed outside plain data back into the summaries. */
  settle(): void {
    for (const { summary, heavy } of this.targets) {
      for (const [name, held] of heavy) summary.heavy[name] = heavyEntries(held)
    }
  }

  private bind(target: Target, shape: FeatureShape): Binding {
    const numeric = shape.numeric.map((name) => this.summaryOf(target, name, 'numeric'))
    const categorical = shape.categorical.map((name) => this.summaryOf(target, name, 'categorical'))
    const names = [...shape.numeric, ...shape.categorical]
    const ignored = [...numeric, ...categorical].filter((summary, i) => summary === null && this.isWanted(target, names[i])).length
    // the most that one shape has beyond the limits, not a sum: shapes are bound again after a restart, and there is never room again in this pane
    target.summary.ignored = Math.max(target.summary.ignored, ignored)
    const carried = new Set(names)
    const absent = Object.keys(target.summary.features).sort().filter((name) => !carried.has(name)).map((name) => target.summary.features[name])
    return {
      numeric, categorical, sentAs: shape.sentAs ?? null, absent,
      numericHeavy: shape.numeric.map((name) => target.heavy.get(name) ?? null),
      categoricalHeavy: shape.categorical.map((name) => target.heavy.get(name) ?? null),
    }
  }

  private isWanted({ laid }: Target, name: string): boolean {
    return this.hasRoom === null || laid[name] !== undefined
  }

  private summaryOf(target: Target, name: string, kind: 'numeric' | 'categorical'): FeatureSummary | null {
    const held = target.summary.features[name]
    if (held !== undefined) return held
    if (!this.isWanted(target, name)) return null
    // room is asked for last: it is used up by summaries that are made, and by nothing else
    if (Object.keys(target.summary.features).length >= this.featuresMax || this.hasRoom?.() === false) return null
    // shapes bound before do not know that this feature can be missing
    target.bindings.clear()
    const spec = target.spec(name, kind)
    const open = spec.kind === 'numeric' ? spec.edges.length === 0 && spec.atoms.length === 0 : spec.categories.length === 0
    if (open) target.heavy.set(name, target.heavy.get(name) ?? new Map())
    return (target.summary.features[name] = createSummary(spec))
  }
}

export function createSummary(spec: FeatureLayoutSpec): FeatureSummary {
  const summary = spec.kind === 'numeric'
    ? createNumeric({ kind: 'numeric', edges: Float64Array.from(spec.edges), atoms: Float64Array.from(spec.atoms) })
    : createCategorical({ kind: 'categorical', categories: spec.categories })
  summary.types = createValueTypes()
  return summary
}

/** A number on a categorical layout counts under its decimal text; a name on a numeric one counts as non-finite. */
function addNumber(summary: FeatureSummary | null, value: number): void {
  if (summary === null) return
  if (summary.types !== undefined) countNumber(summary.types, value)
  if (summary.kind === 'numeric') addNumeric(summary, value)
  else addCategory(summary, Number.isNaN(value) ? null : String(value))
}

function addName(summary: FeatureSummary | null, value: string | null, sentAs: SentAs): void {
  if (summary === null) return
  if (value !== null && summary.types !== undefined) countName(summary.types, value, sentAs, summary.kind === 'numeric')
  if (summary.kind === 'categorical') addCategory(summary, value)
  else addNumeric(summary, value === null ? NaN : Infinity)
}

function addMissing(summary: NumericSummary | CategoricalSummary): void {
  if (summary.kind === 'numeric') addNumeric(summary, NaN)
  else addCategory(summary, null)
}

function addAllHeavy(vector: FeatureVector, numeric: Binding['numericHeavy'], categorical: Binding['categoricalHeavy']): void {
  for (let i = 0; i < numeric.length; i++) {
    const held = numeric[i]
    if (held !== null && Number.isFinite(vector.numeric[i])) addHeavy(held, vector.numeric[i], HEAVY_MAX)
  }
  for (let i = 0; i < categorical.length; i++) {
    const [held, value] = [categorical[i], vector.categorical[i]]
    if (held !== null && value !== null) addHeavy(held, value, HEAVY_MAX)
  }
}
