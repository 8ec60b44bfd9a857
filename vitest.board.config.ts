import { defineConfig } from 'vitest/config'

/** Tests that boot virtual boards: slow, one at a time. GEMRIG_TEST_KERNEL=1: with the one that first builds a kernel. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/board/**/*.test.ts'],
    exclude: process.env['GEMRIG_TEST_KERNEL'] === '1' ? [] : ['test/board/debug-kernel.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
})
