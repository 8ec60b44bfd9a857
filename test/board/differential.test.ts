/**
 * Random programs on the real driver of a virtual board, each call compared with the simulated kernel's answer. The seed
 * is that of the first program: GEMRIG_DIFFERENTIAL_SEED chooses another one, GEMRIG_DIFFERENTIAL_PROGRAMS how many.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeBoard } from '../../dist/board/fake-board.js'
import { localRunner } from '../../dist/differential/call-runner.js'
import { runDifferential } from '../../dist/differential/differential.js'
import { differentialText } from '../../dist/differential/differential-text.js'
import { withVirtualRunner } from '../../dist/differential/virtual-runner.js'
import { prepareVm } from '../../dist/vm/prepare.js'
import { MISSING } from './vm-run.js'

const SEED = Number(process.env['GEMRIG_DIFFERENTIAL_SEED'] ?? 1)
const PROGRAMS = Number(process.env['GEMRIG_DIFFERENTIAL_PROGRAMS'] ?? 2000)
const LENGTH = 200
const RUN_TIMEOUT_MS = 1_200_000
const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0)(`differential runs${skipped}`, () => {
  let out = ''
  const board = { board: 'rk3399', kernel: '6.12', bootTimeoutMs: 120_000 }
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-differential-'))
    await prepareVm({ ...board, onProgress: () => undefined })
  }, 900_000)
  afterAll(() => rmSync(out, { recursive: true }))

  it(
    `${PROGRAMS} programs from seed ${SEED} on: the simulated Linux 6.12 answers as the real one`,
    { timeout: RUN_TIMEOUT_MS + 180_000 },
    async () => {
      const options = { ...board, outDirectory: out, runTimeoutMs: RUN_TIMEOUT_MS, stderr: process.stderr }
      const begin = Date.now()
      const result = await withVirtualRunner(options, (actual, { parts }) =>
        runDifferential({
          expected: localRunner(() => createFakeBoard({ release: '6.12' })),
          actual,
          parts,
          programs: PROGRAMS,
          length: LENGTH,
          seed: SEED,
        }),
      )
      const told = differentialText({ expected: 'simulated', actual: 'real' }, result)
      process.stderr.write(
        `seed ${SEED}, ${Math.round((Date.now() - begin) / 1000)} s with its boot: ${told}`,
      )
      expect(result.differing, told).toEqual([])
      expect(result.steps).toBe(PROGRAMS * LENGTH)
      for (const kind of ['done', 'SIGBUS', 'EINVAL', 'ENOENT', 'EBADF', 'EACCES', 'ENOSPC'])
        expect(result.outcomes[kind], kind).toBeGreaterThan(0)
    },
  )
})
