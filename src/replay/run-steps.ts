/** Runs a program on a board, in this process: each actor has an open file of its own. */
import type { Board } from '../board/board.js'
import { errnoName } from '../backend/errno.js'
import type { Device } from '../device/device.js'
import { openDeviceOf, type DeviceChoice } from '../device/open-device.js'
import { Executor } from '../workload/execute.js'
import { ProgramError } from '../workload/program-error.js'
import type { Step, StepOutcome } from './step.js'

const DROP_CACHES = '/proc/sys/vm/drop_caches'

/**
 * Tells the outcome of each step, in order; of fewer when `signal` ended it. Nothing stays open. Throws DrmError when the
 * device cannot be opened.
 */
export async function runSteps(
  board: Board,
  steps: readonly Step[],
  choice: DeviceChoice,
  onOutcome: (outcome: StepOutcome) => void,
  signal?: AbortSignal,
): Promise<void> {
  const actors = new Map<number, { readonly device: Device; readonly executor: Executor }>()
  const actorOf = (index: number) => {
    const known = actors.get(index)
    if (known !== undefined) return known
    const device = openDeviceOf(board.backend, choice)
    const actor = { device, executor: new Executor(board.backend, device) }
    actors.set(index, actor)
    return actor
  }
  try {
    for (const step of steps) {
      if (signal?.aborted === true) break
      onOutcome('reclaim' in step ? await reclaim(board) : await perform(actorOf(step.actor).executor, step))
    }
  } finally {
    for (const { device, executor } of actors.values()) {
      executor.end()
      device.closeAll()
    }
  }
}

async function perform(
  executor: Executor,
  { operation }: Extract<Step, { actor: number }>,
): Promise<StepOutcome> {
  try {
    return await executor.execute(operation)
  } catch (error) {
    // What an earlier step should have made is not there, as the kernel refused it.
    if (error instanceof ProgramError) return { result: 'skipped' }
    throw error
  }
}

async function reclaim({ files }: Board): Promise<StepOutcome> {
  const result = await files.write(DROP_CACHES, '2')
  return result < 0
    ? { result: 'refused', code: errnoName(-result), request: 'drop_caches' }
    : { result: 'ok' }
}
