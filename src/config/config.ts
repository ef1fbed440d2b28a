/** The settings file: YAML, parsed once at the edge, strict, defaulted and frozen. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ModelPolicy } from '../core/policy.ts'
import { StewardError } from '../errors.ts'
import { deepFreeze } from './canonical.ts'
import { configSchema, type ConfigSettings } from './config-schema.ts'
import { policySchema } from './policy-schema.ts'
import { policyText, readPolicy, type CheckUnit } from './policy.ts'
import { problemsOf, problemText, type Problem } from './schema.ts'
import { parseYaml, type YamlText } from './yaml.ts'

export interface ModelConfig {
  policy: ModelPolicy
  /** canonical JSON of what the user wrote: the text of the PolicyRecord */
  text: string
}

/** Where a mapped value comes from in the user's record: a dotted path, or one constant for all. */
export type FieldSource = { path: string } | { constant: string | number | boolean }

/** Times in milliseconds, sizes in bytes, file paths absolute. */
export interface Config extends Omit<ConfigSettings, 'models' | 'limits'> {
  readonly limits: {
    /** how often a task commits, and how far that period stretches to hold the store's byte rate */
    readonly epochMs: number
    readonly epochMsMax: number
    readonly storeBytesPerSecondMax: number
    /** records an input of a task may run ahead before it is paused */
    readonly bufferRecordsMax: number
    readonly panePartBytesMax: number
    /** of a bad record's value that its dead letter keeps */
    readonly deadLetterBytesMax: number
  }
  readonly models: Readonly<Record<string, ModelConfig>>
}

export interface ConfigContext {
  checkUnit: CheckUnit
  /** for `${NAME}` in the kafka, redis and registry sections, so that secrets stay out of the file */
  env: Readonly<Record<string, string | undefined>>
}

/** @throws StewardError INPUT_UNREADABLE, or CONFIG_INVALID naming every problem with its line */
export async function loadConfig(path: string, context: ConfigContext): Promise<Config> {
  return parseConfig(await readSettings(path), path, context)
}

/** What holds when there is no file. */
export const defaultConfig = (context: ConfigContext): Config => parseConfig('{}', 'defaults', context)

/**
 * @param path where the text comes from: for messages, and the folder that relative file paths start from
 * @throws StewardError CONFIG_INVALID
 */
export function parseConfig(text: string, path: string, context: ConfigContext): Config {
  const yaml = parseYaml(text, path)
  const problems: Problem[] = []
  const expanded = expandEnvironment(yaml.value ?? {}, context.env, problems)
  const parsed = configSchema.safeParse(expanded)
  if (!parsed.success) problems.push(...problemsOf(parsed.error))
  const models = readModels(modelsOf(yaml.value), context.checkUnit, problems)
  if (!parsed.success || problems.length > 0) throw invalid(yaml, problems)
  return deepFreeze({ ...withAbsolutePaths(parsed.data, dirname(resolve(path))), limits: compileLimits(parsed.data.limits), models })
}

/**
 * The policies of a file that is a whole settings file, a `models:` map, or the bare policy of one model.
 * @param model which model a bare policy is for; with the other forms, the only one to return
 * @throws StewardError CONFIG_INVALID
 */
export function parsePolicyFile(text: string, path: string, model: string | null, context: ConfigContext): ModelConfig[] {
  const yaml = parseYaml(text, path)
  if (!isWholeFile(yaml.value)) {
    const result = readPolicy(model ?? 'model', yaml.value, context.checkUnit)
    if ('policy' in result) return [{ policy: result.policy, text: policyText(yaml.value) }]
    throw invalid(yaml, result.problems.map((problem) => ({ ...problem, path: problem.path.slice(2) })))
  }
  const { models } = parseConfig(text, path, context)
  if (model === null) return Object.values(models)
  if (Object.hasOwn(models, model)) return [models[model]]
  throw new StewardError('CONFIG_INVALID', `${path} has no model '${model}'. It has: ${Object.keys(models).join(', ') || 'none'}`)
}

/** @throws StewardError INPUT_UNREADABLE */
export async function readSettings(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new StewardError('INPUT_UNREADABLE', `cannot read the settings file ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** Both a file and a policy have `limits`: it says nothing. */
function isWholeFile(value: unknown): boolean {
  return isMap(value) && Object.keys(value).some((key) => Object.hasOwn(configSchema.shape, key) && !Object.hasOwn(policySchema.shape, key))
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function modelsOf(value: unknown): Record<string, unknown> {
  return isMap(value) && isMap(value.models) ? value.models : {}
}

function readModels(raw: Record<string, unknown>, checkUnit: CheckUnit, problems: Problem[]): Record<string, ModelConfig> {
  const models: Record<string, ModelConfig> = {}
  for (const [model, settings] of Object.entries(raw)) {
    const result = readPolicy(model, settings, checkUnit)
    if ('policy' in result) models[model] = { policy: result.policy, text: policyText(settings) }
    else problems.push(...result.problems)
  }
  return models
}

function compileLimits(limits: ConfigSettings['limits']): Config['limits'] {
  const { epoch, maxEpoch, maxStoreBytesPerSecond, maxBufferRecords, maxPanePart, maxDeadLetter } = limits
  return {
    epochMs: epoch, epochMsMax: Math.max(epoch, maxEpoch), storeBytesPerSecondMax: maxStoreBytesPerSecond,
    bufferRecordsMax: maxBufferRecords, panePartBytesMax: maxPanePart, deadLetterBytesMax: maxDeadLetter,
  }
}

const problemsShownMax = 20

function invalid(yaml: YamlText, problems: readonly Problem[]): StewardError {
  const lines = problems.slice(0, problemsShownMax).map((problem) => `${yaml.position(problem.path)}: ${problemText(problem)}`)
  if (problems.length > problemsShownMax) lines.push(`and ${problems.length - problemsShownMax} more`)
  return new StewardError('CONFIG_INVALID', lines.join('\n'))
}

const expandedSections = ['kafka', 'redis', 'registry']

function expandEnvironment(value: unknown, env: ConfigContext['env'], problems: Problem[]): unknown {
  if (!isMap(value)) return value
  const expanded = (key: string, inner: unknown) => (expandedSections.includes(key) ? expand(inner, env, [key], problems) : inner)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expanded(key, inner)]))
}

function expand(value: unknown, env: ConfigContext['env'], path: PropertyKey[], problems: Problem[]): unknown {
  if (Array.isArray(value)) return value.map((inner, i) => expand(inner, env, [...path, i], problems))
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner, env, [...path, key], problems)]))
  if (typeof value !== 'string') return value
  return value.replace(/\$\{(\w+)\}/g, (whole, variable: string) => {
    const found = env[variable]
    if (found === undefined) problems.push({ path, text: `names the environment variable ${variable}, which is not set` })
    return found ?? whole
  })
}

function withAbsolutePaths(settings: ConfigSettings, folder: string): ConfigSettings {
  const absolute = (path: string | null) => (path === null ? null : resolve(folder, path))
  const { ssl } = settings.kafka
  return {
    ...settings,
    kafka: {
      ...settings.kafka,
      ssl: typeof ssl === 'boolean' ? ssl : { ...ssl, caFile: absolute(ssl.caFile), certFile: absolute(ssl.certFile), keyFile: absolute(ssl.keyFile) },
    },
    redis: { ...settings.redis, caFile: absolute(settings.redis.caFile) },
    schemaFiles: Object.fromEntries(Object.entries(settings.schemaFiles).map(([id, path]) => [id, resolve(folder, path)])),
  }
}
