import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { alias: { gemrig: fileURLToPath(new URL('src/index.ts', import.meta.url)) } },
  test: {
    // The addon installs a signal handler and loads into the process: one process for each file.
    pool: 'forks',
    include: ['test/{unit,contract,native,cli,examples}/**/*.test.ts'],
    testTimeout: 30_000,
  },
})
