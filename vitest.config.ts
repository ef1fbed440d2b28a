import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/**/*.int.test.ts', 'test/**/*.e2e.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'integration', include: ['test/**/*.int.test.ts'], testTimeout: 120_000, hookTimeout: 300_000,
          // machines that run CI are shared: a test of real servers that starved is tried once more, and counted as it ends
          retry: process.env.CI === undefined ? 0 : 1,
          fileParallelism: false, globalSetup: ['test/servers/global-setup.ts'],
        },
      },
    ],
  },
})
