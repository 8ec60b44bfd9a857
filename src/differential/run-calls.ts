/** Runs a program of calls on a board, in this process. */
import type { Board } from '../board/board.js'
import { TaskKilled } from '../sim/process/task-killed.js'
import { CallMachine, type DeviceNodes } from './call-machine.js'
import type { CallOutcome } from './call-kind.js'
import { KILLED, kindOf, type CallStep } from './call-step.js'

/** A call on one of the kernel's files that takes longer comes back no more: who made it met an oops. */
const FILE_DEADLINE_MS = 300_000

/**
 * The outcome of each step, in order. Nothing stays open, which is part of the last step. A step at which a simulated
 * kernel oopses (one with a bug switched on) is the last one, and KILLED; that board runs nothing any more.
 */
export async function runCalls(
  board: Board,
  nodes: DeviceNodes,
  steps: readonly CallStep[],
): Promise<CallOutcome[]> {
  const outcomes: CallOutcome[] = []
  try {
    const machine = new CallMachine(board, nodes)
    try {
      await perform(board, machine, steps, outcomes)
    } finally {
      machine.end()
    }
  } catch (error) {
    if (!(error instanceof TaskKilled)) throw error
    return [...outcomes.slice(0, steps.length - 1), KILLED]
  }
  return outcomes
}

async function perform(
  board: Board,
  machine: CallMachine,
  steps: readonly CallStep[],
  outcomes: CallOutcome[],
): Promise<void> {
  for (const step of steps) {
    const [, ...args] = step
    const outcome = kindOf(step).perform(machine, ...args)
    // Only files of the kernel's are asynchronous; a wait at each step would be most of the time on a slow board.
    outcomes.push(typeof outcome === 'object' ? await inTime(board, outcome) : outcome)
    if (outcomes.at(-1) === KILLED) return
  }
}

/** What comes of a call, or KILLED. */
async function inTime(board: Board, outcome: Promise<CallOutcome>): Promise<CallOutcome> {
  const done = new AbortController()
  const late = board.clock.sleep(FILE_DEADLINE_MS, done.signal).then(() => KILLED)
  const answer = await Promise.race([outcome, late])
  done.abort()
  return answer
}
