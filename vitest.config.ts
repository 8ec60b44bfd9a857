import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { alias: { gemrig: fileURLToPath(new URL('src/index.ts', import.meta.url)) } },
  test: {
    // The addon installs a signal handler and loads into the process: one process for each file.
    pool: 'forks',
    testTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'simulated',
          include: ['test/{unit,contract,cli,examples}/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Some look at the memory and the cgroups of the whole machine.
        extends: true,
        test: {
          name: 'native',
          include: ['test/native/**/*.test.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
