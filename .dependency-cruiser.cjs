/**
 * Who may import whom. Core knows nothing but itself; the engine knows the core; the edges know the engine's ports and never each
 * other; main.ts (with src/main/) composes; the command line calls main.ts. Type-only imports count.
 */
const edges = 'codec|consumers|producers|state|config|api|telemetry|bridges'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'core-only-core',
      comment: 'src/core is pure: it imports nothing but itself.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { pathNot: '^src/core/' },
    },
    {
      name: 'engine-knows-core',
      comment: 'The engine drives the core through its own ports; it knows no edge.',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: { path: '^src/', pathNot: '^src/(core/|engine/|errors\\.ts$)' },
    },
    {
      name: 'engine-knows-no-vendor',
      comment: 'What needs a package belongs behind a port of the engine.',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: { pathNot: '^src/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'edges-apart',
      comment: "An edge knows the core, the engine's ports, the error table and itself; another edge reaches it through a port, given by main.ts.",
      severity: 'error',
      from: { path: `^src/(${edges})/` },
      to: { path: '^src/', pathNot: '^src/(core/|engine/ports\\.ts$|errors\\.ts$|$1/)' },
    },
    {
      name: 'cli-calls-main',
      comment: 'A command parses, calls main.ts and prints; it builds no client.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: '^src/(cli/|core/|main/|main\\.ts$|errors\\.ts$|engine/ports\\.ts$)' },
    },
    {
      name: 'only-cli-starts-main',
      comment: 'Composition is the top: nothing below it may import it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|main/|main\\.ts$)' },
      to: { path: '^src/(main/|main\\.ts$)' },
    },
    {
      name: 'errors-stand-alone',
      comment: 'The error table is known to all, so it knows nobody.',
      severity: 'error',
      from: { path: '^src/errors\\.ts$' },
      to: { path: '^src/' },
    },
    {
      name: 'known-folders',
      comment: 'A new folder under src needs its arrows here first.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/((core|engine|cli|main|${edges})/|main\\.ts$|errors\\.ts$)` },
      to: {},
    },
    {
      name: 'no-cycle',
      comment: 'Modules that need each other are one module, or want a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'shipped-only',
      comment: 'What src imports must be there for users: not a development package, not a test, and it must resolve.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'src-stands-alone',
      comment: 'src imports nothing of test, bench or examples.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], mainFields: ['module', 'main', 'types'] },
  },
}
