/** Policies as every task compiles them. */
import type { ReadPolicy } from '../cli/services.ts'
import { parsePolicyFile, readSettings } from '../config/config.ts'
import { parsePolicy, policyFromText } from '../config/policy.ts'
import type { ModelPolicy } from '../core/policy.ts'
import type { TableEnvironment } from '../engine/programs/tables.ts'
import { checkUnitInTables as checkUnit } from '../config/units.ts'

export type PolicyEnvironment = TableEnvironment

/** Policies by text, so that a table read again costs nothing; `defaults`: raw settings of models that nobody published a policy for. */
export function policyEnvironment(defaults: unknown = {}): PolicyEnvironment {
  const byModel = new Map<string, ModelPolicy>()
  return {
    compilePolicy: ({ model, text }) => policyFromText(model, text, checkUnit),
    defaultPolicy(model) {
      let policy = byModel.get(model)
      if (policy === undefined) byModel.set(model, (policy = parsePolicy(model, defaults, checkUnit)))
      return policy
    },
  }
}

/** The policies of a file: whole settings, a `models:` map, or the bare policy of `model`. */
export async function readPolicies(path: string, model: string | null): Promise<ReadPolicy[]> {
  return parsePolicyFile(await readSettings(path), path, model, { checkUnit, env: process.env })
}
