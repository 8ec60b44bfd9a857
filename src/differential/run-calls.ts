/** Runs a program of calls on a board, in this process. */
import type { Board } from '../board/board.js'
import { CallMachine, type DeviceNodes } from './call-machine.js'
import type { CallOutcome } from './call-kind.js'
import { kindOf, type CallStep } from './call-step.js'

/** The outcome of each step, in order. Nothing stays open. */
export async function runCalls(
  board: Board,
  nodes: DeviceNodes,
  steps: readonly CallStep[],
): Promise<CallOutcome[]> {
  const machine = new CallMachine(board, nodes)
  const outcomes: CallOutcome[] = []
  try {
    for (const step of steps) {
      const [, ...args] = step
      const outcome = kindOf(step).perform(machine, ...args)
      // Only files of the kernel's are asynchronous; a wait at each step would be most of the time on a slow board.
      outcomes.push(typeof outcome === 'object' ? await outcome : outcome)
    }
  } finally {
    machine.end()
  }
  return outcomes
}
