import type { ICruiseResult } from 'dependency-cruiser'

/** The modules and broken rules of `src` in a project folder, as dependency-cruiser reports them. */
export function cruiseSource(root: string): Promise<ICruiseResult>
/** The TypeScript files under `src`, with forward slashes, relative to the project folder. */
export function sourceFiles(root: string): Promise<string[]>
/** A line for each broken rule and each file that was not looked at. */
export function problems(result: ICruiseResult, files: readonly string[]): string[]
