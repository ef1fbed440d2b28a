// What TypeScript cannot see: that the core is pure, and that no promise is dropped. Style is left to the writer.
import tseslint from 'typescript-eslint'

const pure = 'src/core takes time, randomness and data as arguments.'

/** Ways to read a clock, draw unseeded randomness, wait, do I/O or reach the process. */
const impureGlobals = [
  'Date', 'performance', 'crypto', 'globalThis', 'global', 'self', 'window', 'eval', 'Function', 'WeakRef', 'FinalizationRegistry',
  'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask', 'Promise', 'Atomics',
  'process', 'console', 'fetch', 'WebSocket', 'XMLHttpRequest', 'require', 'module', '__dirname', '__filename',
].map((name) => ({ name, message: pure }))

const impureSyntax = [
  { selector: ':matches(FunctionDeclaration, FunctionExpression, ArrowFunctionExpression)[async=true]', message: `No async: ${pure}` },
  { selector: 'AwaitExpression', message: `No await: ${pure}` },
  { selector: 'ForOfStatement[await=true]', message: `No await: ${pure}` },
  { selector: 'ImportExpression', message: 'No dynamic import: what the core is made of is fixed when it is loaded.' },
  { selector: 'MetaProperty[meta.name="import"]', message: `No import.meta: ${pure}` },
  { selector: 'ImportDeclaration[source.value=/^[^.]/]', message: 'src/core imports no package and no node: module.' },
  { selector: ':matches(ExportNamedDeclaration, ExportAllDeclaration)[source.value=/^[^.]/]', message: 'src/core re-exports no package and no node: module.' },
  // Math may only be the object of Math.name with another name than random: no alias, no destructuring, no computed name
  { selector: 'Identifier[name="Math"]:not(MemberExpression[computed=false] > Identifier.object):not(MemberExpression[computed=false] > Identifier.property)',
    message: 'Write Math.name in full: an alias of Math hides Math.random.' },
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: 'Draw from a seeded generator (src/core/random.ts), not Math.random.' },
  { selector: 'CallExpression[arguments.length=0][callee.property.name=/^(format|formatToParts)$/]', message: 'Intl formats the present time when given none.' },
  { selector: 'CallExpression[callee.property.name=/^(localeCompare|toLocale.*)$/]', message: "The result depends on the machine's locale." },
  { selector: 'TSImportType[source.value=/^[^.]/], TSImportType[argument.literal.value=/^[^.]/]', message: 'src/core knows no type of a package.' },
]

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'steward-out/', 'scripts/compose-check/', '.cache/'] },
  { files: ['**/*.{ts,js,mjs,cjs}'], extends: [tseslint.configs.base], linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      '@typescript-eslint/no-explicit-any': 'error',
      'eqeqeq': 'error',
      'no-debugger': 'error',
      'no-var': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
    },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts'],
    ignores: ['src/core/**'], // no promises there, see below
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', package: 'vitest', name: ['it', 'describe', 'test'] }] }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
    },
  },
  { files: ['src/**/*.ts'], ignores: ['src/cli/**'], rules: { 'no-console': 'error' } },
  {
    files: ['src/core/**/*.ts'],
    linterOptions: { noInlineConfig: true },
    rules: { 'no-restricted-globals': ['error', ...impureGlobals], 'no-restricted-syntax': ['error', ...impureSyntax] },
  },
  {
    files: ['test/**/*.test.ts'],
    rules: {
      'no-restricted-properties': ['error', ...['it', 'test', 'describe'].flatMap((object) => ['only', 'skip', 'todo'].map((property) => (
        { object, property, message: 'Every test runs.' })))],
    },
  },
)
