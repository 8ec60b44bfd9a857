import { defineConfig } from 'vitest/config'

/** Tests that boot virtual boards: slow, one at a time. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/board/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
})
