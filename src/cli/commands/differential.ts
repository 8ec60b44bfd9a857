/** `gemrig conform --differential`: random programs on the simulated kernel and on a real driver, call by call. */
import { createLogUpdate } from 'log-update'
import { chooseBoard, type BackendWish } from '../../choose-board.js'
import { createFakeBoard, type FakeBoardOptions } from '../../board/fake-board.js'
import { kernelSeries } from '../../conform/title.js'
import type { BoardParts } from '../../differential/call-kind.js'
import { findNodes } from '../../differential/call-machine.js'
import { localRunner, partsOf, type CallRunner } from '../../differential/call-runner.js'
import { callText } from '../../differential/call-step.js'
import { usableNodes } from '../../differential/usable-nodes.js'
import { runDifferential, type DifferentialResult } from '../../differential/differential.js'
import { differentialJson, differentialText } from '../../differential/differential-text.js'
import { parseFakeWish, type FakeWish } from '../../fake-wish.js'
import { resultDirectoryName } from '../../report/result-directory.js'
import { RELEASES, type Release } from '../../sim/kernel.js'
import { EXIT } from '../exit-codes.js'
import { interruptible } from '../interrupt.js'

export interface DifferentialFlags {
  readonly backend: BackendWish
  readonly programs: number
  readonly length: number
  readonly seed: number
  readonly allowDisruptive?: boolean
  readonly json?: boolean
  readonly board?: string
  readonly kernel?: string
  readonly out?: string
  /** The simulated side, when it is not to be the release of the other one. */
  readonly against?: FakeWish
}

/** What programs run on, and what is known of it. */
interface Actual {
  readonly runner: CallRunner
  readonly description: string
  readonly series: string
  readonly parts: BoardParts
}

/** An answer is late on a slow machine, and never on one that hangs. */
const STEP_LIMIT_MS = 50
const LEAST_LIMIT_MS = 5 * 60_000

export async function differential(flags: DifferentialFlags): Promise<number> {
  if (flags.board === undefined && (flags.kernel ?? flags.out) !== undefined)
    throw new RangeError('--kernel and --out need --board')
  return interruptible((signal) =>
    flags.board === undefined ? onThisMachine(flags, signal) : onVirtualBoard(flags, flags.board, signal),
  )
}

async function onThisMachine(flags: DifferentialFlags, signal: AbortSignal): Promise<number> {
  // The fake one only when it is asked for: comparing it with itself tells nothing of a real driver.
  const { board } = chooseBoard(flags.backend === 'auto' ? 'native' : flags.backend)
  const found = await usableNodes(board, flags.allowDisruptive)
  if (typeof found === 'string') {
    process.stderr.write(
      `gemrig conform: nothing to compare the simulation with: ${found} (--backend fake compares it with itself)\n`,
    )
    if (flags.json) process.stdout.write(`${JSON.stringify({ notRun: found })}\n`)
    return EXIT.inconclusive
  }
  const actual = {
    // A simulated one is made anew for each program, as the one that it is compared with.
    runner: localRunner(board.kind === 'fake' ? () => chooseBoard(flags.backend).board : () => board, found),
    description: board.description,
    series: kernelSeries(board),
    parts: partsOf(board.backend, found),
  }
  return compare(actual, flags, signal)
}

async function onVirtualBoard(flags: DifferentialFlags, board: string, signal: AbortSignal): Promise<number> {
  const { withVirtualRunner } = await import('../../differential/virtual-runner.js')
  const options = {
    board,
    ...(flags.kernel !== undefined && { kernel: flags.kernel }),
    outDirectory: resultDirectoryName(flags.out, `differential-${board}`),
    runTimeoutMs: LEAST_LIMIT_MS + flags.programs * flags.length * STEP_LIMIT_MS,
    stderr: process.stderr,
    signal,
    onProgress: (text: string) => process.stderr.write(`${text}\n`),
  }
  return withVirtualRunner(options, (runner, hello) => compare({ runner, ...hello }, flags, signal))
}

async function compare(actual: Actual, flags: DifferentialFlags, signal: AbortSignal): Promise<number> {
  const simulated = simulatedSide(actual, flags.against)
  const names = { expected: simulated.name, actual: actual.description }
  process.stderr.write(`${names.expected} against ${names.actual}\n`)
  const progress = showProgress(flags.programs)
  let result: DifferentialResult
  try {
    result = await runDifferential({
      expected: localRunner(() => createFakeBoard(simulated.options)),
      actual: actual.runner,
      parts: actual.parts,
      programs: flags.programs,
      length: flags.length,
      seed: flags.seed,
      signal,
      onProgram: progress.onProgram,
      onDiffering: ({ seed, steps }) => {
        process.stderr.write(`the program of seed ${seed} differs, shortened to ${steps.length} steps:\n`)
        for (const step of steps) process.stderr.write(`  ${callText(step)}\n`)
      },
      onLost: (seed) => process.stderr.write(`the board was lost in the program of seed ${seed}\n`),
    })
  } finally {
    progress.end()
  }
  process.stdout.write(flags.json ? differentialJson(names, result) : differentialText(names, result))
  if (signal.aborted) return EXIT.interrupted
  return result.differing.length > 0 ? EXIT.fail : EXIT.pass
}

/** What the simulation is, and its name. Throws RangeError for one with the driver of another GPU. */
function simulatedSide(
  { series, parts }: Pick<Actual, 'series' | 'parts'>,
  against?: FakeWish,
): { name: string; options: FakeBoardOptions } {
  const release = matchingRelease(series)
  const [gpu, likely] = parts.panthor
    ? (['panthor', { gpu: 'panthor' }] as const)
    : (['panfrost', {}] as const)
  const wished = against === undefined ? {} : parseFakeWish(against)
  const options = { ...likely, release, ...wished }
  const board = createFakeBoard(options)
  if (findNodes(board.backend)?.driver !== gpu)
    throw new RangeError(`--against ${against}: programs here are of ${gpu}'s calls, which it has not`)
  return { name: against === undefined ? `simulated Linux ${release}` : board.description, options }
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
