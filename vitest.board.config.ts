import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** It builds a kernel for many minutes, or takes the one that is built already. */
const KERNEL_BUILDS = 'test/board/debug-kernel.test.ts'

/** Those that take longest, begun first: else one of them runs alone in the end. */
const LONGEST = [
  'matrix',
  'contract',
  'differential',
  'vm-faults',
  'prebuilds',
  'probe',
  'kernel-evidence',
  'faults',
]

class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
      return place < 0 ? LONGEST.length : place
    }
    return Promise.resolve([...files].sort((a, b) => rank(a) - rank(b)))
  }
}

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
    sequence: { sequencer: LongestFirst },
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
})
