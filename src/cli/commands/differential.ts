/** `gemrig conform --differential`: random programs on the simulated kernel and on a real driver, step by step. */
import { createLogUpdate } from 'log-update'
import { chooseBoard, type BackendWish } from '../../choose-board.js'
import type { Board } from '../../board/board.js'
import { createFakeBoard } from '../../board/fake-board.js'
import { kernelSeries } from '../../conform/title.js'
import { errnoName } from '../../backend/errno.js'
import { discoverDevices } from '../../device/discover.js'
import { runDifferential, type DifferentialResult } from '../../replay/differential.js'
import { differentialJson, differentialText } from '../../replay/differential-text.js'
import { RELEASES, type Release } from '../../sim/kernel.js'
import { WORKLOAD_DRIVER } from '../../workload/bo-cache.js'
import { EXIT } from '../exit-codes.js'
import { interruptible } from '../interrupt.js'

export interface DifferentialFlags {
  readonly backend: BackendWish
  readonly programs: number
  readonly length: number
  readonly seed: number
  readonly json?: boolean
}

export async function differential(flags: DifferentialFlags): Promise<number> {
  // The fake one only when it is asked for: comparing it with itself tells nothing of a real driver.
  const { board } = chooseBoard(flags.backend === 'auto' ? 'native' : flags.backend)
  const why = whyNot(board)
  if (why !== undefined) {
    process.stderr.write(
      `gemrig conform: nothing to compare the simulation with: ${why} (--backend fake compares it with itself)\n`,
    )
    if (flags.json) process.stdout.write(`${JSON.stringify({ notRun: why })}\n`)
    return EXIT.inconclusive
  }
  const release = matchingRelease(kernelSeries(board))
  process.stderr.write(`simulated Linux ${release} against ${board.description}\n`)
  const progress = showProgress(flags.programs)
  const run = { interrupted: false }
  let result: DifferentialResult
  try {
    result = await interruptible(async (signal) => {
      const done = await runDifferential({
        makeExpected: () => createFakeBoard({ release }),
        actual: board,
        device: { driver: WORKLOAD_DRIVER },
        kinds: { heap: hasSystemHeap(board) },
        programs: flags.programs,
        length: flags.length,
        seed: flags.seed,
        signal,
        onProgram: progress.onProgram,
      })
      run.interrupted = signal.aborted
      return done
    })
  } finally {
    progress.end()
  }
  const description = { expected: `simulated Linux ${release}`, actual: board.description }
  process.stdout.write(
    flags.json ? differentialJson(description, result) : differentialText(description, result),
  )
  if (run.interrupted) return EXIT.interrupted
  return result.differing.length > 0 ? EXIT.fail : EXIT.pass
}

/** Why no program can run there. */
function whyNot(board: Board): string | undefined {
  const nodes = board.backend.drm.listNodes()
  if (typeof nodes === 'number') return `no DRM devices can be listed (${errnoName(-nodes)})`
  const device = discoverDevices(board.backend).find(({ version }) => version?.name === WORKLOAD_DRIVER)
  if (device === undefined) return `there is no ${WORKLOAD_DRIVER} device that this user may open`
  if (!board.expendable) return 'its caches would be dropped many times, and this machine is in use'
  return undefined
}

function hasSystemHeap({ backend }: Board): boolean {
  const fd = backend.dmaHeap.open('system')
  if (fd < 0) return false
  backend.dmaHeap.close(fd)
  return true
}

/** The newest simulated one that is not newer: an interface stays until it is said to change. */
function matchingRelease(series: string): Release {
  const number = (text: string) => {
    const [major = 0, minor = 0] = text.split('.').map(Number)
    return major * 1000 + minor
  }
  return RELEASES.findLast((release) => number(release) <= number(series)) ?? RELEASES[0]
}

function showProgress(programs: number) {
  const stream = process.stderr
  const line = (done: number, differing: number) =>
    `${done} of ${programs} programs${differing > 0 ? `, ${differing} differ` : ''}`
  if (stream.isTTY) {
    const update = createLogUpdate(stream)
    return {
      onProgram: (done: number, differing: number) => update(line(done, differing)),
      end: () => update.done(),
    }
  }
  const step = Math.max(1, Math.ceil(programs / 20))
  return {
    onProgram(done: number, differing: number) {
      if (done % step === 0 || done === programs) stream.write(`${line(done, differing)}\n`)
    },
    end: () => undefined,
  }
}
