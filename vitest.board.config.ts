import { configDefaults, defineConfig } from 'vitest/config'

/** It builds a kernel for many minutes, or takes the one that is built already. */
const KERNEL_BUILDS = 'test/board/debug-kernel.test.ts'

/** Tests that boot virtual boards: slow, two files at a time, as much of a boot is the work of one processor. */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/board/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      ...(process.env['GEMRIG_TEST_KERNEL'] === '1' ? [] : [KERNEL_BUILDS]),
    ],
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
})
