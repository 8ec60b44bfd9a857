/** The fake board with a kernel that breaks its promises, and a short run on it. */
import type { Backend } from '../../src/backend/backend.js'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { Role, TaskContext } from '../../src/board/task.js'
import type { StressEvent, StressPlan } from '../../src/events/stress-event.js'
import { makePlan } from '../../src/stress/plan.js'
import { runStress, type StressOptions } from '../../src/stress/run-stress.js'

/** A backend whose answers are not those of the kernel. */
export type Lie = (backend: Backend, context: TaskContext) => Backend

/** The fake board, on which actors see a lying kernel; hogs and the harness see the true one. */
export function lyingBoard(lie: Lie, board = createFakeBoard({ seed: 1 })): Board {
  const start = <Arguments>(name: string, role: Role<Arguments>, args: Arguments) => {
    if (!name.startsWith('actor')) return board.start(name, role, args)
    const run: typeof role.run = (context, own) =>
      role.run({ ...context, backend: lie(context.backend, context) }, own)
    return board.start(name, { ...role, run }, args)
  }
  return { ...board, start }
}

export async function stress(
  board: Board,
  wishes: Partial<StressPlan> = {},
  options: Partial<StressOptions> = {},
) {
  const events: StressEvent[] = []
  const plan = makePlan({ durationMs: 2000, pressure: ['root-reclaim'], ...wishes })
  const result = await runStress(board, { plan, emit: (event) => events.push(event), ...options })
  const oracles = new Set(events.flatMap((event) => (event.type === 'violation' ? [event.oracle] : [])))
  return { ...result, oracles: [...oracles].sort(), events }
}
